//! The outbox of events, for the relay. Rows are committed in the order of their numbers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::writer::transaction;
use super::{Sqlite, errors};
use crate::cell::Cell;
use crate::descriptor::Scalar;
use crate::store::{Event, OutboxRow, Position, StoreError, Waiting};

const NAME: &str = "events";

impl Sqlite {
    pub(crate) async fn lead(&self, holder: Uuid, lease: Duration) -> Result<Option<Position>, StoreError> {
        let lead = move |connection: &mut Connection| {
            let (now, until) = span(lease);
            let seq = transaction(connection, |connection| {
                connection.execute(
                    "INSERT INTO fourfold_relay (name, seq, holder, held_until) VALUES (?1, 0, ?2, 0) \
                     ON CONFLICT (name) DO NOTHING",
                    (NAME, holder.to_string()),
                )?;
                connection
                    .query_row(
                        "UPDATE fourfold_relay SET holder = ?2, held_until = ?3 \
                         WHERE name = ?1 AND (holder = ?2 OR held_until <= ?4) RETURNING seq",
                        (NAME, holder.to_string(), until, now),
                        |row| row.get(0),
                    )
                    .optional()
            });
            refused(seq).map(|seq| seq.map(|seq| Position { tx: 0, seq }))
        };
        // Whoever only waits for its turn does not take the lock for writing.
        let taken = self.shared.readers.brief(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM fourfold_relay WHERE name = ?1 AND holder <> ?2 AND held_until > ?3)",
            )?;
            let (now, _) = span(lease);
            Ok(statement.query_row((NAME, holder.to_string(), now), |row| row.get::<_, bool>(0))?)
        });
        if taken.await? {
            return Ok(None);
        }
        self.shared.writer.run(lead).await
    }

    pub(crate) async fn outbox(&self, after: Position, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, id, aggregatetype, aggregateid, type, payload, traceparent, created_at \
                 FROM fourfold_outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let rows = statement.query_map((after.seq, limit), row)?;
            Ok(rows.collect::<rusqlite::Result<Vec<OutboxRow>>>()?)
        };
        self.shared.readers.long(read).await
    }

    pub(crate) async fn relayed(
        &self,
        holder: Uuid,
        position: Position,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let note = move |connection: &mut Connection| {
            let noted = connection.execute(
                "UPDATE fourfold_relay SET seq = ?3, held_until = ?4 WHERE name = ?1 AND holder = ?2",
                (NAME, holder.to_string(), position.seq, span(lease).1),
            );
            refused(noted).map(|noted| noted == 1)
        };
        self.shared.writer.run(note).await
    }

    pub(crate) async fn resign(&self, holder: Uuid) -> Result<(), StoreError> {
        let resign = move |connection: &mut Connection| {
            let sql = "UPDATE fourfold_relay SET held_until = ?3 WHERE name = ?1 AND holder = ?2";
            refused(connection.execute(sql, (NAME, holder.to_string(), span(Duration::ZERO).0))).map(|_| ())
        };
        self.shared.writer.run(resign).await
    }

    pub(crate) async fn waiting(&self) -> Result<Waiting, StoreError> {
        let read = |connection: &Connection| {
            // Numbers have no gaps: nothing has to be counted, however much waits.
            let mut statement = connection.prepare_cached(
                "SELECT (SELECT max(seq) FROM fourfold_outbox) - seq + 1, created_at FROM fourfold_outbox WHERE seq > \
                 coalesce((SELECT seq FROM fourfold_relay WHERE name = ?1), 0) ORDER BY seq LIMIT 1",
            )?;
            let first =
                statement.query_row((NAME,), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
            Ok(first.optional()?.map_or_else(Waiting::default, |(count, since)| Waiting {
                count: count.unsigned_abs(),
                since: Some(moment(&since)),
            }))
        };
        self.shared.readers.long(read).await
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        position: Position { tx: 0, seq: row.get(0)? },
        event: Event {
            id: Uuid::parse_str(&row.get::<_, String>(1)?).unwrap_or_default(),
            aggregate_type: row.get(2)?,
            aggregate_id: row.get(3)?,
            kind: row.get(4)?,
            payload: row.get(5)?,
            trace_parent: row.get(6)?,
        },
        created_at: moment(&row.get::<_, String>(7)?),
    })
}

fn moment(text: &str) -> DateTime<Utc> {
    match crate::text::parse_scalar(Scalar::Timestamp, text) {
        Some(Cell::Timestamp(moment)) => moment,
        _ => DateTime::UNIX_EPOCH,
    }
}

/// Now, and when a lease that begins now ends: milliseconds since 1970.
fn span(lease: Duration) -> (i64, i64) {
    let now = Utc::now().timestamp_millis();
    (now, now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)))
}

fn refused<T>(result: rusqlite::Result<T>) -> Result<T, StoreError> {
    result.map_err(|error| errors::store_error(&error))
}
