//! Rows to messages and to what can be seen of a task, and back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use uuid::Uuid;

use super::schema::{CANCELLED, EXPIRED, FAILED, RUNNING, SUCCEEDED, WAITING};
use crate::tasks::broker::Taken;
use crate::tasks::message::{Caller, Message, Priority, RetryPolicy};
use crate::tasks::status::{Failure, TaskState, TaskStatus};

/// What a message is read from, in the order of [`message`].
pub(super) const MESSAGE: &str = "id, name, queue, payload, rank, run_at, expires_at, unique_key, keep, attempts_max, \
                                  backoff, backoff_max, timeout, caller, trace_parent, created_at, attempts, token, foreign_end";
/// What can be seen of a task, in the order of [`status`].
pub(super) const STATUS: &str = "id, name, queue, state, attempts, attempts_max, created_at, run_at, started_at, \
                                 finished_at, error, result, caller, worker";

pub(super) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

pub(super) fn now() -> i64 {
    micros(Utc::now())
}

pub(super) fn span(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn times(micros: Option<i64>) -> Option<DateTime<Utc>> {
    micros.map(time)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

pub(super) fn uuid(row: &Row<'_>, index: usize) -> rusqlite::Result<Uuid> {
    let bytes: [u8; 16] = row.get(index)?;
    Ok(Uuid::from_bytes(bytes))
}

fn json<T>(
    row: &Row<'_>,
    index: usize,
    read: impl Fn(&serde_json::Value) -> T,
) -> rusqlite::Result<Option<T>> {
    let Some(text) = row.get::<_, Option<String>>(index)? else { return Ok(None) };
    let value = serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error)))?;
    Ok(Some(read(&value)))
}

/// A message and its token.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<(Message, i64)> {
    let message = Message {
        id: uuid(row, 0)?,
        name: row.get(1)?,
        queue: row.get(2)?,
        payload: row.get(3)?,
        priority: Priority::from_rank(row.get(4)?),
        run_at: times(row.get(5)?),
        expires_at: times(row.get(6)?),
        unique_key: row.get(7)?,
        keep: row.get(8)?,
        retry: RetryPolicy {
            attempts: row.get(9)?,
            backoff: duration(row.get(10)?),
            backoff_max: duration(row.get(11)?),
            timeout: duration(row.get(12)?),
        },
        caller: json(row, 13, Caller::from_json)?.flatten(),
        trace_parent: row.get(14)?,
        created_at: time(row.get(15)?),
        attempts: row.get(16)?,
        foreign: row.get(18)?,
    };
    Ok((message, row.get(17)?))
}

pub(super) fn status(row: &Row<'_>) -> rusqlite::Result<TaskStatus> {
    let caller = json(row, 12, Caller::from_json)?.flatten();
    Ok(TaskStatus {
        id: uuid(row, 0)?,
        name: row.get(1)?,
        queue: row.get(2)?,
        state: state(row.get(3)?),
        attempts: row.get(4)?,
        max_attempts: row.get(5)?,
        created_at: time(row.get(6)?),
        run_at: times(row.get(7)?),
        started_at: times(row.get(8)?),
        finished_at: times(row.get(9)?),
        error: json(row, 10, Failure::from_json)?,
        result: json(row, 11, Clone::clone)?,
        principal: caller.and_then(|caller| caller.principal.id().map(str::to_owned)),
        worker: row.get(13)?,
    })
}

const fn state(number: i64) -> TaskState {
    match number {
        WAITING => TaskState::Waiting,
        RUNNING => TaskState::Running,
        SUCCEEDED => TaskState::Succeeded,
        CANCELLED => TaskState::Cancelled,
        EXPIRED => TaskState::Expired,
        _ => TaskState::Failed,
    }
}

pub(super) const fn number(state: TaskState) -> i64 {
    match state {
        TaskState::Waiting => WAITING,
        TaskState::Running => RUNNING,
        TaskState::Succeeded => SUCCEEDED,
        TaskState::Failed => FAILED,
        TaskState::Cancelled => CANCELLED,
        TaskState::Expired => EXPIRED,
    }
}

/// The task that a message would be a second of.
pub(super) fn known(connection: &Connection, message: &Message) -> rusqlite::Result<Option<Taken>> {
    let read = |row: &Row<'_>| Ok(Taken::Known { id: uuid(row, 0)?, fingerprint: row.get(1)? });
    let mut by_id = connection.prepare_cached("SELECT id, fingerprint FROM fourfold_tasks WHERE id = ?1")?;
    if let Some(found) = by_id.query_row([message.id.as_bytes()], read).optional()? {
        return Ok(Some(found));
    }
    let Some(key) = &message.unique_key else { return Ok(None) };
    let mut by_key = connection.prepare_cached(
        "SELECT id, fingerprint FROM fourfold_tasks WHERE unique_key = ?1 AND unique_key IS NOT NULL \
         AND state < 2",
    )?;
    by_key.query_row([key], read).optional()
}

/// Writes a message; false where it is known already.
pub(super) fn insert(connection: &Connection, message: &Message) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO fourfold_tasks (id, name, queue, payload, fingerprint, rank, due, run_at, expires_at, attempts, \
         attempts_max, backoff, backoff_max, timeout, unique_key, caller, trace_parent, keep, created_at, foreign_end) \
         VALUES (:id, :name, :queue, :payload, :fingerprint, :rank, :due, :run_at, :expires_at, :attempts, \
         :attempts_max, :backoff, :backoff_max, :timeout, :unique_key, :caller, :trace_parent, :keep, \
         :created_at, :foreign) ON CONFLICT DO NOTHING",
    )?;
    let run_at = message.run_at.map(micros);
    let now = now();
    let written = statement.execute(named_params! {
        ":id": message.id.as_bytes(),
        ":name": message.name,
        ":queue": message.queue,
        ":payload": message.payload,
        ":fingerprint": message.fingerprint(),
        ":rank": message.priority.rank(),
        // What was to begin before now waits in turn.
        ":due": run_at.map_or(now, |moment| moment.max(now)),
        ":run_at": run_at,
        ":expires_at": message.expires_at.map(micros),
        ":attempts": message.attempts,
        ":attempts_max": message.retry.attempts,
        ":backoff": span(message.retry.backoff),
        ":backoff_max": span(message.retry.backoff_max),
        ":timeout": span(message.retry.timeout),
        ":unique_key": message.unique_key,
        ":caller": message.caller.as_ref().map(|caller| caller.to_json().to_string()),
        ":trace_parent": message.trace_parent,
        ":keep": message.keep,
        ":created_at": micros(message.created_at),
        ":foreign": message.foreign,
    })?;
    Ok(written == 1)
}
