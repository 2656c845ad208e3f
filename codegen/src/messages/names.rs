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

/// The methods that tonic writes for every client, as far as they can be called as one of ours: a verb and a resource.
const CLIENTS_OWN: [&str; 6] = [
    "with_origin",
    "with_interceptor",
    "send_compressed",
    "accept_compressed",
    "max_decoding_message_size",
    "max_encoding_message_size",
];

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
    for service in &file.service {
        for method in &service.method {
            let rust = method.name.to_snake_case();
            if CLIENTS_OWN.contains(&rust.as_str()) {
                errors.push(format!(
                    "the method `{}` of {}.{} is `{rust}` in Rust, which every client of tonic's has already; rename the operation, \
                     or build without messages",
                    method.name, file.package, service.name
                ));
            }
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::descriptor::{MethodDescriptorProto, ServiceDescriptorProto};

    #[test]
    fn a_method_that_is_called_as_one_of_every_client_is_told() {
        let method =
            |name: &str| MethodDescriptorProto { name: name.to_owned(), ..MethodDescriptorProto::default() };
        let service = ServiceDescriptorProto {
            name: "OriginService".to_owned(),
            method: vec![method("GetOrigin"), method("WithOrigin")],
        };
        let file = FileDescriptorProto {
            package: "a.v1".to_owned(),
            service: vec![service],
            ..FileDescriptorProto::default()
        };
        let told = collisions(&file);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("the method `WithOrigin` of a.v1.OriginService is `with_origin`"),
            "{told:?}"
        );
    }
}
