//! The structs of events.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::shape::{Choice, Field, Object, Shapes, Type};
use crate::client;

/// The file of a package.
pub(super) fn file(shapes: &Shapes) -> String {
    let events = shapes.events.iter().flat_map(object);
    let objects = shapes.objects.values().flat_map(object);
    let choices = shapes.choices.values().flat_map(choice);
    let head = quote!(
        use ::fourfold::prelude::*;
    );
    let items = [head].into_iter().chain(events).chain(together(shapes)).chain(objects).chain(choices);
    let text = |item: TokenStream| match syn::parse2(item.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => item.to_string(),
    };
    // The printer leaves no lines between items.
    items.map(text).collect::<Vec<_>>().join("\n")
}

fn object(object: &Object) -> Vec<TokenStream> {
    let doc = doc(&object.doc);
    let name = ident(&object.name);
    let derive = if let Some(kind) = &object.kind {
        quote!(#[derive(Clone, Debug, PartialEq, Event)] #[event(type = #kind)])
    } else {
        quote!(#[derive(Clone, Debug, PartialEq, Value)])
    };
    let fields = object.fields.iter().map(|Field { name, doc: about, deprecated, ty }| {
        let deprecated = client::deprecated(*deprecated, about);
        let (about, name, ty) = (self::doc(about), ident(name), rust(ty));
        quote!(#about #deprecated pub #name: #ty)
    });
    let accessors: Vec<TokenStream> = object.fields.iter().filter_map(accessor).collect();
    let accessors = (!accessors.is_empty()).then(|| quote!(impl #name { #(#accessors)* }));
    let item = quote! {
        #doc
        #derive
        pub struct #name {
            #(#fields),*
        }
    };
    [item].into_iter().chain(accessors).collect()
}

/// A choice by its type, where it is one that the contract knows.
fn accessor(field: &Field) -> Option<TokenStream> {
    let name = ident(&field.name);
    let about =
        format!("`{}` as a choice; `None` where it is nothing, or a value of a later version.", field.name);
    let about = doc(&about);
    let Type::Choice(choice) = field.ty.element() else { return None };
    let (choice, read) = match (&field.ty, ident(choice)) {
        (Type::Choice(_), choice) => (choice.clone(), quote!(#choice::of(&self.#name))),
        (Type::Optional(inner), choice) if matches!(**inner, Type::Choice(_)) => {
            (choice.clone(), quote!(self.#name.as_deref().and_then(#choice::of)))
        }
        _ => return None,
    };
    let deprecated = client::deprecated(field.deprecated, &field.doc);
    let allow = deprecated
        .is_some()
        .then(|| quote!(#[allow(deprecated, reason = "it reads what is deprecated, too")]));
    Some(quote! {
        #about
        #deprecated
        #allow
        #[must_use]
        pub fn #name(&self) -> Option<#choice> {
            #read
        }
    })
}

/// The enums over the events of each resource.
fn together(shapes: &Shapes) -> Vec<TokenStream> {
    let happens = |object: &&Object| shapes.events.iter().any(|event| is_of(event, object));
    let resources = shapes.objects.values().filter(happens);
    let together = resources.flat_map(|resource| {
        let name = format_ident!("{}Event", ident(&resource.name));
        let events: Vec<&Object> = shapes.events.iter().filter(|event| is_of(event, resource)).collect();
        let variants: Vec<Ident> =
            events.iter().map(|event| ident(&event.name[resource.name.len()..])).collect();
        let structs: Vec<Ident> = events.iter().map(|event| ident(&event.name)).collect();
        let kinds: Vec<&str> = events.iter().filter_map(|event| event.kind.as_deref()).collect();
        let docs = kinds.iter().map(|kind| doc(&format!("`{kind}`")));
        let messages = structs.first().map(|first| {
            quote! {
                fn messages() -> Option<&'static ::fourfold::descriptor::EventMessages> {
                    <#first as ::fourfold::Event>::messages()
                }
            }
        });
        let about = doc(&format!("What happens to a [`{}`]: to listen to all of it at once.", resource.name));
        let item = quote! {
            #about
            #[derive(Clone, Debug, PartialEq)]
            #[allow(clippy::large_enum_variant, reason = "an event is moved once")]
            pub enum #name {
                #(#docs #variants(#structs)),*
            }
        };
        let read = quote! {
            impl ::fourfold::Event for #name {
                const TYPES: &'static [&'static str] = &[#(#kinds),*];

                fn read(event: &::fourfold::events::CloudEvent) -> ::fourfold::Result<Self> {
                    match event.kind.as_str() {
                        #(#kinds => ::fourfold::Event::read(event).map(Self::#variants),)*
                        _ => Err(::fourfold::generated::unknown_event(event)),
                    }
                }

                #messages
            }
        };
        [item, read]
    });
    together.collect()
}

/// Whether an event happens to a resource: its first field is that one, and its name begins with the other's.
fn is_of(event: &Object, resource: &Object) -> bool {
    let itself = Type::Object(resource.name.clone());
    let first = event
        .fields
        .first()
        .is_some_and(|field| field.ty == itself && field.name == resource.name.to_snake_case());
    first && event.name.len() > resource.name.len() && event.name.starts_with(&resource.name)
}

fn choice(choice: &Choice) -> Vec<TokenStream> {
    let Choice { name, doc: about, values } = choice;
    let (about, name) = (doc(about), ident(name));
    let variants: Vec<Ident> = values.iter().map(|value| variant(value)).collect();
    let docs = values.iter().map(|value| doc(&format!("`{value}`")));
    let item = quote! {
        #about
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum #name {
            #(#docs #variants),*
        }
    };
    let of = quote! {
        impl #name {
            /// The choice of what is sent; `None` where it is a value of a later version.
            #[must_use]
            pub fn of(name: &str) -> Option<Self> {
                match name {
                    #(#values => Some(Self::#variants),)*
                    _ => None,
                }
            }
        }
    };
    vec![item, of]
}

fn variant(value: &str) -> Ident {
    let name = value.to_upper_camel_case();
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        ident(&name)
    } else {
        format_ident!("_{name}")
    }
}

fn rust(ty: &Type) -> TokenStream {
    match ty {
        Type::Scalar(scalar) => scalar.info().rust.parse().unwrap_or_default(),
        Type::Object(name) => {
            let name = ident(name);
            quote!(#name)
        }
        Type::Choice(_) => quote!(String),
        Type::List(inner) => {
            let inner = rust(inner);
            quote!(Vec<#inner>)
        }
        Type::Map(inner) => {
            let inner = rust(inner);
            quote!(BTreeMap<String, #inner>)
        }
        Type::Optional(inner) => {
            let inner = rust(inner);
            quote!(Option<#inner>)
        }
    }
}

fn ident(name: &str) -> Ident {
    syn::parse_str(name)
        .or_else(|_| syn::parse_str(&format!("r#{name}")))
        .unwrap_or_else(|_| format_ident!("{}_", name.to_snake_case()))
}

fn doc(text: &str) -> TokenStream {
    let text = if text.is_empty() { "Nothing is said of it." } else { text };
    let lines = text.lines().map(|line| format!(" {line}"));
    quote!(#(#[doc = #lines])*)
}
