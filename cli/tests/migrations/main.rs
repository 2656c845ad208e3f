//! Migrations in real databases: random histories, and what can go wrong on the way.
#![cfg(feature = "migrate")]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod beside;
#[path = "../../../codegen/tests/histories/definition.rs"]
#[allow(dead_code, reason = "this test needs a part of it")]
mod definition;
mod edits;
mod engine;
mod histories;
#[path = "../../../codegen/tests/histories/random.rs"]
mod random;
mod running;
#[path = "../support/mod.rs"]
mod support;
