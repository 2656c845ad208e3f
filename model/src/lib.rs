//! The front end of fourfold: from the tokens of an annotated item to a checked model.
//!
//! The one place that reads attributes. Two readers use it: the derive macros, which see one item's tokens, and the
//! build, which sees files. Both get the same [`model`], so what they write agrees.
//!
//! An item is *parsed* into a [`Declaration`] (what was written, with spans), *checked*, and *lowered* to the model
//! (what it means, without spans). All mistakes of an item are found at once.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod attribute;
mod check;
pub mod ddl;
mod declaration;
mod doc;
mod errors;
mod fingerprint;
mod forms;
mod lower;
pub mod model;
mod names;
mod number;
mod parse;
pub mod rpc;
mod shape;
pub mod sql;
mod token_text;
pub mod types;
mod words;

pub use declaration::{Declaration, FieldDecl, OperationDecl, VariantDecl};
pub use errors::Diagnostic;
pub use fingerprint::fingerprint;
use fingerprint::fnv1a;
pub use names::{
    is_full_name, is_lower_snake, json_name, kebab_plural, package_version, pascal, singular, snake, written,
};
pub use words::{nearest_name, words};

use errors::Errors;
use syn::DeriveInput;

/// What became of an item: always all of it and the errors, never one or the other.
#[must_use]
pub struct Parsed<T> {
    /// What the item means. Where there are errors, it is what is left without the words that are wrong, or `None`
    /// where a part that all else stands on is wrong: the kind of item, the type of a field, the id.
    pub model: Option<T>,
    /// What was written.
    pub declaration: Declaration,
    /// Every mistake, in source order.
    pub errors: Vec<Diagnostic>,
}

/// Reads a struct with `#[derive(Resource)]`.
pub fn resource(input: &DeriveInput) -> Parsed<model::Resource> {
    let mut errors = Errors::new();
    let mut declaration = parse::resource(input, &mut errors);
    let naming = check::resource(&mut declaration, &mut errors);
    Parsed { model: lower::resource(&declaration, naming), declaration, errors: errors.finish() }
}

/// Reads a struct with `#[derive(Value)]`.
pub fn value(input: &DeriveInput) -> Parsed<model::Value> {
    let mut errors = Errors::new();
    let mut declaration = parse::value(input, &mut errors);
    check::value(&mut declaration, &mut errors);
    Parsed { model: lower::value(&declaration), declaration, errors: errors.finish() }
}

/// Reads a struct with `#[derive(Task)]`.
pub fn task(input: &DeriveInput) -> Parsed<model::Task> {
    let mut errors = Errors::new();
    let mut declaration = parse::task(input, &mut errors);
    check::task(&mut declaration, &mut errors);
    Parsed { model: lower::task(&declaration), declaration, errors: errors.finish() }
}

/// Reads a struct with `#[derive(Event)]`.
pub fn event(input: &DeriveInput) -> Parsed<model::Event> {
    let mut errors = Errors::new();
    let mut declaration = parse::event(input, &mut errors);
    check::event(&mut declaration, &mut errors);
    Parsed { model: lower::event(&declaration), declaration, errors: errors.finish() }
}

/// Reads an enum with `#[derive(Choice)]`.
pub fn choice(input: &DeriveInput) -> Parsed<model::Choice> {
    let mut errors = Errors::new();
    let mut declaration = parse::choice(input, &mut errors);
    check::choice(&mut declaration, &mut errors);
    Parsed { model: lower::choice(&declaration), declaration, errors: errors.finish() }
}
