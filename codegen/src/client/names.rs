//! Names as prost writes them.

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// A field, a module, a method: in snake case, `r#` before a word of the language.
pub(super) fn snake(name: &str) -> Ident {
    let name = name.to_snake_case();
    match name.as_str() {
        "self" | "super" | "extern" | "crate" => format_ident!("{name}_"),
        _ => syn::parse_str(&name).unwrap_or_else(|_| match syn::parse_str(&format!("r#{name}")) {
            Ok(raw) => raw,
            Err(_) => format_ident!("_{name}"),
        }),
    }
}

/// A message, a trait: in upper camel case.
pub(super) fn camel(name: &str) -> Ident {
    match name.to_upper_camel_case().as_str() {
        "Self" => format_ident!("Self_"),
        name => syn::parse_str(name).unwrap_or_else(|_| format_ident!("_{name}")),
    }
}

/// The path of a message from the module of a package's typed client, by its full name with a dot before it.
pub(super) fn path(package: &str, full: &str) -> TokenStream {
    if full == ".google.protobuf.Empty" {
        return quote!(());
    }
    if let Some(name) = full.strip_prefix(".google.protobuf.") {
        let name = camel(name);
        return quote!(::fourfold::client::prost_types::#name);
    }
    if let Some(name) = local(package, full) {
        let name = camel(name);
        return if is_said(&name) { quote!(super::#name) } else { quote!(#name) };
    }
    // Out of the client's module and of the package, and down again: messages within messages are in modules.
    let climb = package.split('.').count() + 1;
    let up = std::iter::repeat_n(quote!(super::), climb);
    let mut segments: Vec<&str> = full.trim_start_matches('.').split('.').collect();
    let name = camel(segments.pop().unwrap_or_default());
    let modules = segments.into_iter().map(snake);
    quote!(#(#up)* #(#modules::)* #name)
}

/// Whether the text of a client has this name for something else: a message called so is not imported there.
pub(super) fn is_said(name: &Ident) -> bool {
    const SAID: [&str; 22] = [
        "Call",
        "CallOptions",
        "Client",
        "Clone",
        "Context",
        "Debug",
        "Err",
        "Future",
        "Into",
        "Iterator",
        "Method",
        "None",
        "Ok",
        "Option",
        "RemoteError",
        "Result",
        "Send",
        "Some",
        "String",
        "Sync",
        "Vec",
        "Watch",
    ];
    SAID.iter().any(|said| name == said)
}

/// The name of a message that is at the top of the package itself.
pub(super) fn local<'a>(package: &str, full: &'a str) -> Option<&'a str> {
    let rest = full.strip_prefix('.')?.strip_prefix(package)?.strip_prefix('.')?;
    (!rest.contains('.')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_prost() {
        assert_eq!(snake("type").to_string(), "r#type");
        assert_eq!(snake("super").to_string(), "super_");
        assert_eq!(camel("HTTPServer").to_string(), "HttpServer");
    }

    #[test]
    fn a_message_is_found_from_the_clients_module() {
        let path = |full| path("shop.user.v1", full).to_string().replace(' ', "");
        assert_eq!(path(".shop.user.v1.User"), "User");
        assert_eq!(path(".shop.user.v1.Send"), "super::Send");
        assert_eq!(path(".google.protobuf.Empty"), "()");
        assert_eq!(path(".shop.type.v2.Money"), "super::super::super::super::shop::r#type::v2::Money");
        assert_eq!(path(".shop.user.v1.User.Card"), "super::super::super::super::shop::user::v1::user::Card");
    }
}
