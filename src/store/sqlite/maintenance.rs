//! What a store does for itself: it throws away what is old and finds out whether it can read and write.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::writer::transaction;
use super::{errors, log};
use crate::store::StoreError;
use crate::text::format_timestamp;

/// How many rows of a table go at a time, so that writes do not wait long.
pub(super) const PRUNED_AT_ONCE: i64 = 5_000;

/// Deletes old idempotency records and outbox rows and says how many went.
pub(super) fn prune(
    connection: &mut Connection,
    records_before: DateTime<Utc>,
    events_before: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let deleted = transaction(connection, |connection| {
        let records = connection.execute(
            "DELETE FROM fourfold_idempotency WHERE key IN \
             (SELECT key FROM fourfold_idempotency WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)",
            (format_timestamp(&records_before), PRUNED_AT_ONCE),
        )?;
        // Numbers rise with time, so that the oldest rows need no index of their own.
        let mut statement = connection.prepare_cached(
            "DELETE FROM fourfold_outbox WHERE created_at < ?1 AND seq IN \
             (SELECT seq FROM fourfold_outbox ORDER BY seq LIMIT ?2) AND NOT EXISTS (SELECT 1 FROM fourfold_relay AS r \
             WHERE r.name = 'events' AND r.held_until >= ?3 AND r.seq < fourfold_outbox.seq) RETURNING seq",
        )?;
        let parameters = (format_timestamp(&events_before), PRUNED_AT_ONCE, events_before.timestamp_millis());
        let gone = statement.query_map(parameters, |row| row.get::<_, i64>(0))?;
        let gone = gone.collect::<rusqlite::Result<Vec<i64>>>()?;
        if let Some(last) = gone.iter().max() {
            log::note(connection, *last)?;
        }
        Ok(records + gone.len())
    });
    deleted.map(|count| count as u64).map_err(|error| errors::store_error(&error))
}

/// Reads something.
pub(super) fn probe_read(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("SELECT count(*) FROM sqlite_schema")?.query_row([], |_| Ok(()))
}

/// Writes something that needs room, and takes it away again.
pub(super) fn probe_write(connection: &mut Connection) -> Result<(), StoreError> {
    let probed = transaction(connection, |connection| {
        connection.execute(
            "INSERT OR REPLACE INTO fourfold_sequence (name, next) VALUES ('probe ' || hex(zeroblob(16384)), 0)",
            [],
        )?;
        connection.execute("DELETE FROM fourfold_sequence WHERE name >= 'probe ' AND name < 'probe!'", [])
    });
    probed.map(|_| ()).map_err(|error| errors::store_error(&error))
}
