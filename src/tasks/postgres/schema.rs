//! The table of tasks.

use crate::store::StoreError;
use crate::store::postgres::Line;
use crate::tasks::broker::BrokerError;

pub(super) const RUNNING: i16 = 1;
pub(super) const SUCCEEDED: i16 = 2;
pub(super) const FAILED: i16 = 3;
pub(super) const CANCELLED: i16 = 4;
pub(super) const EXPIRED: i16 = 5;

/// The columns with their types, in the order in which they were added. New ones go at the end, with a default.
const COLUMNS: &[(&str, &str)] = &[
    ("seq", "BIGINT GENERATED ALWAYS AS IDENTITY"),
    ("id", "UUID PRIMARY KEY"),
    ("name", "TEXT NOT NULL"),
    ("queue", "TEXT COLLATE \"C\" NOT NULL"),
    ("payload", "TEXT NOT NULL"),
    ("fingerprint", "BIGINT NOT NULL"),
    ("state", "SMALLINT NOT NULL DEFAULT 0"),
    ("rank", "SMALLINT NOT NULL DEFAULT 1"),
    ("due", "TIMESTAMPTZ NOT NULL"),
    ("run_at", "TIMESTAMPTZ"),
    ("expires_at", "TIMESTAMPTZ"),
    ("attempts", "BIGINT NOT NULL DEFAULT 0"),
    ("attempts_max", "BIGINT NOT NULL"),
    ("backoff", "BIGINT NOT NULL"),
    ("backoff_max", "BIGINT NOT NULL"),
    ("timeout", "BIGINT NOT NULL"),
    ("token", "BIGINT NOT NULL DEFAULT 0"),
    ("lease_until", "TIMESTAMPTZ"),
    ("worker", "TEXT"),
    ("unique_key", "TEXT COLLATE \"C\""),
    ("caller", "TEXT"),
    ("trace_parent", "TEXT"),
    ("keep", "BOOLEAN NOT NULL"),
    ("created_at", "TIMESTAMPTZ NOT NULL"),
    ("started_at", "TIMESTAMPTZ"),
    ("finished_at", "TIMESTAMPTZ"),
    ("error", "TEXT"),
    ("result", "TEXT"),
    ("foreign_end", "TEXT"),
];

/// What is looked for: tasks that may begin, leases that ran out, live unique keys, what ended long ago, the newest.
const INDEXES: &[(&str, &str)] = &[
    ("fourfold_tasks_ready_idx", "ON fourfold_tasks (queue, rank, due, seq) WHERE state = 0"),
    ("fourfold_tasks_lease_idx", "ON fourfold_tasks (queue, lease_until) WHERE state = 1"),
    (
        "fourfold_tasks_unique_key_idx",
        "ON fourfold_tasks (unique_key) WHERE unique_key IS NOT NULL AND state < 2",
    ),
    ("fourfold_tasks_finished_at_idx", "ON fourfold_tasks (finished_at) WHERE state > 1"),
    ("fourfold_tasks_seq_idx", "ON fourfold_tasks (seq)"),
];

/// Rows come and go all the time: they are to be cleaned up soon, and a page has room for what changes in place.
const STORAGE: &str = "fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, \
                       autovacuum_vacuum_cost_delay = 0";

/// Whoever migrates holds this advisory lock: "fourfold" in ASCII.
const LOCK: i64 = 0x666f_7572_666f_6c64;

/// Finds out whether the table is as it has to be, or makes it so.
pub(super) async fn prepare(line: &Line, migrate: bool) -> Result<(), BrokerError> {
    let missing = missing(line).await.map_err(super::refused)?;
    if missing.is_empty() {
        return Ok(());
    }
    if !migrate {
        let list = missing.join("\n  - ");
        return Err(BrokerError::Internal(format!(
            "the database is not as the tasks need it:\n  - {list}\nstart with FOURFOLD_MIGRATE=on, or call Server::migrate, \
             to have this done"
        )));
    }
    line.prepare(&statements()).await.map_err(super::refused)
}

async fn missing(line: &Line) -> Result<Vec<String>, StoreError> {
    let text = "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass('fourfold_tasks') AND attnum > 0 \
                AND NOT attisdropped UNION ALL \
                SELECT relname::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
                WHERE indrelid = to_regclass('fourfold_tasks')";
    let there: Vec<String> = line.query(text, &[]).await?.iter().map(|row| row.get(0)).collect();
    if there.is_empty() {
        return Ok(vec!["create table fourfold_tasks".to_owned()]);
    }
    let lacks = |name: &str| !there.iter().any(|known| known == name);
    let columns = COLUMNS.iter().filter(|(name, _)| lacks(name));
    let columns = columns.map(|(name, _)| format!("add column {name} to table fourfold_tasks"));
    let indexes = INDEXES.iter().filter(|(name, _)| lacks(name));
    let indexes = indexes.map(|(name, _)| format!("create index {name} on fourfold_tasks"));
    Ok(columns.chain(indexes).collect())
}

fn statements() -> String {
    let columns: Vec<String> = COLUMNS.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    let table =
        format!("CREATE TABLE IF NOT EXISTS fourfold_tasks ({}) WITH ({STORAGE})", columns.join(", "));
    let added = COLUMNS.iter().filter(|(_, kind)| !kind.contains("PRIMARY KEY"));
    let added = added
        .map(|(name, kind)| format!("ALTER TABLE fourfold_tasks ADD COLUMN IF NOT EXISTS {name} {kind}"));
    let indexes = INDEXES.iter().map(|(name, what)| {
        let unique = if name.contains("unique") { "UNIQUE " } else { "" };
        format!("CREATE {unique}INDEX IF NOT EXISTS {name} {what}")
    });
    let begin = ["BEGIN".to_owned(), format!("SELECT pg_advisory_xact_lock({LOCK})"), table];
    let all: Vec<String> = begin.into_iter().chain(added).chain(indexes).collect();
    all.join("; ") + "; COMMIT"
}
