//! The ledger over the table: rows of tasks whose messages another engine carries are never claimed.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use uuid::Uuid;

use super::schema::{EXPIRED, FAILED, SUCCEEDED};
use super::{SqliteTasks, rows};
use crate::tasks::broker::{Answer, Cancelled, Ledger, Outcome, Taken};
use crate::tasks::message::Message;
use crate::tasks::status::{TaskFilter, TaskStatus};

/// Noted, and not sent.
const UNSENT: i64 = 1;
/// How long a task that was never sent keeps its unique key from others, in microseconds: whoever was to send it is gone.
const GIVEN_UP: i64 = 60_000_000;

impl Ledger for SqliteTasks {
    fn note(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        Box::pin(
            self.group
                .run(move |connection| messages.iter().map(|message| note(connection, message)).collect()),
        )
    }

    fn sent(&self, ids: Vec<Uuid>) -> Answer<'_, ()> {
        Box::pin(self.group.run(move |connection| {
            let mut statement = connection
                .prepare_cached("UPDATE fourfold_tasks SET travels = 2 WHERE id = ?1 AND travels = 1")?;
            for id in &ids {
                statement.execute([id.as_bytes()])?;
            }
            Ok(())
        }))
    }

    fn begin(&self, ids: Vec<(Uuid, u32)>, worker: String) -> Answer<'_, Vec<bool>> {
        Box::pin(self.group.run(move |connection| {
            let mut begin = connection.prepare_cached(
                "UPDATE fourfold_tasks SET state = 1, attempts = ?2, worker = ?3, started_at = ?4, travels = 2 \
                 WHERE id = ?1 AND state < 2 AND travels > 0",
            )?;
            let mut ended =
                connection.prepare_cached("SELECT 1 FROM fourfold_tasks WHERE id = ?1 AND state > 1")?;
            let now = rows::now();
            let mut may = Vec::with_capacity(ids.len());
            for (id, attempts) in &ids {
                let begun = begin.execute((id.as_bytes(), attempts, &worker, now))? == 1;
                may.push(begun || !ended.exists([id.as_bytes()])?);
            }
            Ok(may)
        }))
    }

    fn end(&self, ends: Vec<(Message, Outcome)>) -> Answer<'_, ()> {
        Box::pin(self.group.run(move |connection| {
            let now = rows::now();
            ends.iter().try_for_each(|(message, outcome)| end(connection, message, outcome, now))
        }))
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

    fn requeue(&self, id: Uuid) -> Answer<'_, Option<Message>> {
        Box::pin(self.revive(id, true))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(self.forget_before(before))
    }
}

fn note(connection: &Connection, message: &Message) -> rusqlite::Result<Taken> {
    if let Some((known, travels, created_at)) = rows::known(connection, message)? {
        let Taken::Known { id, .. } = known else { return Ok(known) };
        if travels == UNSENT && id == message.id {
            return Ok(Taken::New);
        }
        if travels != UNSENT || created_at + GIVEN_UP >= rows::now() {
            return Ok(known);
        }
        let mut forget = connection.prepare_cached("DELETE FROM fourfold_tasks WHERE id = ?1")?;
        forget.execute([id.as_bytes()])?;
    }
    rows::insert(connection, message, UNSENT)?;
    Ok(Taken::New)
}

fn end(connection: &Connection, message: &Message, outcome: &Outcome, now: i64) -> rusqlite::Result<()> {
    let id = message.id.as_bytes();
    if let Outcome::Succeeded(_) = outcome
        && !message.keep
    {
        let mut forget = connection
            .prepare_cached("DELETE FROM fourfold_tasks WHERE id = ?1 AND state < 2 AND travels > 0")?;
        return forget.execute([id]).map(|_| ());
    }
    // What was never noted is noted now.
    rows::insert(connection, message, 2)?;
    let (state, finished_at, run_at, error, result, payload) = match outcome {
        Outcome::Succeeded(result) => (SUCCEEDED, Some(now), None, None, result.as_deref(), Some("")),
        Outcome::Failed(failure) => (FAILED, Some(now), None, Some(failure), None, None),
        Outcome::Expired => (EXPIRED, Some(now), None, None, None, None),
        Outcome::Retry(moment, failure) => (0, None, Some(rows::micros(*moment)), Some(failure), None, None),
        Outcome::Returned => (0, None, None, None, None, None),
    };
    let returned = i64::from(matches!(outcome, Outcome::Returned));
    let began = !matches!(outcome, Outcome::Returned | Outcome::Expired);
    let error = error.map(|failure| failure.to_json().to_string());
    let mut statement = connection.prepare_cached(
        "UPDATE fourfold_tasks SET state = ?2, finished_at = ?3, run_at = coalesce(?4, run_at), \
         error = CASE WHEN ?2 = 2 THEN NULL ELSE coalesce(?5, error) END, result = ?6, payload = coalesce(?7, payload), \
         attempts = max(?8 - ?9, 0), started_at = coalesce(started_at, CASE WHEN ?10 THEN ?11 END) \
         WHERE id = ?1 AND state < 2 AND travels > 0",
    )?;
    let attempts = i64::from(message.attempts);
    statement
        .execute((id, state, finished_at, run_at, error, result, payload, attempts, returned, began, now))
        .map(|_| ())
}
