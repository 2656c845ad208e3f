//! Rows to messages and to what can be seen of a task, and back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use crate::tasks::message::{Caller, Message, Priority, RetryPolicy};
use crate::tasks::status::{Failure, TaskState, TaskStatus};

/// What a message is read from, in the order of [`message`].
pub(super) const MESSAGE: &str = "t.id, t.name, t.queue, t.payload, t.rank, t.run_at, t.expires_at, t.unique_key, \
                                  t.keep, t.attempts_max, t.backoff, t.backoff_max, t.timeout, t.caller, \
                                  t.trace_parent, t.created_at, t.attempts, t.token, t.state, t.due, t.seq, t.foreign_end";
/// What can be seen of a task, in the order of [`status`].
pub(super) const STATUS: &str = "t.id, t.name, t.queue, t.state, t.attempts, t.attempts_max, t.created_at, t.run_at, \
                                 t.started_at, t.finished_at, t.error, t.result, t.caller, t.worker";

pub(super) fn span(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn json<T>(text: Option<&str>, read: impl Fn(&serde_json::Value) -> T) -> Option<T> {
    text.and_then(|text| serde_json::from_str(text).ok()).map(|value| read(&value))
}

pub(super) fn message(row: &Row) -> Result<Message, Error> {
    Ok(Message {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        queue: row.try_get(2)?,
        payload: row.try_get(3)?,
        priority: Priority::from_rank(row.try_get(4)?),
        run_at: row.try_get(5)?,
        expires_at: row.try_get(6)?,
        unique_key: row.try_get(7)?,
        keep: row.try_get(8)?,
        retry: RetryPolicy {
            attempts: count(row.try_get(9)?),
            backoff: duration(row.try_get(10)?),
            backoff_max: duration(row.try_get(11)?),
            timeout: duration(row.try_get(12)?),
        },
        caller: json(row.try_get(13)?, Caller::from_json).flatten(),
        trace_parent: row.try_get(14)?,
        created_at: row.try_get(15)?,
        attempts: count(row.try_get(16)?),
        foreign: row.try_get(21)?,
    })
}

pub(super) fn status(row: &Row) -> Result<TaskStatus, Error> {
    let caller = json(row.try_get(12)?, Caller::from_json).flatten();
    Ok(TaskStatus {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        queue: row.try_get(2)?,
        state: state(row.try_get(3)?),
        attempts: count(row.try_get(4)?),
        max_attempts: count(row.try_get(5)?),
        created_at: row.try_get(6)?,
        run_at: row.try_get(7)?,
        started_at: row.try_get(8)?,
        finished_at: row.try_get(9)?,
        error: json(row.try_get(10)?, Failure::from_json),
        result: json(row.try_get(11)?, Clone::clone),
        principal: caller.and_then(|caller| caller.principal.id().map(str::to_owned)),
        worker: row.try_get(13)?,
    })
}

const fn state(number: i16) -> TaskState {
    match number {
        0 => TaskState::Waiting,
        1 => TaskState::Running,
        2 => TaskState::Succeeded,
        4 => TaskState::Cancelled,
        5 => TaskState::Expired,
        _ => TaskState::Failed,
    }
}

pub(super) const fn number(state: TaskState) -> i16 {
    match state {
        TaskState::Waiting => 0,
        TaskState::Running => 1,
        TaskState::Succeeded => 2,
        TaskState::Failed => 3,
        TaskState::Cancelled => 4,
        TaskState::Expired => 5,
    }
}

/// The columns of messages, each an array, in the order of [`INSERT`].
pub(super) struct Columns {
    parts: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Columns {
    pub(super) fn of(messages: &[&Message]) -> Self {
        let mut parts: Vec<Box<dyn ToSql + Sync + Send>> = Vec::with_capacity(19);
        macro_rules! column {
            ($kind:ty, $value:expr) => {
                parts.push(Box::new(messages.iter().map($value).collect::<Vec<$kind>>()))
            };
        }
        column!(Uuid, |message| message.id);
        column!(String, |message| message.name.clone());
        column!(String, |message| message.queue.clone());
        column!(String, |message| message.payload.clone());
        column!(i64, |message| message.fingerprint());
        column!(i16, |message| message.priority.rank());
        column!(Option<DateTime<Utc>>, |message| message.run_at);
        column!(Option<DateTime<Utc>>, |message| message.expires_at);
        column!(i64, |message| i64::from(message.attempts));
        column!(i64, |message| i64::from(message.retry.attempts));
        column!(i64, |message| span(message.retry.backoff));
        column!(i64, |message| span(message.retry.backoff_max));
        column!(i64, |message| span(message.retry.timeout));
        column!(Option<String>, |message| message.unique_key.clone());
        column!(Option<String>, |message| message.caller.as_ref().map(|caller| caller.to_json().to_string()));
        column!(Option<String>, |message| message.trace_parent.clone());
        column!(bool, |message| message.keep);
        column!(DateTime<Utc>, |message| message.created_at);
        column!(Option<String>, |message| message.foreign.clone());
        Self { parts }
    }

    pub(super) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.parts.iter().map(|part| &**part as &(dyn ToSql + Sync)).collect()
    }
}

/// Writes messages that are not known.
pub(super) const INSERT: &str = "INSERT INTO fourfold_tasks (id, name, queue, payload, fingerprint, rank, due, run_at, \
     expires_at, attempts, attempts_max, backoff, backoff_max, timeout, unique_key, caller, trace_parent, keep, \
     created_at, foreign_end) SELECT u.id, u.name, u.queue, u.payload, u.fingerprint, u.rank, greatest(coalesce(u.run_at, now()), now()), \
     u.run_at, u.expires_at, u.attempts, u.attempts_max, u.backoff, u.backoff_max, u.timeout, u.unique_key, u.caller, \
     u.trace_parent, u.keep, u.created_at, u.foreign_end FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], \
     $5::bigint[], $6::smallint[], $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::bigint[], $11::bigint[], \
     $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::text[], $17::boolean[], $18::timestamptz[], $19::text[]) \
     WITH ORDINALITY AS u(id, name, queue, payload, fingerprint, rank, run_at, expires_at, attempts, attempts_max, backoff, \
     backoff_max, timeout, unique_key, caller, trace_parent, keep, created_at, foreign_end, n) ORDER BY u.n \
     ON CONFLICT DO NOTHING RETURNING id";
