//! Names as prost writes them.

use std::collections::BTreeMap;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use proc_macro2::Ident;
use quote::format_ident;

use crate::proto::descriptor::FileDescriptorProto;

/// A segment of a path as it is, raw where it is a word of the language.
pub(super) fn verbatim(name: &str) -> Ident {
    let name = name.trim();
    match name {
        "self" | "super" | "crate" => format_ident!("{name}"),
        _ => syn::parse_str(name).unwrap_or_else(|_| raw(name)),
    }
}

/// A module or a field: in snake case, raw where it is a word of the language.
pub(super) fn snake(name: &str) -> Ident {
    match name.to_snake_case().as_str() {
        name @ ("self" | "super" | "extern" | "crate") => format_ident!("{name}_"),
        name => syn::parse_str(name).unwrap_or_else(|_| raw(name)),
    }
}

/// A message.
pub(super) fn message(name: &str) -> Ident {
    match name.to_upper_camel_case().as_str() {
        "Self" => format_ident!("Self_"),
        name => syn::parse_str(name).unwrap_or_else(|_| format_ident!("_{name}")),
    }
}

fn raw(name: &str) -> Ident {
    syn::parse_str(&format!("r#{name}")).unwrap_or_else(|_| format_ident!("_{name}"))
}

/// The names of a file that proto tells apart and Rust does not, each with its way out.
pub(super) fn collisions(file: &FileDescriptorProto) -> Vec<String> {
    let types = file.message_type.iter().map(|message| &message.name);
    let types = types.chain(file.enum_type.iter().map(|choice| &choice.name));
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut errors = Vec::new();
    for name in types {
        let rust = message(name).to_string();
        if let Some(other) = seen.insert(rust.clone(), name) {
            errors.push(format!(
                "the messages `{other}` and `{name}` of {} are both `{rust}` in Rust; rename one of the two, or build \
                 without messages",
                file.package
            ));
        }
    }
    errors
}
