//! The tables of a store as text: what makes a table, an index and a reference on each engine, what they are called, and
//! which tables a store has of its own.
//!
//! This file is the only place that says so. The generator writes migrations by it; the runtime carries the same file (a
//! symbolic link) to make tables at start, so that a table which one of them made is a table that the other wants.

use crate::fnv1a;

/// A database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type, as the type table has it for the engine.
    pub sql_type: &'a str,
    /// Whether it refuses null.
    pub not_null: bool,
    /// What a row holds that says nothing of it, as SQL.
    pub default: Option<&'a str>,
    /// What it is for.
    pub part: Part,
}

/// What a column is for, as far as it matters to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The primary key.
    Key {
        /// Whether the database makes its values.
        numbered: bool,
    },
    /// The row version that no field declares.
    HiddenVersion,
    /// All others.
    Plain,
}

/// An index. Null is the smallest value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its columns, and whether each may hold null.
    pub columns: Vec<(&'a str, bool)>,
    /// Whether no two rows hold the same.
    pub unique: bool,
    /// The column that must be null for a row to count.
    pub live: Option<&'a str>,
}

/// A foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// Its name.
    pub name: &'a str,
    /// The column that points.
    pub column: &'a str,
    /// The table that it points to.
    pub table: &'a str,
    /// The column there.
    pub target: &'a str,
}

/// A table of the store's own.
#[derive(Clone, Copy, Debug)]
pub struct OwnTable {
    /// Its name.
    pub name: &'static str,
    /// What makes it.
    pub create: &'static str,
    /// Its indexes: the name of each, and its columns in parentheses.
    pub indexes: &'static [(&'static str, &'static str)],
}

impl OwnTable {
    /// What makes one of its indexes.
    #[must_use]
    pub fn create_index(&self, (name, columns): (&str, &str)) -> String {
        format!("CREATE INDEX {name} ON {} {columns}", self.name)
    }
}

/// The tables of the store's own: the outbox, how far it has been passed on, the tasks that wait to be, and the answers
/// under idempotency keys; on SQLite also the next ids of tables whose ids the database makes.
///
/// The columns of the outbox are those of Debezium's event router. Numbers of a sequence are handed out before the commit,
/// so on PostgreSQL `seq` alone would make a relay skip events: it reads `tx, seq` below the oldest transaction that is
/// still open.
#[must_use]
pub const fn own(engine: Engine) -> &'static [OwnTable] {
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    }
}

const SQLITE: [OwnTable; 5] = [
    OwnTable {
        name: "fourfold_outbox",
        create: "CREATE TABLE fourfold_outbox (\n  seq INTEGER PRIMARY KEY AUTOINCREMENT,\n  id TEXT NOT NULL,\n  \
                 aggregatetype TEXT NOT NULL,\n  aggregateid TEXT NOT NULL,\n  type TEXT NOT NULL,\n  \
                 payload TEXT NOT NULL,\n  traceparent TEXT,\n  created_at TEXT NOT NULL\n) STRICT",
        indexes: &[],
    },
    OwnTable {
        name: "fourfold_relay",
        create: "CREATE TABLE fourfold_relay (\n  name TEXT NOT NULL PRIMARY KEY,\n  seq INTEGER NOT NULL,\n  \
                 holder TEXT NOT NULL,\n  held_until INTEGER NOT NULL\n) STRICT, WITHOUT ROWID",
        indexes: &[],
    },
    OwnTable {
        name: "fourfold_task_outbox",
        create: "CREATE TABLE fourfold_task_outbox (\n  seq INTEGER PRIMARY KEY AUTOINCREMENT,\n  id TEXT NOT NULL,\n  \
                 message TEXT NOT NULL,\n  created_at TEXT NOT NULL,\n  claimed_until INTEGER NOT NULL DEFAULT 0\n) \
                 STRICT",
        indexes: &[("fourfold_task_outbox_claimed_until_idx", "(claimed_until, seq)")],
    },
    OwnTable {
        name: "fourfold_idempotency",
        create: "CREATE TABLE fourfold_idempotency (\n  key TEXT NOT NULL PRIMARY KEY,\n  fingerprint INTEGER NOT NULL,\n  \
                 operation TEXT NOT NULL,\n  answer TEXT NOT NULL,\n  created_at TEXT NOT NULL\n) STRICT, WITHOUT ROWID",
        indexes: &[("fourfold_idempotency_created_at_idx", "(created_at)")],
    },
    OwnTable {
        name: "fourfold_sequence",
        create: "CREATE TABLE fourfold_sequence (\n  name TEXT NOT NULL PRIMARY KEY,\n  next INTEGER NOT NULL\n) \
                 STRICT, WITHOUT ROWID",
        indexes: &[],
    },
];

const POSTGRES: [OwnTable; 4] = [
    OwnTable {
        name: "fourfold_outbox",
        create: "CREATE TABLE fourfold_outbox (\n  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  \
                 tx xid8 NOT NULL DEFAULT pg_current_xact_id(),\n  id UUID NOT NULL,\n  aggregatetype TEXT NOT NULL,\n  \
                 aggregateid TEXT NOT NULL,\n  type TEXT NOT NULL,\n  payload JSON NOT NULL,\n  traceparent TEXT,\n  \
                 created_at TIMESTAMPTZ NOT NULL DEFAULT now()\n)",
        indexes: &[
            ("fourfold_outbox_tx_seq_idx", "(tx, seq)"),
            ("fourfold_outbox_created_at_idx", "(created_at)"),
        ],
    },
    OwnTable {
        name: "fourfold_relay",
        create: "CREATE TABLE fourfold_relay (\n  name TEXT COLLATE \"C\" PRIMARY KEY,\n  tx xid8 NOT NULL,\n  \
                 seq BIGINT NOT NULL,\n  holder UUID NOT NULL,\n  held_until TIMESTAMPTZ NOT NULL\n)",
        indexes: &[],
    },
    OwnTable {
        name: "fourfold_task_outbox",
        create: "CREATE TABLE fourfold_task_outbox (\n  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  \
                 id UUID NOT NULL,\n  message TEXT NOT NULL,\n  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),\n  \
                 claimed_until TIMESTAMPTZ NOT NULL DEFAULT '-infinity'\n)",
        indexes: &[("fourfold_task_outbox_claimed_until_idx", "(claimed_until, seq)")],
    },
    OwnTable {
        name: "fourfold_idempotency",
        create: "CREATE TABLE fourfold_idempotency (\n  key TEXT COLLATE \"C\" PRIMARY KEY,\n  \
                 fingerprint BIGINT NOT NULL,\n  operation TEXT NOT NULL,\n  answer TEXT NOT NULL,\n  \
                 created_at TIMESTAMPTZ NOT NULL\n)",
        indexes: &[("fourfold_idempotency_created_at_idx", "(created_at)")],
    },
];

/// A name in SQL.
#[must_use]
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `CREATE TABLE`. On SQLite its foreign keys are a part of it; on PostgreSQL they are added later ([`add_reference`]), when
/// all tables are there.
#[must_use]
pub fn create_table(
    engine: Engine,
    name: &str,
    columns: &[Column<'_>],
    references: &[Reference<'_>],
) -> String {
    let mut lines: Vec<String> = columns.iter().map(|column| create_column(engine, column)).collect();
    if engine == Engine::Sqlite {
        lines.extend(references.iter().map(constraint));
    }
    // STRICT keeps what others write by hand to the column's type.
    let end = if engine == Engine::Sqlite { " STRICT" } else { "" };
    format!("CREATE TABLE {} (\n  {}\n){end}", quote(name), lines.join(",\n  "))
}

fn create_column(engine: Engine, column: &Column<'_>) -> String {
    let mut sql = format!("{} {}", quote(column.name), column.sql_type);
    let default = column.default.map(|value| format!(" DEFAULT {value}")).unwrap_or_default();
    if engine == Engine::Postgres {
        match column.part {
            Part::Key { numbered: true } => sql.push_str(" GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
            Part::Key { numbered: false } => sql.push_str(" PRIMARY KEY"),
            Part::HiddenVersion | Part::Plain if column.not_null => sql.push_str(" NOT NULL"),
            Part::HiddenVersion | Part::Plain => {}
        }
        sql.push_str(&default);
        return sql;
    }
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    match column.part {
        Part::Key { .. } => sql.push_str(" PRIMARY KEY"),
        // A resource that gets a `version` field of its own leaves this column behind.
        Part::HiddenVersion => sql.push_str(" DEFAULT 1"),
        Part::Plain => sql.push_str(&default),
    }
    sql
}

/// `CREATE INDEX`.
#[must_use]
pub fn create_index(engine: Engine, table: &str, index: &Index<'_>) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {} ON {} {}", quote(index.name), quote(table), index_on(engine, index))
}

/// What stands after the table in `CREATE INDEX`.
#[must_use]
pub fn index_on(engine: Engine, index: &Index<'_>) -> String {
    // Null is the smallest value in the index as in lists; on SQLite it is without being told.
    let nulls = |nullable: bool| {
        if nullable && !index.unique && engine == Engine::Postgres { " NULLS FIRST" } else { "" }
    };
    let columns: Vec<String> =
        index.columns.iter().map(|(name, nullable)| format!("{}{}", quote(name), nulls(*nullable))).collect();
    let live = index.live.map(|column| format!(" WHERE {} IS NULL", quote(column))).unwrap_or_default();
    format!("({}){live}", columns.join(", "))
}

/// `ALTER TABLE .. ADD CONSTRAINT .. FOREIGN KEY`, which PostgreSQL has.
#[must_use]
pub fn add_reference(table: &str, reference: &Reference<'_>) -> String {
    format!("ALTER TABLE {} ADD {}", quote(table), constraint(reference))
}

fn constraint(reference: &Reference<'_>) -> String {
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        quote(reference.name),
        quote(reference.column),
        quote(reference.table),
        quote(reference.target)
    )
}

/// The name of what belongs to a field's column. Neither a table nor a field has two underscores in a row, so the field
/// `c` of the table `a_b` and the field `b_c` of the table `a` don't share one, nor is it the name of a table.
#[must_use]
pub fn name_of(table: &str, field: &str, suffix: &str) -> String {
    bounded(format!("{table}__{field}_{suffix}"))
}

/// PostgreSQL cuts names at 63 bytes, silently; ours stay whole and apart from each other.
fn bounded(name: String) -> String {
    if name.len() <= 63 {
        return name;
    }
    let hash = fnv1a(name.as_bytes());
    let mut end = 46;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{hash:016x}", &name[..end])
}
