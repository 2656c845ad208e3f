//! The outbox of tasks, for the relay.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use super::schema::TASKS;
use super::session::{Key, Session};
use super::{Postgres, failure};
use crate::store::StoreError;

impl Postgres {
    pub(crate) async fn claim_tasks(
        &self,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        let text = format!(
            "UPDATE {TASKS} AS t SET claimed_until = now() + $1::float8 * interval '1 second' FROM \
             (SELECT seq FROM {TASKS} WHERE claimed_until <= now() ORDER BY claimed_until, seq LIMIT $2 \
             FOR UPDATE SKIP LOCKED) AS free WHERE t.seq = free.seq RETURNING t.seq, t.message"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.point(text, &[&lease.as_secs_f64(), &limit]).await?;
        let mut claimed: Vec<(i64, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        // `RETURNING` gives no order of its own.
        claimed.sort_unstable_by_key(|(place, _)| *place);
        Ok(claimed)
    }

    pub(crate) async fn forget_tasks(&self, places: Vec<i64>) -> Result<(), StoreError> {
        self.point(format!("DELETE FROM {TASKS} WHERE seq = ANY($1)"), &[&places]).await.map(|_| ())
    }

    pub(crate) async fn release_tasks(&self, places: Vec<i64>) -> Result<(), StoreError> {
        let text = format!("UPDATE {TASKS} SET claimed_until = '-infinity' WHERE seq = ANY($1)");
        self.point(text, &[&places]).await.map(|_| ())
    }

    /// A statement of the store's own on a connection for writes.
    pub(super) async fn point(
        &self,
        text: String,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let session = self.inner.writers.session()?;
        query(&session, text, parameters, self.inner.shared.server.patience).await
    }
}

/// A statement on a connection that others use too.
pub(super) async fn query(
    session: &Session,
    text: String,
    parameters: &[&(dyn ToSql + Sync)],
    patience: Duration,
) -> Result<Vec<Row>, StoreError> {
    match timeout(patience.saturating_mul(3), prepared(session, text, parameters)).await {
        Ok(Ok(rows)) => Ok(rows),
        Ok(Err(error)) => Err(failure::read(&error)),
        Err(_) => Err(StoreError::Unavailable("PostgreSQL did not answer in time".to_owned())),
    }
}

async fn prepared(
    session: &Session,
    text: String,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Error> {
    let statement = session.statement(Key::Text(text.clone()), |_| (text, Vec::new())).await?;
    session.query(&statement, parameters).await
}
