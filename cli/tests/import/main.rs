//! `import`: what is written for databases of other programs and for .proto files, and that it fits them.
#![cfg(feature = "migrate")]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

#[path = "../migrations/engine.rs"]
mod engine;
#[cfg(feature = "protos")]
mod protos;
mod refusals;
mod schemas;
mod served;
#[path = "../support/mod.rs"]
mod support;
