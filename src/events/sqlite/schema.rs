//! The tables. Moments are microseconds since 1970.

use rusqlite::Connection;

/// It may be given out when it is due.
pub(super) const READY: i64 = 0;
/// Somebody has it.
pub(super) const OUT: i64 = 1;
/// Another one of its key comes first.
pub(super) const BEHIND: i64 = 2;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS fourfold_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  key TEXT,
  published_at INTEGER NOT NULL,
  event TEXT NOT NULL,
  UNIQUE (source, id)
) STRICT;
CREATE TABLE IF NOT EXISTS fourfold_event_groups (
  name TEXT NOT NULL PRIMARY KEY,
  types TEXT NOT NULL,
  position INTEGER NOT NULL,
  round INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fourfold_event_open (
  group_name TEXT NOT NULL,
  seq INTEGER NOT NULL,
  key TEXT,
  state INTEGER NOT NULL,
  due INTEGER NOT NULL,
  lease_until INTEGER,
  attempts INTEGER NOT NULL,
  token INTEGER NOT NULL,
  PRIMARY KEY (group_name, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fourfold_event_open_ready_idx ON fourfold_event_open (group_name, due, seq) WHERE state = 0;
CREATE INDEX IF NOT EXISTS fourfold_event_open_lease_idx ON fourfold_event_open (group_name, lease_until) WHERE state = 1;
CREATE INDEX IF NOT EXISTS fourfold_event_open_key_idx ON fourfold_event_open (group_name, key, seq) WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS fourfold_event_dead (
  group_name TEXT NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  key TEXT,
  event TEXT,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  token INTEGER NOT NULL,
  died_at INTEGER NOT NULL,
  PRIMARY KEY (group_name, seq)
) STRICT, WITHOUT ROWID;
";

/// Makes the tables where they are not there.
pub(super) fn reconcile(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = crate::store::sqlite::immediate(connection)?;
    transaction.execute_batch(TABLES)?;
    transaction.commit()
}
