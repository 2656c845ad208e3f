//! What the macros write, as a person would read it: `tests/expand/<item>.rs` in, `<item>.expanded.rs` out.
//! `UPDATE_GOLDENS=1` writes the latter anew.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;
use syn::DeriveInput;

/// Without a build script.
fn resource(input: &DeriveInput) -> TokenStream {
    crate::resource(input, |_| false)
}

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
    golden("order", resource);
}

#[test]
fn a_resource_with_a_secret_gets_a_debug_that_keeps_it() {
    golden("user", resource);
}

#[test]
fn a_value_becomes_a_table_and_two_conversions() {
    golden("address", crate::value);
}

#[test]
fn a_choice_becomes_its_names() {
    golden("status", crate::choice);
}

#[test]
fn a_task_becomes_a_value_and_a_table_beside_it() {
    golden("confirm", crate::task);
}

#[test]
fn a_task_need_not_be_told_anything() {
    golden("tidy", crate::task);
}

#[test]
fn an_event_becomes_a_value_and_its_type() {
    golden("delayed", |input| crate::event(input, |_| false));
}

#[test]
fn a_mistake_becomes_an_error_and_something_that_type_checks() {
    golden("broken", resource);
}

#[test]
fn what_the_build_script_wrote_is_included_and_compared() {
    let output = expand("order", |input| crate::resource(input, |_| true));
    let squeezed: String = output.split_whitespace().collect();
    let include = r#"include!(::core::concat!(::core::env!("OUT_DIR"),"/fourfold/shop.order.v1.Order.rs"))"#;
    assert!(squeezed.contains(include), "{output}");
    assert!(output.contains("contract: __fourfold::Some(&__CONTRACT)"), "{output}");
}

#[test]
fn a_renamed_runtime_is_named_everywhere() {
    assert!(!expand("address", crate::value).contains("::fourfold"));
}
