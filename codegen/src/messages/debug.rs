//! `Debug` of messages that hold secrets, which it must not show, and of those that hold maps: what prost's derive writes
//! for a `BTreeMap` takes prost for a dependency of the crate.

use fourfold_model::model::{Field, Many};
use fourfold_model::rpc;
use proc_macro2::TokenStream;
use quote::quote;

use super::names;
use crate::catalog::Package;

/// The full names of the messages that don't get their `Debug` from prost.
pub(super) fn own(package: &Package) -> Vec<String> {
    messages(package).map(|(name, ..)| format!(".{}.{name}", package.name)).collect()
}

/// Their `Debug`.
pub(super) fn of_package(package: &Package) -> String {
    let all = messages(package).map(|(name, fields, versioned)| of_message(name, fields, versioned));
    let file = all.collect::<TokenStream>();
    syn::parse2(file).map(|file| prettyplease::unparse(&file)).unwrap_or_default()
}

/// The name and the fields of each, and whether it has an `etag` besides.
fn messages(package: &Package) -> impl Iterator<Item = (&str, &[Field], bool)> {
    let resources = package.resources.iter().map(|item| {
        let model = &item.model;
        (model.name.as_str(), model.fields.as_slice(), true)
    });
    let values = package.values.iter().map(|item| {
        let model = &item.model;
        (model.name.as_str(), model.fields.as_slice(), false)
    });
    let events = package.events.iter().map(|item| {
        let model = &item.model;
        (model.name.as_str(), model.fields.as_slice(), false)
    });
    let special = |field: &Field| is_secret(field) || field.shape.many == Many::Map;
    resources.chain(values).chain(events).filter(move |(_, fields, _)| fields.iter().any(special))
}

fn is_secret(field: &Field) -> bool {
    field.sensitive || field.input_only
}

fn of_message(name: &str, fields: &[Field], versioned: bool) -> TokenStream {
    let ty = names::message(name);
    let shown = ty.to_string();
    let field = |field: &Field| {
        let ident = names::snake(&field.name);
        let name = &field.name;
        if is_secret(field) {
            quote!(.field(#name, &::core::format_args!("[redacted]")))
        } else {
            quote!(.field(#name, &self.#ident))
        }
    };
    let fields = fields.iter().map(field);
    let etag = versioned.then(|| {
        let (name, ident) = (rpc::ETAG, names::snake(rpc::ETAG));
        quote!(.field(#name, &self.#ident))
    });
    quote! {
        impl ::core::fmt::Debug for #ty {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#shown) #(#fields)* #etag.finish()
            }
        }
    }
}
