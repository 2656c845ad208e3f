//! What a caller sees over gRPC, on every engine.

#![allow(
    clippy::unreadable_literal,
    reason = "the fingerprints in the contracts that this build script writes"
)]
#![cfg(test)]
#![allow(missing_docs, unreachable_pub, reason = "tests say what they mean by their names")]

mod caller;
#[path = "../../wire/client.rs"]
#[allow(dead_code, reason = "the tests of REST need more of it")]
mod client;
#[path = "../../wire/engines.rs"]
#[allow(dead_code, reason = "the tests of REST need more of it")]
mod engines;
mod resources;

#[allow(dead_code, clippy::all, clippy::pedantic, reason = "prost wrote it")]
mod order {
    include!(concat!(env!("OUT_DIR"), "/test.order.v1.rs"));
}
#[allow(dead_code, clippy::all, clippy::pedantic, reason = "prost wrote it")]
mod counter {
    include!(concat!(env!("OUT_DIR"), "/test.counter.v1.rs"));
}

mod beside;
mod describe;
mod errors;
mod guard;
mod methods;
mod rest;
mod security;
mod tasks;
mod watch;
mod web;
mod wire;
mod writes;
