//! What the macros write, as a person would read it: `tests/expand/<item>.rs` in, `<item>.expanded.rs` out.
//! `UPDATE_GOLDENS=1` writes the latter anew.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::{choice, resource, value};

fn expand(name: &str, expand: fn(&DeriveInput) -> TokenStream) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/expand/{name}.rs"));
    let input = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let input = syn::parse_str(&input).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = syn::parse2(expand(&input)).unwrap_or_else(|error| panic!("the output of {name}: {error}"));
    prettyplease::unparse(&file)
}

fn golden(name: &str, with: fn(&DeriveInput) -> TokenStream) {
    let output = expand(name, with);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/expand/{name}.expanded.rs"));
    if env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, &output).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        output,
        expected,
        "{} is out of date: look at it and run with UPDATE_GOLDENS=1",
        path.display()
    );
}

#[test]
fn a_resource_becomes_a_table_two_conversions_two_inputs_and_a_trait() {
    golden("order", resource::expand);
}

#[test]
fn a_resource_with_a_secret_gets_a_debug_that_keeps_it() {
    golden("user", resource::expand);
}

#[test]
fn a_value_becomes_a_table_and_two_conversions() {
    golden("address", value::expand);
}

#[test]
fn a_choice_becomes_its_names() {
    golden("status", choice::expand);
}

#[test]
fn a_mistake_becomes_an_error_and_something_that_type_checks() {
    golden("broken", resource::expand);
}

#[test]
fn a_renamed_runtime_is_named_everywhere() {
    assert!(!expand("address", value::expand).contains("::fourfold"));
}
