//! What the store does to its own tables beside the units of work.

use chrono::{DateTime, Utc};
use tokio::time::timeout;
use tokio_postgres::Client;
use uuid::Uuid;

use super::failure;
use super::schema::{OUTBOX, RECORDS, RELAY};
use super::session::Session;
use super::{Postgres, Shared};
use crate::store::StoreError;

/// How many rows of a table go at a time.
const AT_A_TIME: i64 = 5000;
/// The record that readiness writes; principals never begin with a space.
const PROBE: &str = " ready";

impl Postgres {
    pub(crate) async fn prune(
        &self,
        records_before: DateTime<Utc>,
        events_before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let lease = self.inner.shared.lists.lease().await?;
        let gone = prune(&lease.session.client, records_before, events_before).await;
        // A failed statement leaves nothing open: each is a transaction of its own.
        lease.give_back();
        gone.map_err(|error| failure::read(&error))
    }
}

async fn prune(
    client: &Client,
    records_before: DateTime<Utc>,
    events_before: DateTime<Utc>,
) -> Result<u64, tokio_postgres::Error> {
    // Locked rows are another's who prunes at the same moment.
    let old = |table: &str, key: &str, only: &str| {
        format!(
            "DELETE FROM {table} WHERE {key} IN (SELECT t.{key} FROM {table} AS t WHERE t.created_at < $1{only} \
             ORDER BY t.created_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
        )
    };
    let records = client.execute(&old(RECORDS, "key", ""), &[&records_before, &AT_A_TIME]).await?;
    let passed_on = format!(
        " AND NOT EXISTS (SELECT 1 FROM {RELAY} AS r WHERE r.name = 'events' AND r.held_until >= $1 \
         AND (r.tx, r.seq) < (t.tx, t.seq))"
    );
    // Those who watch learn of it from the same transaction.
    let text = format!(
        "WITH gone AS ({} RETURNING tx, seq), \
         last AS (SELECT g.tx, g.seq FROM gone AS g ORDER BY g.tx DESC, g.seq DESC LIMIT 1), \
         noted AS (INSERT INTO {RELAY} AS r (name, tx, seq, holder, held_until) \
         SELECT 'log', l.tx, l.seq, $3::uuid, now() FROM last AS l \
         ON CONFLICT (name) DO UPDATE SET tx = excluded.tx, seq = excluded.seq \
         WHERE (r.tx, r.seq) < (excluded.tx, excluded.seq)) SELECT count(*) FROM gone",
        old(OUTBOX, "seq", &passed_on)
    );
    let events = client.query_one(&text, &[&events_before, &AT_A_TIME, &Uuid::new_v4()]).await?;
    Ok(records + events.get::<_, i64>(0).unsigned_abs())
}

/// Writes a row that means nothing, to find out whether the server writes again.
pub(super) async fn try_write(session: &Session) -> Result<(), StoreError> {
    let text = format!(
        "INSERT INTO {RECORDS} (key, fingerprint, operation, answer, created_at) VALUES ('{PROBE}', 0, '', '', now()) \
         ON CONFLICT (key) DO UPDATE SET created_at = excluded.created_at"
    );
    session
        .client
        .batch_execute(&text)
        .await
        .map_err(|error| StoreError::Unavailable(failure::describe(&error)))
}

impl Shared {
    /// Whether a read is answered.
    pub(super) async fn alive(&self) -> Result<(), StoreError> {
        let session = self.readers.pick()?;
        match timeout(self.server.patience, session.client.batch_execute("SELECT 1")).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(StoreError::Unavailable(failure::describe(&error))),
            Err(_) => Err(StoreError::Unavailable("PostgreSQL did not answer in time".to_owned())),
        }
    }
}
