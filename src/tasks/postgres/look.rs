//! What can be seen, and what people do about it.

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::schema::CANCELLED;
use super::{PostgresTasks, refused, rows, unreadable};
use crate::tasks::broker::{BrokerError, Cancelled};
use crate::tasks::status::{TaskFilter, TaskStatus};

/// How many one call of `prune` forgets.
const PRUNED_AT_ONCE: i64 = 5_000;

impl PostgresTasks {
    pub(super) async fn look(&self, id: Uuid) -> Result<Option<TaskStatus>, BrokerError> {
        let text = format!("SELECT {} FROM fourfold_tasks AS t WHERE t.id = $1", rows::STATUS);
        let found = self.line.query(&text, &[&id]).await.map_err(refused)?;
        found.first().map(rows::status).transpose().map_err(unreadable)
    }

    pub(super) async fn look_at_all(&self, filter: &TaskFilter) -> Result<Vec<TaskStatus>, BrokerError> {
        let text = format!(
            "SELECT {} FROM fourfold_tasks AS t WHERE ($1::text IS NULL OR t.queue = $1) AND \
             ($2::text IS NULL OR t.name = $2) AND ($3::smallint IS NULL OR t.state = $3) ORDER BY t.seq DESC LIMIT $4",
            rows::STATUS
        );
        let state = filter.state.map(rows::number);
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let parameters: [&(dyn ToSql + Sync); 4] = [&filter.queue, &filter.name, &state, &limit];
        let found = self.line.query(&text, &parameters).await.map_err(refused)?;
        found.iter().map(rows::status).collect::<Result<_, _>>().map_err(unreadable)
    }

    pub(super) async fn take_back(&self, id: Uuid) -> Result<Cancelled, BrokerError> {
        let text = "WITH done AS (UPDATE fourfold_tasks SET state = $2, finished_at = now() WHERE id = $1 AND state = 0 \
                    RETURNING 1) SELECT EXISTS (SELECT FROM done), EXISTS (SELECT FROM fourfold_tasks WHERE id = $1)";
        let rows = self.line.query(text, &[&id, &CANCELLED]).await.map_err(refused)?;
        let found = rows.first().map(|row| (row.get::<_, bool>(0), row.get::<_, bool>(1)));
        Ok(match found {
            Some((true, _)) => Cancelled::Done,
            Some((false, true)) => Cancelled::TooLate,
            _ => Cancelled::Unknown,
        })
    }

    /// Lets one that ended without success begin anew; its queue, where there was one.
    pub(super) async fn revive(&self, id: Uuid) -> Result<Option<String>, BrokerError> {
        // The one with the key may be another one by now.
        let text = "UPDATE fourfold_tasks AS t SET state = 0, attempts = 0, due = now(), run_at = NULL, \
                    expires_at = NULL, started_at = NULL, finished_at = NULL, error = NULL, worker = NULL, \
                    lease_until = NULL WHERE t.id = $1 AND t.state IN (3, 4, 5) AND NOT EXISTS \
                    (SELECT FROM fourfold_tasks AS other WHERE other.unique_key = t.unique_key \
                    AND other.unique_key IS NOT NULL AND other.state < 2) RETURNING t.queue";
        let found = self.line.query(text, &[&id]).await.map_err(refused)?;
        Ok(found.first().map(|row| row.get(0)))
    }

    /// Forgets what ended before a moment.
    pub(super) async fn forget_before(&self, before: DateTime<Utc>) -> Result<u64, BrokerError> {
        let text = "WITH ended AS (DELETE FROM fourfold_tasks WHERE id IN (SELECT id FROM fourfold_tasks \
                    WHERE state > 1 AND finished_at < $1 ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED) \
                    RETURNING 1) SELECT count(*) FROM ended";
        let rows = self.line.query(text, &[&before, &PRUNED_AT_ONCE]).await.map_err(refused)?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
    }
}
