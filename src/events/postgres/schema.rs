//! The tables.

use crate::events::bus::BusError;
use crate::store::postgres::Line;

/// Whoever publishes holds this advisory lock until it has committed: "fourfbus" in ASCII.
pub(super) const TURN: i64 = 0x666f_7572_6662_7573;
/// Whoever migrates holds this one: "fourfold" in ASCII.
const LOCK: i64 = 0x666f_7572_666f_6c64;

/// Rows come and go all the time: they are to be cleaned up soon, and a page has room for what changes in place.
const STORAGE: &str = "WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, \
                       autovacuum_vacuum_cost_delay = 0)";

const TABLES: [(&str, &str, &str); 4] = [
    (
        "fourfold_events",
        "seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source TEXT COLLATE \"C\" NOT NULL, \
         id TEXT COLLATE \"C\" NOT NULL, type TEXT COLLATE \"C\" NOT NULL, key TEXT COLLATE \"C\", \
         published_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), event TEXT NOT NULL, UNIQUE (source, id)",
        "",
    ),
    (
        "fourfold_event_groups",
        "name TEXT COLLATE \"C\" PRIMARY KEY, types TEXT[] NOT NULL, position BIGINT NOT NULL, \
         round BIGINT NOT NULL DEFAULT 0",
        "",
    ),
    (
        "fourfold_event_open",
        "group_name TEXT COLLATE \"C\" NOT NULL, seq BIGINT NOT NULL, key TEXT COLLATE \"C\", state SMALLINT NOT NULL, \
         due TIMESTAMPTZ NOT NULL, lease_until TIMESTAMPTZ, attempts BIGINT NOT NULL, token BIGINT NOT NULL, \
         PRIMARY KEY (group_name, seq)",
        STORAGE,
    ),
    (
        "fourfold_event_dead",
        "group_name TEXT COLLATE \"C\" NOT NULL, seq BIGINT NOT NULL, id TEXT NOT NULL, key TEXT COLLATE \"C\", \
         event TEXT, error TEXT NOT NULL, attempts BIGINT NOT NULL, token BIGINT NOT NULL, \
         died_at TIMESTAMPTZ NOT NULL, PRIMARY KEY (group_name, seq)",
        "",
    ),
];

const INDEXES: [(&str, &str); 3] = [
    ("fourfold_event_open_ready_idx", "ON fourfold_event_open (group_name, due, seq) WHERE state = 0"),
    ("fourfold_event_open_lease_idx", "ON fourfold_event_open (group_name, lease_until) WHERE state = 1"),
    ("fourfold_event_open_key_idx", "ON fourfold_event_open (group_name, key, seq) WHERE key IS NOT NULL"),
];

/// Finds out whether the tables are as they have to be, or makes them so.
pub(super) async fn prepare(line: &Line, migrate: bool) -> Result<(), BusError> {
    let names: Vec<&str> =
        TABLES.iter().map(|(name, ..)| *name).chain(INDEXES.iter().map(|(name, _)| *name)).collect();
    let text = "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL";
    let missing: Vec<String> = line.query(text, &[&names]).await?.iter().map(|row| row.get(0)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !migrate {
        let list: Vec<String> = missing.iter().map(|name| format!("create {name}")).collect();
        return Err(BusError::Internal(format!(
            "the database is not as the events need it:\n  - {}\nstart with FOURFOLD_MIGRATE=on to have this done",
            list.join("\n  - ")
        )));
    }
    Ok(line.prepare(&statements()).await?)
}

fn statements() -> String {
    let begin = ["BEGIN".to_owned(), format!("SELECT pg_advisory_xact_lock({LOCK})")];
    let tables = TABLES
        .iter()
        .map(|(name, columns, with)| format!("CREATE TABLE IF NOT EXISTS {name} ({columns}) {with}"));
    let indexes = INDEXES.iter().map(|(name, what)| format!("CREATE INDEX IF NOT EXISTS {name} {what}"));
    let all: Vec<String> = begin.into_iter().chain(tables).chain(indexes).collect();
    all.join("; ") + "; COMMIT"
}
