//! The derive macros of fourfold: `Resource`, `Value` and `Choice`.
//!
//! This crate is a door: `fourfold-model` reads and checks the struct, and `fourfold-expand` writes the Rust of it. Use
//! the macros through the crate `fourfold`.

use std::path::Path;

use fourfold_model::model::Resource;
use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a resource of a struct: `impl Resource`, the typed inputs `<Name>Create` and `<Name>Update`, and, where it has
/// operations of its own, the trait `<Name>Operations`, which the compiler then asks you to implement.
///
/// Where a field is `input_only` or `sensitive`, it also implements `Debug` without the content of those fields, so
/// `#[derive(Debug)]` can't print them: together with this macro it is an error.
#[proc_macro_derive(Resource, attributes(resource, field))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    fourfold_expand::resource(&parse_macro_input!(input as DeriveInput), has_contract).into()
}

/// Makes a nested struct that a field, a list or a map may hold, or the input of an operation.
///
/// Where a field is `sensitive`, it also implements `Debug` without the content of that field.
#[proc_macro_derive(Value, attributes(value, field))]
pub fn derive_value(input: TokenStream) -> TokenStream {
    fourfold_expand::value(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a closed set of names of an enum without fields.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    fourfold_expand::choice(&parse_macro_input!(input as DeriveInput)).into()
}

/// Whether there is a build script that has read the resource.
fn has_contract(resource: &Resource) -> bool {
    std::env::var_os("OUT_DIR")
        .is_some_and(|out| Path::new(&out).join(fourfold_expand::contract_file(resource)).is_file())
}
