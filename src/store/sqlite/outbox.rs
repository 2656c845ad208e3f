//! The outbox of tasks, for the relay.

use std::time::Duration;

use chrono::Utc;
use rusqlite::Connection;

use super::writer::transaction;
use super::{Sqlite, errors};
use crate::store::StoreError;

impl Sqlite {
    pub(crate) async fn claim_tasks(
        &self,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        // Whoever only looks does not take the lock for writing.
        let waits = self
            .shared
            .readers
            .brief(|connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM fourfold_task_outbox WHERE claimed_until <= ?1)",
                )?;
                Ok(statement.query_row([Utc::now().timestamp_millis()], |row| row.get::<_, bool>(0))?)
            })
            .await?;
        if !waits {
            return Ok(Vec::new());
        }
        self.shared.writer.run(move |connection| refused(claim(connection, limit, lease))).await
    }

    pub(crate) async fn forget_tasks(&self, places: Vec<i64>) -> Result<(), StoreError> {
        let sql = "DELETE FROM fourfold_task_outbox WHERE seq = ?1";
        self.shared.writer.run(move |connection| refused(each(connection, sql, &places))).await
    }

    pub(crate) async fn release_tasks(&self, places: Vec<i64>) -> Result<(), StoreError> {
        let sql = "UPDATE fourfold_task_outbox SET claimed_until = 0 WHERE seq = ?1";
        self.shared.writer.run(move |connection| refused(each(connection, sql, &places))).await
    }
}

fn claim(connection: &mut Connection, limit: usize, lease: Duration) -> rusqlite::Result<Vec<(i64, String)>> {
    let now = Utc::now().timestamp_millis();
    let until = now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
    transaction(connection, |connection| {
        let mut statement = connection.prepare_cached(
            "UPDATE fourfold_task_outbox SET claimed_until = ?1 WHERE seq IN (SELECT seq FROM fourfold_task_outbox \
             WHERE claimed_until <= ?2 ORDER BY claimed_until, seq LIMIT ?3) RETURNING seq, message",
        )?;
        let rows = statement.query_map((until, now, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let mut claimed: Vec<(i64, String)> = rows.collect::<rusqlite::Result<_>>()?;
        // `RETURNING` gives no order of its own.
        claimed.sort_unstable_by_key(|(place, _)| *place);
        Ok(claimed)
    })
}

fn each(connection: &mut Connection, sql: &str, places: &[i64]) -> rusqlite::Result<()> {
    transaction(connection, |connection| {
        let mut statement = connection.prepare_cached(sql)?;
        for place in places {
            statement.execute([place])?;
        }
        Ok(())
    })
}

fn refused<T>(result: rusqlite::Result<T>) -> Result<T, StoreError> {
    result.map_err(|error| errors::store_error(&error))
}
