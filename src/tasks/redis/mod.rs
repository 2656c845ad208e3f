//! Redis: tasks in hashes and sorted sets, changed by scripts.
//!
//! A script is one round trip for a whole group, and atomic: nobody sees the half of it, and neither does who reads the
//! append-only file after a crash. Leases, moments and numbers are by the server's clock. What waits is in sorted sets by turn
//! and by moment, so that a worker pays for what it gets and not for what waits. The append-only file decides what a crash of
//! the server costs; it is looked at with every connection.
//!
//! | part | where |
//! | --- | --- |
//! | the URL, the connection, who waits, how safe the server is | [`crate::redis`] |
//! | the scripts, and what is where | `scripts/`, the keys in `scripts/common.lua` |
//! | tasks as fields, and back | `rows.rs` |
//! | the broker | `broker.rs`, `look.rs` |

mod broker;
mod look;
mod rows;
mod scripts;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::broker::{Broker, BrokerError, BrokerOptions};
use crate::descriptor::BoxFuture;
use crate::redis::{Line, Mistake, Use};

const SERVES: Use = Use { what: "tasks", variable: "FOURFOLD_TASKS_URL", channel: "wake" };

/// The engine.
#[derive(Debug)]
pub(crate) struct Redis {
    line: Line,
}

/// Opens one.
pub(crate) fn open(options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async move {
        let line = Line::begin(&options.url, options.patience, SERVES).await?;
        Ok(Arc::new(Redis { line }) as Arc<dyn Broker>)
    })
}

impl From<Mistake> for BrokerError {
    fn from(mistake: Mistake) -> Self {
        match mistake {
            Mistake::Unavailable(why) => Self::Unavailable(why),
            Mistake::Unsupported(why) => Self::Unsupported(why),
            Mistake::Internal(why) => Self::Internal(why),
        }
    }
}
