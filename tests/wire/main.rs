//! The service over the wire: what a caller sees, on every engine.

#![allow(missing_docs, unreachable_pub, reason = "tests say what they mean by their names")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "a check of a field takes a reference to it")]

mod client;
mod engines;
mod resources;

mod abuse;
mod basics;
mod conditions;
mod fields;
mod idempotency;
mod lists;
mod nulls;
mod races;
mod renames;
mod start;
mod tasks;
mod usercode;
