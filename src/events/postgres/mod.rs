//! PostgreSQL: a log of events in a table, and for each group how far it is and what it has not ended.
//!
//! Numbers are handed out before the commit, so whoever publishes holds a lock until it has committed: then the order of
//! the numbers is that of the commits, and a group can go by it. What is done to a group is done under the lock of its row.

mod finish;
mod look;
mod schema;
mod take;
#[cfg(test)]
mod tests;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio::time::Instant;

#[cfg(feature = "amqp")]
use super::bus::Standing;
use super::bus::{Answer, Bus, BusError, BusOptions, Delivery, Group, Start, Take};
use super::cloud::CloudEvent;
use super::order::{key, place};
use super::status::{DeadLetter, GroupStatus};
use crate::descriptor::BoxFuture;
use crate::store::postgres::Line;
use crate::store::postgres::wake::{self, Wakes};
use crate::tasks::{Finish, Lease};

/// One for who publishes, the others for groups.
const CONNECTIONS: usize = 4;
/// How often who waits looks by itself, give or take.
const POLL: Duration = Duration::from_millis(250);
/// What is woken: all groups read the one log.
const LOG: &str = "log";

/// The engine.
#[derive(Debug)]
pub(crate) struct PostgresBus {
    line: Arc<Line>,
    wakes: Arc<Wakes>,
    listening: [JoinHandle<()>; 2],
}

pub(crate) fn open(options: &BusOptions) -> BoxFuture<'_, Result<Arc<dyn Bus>, BusError>> {
    Box::pin(async move { Ok(Arc::new(PostgresBus::open(options).await?) as Arc<dyn Bus>) })
}

impl Drop for PostgresBus {
    fn drop(&mut self) {
        for task in &self.listening {
            task.abort();
        }
        self.line.close();
    }
}

const PUBLISH: &str = "WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($6)) \
     INSERT INTO fourfold_events (source, id, type, key, event) \
     SELECT u.source, u.id, u.type, u.key, u.event FROM turn CROSS JOIN \
     unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY \
     AS u(source, id, type, key, event, n) ORDER BY u.n ON CONFLICT (source, id) DO NOTHING";

impl PostgresBus {
    async fn open(options: &BusOptions) -> Result<Self, BusError> {
        let line = Line::open(&options.url, options.patience, CONNECTIONS).await;
        let line = Arc::new(line.map_err(|error| BusError::Internal(error.to_string()))?);
        schema::prepare(&line, options.migrate).await?;
        let wakes = Arc::new(Wakes::new("fourfold_events"));
        let listening = [
            tokio::spawn(wake::listen(Arc::clone(&line), Arc::clone(&wakes))),
            tokio::spawn(wake::tell(Arc::clone(&line), Arc::clone(&wakes))),
        ];
        Ok(Self { line, wakes, listening })
    }

    async fn write(&self, events: Vec<CloudEvent>) -> Result<(), BusError> {
        let column = |of: fn(&CloudEvent) -> &str| events.iter().map(of).collect::<Vec<&str>>();
        let (sources, ids, types) =
            (column(|event| &event.source), column(|event| &event.id), column(|event| &event.kind));
        let keys: Vec<Option<String>> = events.iter().map(key).collect();
        let texts: Vec<String> = events.iter().map(CloudEvent::to_json).collect();
        self.line.query(PUBLISH, &[&sources, &ids, &types, &keys, &texts, &schema::TURN]).await?;
        self.wakes.wake(LOG);
        Ok(())
    }

    async fn give(&self, take: Take<'_>) -> Result<Vec<Delivery>, BusError> {
        let deadline = Instant::now() + take.wait;
        let wake = self.wakes.of(LOG);
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut woken = pin!(wake.notified());
            woken.as_mut().enable();
            if take::waits(&self.line, take.group).await? {
                let given = take::take(&self.line, &take).await?;
                if !given.is_empty() || Instant::now() >= deadline {
                    return Ok(given);
                }
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

impl Bus for PostgresBus {
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()> {
        Box::pin(self.write(events))
    }

    fn subscribe(&self, group: Group) -> Answer<'_, ()> {
        Box::pin(look::subscribe(&self.line, group))
    }

    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>> {
        Box::pin(self.give(take))
    }

    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>> {
        Box::pin(finish::extend(&self.line, group, leases, lease))
    }

    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>> {
        Box::pin(async move {
            let held = finish::finish(&self.line, group, finishes).await?;
            self.wakes.here(LOG);
            Ok(held)
        })
    }

    #[cfg(feature = "amqp")]
    fn standing<'a>(&'a self, group: &'a str) -> Answer<'a, Option<Standing>> {
        Box::pin(look::standing(&self.line, group))
    }

    fn groups(&self) -> Answer<'_, Vec<GroupStatus>> {
        Box::pin(look::groups(&self.line))
    }

    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>> {
        Box::pin(look::dead_letters(&self.line, group, limit))
    }

    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64> {
        Box::pin(async move {
            let revived = finish::revive(&self.line, group, ids).await?;
            self.wakes.wake(LOG);
            Ok(revived)
        })
    }

    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()> {
        Box::pin(async move {
            look::seek(&self.line, group, start).await?;
            self.wakes.wake(LOG);
            Ok(())
        })
    }

    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool> {
        Box::pin(look::forget(&self.line, group))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(look::prune(&self.line, before))
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.line.query("SELECT 1", &[]).await.map(|_| ())?) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.line.close() })
    }
}

/// Takes leases apart.
fn split(leases: impl Iterator<Item = Lease>) -> (Vec<i64>, Vec<i64>) {
    leases.map(|lease| (place(lease.id), lease.token)).unzip()
}
