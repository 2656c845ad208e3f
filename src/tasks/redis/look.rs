//! What can be seen, and what people do about it.

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};
use uuid::Uuid;

use super::broker::strange;
use super::{Redis, rows, scripts};
use crate::tasks::broker::{BrokerError, Cancelled};
use crate::tasks::status::{TaskFilter, TaskStatus};

/// How many one script looks at, or puts away.
const GROUP: usize = 500;
/// How many scripts one call of `prune` runs.
const PRUNED_AT_ONCE: u64 = 10;

impl Redis {
    pub(super) async fn look(&self, id: Uuid) -> Result<Option<TaskStatus>, BrokerError> {
        let mut command = redis::cmd("HMGET");
        command.arg(format!("{}:task:{id}", self.line.prefix())).arg(&rows::STATUS);
        let row = self.line.ask(&command, None).await?;
        if matches!(&row, Value::Array(fields) if fields.first() == Some(&Value::Nil)) {
            return Ok(None);
        }
        let unreadable = |why| BrokerError::Internal(format!("the task {id} in Redis can't be read: {why}"));
        rows::status(id, row).map(Some).map_err(unreadable)
    }

    /// Part by part, from the newest on: numbers never change, so nothing is missed or seen twice.
    pub(super) async fn look_at_all(&self, filter: &TaskFilter) -> Result<Vec<TaskStatus>, BrokerError> {
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        let exactly =
            |text: &Option<String>| text.as_ref().map(|text| format!("={text}")).unwrap_or_default();
        let (queue, name) = (exactly(&filter.queue), exactly(&filter.name));
        let numbers: Vec<&str> = rows::states(filter.state).collect();
        let (mut found, mut below) = (Vec::new(), "+inf".to_owned());
        loop {
            let write = |command: &mut Cmd| {
                command.arg(&below).arg(GROUP).arg(&queue).arg(&name).arg(numbers.len()).arg(&numbers);
                command.arg(&rows::STATUS);
            };
            let mut answer = rows::array(self.line.run(&scripts::LIST, (24, 300), write).await?).into_iter();
            let last = answer.next().and_then(rows::text);
            for row in answer.next().map(rows::array).into_iter().flatten() {
                let mut row = rows::array(row).into_iter();
                let id = row.next().and_then(rows::text).unwrap_or_default();
                let status = id.parse().map_err(|_| "its id is not a UUID".to_owned());
                match status.and_then(|id| rows::status(id, row.next().unwrap_or_default())) {
                    Ok(status) => found.push(status),
                    Err(why) => tracing::warn!(task = id, why, "a task in Redis can't be read: not listed"),
                }
                if found.len() >= limit {
                    return Ok(found);
                }
            }
            match last.as_deref() {
                Some("") => return Ok(found),
                Some(last) => below = format!("({last}"),
                None => return Err(strange("the script of listing")),
            }
        }
    }

    pub(super) async fn take_back(&self, id: Uuid) -> Result<Cancelled, BrokerError> {
        let write = |command: &mut Cmd| {
            command.arg(id.to_string());
        };
        let answer = self.line.run(&scripts::CANCEL, (1, 40), write).await?;
        match rows::text(answer).as_deref() {
            Some("done") => Ok(Cancelled::Done),
            Some("late") => Ok(Cancelled::TooLate),
            Some("unknown") => Ok(Cancelled::Unknown),
            _ => Err(strange("the script of cancelling")),
        }
    }

    pub(super) async fn revive(&self, id: Uuid) -> Result<bool, BrokerError> {
        let write = |command: &mut Cmd| {
            command.arg(id.to_string());
        };
        Ok(self.line.run(&scripts::REQUEUE, (1, 40), write).await? == Value::Int(1))
    }

    pub(super) async fn take_away(&self, queue: &str) -> Result<u64, BrokerError> {
        let mut gone = 0;
        loop {
            let write = |command: &mut Cmd| {
                command.arg(queue).arg(GROUP);
            };
            let more = count(&self.line.run(&scripts::DRAIN, (2, 50), write).await?);
            gone += more;
            if more < GROUP as u64 {
                return Ok(gone);
            }
        }
    }

    /// Forgets what ended before a moment.
    pub(super) async fn forget_before(&self, before: DateTime<Utc>) -> Result<u64, BrokerError> {
        let mut gone = 0;
        for _ in 0..PRUNED_AT_ONCE {
            let write = |command: &mut Cmd| {
                command.arg(rows::micros(before)).arg(GROUP);
            };
            let more = count(&self.line.run(&scripts::PRUNE, (2, 40), write).await?);
            gone += more;
            if more < GROUP as u64 {
                break;
            }
        }
        Ok(gone)
    }
}

fn count(answer: &Value) -> u64 {
    match answer {
        Value::Int(count) => count.unsigned_abs(),
        _ => 0,
    }
}
