//! Watching over the wire: nothing is missing and nothing comes twice, whatever breaks in between.

#![cfg(unix)]
#![allow(missing_docs, unreachable_pub, reason = "tests say what they mean by their names")]

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
mod sse;

mod asked;
#[cfg(feature = "postgres")]
mod commits;
mod crowds;
mod ends;
mod reconnects;
mod sight;

use std::time::Duration;

/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_mins(1);

/// What must come, comes in time.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANGS, what).await.expect("it comes")
}
