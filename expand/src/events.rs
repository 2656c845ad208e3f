//! What happens to a resource, as types: an enum over its events, and a struct for each.

use fourfold_model::Declaration;
use fourfold_model::model::Resource;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;

use crate::conversions;
use crate::field::Field;
use crate::inputs::create_name;
use crate::tokens::{doc, number};

/// An event as the types name it.
struct Happened {
    /// The variant.
    variant: Ident,
    /// The struct.
    ident: Ident,
    /// `shop.order.v1.order.created`.
    of: String,
    /// What the doc comment says.
    about: String,
    /// Whether it has the row as it was before.
    changes: bool,
}

fn all(model: &Resource, name: &Ident) -> Vec<Happened> {
    let happened = |(event, operation): (&str, Option<&str>)| {
        let variant = format_ident!("{}", fourfold_model::pascal(event), span = name.span());
        let about = match operation {
            Some(operation) => format!("The operation `{operation}` was done to a [`{name}`]."),
            None => format!("A [`{name}`] was {event}."),
        };
        Happened {
            ident: format_ident!("{name}{variant}"),
            variant,
            of: model.event_type(event),
            about,
            changes: Resource::changes(event, operation),
        }
    };
    model.events().map(happened).collect()
}

fn enum_name(name: &Ident) -> Ident {
    format_ident!("{name}Event")
}

/// The name of what events show of a resource with secrets.
pub(crate) fn shown_name(name: &Ident) -> Ident {
    format_ident!("{name}Shown")
}

/// What the resource's own field of an event is called: its singular. A few words can't be names, not even raw.
fn field_name(model: &Resource, name: &Ident) -> Ident {
    let text = model.singular.as_str();
    if matches!(text, "self" | "super" | "crate") {
        return Ident::new(&format!("{text}_"), name.span());
    }
    syn::parse_str::<Ident>(text).map_or_else(
        |_| Ident::new_raw(text, name.span()),
        |ident| Ident::new(&ident.to_string(), name.span()),
    )
}

/// The types.
pub(crate) fn declare(
    model: &Resource,
    declaration: &Declaration,
    fields: &[Field<'_>],
    runtime: &TokenStream,
) -> TokenStream {
    let Declaration { ident: name, vis, .. } = declaration;
    let (event, resource) = (enum_name(name), field_name(model, name));
    let (shown, seen) = shown(name, fields);
    let shown_struct = shown.then(|| {
        let hidden: Vec<String> = fields
            .iter()
            .filter(|field| field.is_secret())
            .map(|field| format!("`{}`", field.model.name))
            .collect();
        let about = doc(&format!(
            "A [`{name}`] as whoever listens to events sees it: without {}.",
            hidden.join(", ")
        ));
        let fields = fields.iter().filter(|field| !field.is_secret()).map(|field| {
            let Field { ident, vis, ty, .. } = field;
            let (doc, deprecated) = (doc(&field.model.doc), field.deprecated());
            quote!(#doc #deprecated #vis #ident: #ty)
        });
        quote! {
            #about
            #[allow(dead_code, deprecated, missing_debug_implementations, missing_docs, private_interfaces)]
            #vis struct #seen {
                #(#fields),*
            }
        }
    });
    let all = all(model, name);
    let structs = all.iter().map(|Happened { ident, about, changes, .. }| {
        let about = doc(about);
        let before = changes.then(|| {
            quote! {
                /// As it was before.
                #vis before: #seen,
                /// The names of the fields that are not as they were.
                #vis changed: #runtime::events::Changed,
            }
        });
        let as_it =
            doc(if ident == &format!("{}Deleted", name.unraw()) { "As it was." } else { "As it is since." });
        quote! {
            #about
            #[allow(dead_code, missing_debug_implementations, private_interfaces)]
            #vis struct #ident {
                #as_it
                #vis #resource: #seen,
                #before
            }
        }
    });
    let variants = all.iter().map(|Happened { variant, ident, of, .. }| {
        let about = doc(&format!("`{of}`"));
        quote!(#about #variant(#ident))
    });
    let about = doc(&format!("What happened to a [`{name}`]: to listen to all of its events at once."));
    quote! {
        #shown_struct
        #(#structs)*

        #about
        #[allow(dead_code, missing_debug_implementations, private_interfaces, clippy::large_enum_variant)]
        #vis enum #event {
            #(#variants),*
        }
    }
}

/// Whether events show less than all of the resource, and the type that they show.
fn shown(name: &Ident, fields: &[Field<'_>]) -> (bool, Ident) {
    let less = fields.iter().any(Field::is_secret);
    (less, if less { shown_name(name) } else { name.clone() })
}

/// How they are read.
pub(crate) fn implementation(model: &Resource, name: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let (event, resource) = (enum_name(name), field_name(model, name));
    let (less, seen) = shown(name, fields);
    let from_row = if less {
        let body = conversions::from_shown_cells(fields);
        quote! {
            impl #seen {
                fn __from_row(__row: __fourfold::Row) -> __fourfold::Result<Self> {
                    #body
                }
            }
        }
    } else {
        TokenStream::new()
    };
    let from =
        if less { quote!(#seen::__from_row) } else { quote!(<#seen as __fourfold::Resource>::from_row) };
    let all = all(model, name);
    let structs = all.iter().map(|Happened { ident, of, changes, .. }| {
        let before = changes.then(|| {
            quote! {
                before: #from(__happened.before)?,
                changed: __happened.changed,
            }
        });
        quote! {
            #[automatically_derived]
            impl __fourfold::Event for #ident {
                const TYPES: &'static [&'static str] = &[#of];

                fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
                    let __happened = __fourfold::happened(&__DESCRIPTOR, __event, #changes)?;
                    __fourfold::Ok(Self { #resource: #from(__happened.row)?, #before })
                }

                fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
                    __fourfold::messages(&__DESCRIPTOR)
                }
            }
        }
    });
    let types = all.iter().map(|happened| &happened.of);
    let arms = all.iter().enumerate().map(|(index, Happened { variant, ident, .. })| {
        let index = number(index);
        quote! {
            __fourfold::Some(#index) => {
                __fourfold::Ok(Self::#variant(<#ident as __fourfold::Event>::read(__event)?))
            }
        }
    });
    quote! {
        #from_row
        #(#structs)*

        #[automatically_derived]
        impl __fourfold::Event for #event {
            const TYPES: &'static [&'static str] = &[#(#types),*];

            fn read(__event: &__fourfold::CloudEvent) -> __fourfold::Result<Self> {
                match __fourfold::which(__event, <Self as __fourfold::Event>::TYPES) {
                    #(#arms)*
                    _ => __fourfold::Err(__fourfold::unknown_event(__event)),
                }
            }

            fn messages() -> __fourfold::Option<&'static __fourfold::EventMessages> {
                __fourfold::messages(&__DESCRIPTOR)
            }
        }
    }
}

/// The same names for a resource with errors: each is the type that stands in for its inputs.
pub(crate) fn stand_in(declaration: &Declaration) -> TokenStream {
    let Declaration { ident: name, vis, .. } = declaration;
    let create = create_name(name);
    let own = name.unraw();
    let custom = declaration.operations.iter().filter_map(fourfold_model::OperationDecl::event_variant);
    let names = ["Event", "Created", "Updated", "Deleted"].into_iter().map(str::to_owned).chain(custom);
    let aliases = names.map(|suffix| {
        let alias = format_ident!("{own}{suffix}", span = name.span());
        quote! {
            #[allow(missing_docs, dead_code)]
            #vis type #alias = #create;
        }
    });
    quote!(#(#aliases)*)
}
