//! Redis: tasks in hashes and sorted sets, changed by scripts.
//!
//! A script is one round trip for a whole group, and atomic: nobody sees the half of it, and neither does who reads the
//! append-only file after a crash. Leases, moments and numbers are by the server's clock. What waits is in sorted sets by turn
//! and by moment, so that a worker pays for what it gets and not for what waits. The append-only file decides what a crash of
//! the server costs; it is looked at with every connection.
//!
//! | part | where |
//! | --- | --- |
//! | what the URL says | `place.rs` |
//! | the connection, made anew when it is broken | `line.rs` |
//! | how safe the server keeps things | `safety.rs` |
//! | the scripts, and what is where | `scripts/`, the keys in `scripts/common.lua` |
//! | tasks as fields, and back | `rows.rs` |
//! | the broker | `broker.rs`, `look.rs` |
//! | who waits | `wake.rs` |

mod broker;
mod line;
mod look;
mod place;
mod rows;
mod safety;
mod scripts;
#[cfg(test)]
mod tests;
mod wake;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::broker::{Broker, BrokerError, BrokerOptions};
use crate::descriptor::BoxFuture;
use line::Line;
use wake::Wakes;

/// How long opening waits for the server's first answer, at most.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// The engine.
#[derive(Debug)]
pub(crate) struct Redis {
    line: Line,
    wakes: Arc<Wakes>,
}

/// Opens one. What is wrong with a server that answers is said at once; one that is away is looked for with every call.
pub(crate) fn open(options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async move {
        let wakes = Arc::new(Wakes::default());
        let line = Line::new(options, &wakes)?;
        match timeout(FIRST_LOOK, line.open()).await {
            Ok(Ok(_)) => {}
            Ok(Err(BrokerError::Unavailable(why))) => tracing::warn!(why, "tasks wait for Redis"),
            Ok(Err(error)) => return Err(error),
            Err(_) => tracing::warn!("tasks wait for Redis, which does not answer"),
        }
        Ok(Arc::new(Redis { line, wakes }) as Arc<dyn Broker>)
    })
}
