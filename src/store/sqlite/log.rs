//! The outbox of events as a log, for those who watch: which one it is, and how much of it is still there.

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{Sqlite, errors};
use crate::store::{Log, Position, StoreError};

/// What the log is noted under, among those who read the outbox.
const NAME: &str = "log";

impl Sqlite {
    pub(crate) async fn log(&self) -> Result<Log, StoreError> {
        let read = |connection: &Connection| Ok(read(connection)?);
        if let Some(log) = self.shared.readers.brief(read).await? {
            return Ok(log);
        }
        let make = |connection: &mut Connection| {
            note(connection, 0).map_err(|error| errors::store_error(&error))?;
            let made = self::read(connection).map_err(|error| errors::store_error(&error))?;
            made.ok_or_else(|| StoreError::Internal("the log of events was not noted".to_owned()))
        };
        self.shared.writer.run(make).await
    }
}

fn read(connection: &Connection) -> rusqlite::Result<Option<Log>> {
    let mut statement = connection.prepare_cached(
        "SELECT holder, seq, (SELECT coalesce(max(seq), 0) FROM fourfold_outbox) FROM fourfold_relay WHERE name = ?1",
    )?;
    let log = statement.query_row([NAME], |row| {
        let (start, last): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(Log {
            id: Uuid::parse_str(&row.get::<_, String>(0)?).unwrap_or_default(),
            start: Position { tx: 0, seq: start },
            end: Position { tx: 0, seq: last.max(start) },
        })
    });
    log.optional()
}

/// Notes that the log begins after a row.
pub(super) fn note(connection: &Connection, gone: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO fourfold_relay (name, seq, holder, held_until) VALUES (?1, ?2, ?3, 0) \
         ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
    )?;
    statement.execute((NAME, gone, Uuid::new_v4().to_string())).map(|_| ())
}
