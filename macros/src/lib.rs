//! The derive macros of fourfold: `Resource`, `Value` and `Choice`.
//!
//! This crate is a door: `fourfold-model` reads and checks the struct, and what is here writes the Rust of it. Emission
//! can't fail; everything that can be wrong is found by the check. Use the macros through the crate `fourfold`.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod choice;
mod conversions;
mod default;
mod descriptor;
mod fallback;
mod field;
mod inputs;
mod operations;
mod redact;
mod resource;
mod rule;
#[cfg(test)]
mod tests;
mod tokens;
mod value;

/// Makes a resource of a struct: `impl Resource`, the typed inputs `<Name>Create` and `<Name>Update`, and, where it has
/// operations of its own, the trait `<Name>Operations`, which the compiler then asks you to implement.
///
/// Where a field is `input_only` or `sensitive`, it also implements `Debug` without the content of those fields, so
/// `#[derive(Debug)]` can't print them: together with this macro it is an error.
#[proc_macro_derive(Resource, attributes(resource, field))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    resource::expand(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a nested struct that a field, a list or a map may hold, or the input of an operation.
///
/// Where a field is `sensitive`, it also implements `Debug` without the content of that field.
#[proc_macro_derive(Value, attributes(value, field))]
pub fn derive_value(input: TokenStream) -> TokenStream {
    value::expand(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a closed set of names of an enum without fields.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    choice::expand(&parse_macro_input!(input as DeriveInput)).into()
}
