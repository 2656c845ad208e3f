//! SQLite: a log of events in a table, and for each group how far it is and what it has not ended.
//!
//! Where the bus is the store's own file, the store's writing thread does it, so that the two don't fight for the lock.

mod finish;
mod look;
mod schema;
mod take;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tokio::sync::Notify;
use tokio::time::Instant;

#[cfg(feature = "amqp")]
use super::bus::Standing;
use super::bus::{Answer, Bus, BusError, BusOptions, Delivery, Group, Start, Take};
use super::cloud::CloudEvent;
use super::order::key;
use super::status::{DeadLetter, GroupStatus};
use crate::descriptor::BoxFuture;
use crate::store::sqlite::{Sqlite, failure};
use crate::tasks::{Finish, Lease};

/// How often it is looked for what other processes have written.
const POLL: Duration = Duration::from_millis(50);

/// The engine.
pub(crate) struct SqliteBus {
    sqlite: Sqlite,
    /// Somebody in this process may have something to do.
    wake: Notify,
}

pub(crate) fn open(options: &BusOptions) -> BoxFuture<'_, Result<Arc<dyn Bus>, BusError>> {
    Box::pin(async move { Ok(Arc::new(SqliteBus::open(options).await?) as Arc<dyn Bus>) })
}

impl fmt::Debug for SqliteBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteBus").field(&self.sqlite).finish()
    }
}

/// Microseconds since 1970.
fn micros(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_micros()
}

fn span(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl SqliteBus {
    async fn open(options: &BusOptions) -> Result<Self, BusError> {
        let sqlite = Sqlite::open_shared(&options.url, options.patience)
            .map_err(|error| BusError::Internal(error.to_string()))?;
        let reconciled = sqlite.write(|connection| Ok(schema::reconcile(connection))).await?;
        reconciled.map_err(|error| BusError::Internal(format!("the tables of events: {error}")))?;
        Ok(Self { sqlite, wake: Notify::new() })
    }

    /// Runs something as a transaction of its own.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, BusError> {
        let run = move |connection: &mut Connection| {
            let run = || {
                let transaction = crate::store::sqlite::immediate(connection)?;
                let result = work(&transaction)?;
                transaction.commit()?;
                Ok(result)
            };
            run().map_err(|error| failure(&error))
        };
        Ok(self.sqlite.write(run).await?)
    }

    async fn give(&self, take: Take<'_>) -> Result<Vec<Delivery>, BusError> {
        let begin = Instant::now();
        let deadline = begin + take.wait;
        let (limit, lease) = (take.limit, span(take.lease));
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut woken = pin!(self.wake.notified());
            woken.as_mut().enable();
            let group = take.group.to_owned();
            let waits = move |connection: &Connection| take::waits(connection, &group, micros(Utc::now()));
            let waits = self.sqlite.read(waits).await?.ok_or(BusError::NoGroup)?;
            if waits {
                let group = take.group.to_owned();
                let work = move |connection: &Connection| {
                    take::take(connection, &group, limit, lease, micros(Utc::now()))
                };
                let given = self.write(work).await?.ok_or(BusError::NoGroup)?;
                if !given.is_empty() || Instant::now() >= deadline {
                    return Ok(given);
                }
                // Others were faster, or nothing was of its types; there may be more.
                continue;
            }
            if Instant::now() >= deadline {
                return Ok(Vec::new());
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep_until(deadline.min(Instant::now() + POLL)) => {}
            }
        }
    }
}

fn publish(connection: &Connection, events: &[CloudEvent], now: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO fourfold_events (source, id, type, key, published_at, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (source, id) DO NOTHING",
    )?;
    for event in events {
        statement.execute((&event.source, &event.id, &event.kind, key(event), now, event.to_json()))?;
    }
    Ok(())
}

impl Bus for SqliteBus {
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()> {
        Box::pin(async move {
            self.write(move |connection| publish(connection, &events, micros(Utc::now()))).await?;
            self.wake.notify_waiters();
            Ok(())
        })
    }

    fn subscribe(&self, group: Group) -> Answer<'_, ()> {
        Box::pin(self.write(move |connection| look::subscribe(connection, &group)))
    }

    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>> {
        Box::pin(self.give(take))
    }

    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>> {
        let group = group.to_owned();
        let until = micros(Utc::now()).saturating_add(span(lease));
        Box::pin(self.write(move |connection| finish::extend(connection, &group, &leases, until)))
    }

    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>> {
        let group = group.to_owned();
        Box::pin(async move {
            let work = move |connection: &Connection| {
                let now = micros(Utc::now());
                finishes.iter().map(|finish| finish::finish(connection, &group, finish, now)).collect()
            };
            let held = self.write(work).await?;
            self.wake.notify_waiters();
            Ok(held)
        })
    }

    #[cfg(feature = "amqp")]
    fn standing<'a>(&'a self, group: &'a str) -> Answer<'a, Option<Standing>> {
        Box::pin(async move {
            let group = group.to_owned();
            let read = move |connection: &Connection| look::standing(connection, &group);
            Ok(self.sqlite.read(read).await?)
        })
    }

    fn groups(&self) -> Answer<'_, Vec<GroupStatus>> {
        Box::pin(async move { Ok(self.sqlite.read(look::groups).await?) })
    }

    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>> {
        let group = group.to_owned();
        Box::pin(async move {
            let read = move |connection: &Connection| look::dead_letters(connection, &group, limit);
            self.sqlite.read(read).await?.ok_or(BusError::NoGroup)
        })
    }

    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64> {
        let group = group.to_owned();
        Box::pin(async move {
            let work = move |connection: &Connection| {
                finish::revive(connection, &group, ids.as_deref(), micros(Utc::now()))
            };
            let revived = self.write(work).await?.ok_or(BusError::NoGroup)?;
            self.wake.notify_waiters();
            Ok(revived)
        })
    }

    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()> {
        let group = group.to_owned();
        Box::pin(async move {
            let sought = self.write(move |connection| look::seek(connection, &group, start)).await?;
            self.wake.notify_waiters();
            if sought { Ok(()) } else { Err(BusError::NoGroup) }
        })
    }

    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool> {
        let group = group.to_owned();
        Box::pin(self.write(move |connection| look::forget(connection, &group)))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(self.write(move |connection| look::prune(connection, micros(before))))
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.sqlite.ready().await?) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        // A store that shares the file is closed by its own server.
        Box::pin(std::future::ready(()))
    }
}
