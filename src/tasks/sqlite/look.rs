//! What can be seen, and what people do about it.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use uuid::Uuid;

use super::schema::{CANCELLED, WAITING};
use super::{SqliteTasks, refused, rows};
use crate::tasks::broker::{BrokerError, Cancelled};
use crate::tasks::status::{TaskFilter, TaskStatus};

/// How many one call of `prune` forgets.
const PRUNED_AT_ONCE: i64 = 5_000;

impl SqliteTasks {
    pub(super) async fn look(&self, id: Uuid) -> Result<Option<TaskStatus>, BrokerError> {
        let sql = format!("SELECT {} FROM fourfold_tasks WHERE id = ?1", rows::STATUS);
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_row([id.as_bytes()], rows::status).optional()
        };
        self.sqlite.read(read).await.map_err(refused)
    }

    pub(super) async fn look_at_all(&self, filter: &TaskFilter) -> Result<Vec<TaskStatus>, BrokerError> {
        let mut clauses = Vec::new();
        let mut values = Vec::new();
        if let Some(queue) = &filter.queue {
            clauses.push("queue = ?");
            values.push(Value::from(queue.clone()));
        }
        if let Some(name) = &filter.name {
            clauses.push("name = ?");
            values.push(Value::from(name.clone()));
        }
        if let Some(state) = filter.state {
            clauses.push("state = ?");
            values.push(Value::from(rows::number(state)));
        }
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        values.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
        let (and, clauses) = (if clauses.is_empty() { "" } else { "WHERE " }, clauses.join(" AND "));
        let sql =
            format!("SELECT {} FROM fourfold_tasks {and}{clauses} ORDER BY seq DESC LIMIT ?", rows::STATUS);
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map(params_from_iter(&values), rows::status)?;
            found.collect()
        };
        self.sqlite.read(read).await.map_err(refused)
    }

    pub(super) async fn take_back(&self, id: Uuid) -> Result<Cancelled, BrokerError> {
        self.group
            .run(move |connection| {
                let mut cancel = connection.prepare_cached(
                    "UPDATE fourfold_tasks SET state = ?2, finished_at = ?3 WHERE id = ?1 AND state = ?4",
                )?;
                if cancel.execute((id.as_bytes(), CANCELLED, rows::now(), WAITING))? == 1 {
                    return Ok(Cancelled::Done);
                }
                let mut there = connection.prepare_cached("SELECT 1 FROM fourfold_tasks WHERE id = ?1")?;
                let there = there.exists([id.as_bytes()])?;
                Ok(if there { Cancelled::TooLate } else { Cancelled::Unknown })
            })
            .await
    }

    /// Lets one that ended without success begin anew; whether there was one.
    pub(super) async fn revive(&self, id: Uuid) -> Result<bool, BrokerError> {
        // The one with the key may be another one by now.
        const REVIVE: &str = "UPDATE fourfold_tasks SET state = 0, attempts = 0, due = ?2, run_at = NULL, \
                              expires_at = NULL, started_at = NULL, finished_at = NULL, error = NULL, worker = NULL, \
                              lease_until = NULL WHERE id = ?1 AND state IN (3, 4, 5) AND NOT EXISTS \
                              (SELECT 1 FROM fourfold_tasks AS other WHERE other.unique_key = \
                              fourfold_tasks.unique_key AND other.unique_key IS NOT NULL AND other.state < 2)";
        let revive = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(REVIVE)?;
            Ok(statement.execute((id.as_bytes(), rows::now()))? == 1)
        };
        self.group.run(revive).await
    }

    /// Forgets what ended before a moment.
    pub(super) async fn forget_before(&self, before: DateTime<Utc>) -> Result<u64, BrokerError> {
        let before = rows::micros(before);
        self.group
            .run(move |connection| {
                let mut ended = connection.prepare_cached(
                    "DELETE FROM fourfold_tasks WHERE seq IN (SELECT seq FROM fourfold_tasks WHERE state > 1 \
                     AND finished_at < ?1 ORDER BY finished_at LIMIT ?2)",
                )?;
                Ok(ended.execute((before, PRUNED_AT_ONCE))? as u64)
            })
            .await
    }
}
