//! The typed inputs: what Rust callers hand to a create or an update.

use fourfold_model::model::{IdKind, Role};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;

use crate::field::Field;
use crate::tokens::{doc, with_reason};

/// The name of what a create accepts.
pub(crate) fn create_name(name: &Ident) -> Ident {
    format_ident!("{name}Create")
}

/// The name of what an update accepts.
pub(crate) fn update_name(name: &Ident) -> Ident {
    format_ident!("{name}Update")
}

/// Whether a create accepts the field.
pub(crate) fn in_create(field: &Field<'_>) -> bool {
    !field.model.output_only && matches!(field.model.role, Role::Plain | Role::Id(IdKind::String))
}

/// Whether an update accepts the field.
pub(crate) fn in_update(field: &Field<'_>) -> bool {
    !field.model.output_only && !field.model.immutable && field.model.role == Role::Plain
}

/// Whether a create may leave the field out.
fn may_be_absent(field: &Field<'_>) -> bool {
    field.model.shape.optional || field.model.default.is_some()
}

/// The two structs.
pub(crate) fn structs(
    name: &Ident,
    vis: &Visibility,
    fields: &[Field<'_>],
    runtime: &TokenStream,
) -> TokenStream {
    let (create, update) = (create_name(name), update_name(name));
    let create_doc = doc(&format!("What a create of [`{name}`] accepts."));
    let update_doc =
        doc(&format!("What an update of [`{name}`] changes; every field stays as it is unless set."));
    let of_create = fields.iter().filter(|field| in_create(field)).map(|field| {
        let Field { ident, vis, inner, .. } = field;
        // Said, and no `#[deprecated]`: a literal names every field, so that also who leaves it out would be warned.
        let doc = doc(&with_reason(&field.model.doc, field.model.deprecated.as_deref()));
        let ty = if may_be_absent(field) { quote!(::core::option::Option<#inner>) } else { inner.clone() };
        quote!(#doc #vis #ident: #ty)
    });
    let of_update = fields.iter().filter(|field| in_update(field)).map(|field| {
        let Field { ident, vis, ty, .. } = field;
        let (doc, deprecated) = (doc(&field.model.doc), field.deprecated());
        quote!(#doc #deprecated #vis #ident: #runtime::Patch<#ty>)
    });
    quote! {
        #create_doc
        #[allow(dead_code, deprecated, missing_debug_implementations, missing_docs, private_interfaces)]
        #vis struct #create {
            #(#of_create),*
        }

        #update_doc
        #[allow(dead_code, deprecated, missing_debug_implementations, missing_docs, private_interfaces)]
        #[derive(::core::default::Default)]
        #vis struct #update {
            #(#of_update),*
        }
    }
}

/// Their conversions, in the descriptor's order.
pub(crate) fn conversions(name: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let (create, update) = (create_name(name), update_name(name));
    let of_create = fields.iter().map(|field| {
        let Field { ident, inner, .. } = field;
        let cell = quote!(<#inner as __fourfold::FieldType>::into_cell);
        match (in_create(field), may_be_absent(field)) {
            (false, _) => quote!(__fourfold::None),
            (true, false) => quote!(__fourfold::set(self.#ident, #cell)),
            (true, true) => quote!(__fourfold::given(self.#ident, #cell)),
        }
    });
    let of_update = fields.iter().map(|field| {
        let Field { ident, ty, .. } = field;
        if in_update(field) {
            quote!(__fourfold::patch(self.#ident, <#ty as __fourfold::FieldType>::into_cell))
        } else {
            quote!(__fourfold::None)
        }
    });
    quote! {
        #[automatically_derived]
        impl __fourfold::IntoInput for #create {
            fn into_input(self) -> __fourfold::Input {
                __fourfold::Vec::from([#(#of_create),*])
            }
        }

        #[automatically_derived]
        impl __fourfold::IntoInput for #update {
            fn into_input(self) -> __fourfold::Input {
                __fourfold::Vec::from([#(#of_update),*])
            }
        }
    }
}
