//! Versioned migrations on SQLite: each is one transaction, for which other processes wait.

use std::collections::{BTreeMap, HashMap};

use chrono::Utc;
use rusqlite::Connection;

use super::location::Location;
use super::{Sqlite, connect, schema};
use crate::ddl::Engine;
use crate::migrations::{self, Catalog, Migration, Pending, Record, TABLE, TableCatalog};
use crate::{Error, Result};

const CREATE: &str = "CREATE TABLE IF NOT EXISTS fourfold_migrations (\n  name TEXT NOT NULL PRIMARY KEY,\n  \
                      checksum TEXT NOT NULL,\n  steps INTEGER NOT NULL,\n  applied_at TEXT\n) STRICT, WITHOUT ROWID";

impl Sqlite {
    pub(crate) async fn migration_records(&self) -> Result<Vec<Record>> {
        self.migrating(|connection| records(connection)).await
    }

    pub(crate) async fn run_migrations(&self, migrations: &[Migration], adopt: bool) -> Result<Vec<String>> {
        let migrations = migrations.to_vec();
        self.migrating(move |connection| {
            // A table is made anew without its references breaking meanwhile; they are checked before the commit.
            schema::keep_foreign_keys(connection, false)?;
            let done = all(connection, &migrations, adopt);
            schema::keep_foreign_keys(connection, true)?;
            done
        })
        .await
    }

    pub(crate) async fn table_catalog(&self, statements: Option<String>) -> Result<Catalog> {
        let Some(statements) = statements else {
            return self.migrating(|connection| read(connection).map_err(text)).await;
        };
        let scratch = connect::writer(&Location::Memory, std::time::Duration::ZERO)?;
        let catalog = scratch.execute_batch(&statements).map_err(|error| error.to_string());
        catalog
            .and_then(|()| read(&scratch).map_err(text))
            .map_err(|error| Error::internal(format!("the tables can't be made: {error}")))
    }

    pub(crate) async fn table_details(&self) -> Result<migrations::Details> {
        let name = self.shared.location.name();
        self.migrating(|connection| super::details::read(connection).map_err(text)).await.map_err(|error| {
            migrations::unread(format_args!("the tables of `{name}` can't be read: {error}"))
        })
    }

    async fn migrating<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> std::result::Result<T, String> + Send + 'static,
    ) -> Result<T> {
        let name = self.shared.location.name();
        match self.shared.writer.run(|connection| Ok(work(connection))).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(text)) => Err(Error::failed_precondition(format!("the database `{name}`: {text}"))),
            Err(error) => Err(Error::internal(format!("the database `{name}`: {error:?}"))),
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn records(connection: &Connection) -> std::result::Result<Vec<Record>, String> {
    if schema::made_by(connection, TABLE).map_err(text)?.is_none() {
        return Ok(Vec::new());
    }
    let sql = "SELECT name, checksum, steps, applied_at FROM fourfold_migrations ORDER BY name";
    let mut statement = connection.prepare(sql).map_err(text)?;
    let rows = statement.query_map([], |row| {
        let applied: Option<String> = row.get(3)?;
        Ok(Record {
            name: row.get(0)?,
            checksum: row.get(1)?,
            steps: usize::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
            applied_at: applied.and_then(|text| text.parse().ok()),
        })
    });
    rows.and_then(Iterator::collect).map_err(text)
}

fn all(
    connection: &mut Connection,
    migrations: &[Migration],
    adopt: bool,
) -> std::result::Result<Vec<String>, String> {
    let mut done = Vec::new();
    // What is left is looked up anew under the lock each time: another process may have done it.
    while let Some(name) = next(connection, migrations, adopt)? {
        done.push(name);
    }
    Ok(done)
}

/// Applies the first migration that is left, as one transaction.
fn next(
    connection: &mut Connection,
    migrations: &[Migration],
    adopt: bool,
) -> std::result::Result<Option<String>, String> {
    let locked =
        |error: rusqlite::Error| format!("another process holds it, or it can't be written: {error}");
    let transaction = connect::immediate(connection).map_err(locked)?;
    let records = records(&transaction)?;
    let pending = migrations::pending(migrations, &records, Engine::Sqlite)
        .map_err(|wrong| migrations::listed("the migrations can't be applied", &wrong).to_string())?;
    let Some(migration) = pending.into_iter().next() else { return Ok(None) };
    transaction.execute_batch(CREATE).map_err(text)?;
    if !adopt {
        run(&transaction, &migration).map_err(|error| {
            let adoption = if records.is_empty() { migrations::adoption(&error) } else { "" };
            format!("{error}{adoption}")
        })?;
        schema::check_foreign_keys(&transaction).map_err(|error| {
            format!("migration `{}`: {error}; nothing of it has been done", migration.name)
        })?;
    }
    let steps = migration.steps.len();
    transaction
        .execute(
            "INSERT OR REPLACE INTO fourfold_migrations (name, checksum, steps, applied_at) VALUES (?1, ?2, ?3, ?4)",
            (&migration.name, migration.checksum(steps), i64::try_from(steps).unwrap_or(i64::MAX), crate::text::format_timestamp(&Utc::now())),
        )
        .map_err(text)?;
    transaction.commit().map_err(locked)?;
    Ok(Some(migration.name))
}

fn run(connection: &Connection, migration: &Pending) -> std::result::Result<(), String> {
    for (index, step) in migration.steps.iter().enumerate().skip(migration.done) {
        connection.execute_batch(&step.text).map_err(|error| {
            format!(
                "migration `{}` failed in step {} of {}, and nothing of it has been done: {}",
                migration.name,
                index + 1,
                migration.steps.len(),
                with_statement(&error)
            )
        })?;
    }
    Ok(())
}

/// The error with the line that it is about, where SQLite says all of the statements.
fn with_statement(error: &rusqlite::Error) -> String {
    let rusqlite::Error::SqlInputError { msg, sql, offset, .. } = error else { return error.to_string() };
    let offset = usize::try_from(*offset).unwrap_or_default();
    let before = sql.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = sql.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    format!("{msg}, in `{}`", line.trim())
}

/// The tables as they are.
fn read(connection: &Connection) -> rusqlite::Result<Catalog> {
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let around = Around::read(connection)?;
    let mut catalog = Catalog::default();
    for name in names {
        let name = name?;
        let table = table(connection, &name, &around)?;
        catalog.tables.insert(name, table);
    }
    Ok(catalog)
}

/// What stands beside the tables in the schema, which has no index: it is read once for all of them.
pub(super) struct Around {
    /// By the names of the tables: the names of indexes, and what made them. Those of keys have none.
    indexes: HashMap<String, BTreeMap<String, String>>,
    triggers: HashMap<String, Vec<String>>,
}

impl Around {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut around = Self { indexes: HashMap::new(), triggers: HashMap::new() };
        let mut statement = connection.prepare(
            "SELECT type = 'index', name, tbl_name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT \
             NULL ORDER BY name",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, table): (String, String) = (row.get(1)?, row.get(2)?);
            if row.get(0)? {
                around.indexes.entry(table).or_default().insert(name, row.get(3)?);
            } else {
                around.triggers.entry(table).or_default().push(name);
            }
        }
        Ok(around)
    }

    /// The statement that made an index of a table, if one did.
    pub(super) fn index(&self, table: &str, name: &str) -> Option<&str> {
        self.indexes.get(table)?.get(name).map(String::as_str)
    }

    /// The triggers of a table, by name.
    pub(super) fn triggers(&self, table: &str) -> &[String] {
        self.triggers.get(table).map_or(&[], Vec::as_slice)
    }
}

pub(super) fn table(connection: &Connection, name: &str, around: &Around) -> rusqlite::Result<TableCatalog> {
    let mut table = TableCatalog::default();
    for column in schema::columns(connection, name)? {
        let (_, collation, ..) = connection.column_metadata(Some("main"), name, column.name.as_str())?;
        let mut text = column.sql_type.clone();
        match collation.map(std::ffi::CStr::to_string_lossy) {
            Some(collation) if !collation.eq_ignore_ascii_case("BINARY") => {
                text = format!("{text} COLLATE {collation}");
            }
            _ => {}
        }
        let suffixes = [
            (column.not_null, " NOT NULL"),
            (column.is_key, " PRIMARY KEY"),
            (column.generated, " GENERATED"),
        ];
        text.extend(suffixes.iter().filter(|(is, _)| *is).map(|(_, suffix)| *suffix));
        if !column.not_null || column.has_default || column.generated {
            table.optional.push(column.name.clone());
        }
        table.columns.insert(column.name, text);
    }
    for key in schema::foreign_keys(connection, name)? {
        table.references.insert(key.column, format!("{} ({})", key.table, key.target));
    }
    table.indexes = around.indexes.get(name).cloned().unwrap_or_default();
    Ok(table)
}
