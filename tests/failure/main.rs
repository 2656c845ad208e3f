//! What is needed goes away, fills up, hangs or is in the way: what a caller sees meanwhile, and that it passes.

#![cfg(unix)]
#![allow(missing_docs, reason = "tests say what they mean by their names")]

#[path = "../crash/child.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod child;
#[path = "../wire/client.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod client;
#[path = "../wire/engines.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod engines;
mod resources;

mod connections;
mod disk;
mod files;
mod lock;
mod shutdown;
mod together;

#[cfg(feature = "postgres")]
mod cancel;
#[cfg(feature = "postgres")]
mod node;
#[cfg(feature = "postgres")]
mod outage;
#[cfg(feature = "postgres")]
mod rows;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use child::Place;
use client::Client;
use serde_json::{Value, json};

/// A place on each engine that is there.
async fn places() -> Vec<Place> {
    #[allow(unused_mut, reason = "there may be one engine only")]
    let mut places = vec![Place::sqlite()];
    #[cfg(feature = "postgres")]
    places.extend(Place::postgres().await);
    places
}

fn purse(id: &str) -> Value {
    json!({"id": id, "owner": "somebody"})
}

/// Waits until something is so.
async fn until(what: &str, at_most: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !is_so().await {
        assert!(since.elapsed() < at_most, "not within {at_most:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The status of `/readyz`.
async fn readiness(address: SocketAddr) -> u16 {
    Client::connect(address).await.get("/readyz").await.status
}

/// What a caller is told when the store can't do it at the moment.
#[track_caller]
fn expect_unavailable(answer: &client::Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(!answer.header("retry-after").is_empty(), "a 503 says when to try again");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["code"], "unavailable");
}
