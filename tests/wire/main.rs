//! The service over the wire: what a caller sees, on every engine.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

mod client;
mod engines;
mod resources;

mod abuse;
mod basics;
mod conditions;
mod fields;
mod idempotency;
mod lists;
mod races;
mod usercode;
