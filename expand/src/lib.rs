//! The Rust that the derive macros write: `fourfold-model` reads and checks the struct, and what is here emits.
//!
//! Emission can't fail; everything that can be wrong is found by the check. It is a library of its own because a
//! proc-macro crate exports nothing but macros, and the command line prints the same expansion.

use fourfold_model::model::{Event, Resource};
use proc_macro2::TokenStream;
use syn::DeriveInput;

mod choice;
mod conversions;
mod default;
mod descriptor;
mod event;
mod events;
mod fallback;
mod field;
mod inputs;
mod operations;
mod redact;
mod resource;
mod rule;
mod settings;
mod task;
mod tasks;
#[cfg(test)]
mod tests;
mod tokens;
mod value;

/// What `#[derive(Resource)]` writes. `has_contract` says whether the build script has written about the resource: then
/// the expansion includes that.
pub fn resource(input: &DeriveInput, has_contract: impl FnOnce(&Resource) -> bool) -> TokenStream {
    resource::expand(input, has_contract)
}

/// What `#[derive(Value)]` writes.
#[must_use]
pub fn value(input: &DeriveInput) -> TokenStream {
    value::expand(input)
}

/// What `#[derive(Task)]` writes.
#[must_use]
pub fn task(input: &DeriveInput) -> TokenStream {
    task::expand(input)
}

/// What `#[derive(Event)]` writes. `has_messages` says whether the build script has written how the event is a message: then
/// the expansion includes that.
pub fn event(input: &DeriveInput, has_messages: impl FnOnce(&Event) -> bool) -> TokenStream {
    event::expand(input, has_messages)
}

/// What `#[derive(Choice)]` writes.
#[must_use]
pub fn choice(input: &DeriveInput) -> TokenStream {
    choice::expand(input)
}

/// The file below `OUT_DIR` that the build script writes about a resource, with `/` between its parts.
#[must_use]
pub fn contract_file(resource: &Resource) -> String {
    format!("fourfold/{}.{}.rs", resource.package, resource.name)
}

/// The file below `OUT_DIR` that the build script writes about an event that is not a resource's own.
#[must_use]
pub fn event_file(event: &Event) -> String {
    // Types of other services may have `/` in them.
    format!("fourfold/events/{}.{}.rs", event.event.replace('/', ".."), event.name)
}
