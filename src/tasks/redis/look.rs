//! What can be seen, and what people do about it.

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};
use uuid::Uuid;

use super::{Redis, rows, scripts};
use crate::redis::values::{array, count, micros, strange, text};
use crate::tasks::broker::{BrokerError, Cancelled};
use crate::tasks::status::{TaskFilter, TaskState, TaskStatus};

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
        rows::status(id, row).map(|(_, status)| Some(status)).map_err(unreadable)
    }

    pub(super) async fn look_at_all(&self, filter: &TaskFilter) -> Result<Vec<TaskStatus>, BrokerError> {
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        if filter.state == Some(TaskState::Running) {
            return self.look_at_held(filter, limit).await;
        }
        let exactly = |text: Option<&str>| text.map(|text| format!("={text}")).unwrap_or_default();
        let (state, sets) = rows::wanted(filter.state);
        let wanted = [filter.queue.as_deref(), filter.name.as_deref(), state].map(exactly);
        let (mut found, mut below) = (Vec::new(), "+inf".to_owned());
        // Part by part, from the newest on: numbers never change, so nothing is missed or seen twice.
        loop {
            let write = |command: &mut Cmd| {
                command.arg(&below).arg(GROUP).arg(&wanted).arg(sets.len()).arg(&sets).arg(&rows::STATUS);
            };
            let mut answer = array(self.line.run(&scripts::LIST, (24, 300), write).await?).into_iter();
            let last = answer.next().and_then(text);
            found.extend(statuses(answer.next().unwrap_or_default()).map(|(_, status)| status));
            match last {
                _ if found.len() >= limit => break,
                Some(last) if last.is_empty() => break,
                Some(last) => below = format!("({last}"),
                None => return Err(strange("the script of listing").into()),
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// What workers hold: not many, and of no use to look for among all that waits.
    async fn look_at_held(&self, filter: &TaskFilter, limit: usize) -> Result<Vec<TaskStatus>, BrokerError> {
        let prefix = self.line.prefix();
        let queues = match &filter.queue {
            Some(queue) => vec![queue.clone()],
            None => self.texts(redis::cmd("SMEMBERS").arg(format!("{prefix}:queues"))).await?,
        };
        let mut found = Vec::new();
        for queue in queues {
            let mut command = redis::cmd("ZRANGE");
            let ids = self.texts(command.arg(format!("{prefix}:held:{queue}")).arg(0).arg(-1)).await?;
            for ids in ids.chunks(GROUP) {
                let write = |command: &mut Cmd| {
                    command.arg(ids.len()).arg(ids).arg(&rows::STATUS);
                };
                let size = (12 + ids.len(), 100 + 40 * ids.len());
                found.extend(statuses(self.line.run(&scripts::ROWS, size, write).await?));
            }
        }
        found.retain(|(_, status)| {
            status.state == TaskState::Running && filter.name.as_ref().is_none_or(|name| *name == status.name)
        });
        found.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        found.truncate(limit);
        Ok(found.into_iter().map(|(_, status)| status).collect())
    }

    async fn texts(&self, command: &Cmd) -> Result<Vec<String>, BrokerError> {
        let answer = array(self.line.ask(command, None).await?);
        Ok(answer.into_iter().filter_map(text).collect())
    }

    pub(super) async fn take_back(&self, id: Uuid) -> Result<Cancelled, BrokerError> {
        let write = |command: &mut Cmd| {
            command.arg(id.to_string());
        };
        let answer = self.line.run(&scripts::CANCEL, (1, 40), write).await?;
        match text(answer).as_deref() {
            Some("done") => Ok(Cancelled::Done),
            Some("late") => Ok(Cancelled::TooLate),
            Some("unknown") => Ok(Cancelled::Unknown),
            _ => Err(strange("the script of cancelling").into()),
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
                command.arg(micros(before)).arg(GROUP);
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

/// Of ids and fields. What is no task is left out.
fn statuses(rows: Value) -> impl Iterator<Item = (u64, TaskStatus)> {
    array(rows).into_iter().filter_map(|row| {
        let mut row = array(row).into_iter();
        let id = row.next().and_then(text).unwrap_or_default();
        let parsed = id.parse().map_err(|_| "its id is not a UUID".to_owned());
        let status = parsed.and_then(|id| rows::status(id, row.next().unwrap_or_default()));
        status
            .inspect_err(|why| tracing::warn!(task = id, why, "a task in Redis can't be read: not listed"))
            .ok()
    })
}
