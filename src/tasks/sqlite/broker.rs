//! The broker over the table.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tokio::time::Instant;
use uuid::Uuid;

use super::claim::{self, Wanted};
use super::schema::{EXPIRED, FAILED, RUNNING, SUCCEEDED, WAITING};
use super::{SqliteTasks, note, refused, rows};
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{
    Answer, Broker, BrokerError, Called, Cancelled, Claim, Claimed, Finish, Lease, Noted, Outcome, Taken,
};
use crate::tasks::message::Message;
use crate::tasks::status::{TaskFilter, TaskStatus};

/// How often it is looked for what other processes have written.
const POLL: Duration = Duration::from_millis(50);

impl Broker for SqliteTasks {
    fn enqueue(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        Box::pin(async move {
            let mut queues: Vec<String> = messages.iter().map(|message| message.queue.clone()).collect();
            queues.sort_unstable();
            queues.dedup();
            let taken = self.group.run(move |connection| enqueue(connection, &messages)).await?;
            self.wake(&queues);
            Ok(taken)
        })
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Answer<'a, Vec<Claimed>> {
        Box::pin(self.give(claim))
    }

    fn call<'a>(&'a self, ids: Vec<Uuid>, claim: Claim<'a>, early: bool) -> Answer<'a, Vec<Called>> {
        let wanted = wanted(&claim);
        Box::pin(self.group.run(move |connection| {
            ids.iter().map(|id| claim::call(connection, &wanted, *id, early)).collect()
        }))
    }

    fn note(&self, notes: Vec<(Uuid, Noted)>) -> Answer<'_, ()> {
        Box::pin(self.group.run(move |connection| {
            let now = rows::now();
            notes.iter().try_for_each(|(id, noted)| note::note(connection, *id, noted, now))
        }))
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>> {
        Box::pin(self.group.run(move |connection| {
            let until = rows::now().saturating_add(rows::span(lease));
            let mut statement = connection.prepare_cached(
                "UPDATE fourfold_tasks SET lease_until = ?3 WHERE id = ?1 AND token = ?2 AND state = 1",
            )?;
            let extend =
                |lease: &Lease| Ok(statement.execute((lease.id.as_bytes(), lease.token, until))? == 1);
            leases.iter().map(extend).collect()
        }))
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        Box::pin(async move {
            let again = finishes.iter().any(|it| {
                matches!(it.outcome, Outcome::Retry(..) | Outcome::Postponed(..) | Outcome::Returned)
            });
            let finish = move |connection: &Connection| {
                let now = rows::now();
                finishes.iter().map(|finish| end(connection, finish, now)).collect()
            };
            let held = self.group.run(finish).await?;
            if again {
                self.wake_all();
            }
            Ok(held)
        })
    }

    fn status(&self, id: Uuid) -> Answer<'_, Option<TaskStatus>> {
        Box::pin(self.look(id))
    }

    fn list<'a>(&'a self, filter: &'a TaskFilter) -> Answer<'a, Vec<TaskStatus>> {
        Box::pin(self.look_at_all(filter))
    }

    fn cancel(&self, id: Uuid) -> Answer<'_, Cancelled> {
        Box::pin(self.take_back(id))
    }

    fn requeue(&self, id: Uuid) -> Answer<'_, bool> {
        Box::pin(async move {
            let revived = self.revive(id).await?;
            self.wake_all();
            Ok(revived)
        })
    }

    fn drain<'a>(&'a self, queue: &'a str) -> Answer<'a, u64> {
        let queue = queue.to_owned();
        Box::pin(self.group.run(move |connection| {
            let mut statement =
                connection.prepare_cached("DELETE FROM fourfold_tasks WHERE queue = ?1 AND state = ?2")?;
            Ok(statement.execute((&queue, WAITING))? as u64)
        }))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(self.forget_before(before))
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move { self.sqlite.ready().await.map_err(refused) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // What waits is written first; a store that shares the file is closed by its own server.
            let _ = self.group.run(|_| Ok(())).await;
        })
    }
}

impl SqliteTasks {
    async fn give(&self, claim: Claim<'_>) -> Result<Vec<Claimed>, BrokerError> {
        let begin = Instant::now();
        let deadline = begin + claim.wait;
        let wake = self.wake_of(claim.queue);
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut woken = pin!(wake.notified());
            woken.as_mut().enable();
            let queue = claim.queue.to_owned();
            let look = move |connection: &Connection| {
                if claim::waits(connection, &queue, rows::now())? {
                    return Ok(None);
                }
                Ok(Some(claim::next_moment(connection, &queue)?))
            };
            let Some(next) = self.sqlite.read(look).await.map_err(refused)? else {
                let wanted = wanted(&claim);
                let claimed = self.group.run(move |connection| claim::claim(connection, &wanted)).await?;
                if !claimed.is_empty() || Instant::now() >= deadline {
                    return Ok(claimed);
                }
                // Others were faster, or what waited had expired.
                continue;
            };
            if Instant::now() >= deadline {
                return Ok(Vec::new());
            }
            let left = next.map_or(POLL, |moment| {
                Duration::from_micros(u64::try_from(moment.saturating_sub(rows::now())).unwrap_or_default())
            });
            let until = deadline.min(Instant::now() + left.min(POLL).max(Duration::from_millis(1)));
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }
}

fn wanted(claim: &Claim<'_>) -> Wanted {
    Wanted {
        queue: claim.queue.to_owned(),
        limit: claim.limit,
        lease: rows::span(claim.lease),
        worker: claim.worker.to_owned(),
    }
}

fn enqueue(connection: &Connection, messages: &[Message]) -> rusqlite::Result<Vec<Taken>> {
    let mut taken = Vec::with_capacity(messages.len());
    for message in messages {
        if rows::insert(connection, message)? {
            taken.push(Taken::New);
            continue;
        }
        let known = rows::known(connection, message)?;
        // The clash was with something, and nothing else writes meanwhile.
        taken.push(known.unwrap_or(Taken::New));
    }
    Ok(taken)
}

/// Whether the lease held.
fn end(connection: &Connection, finish: &Finish, now: i64) -> rusqlite::Result<bool> {
    let (id, token) = (finish.lease.id.as_bytes(), finish.lease.token);
    let done = match &finish.outcome {
        Outcome::Succeeded(result) => {
            let mut forget = connection.prepare_cached(
                "DELETE FROM fourfold_tasks WHERE id = ?1 AND token = ?2 AND state = 1 AND keep = 0",
            )?;
            if forget.execute((id, token))? == 1 {
                return Ok(true);
            }
            let mut keep = connection.prepare_cached(
                "UPDATE fourfold_tasks SET state = ?3, finished_at = ?4, result = ?5, payload = '', error = NULL, \
                 lease_until = NULL WHERE id = ?1 AND token = ?2 AND state = 1",
            )?;
            keep.execute((id, token, SUCCEEDED, now, result))?
        }
        Outcome::Retry(moment, failure) | Outcome::Postponed(moment, failure) => {
            let counts = matches!(finish.outcome, Outcome::Retry(..));
            let mut again = connection.prepare_cached(
                "UPDATE fourfold_tasks SET state = 0, due = max(?3, ?4), run_at = ?3, error = ?5, lease_until = NULL, \
                 attempts = max(attempts - ?6, 0) WHERE id = ?1 AND token = ?2 AND state = 1",
            )?;
            let failure = failure.to_json().to_string();
            again.execute((id, token, rows::micros(*moment), now, failure, i64::from(!counts)))?
        }
        Outcome::Failed(failure) => {
            let mut fail = connection.prepare_cached(
                "UPDATE fourfold_tasks SET state = ?3, finished_at = ?4, error = ?5, lease_until = NULL \
                 WHERE id = ?1 AND token = ?2 AND state = ?6",
            )?;
            fail.execute((id, token, FAILED, now, failure.to_json().to_string(), RUNNING))?
        }
        Outcome::Expired => {
            let mut expire = connection.prepare_cached(
                "UPDATE fourfold_tasks SET state = ?3, finished_at = ?4, lease_until = NULL \
                 WHERE id = ?1 AND token = ?2 AND state = 1",
            )?;
            expire.execute((id, token, EXPIRED, now))?
        }
        Outcome::Returned => {
            let mut give_back = connection.prepare_cached(
                "UPDATE fourfold_tasks SET state = 0, attempts = max(attempts - 1, 0), lease_until = NULL \
                 WHERE id = ?1 AND token = ?2 AND state = 1",
            )?;
            give_back.execute((id, token))?
        }
    };
    Ok(done == 1)
}
