//! The outbox of events, for the relay.
//!
//! Numbers are handed out before the commit, so whoever goes by them alone skips what commits late. Here it goes by the
//! transaction and then the number, and no further than the oldest transaction that is still open: nothing can be written
//! any more before what has been read.

use std::time::Duration;

use tokio_postgres::Row;
use uuid::Uuid;

use super::Postgres;
use super::outbox::query;
use super::schema::{OUTBOX, RELAY};
use crate::store::{Event, OutboxRow, Position, StoreError, Waiting};

/// Counting more than this takes long and tells nothing more.
const MOST_COUNTED: i64 = 100_000;

impl Postgres {
    pub(crate) async fn lead(&self, holder: Uuid, lease: Duration) -> Result<Option<Position>, StoreError> {
        let text = format!(
            "INSERT INTO {RELAY} AS r (name, tx, seq, holder, held_until) \
             VALUES ('events', '0', 0, $1, now() + $2::float8 * interval '1 second') \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until \
             WHERE r.holder = excluded.holder OR r.held_until <= now() \
             RETURNING r.tx::text, r.seq, r.tx >= pg_snapshot_xmax(pg_current_snapshot())"
        );
        let rows = self.point(text, &[&holder, &lease.as_secs_f64()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let position = position(row)?;
        if row.get(2) {
            tracing::warn!("the database counts its transactions anew: it was restored from a dump, say");
            self.count_anew(holder).await?;
            return Ok(Some(Position::default()));
        }
        Ok(Some(position))
    }

    /// After the database was restored elsewhere, the transactions that the rows name are in a future that may never come.
    /// What was passed on is forgotten, the rest is as if it had been written just now; for those who watch it is another
    /// log.
    async fn count_anew(&self, holder: Uuid) -> Result<(), StoreError> {
        let text = format!(
            "WITH r AS (SELECT tx, seq, pg_snapshot_xmax(pg_current_snapshot()) AS next FROM {RELAY} \
             WHERE name = 'events' AND holder = $1), \
             gone AS (DELETE FROM {OUTBOX} AS o USING r WHERE o.tx >= r.next AND (o.tx, o.seq) <= (r.tx, r.seq)), \
             anew AS (UPDATE {OUTBOX} AS o SET tx = pg_current_xact_id() FROM r \
             WHERE o.tx >= r.next AND (o.tx, o.seq) > (r.tx, r.seq)), \
             other AS (UPDATE {RELAY} AS l SET tx = '0', seq = 0, holder = gen_random_uuid() FROM r WHERE l.name = 'log') \
             UPDATE {RELAY} SET tx = '0', seq = 0 WHERE name = 'events' AND holder = $1"
        );
        self.point(text, &[&holder]).await.map(|_| ())
    }

    pub(crate) async fn outbox(&self, after: Position, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        // Without their table, `tx` would be the text of the answer, and texts sort otherwise.
        let text = format!(
            "SELECT o.tx::text, o.seq, o.id, o.aggregatetype, o.aggregateid, o.type, o.payload::text, o.traceparent, \
             o.created_at FROM {OUTBOX} AS o WHERE (o.tx, o.seq) > ($1::text::xid8, $2) \
             AND o.tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY o.tx, o.seq LIMIT $3"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let session = self.inner.shared.readers.pick()?;
        let patience = self.inner.shared.server.patience;
        let rows = query(&session, text, &[&after.tx.to_string(), &after.seq, &limit], patience).await?;
        rows.iter().map(row).collect()
    }

    pub(crate) async fn relayed(
        &self,
        holder: Uuid,
        position: Position,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let text = format!(
            "UPDATE {RELAY} SET tx = $2::text::xid8, seq = $3, \
             held_until = now() + $4::float8 * interval '1 second' WHERE name = 'events' AND holder = $1 RETURNING 1"
        );
        let tx = position.tx.to_string();
        let rows = self.point(text, &[&holder, &tx, &position.seq, &lease.as_secs_f64()]).await?;
        Ok(!rows.is_empty())
    }

    pub(crate) async fn resign(&self, holder: Uuid) -> Result<(), StoreError> {
        let text = format!("UPDATE {RELAY} SET held_until = now() WHERE name = 'events' AND holder = $1");
        self.point(text, &[&holder]).await.map(|_| ())
    }

    pub(crate) async fn waiting(&self) -> Result<Waiting, StoreError> {
        let text = format!(
            "SELECT count(*), min(w.created_at) FROM (SELECT o.created_at FROM {OUTBOX} AS o WHERE (o.tx, o.seq) > \
             (coalesce((SELECT tx FROM {RELAY} WHERE name = 'events'), '0'::xid8), \
             coalesce((SELECT seq FROM {RELAY} WHERE name = 'events'), 0)) ORDER BY o.tx, o.seq LIMIT $1) AS w"
        );
        let session = self.inner.shared.readers.pick()?;
        let rows = query(&session, text, &[&MOST_COUNTED], self.inner.shared.server.patience).await?;
        let Some(row) = rows.first() else { return Ok(Waiting::default()) };
        Ok(Waiting { count: row.get::<_, i64>(0).unsigned_abs(), since: row.get(1) })
    }
}

fn position(row: &Row) -> Result<Position, StoreError> {
    Ok(Position { tx: number(row, 0)?, seq: row.get(1) })
}

/// The number of a transaction, which comes as text.
pub(super) fn number(row: &Row, column: usize) -> Result<u64, StoreError> {
    let number = row.get::<_, String>(column).parse();
    number.map_err(|_| StoreError::Internal("a transaction's number is none".to_owned()))
}

fn row(row: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        position: position(row)?,
        event: Event {
            id: row.get(2),
            aggregate_type: row.get(3),
            aggregate_id: row.get(4),
            kind: row.get(5),
            payload: row.get(6),
            trace_parent: row.get(7),
        },
        created_at: row.get(8),
    })
}
