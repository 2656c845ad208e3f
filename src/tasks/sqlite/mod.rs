//! SQLite: tasks in a table, on disk; what was taken survives the death of everything but the disk.
//!
//! Everything that waits to be written goes into one transaction, which costs one `fsync`. Where the tasks are in the
//! store's own file, the store's writing thread does it, so that the two don't fight for the lock.

mod broker;
mod claim;
mod group;
mod look;
#[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
mod note;
mod rows;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::broker::{Broker, BrokerError, BrokerOptions};
use crate::descriptor::BoxFuture;
use crate::store::StoreError;
use crate::store::sqlite::Sqlite;
use group::Group;

/// The engine.
pub(crate) struct SqliteTasks {
    sqlite: Sqlite,
    group: Group,
    /// Who waits for tasks of a queue in this process.
    wakes: Mutex<HashMap<String, Arc<Notify>>>,
}

pub(crate) fn open(options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async move { Ok(Arc::new(SqliteTasks::open(options).await?) as Arc<dyn Broker>) })
}

impl SqliteTasks {
    async fn open(options: &BrokerOptions) -> Result<Self, BrokerError> {
        let sqlite = Sqlite::open_shared(&options.url, options.patience)
            .map_err(|error| BrokerError::Internal(error.to_string()))?;
        let reconciled = sqlite.write(|connection| Ok(schema::reconcile(connection))).await;
        match reconciled.map_err(refused)? {
            Ok(()) => {}
            Err(error) => return Err(BrokerError::Internal(format!("the table of tasks: {error}"))),
        }
        let group = Group::start(sqlite.clone());
        Ok(Self { sqlite, group, wakes: Mutex::default() })
    }

    fn wake_of(&self, queue: &str) -> Arc<Notify> {
        let mut wakes = self.wakes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wake) = wakes.get(queue) {
            return Arc::clone(wake);
        }
        Arc::clone(wakes.entry(queue.to_owned()).or_default())
    }

    /// Wakes who waits for tasks of these queues.
    fn wake(&self, queues: &[String]) {
        for queue in queues {
            self.wake_of(queue).notify_waiters();
        }
    }

    fn wake_all(&self) {
        for wake in self.wakes.lock().unwrap_or_else(PoisonError::into_inner).values() {
            wake.notify_waiters();
        }
    }
}

impl fmt::Debug for SqliteTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteTasks").field(&self.sqlite).finish()
    }
}

fn refused(error: StoreError) -> BrokerError {
    match error {
        StoreError::Unavailable(why) | StoreError::Unknown(why) => BrokerError::Unavailable(why),
        other => BrokerError::Internal(format!("{other:?}")),
    }
}
