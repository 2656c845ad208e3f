//! The table of tasks. Moments are microseconds since 1970.

use rusqlite::Connection;

/// Waiting.
pub(super) const WAITING: i64 = 0;
/// A worker has it.
pub(super) const RUNNING: i64 = 1;
pub(super) const SUCCEEDED: i64 = 2;
pub(super) const FAILED: i64 = 3;
pub(super) const CANCELLED: i64 = 4;
pub(super) const EXPIRED: i64 = 5;

/// The columns with their types, in the order in which they were added. New ones go at the end, with a default.
const COLUMNS: &[(&str, &str)] = &[
    ("seq", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    ("id", "BLOB NOT NULL UNIQUE"),
    ("name", "TEXT NOT NULL"),
    ("queue", "TEXT NOT NULL"),
    ("payload", "TEXT NOT NULL"),
    ("fingerprint", "INTEGER NOT NULL"),
    ("state", "INTEGER NOT NULL DEFAULT 0"),
    ("rank", "INTEGER NOT NULL DEFAULT 1"),
    ("due", "INTEGER NOT NULL"),
    ("run_at", "INTEGER"),
    ("expires_at", "INTEGER"),
    ("attempts", "INTEGER NOT NULL DEFAULT 0"),
    ("attempts_max", "INTEGER NOT NULL"),
    ("backoff", "INTEGER NOT NULL"),
    ("backoff_max", "INTEGER NOT NULL"),
    ("timeout", "INTEGER NOT NULL"),
    ("token", "INTEGER NOT NULL DEFAULT 0"),
    ("lease_until", "INTEGER"),
    ("worker", "TEXT"),
    ("unique_key", "TEXT"),
    ("caller", "TEXT"),
    ("trace_parent", "TEXT"),
    ("keep", "INTEGER NOT NULL"),
    ("created_at", "INTEGER NOT NULL"),
    ("started_at", "INTEGER"),
    ("finished_at", "INTEGER"),
    ("error", "TEXT"),
    ("result", "TEXT"),
    ("foreign_end", "TEXT"),
];

/// What is looked for: tasks that may begin, leases that ran out, live unique keys, what ended long ago.
const INDEXES: &[&str] = &[
    "CREATE INDEX IF NOT EXISTS fourfold_tasks_ready_idx ON fourfold_tasks (queue, rank, due, seq) \
     WHERE state = 0",
    "CREATE INDEX IF NOT EXISTS fourfold_tasks_lease_idx ON fourfold_tasks (queue, lease_until) \
     WHERE state = 1",
    "CREATE UNIQUE INDEX IF NOT EXISTS fourfold_tasks_unique_key_idx ON fourfold_tasks (unique_key) \
     WHERE unique_key IS NOT NULL AND state < 2",
    "CREATE INDEX IF NOT EXISTS fourfold_tasks_finished_at_idx ON fourfold_tasks (finished_at) WHERE state > 1",
];

/// Makes the table, or adds what it lacks.
pub(super) fn reconcile(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = crate::store::sqlite::immediate(connection)?;
    let definitions: Vec<String> = COLUMNS.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    let create = format!("CREATE TABLE IF NOT EXISTS fourfold_tasks ({}) STRICT", definitions.join(", "));
    transaction.execute_batch(&create)?;
    let there: Vec<String> = {
        let mut columns = transaction.prepare("SELECT name FROM pragma_table_info('fourfold_tasks')")?;
        columns.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    for (name, kind) in COLUMNS.iter().filter(|(name, _)| !there.iter().any(|column| column == name)) {
        transaction.execute_batch(&format!("ALTER TABLE fourfold_tasks ADD COLUMN {name} {kind}"))?;
    }
    for index in INDEXES {
        transaction.execute_batch(index)?;
    }
    transaction.commit()
}
