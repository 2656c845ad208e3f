//! Columns whose fields have another name now: they go along with what is in them.

use rusqlite::Connection;

use super::schema;
use crate::store::schema::{Rename, Table, renames};

/// The columns to rename.
#[derive(Debug)]
pub(super) struct Renames<'a>(Vec<(&'a Table, Rename)>);

/// Compares the tables that exist with the fields.
pub(super) fn find<'a>(connection: &Connection, tables: &'a [Table]) -> rusqlite::Result<Renames<'a>> {
    let mut found = Vec::new();
    for table in tables {
        let name = table.descriptor.table;
        if schema::made_by(connection, name)?.is_none_or(|(kind, _, _)| kind != "table") {
            continue;
        }
        let existing = schema::columns(connection, name)?;
        let has = |name: &str| existing.iter().any(|it| it.name.eq_ignore_ascii_case(name));
        found.extend(renames(table, has).into_iter().map(|rename| (table, rename)));
    }
    Ok(Renames(found))
}

impl Renames<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is done, a sentence each.
    pub(super) fn sentences(&self) -> Vec<String> {
        let sentence = |(table, Rename { from, to }): &(&Table, Rename)| {
            format!("renamed the column `{from}` of the table `{}` to `{to}`", table.descriptor.table)
        };
        self.0.iter().map(sentence).collect()
    }

    /// Renames them, and the indexes that are named after them.
    pub(super) fn run(&self, connection: &Connection) -> Result<(), String> {
        for (table, rename) in &self.0 {
            let (name, Rename { from, to }) = (table.descriptor.table, rename);
            let sql = format!("ALTER TABLE \"{name}\" RENAME COLUMN \"{from}\" TO \"{to}\"");
            connection.execute_batch(&sql).map_err(|error| format!("`{sql}` failed: {error}"))?;
            for suffix in ["key", "idx"] {
                let (before, after) = rename.of(table, suffix);
                index(connection, name, &before, &after).map_err(|error| {
                    format!("the index `{before}` could not be renamed to `{after}`: {error}")
                })?;
            }
        }
        Ok(())
    }

    /// Says of problems with such a column what it is called as long as they last.
    pub(super) fn explain(&self, problems: &mut [String]) {
        for (table, Rename { from, to }) in &self.0 {
            let place = format!("table `{}`, column `{to}`", table.descriptor.table);
            for problem in problems.iter_mut().filter(|problem| problem.starts_with(&place)) {
                *problem = format!("{problem} (until then it is still called `{from}`)");
            }
        }
    }
}

/// SQLite has no word for it: the index is made anew, as the one that is there was made.
fn index(connection: &Connection, table: &str, before: &str, after: &str) -> rusqlite::Result<()> {
    let quoted = format!("\"{before}\"");
    let Some((kind, owner, sql)) = schema::made_by(connection, before)? else { return Ok(()) };
    let is_ours = kind == "index" && owner.eq_ignore_ascii_case(table) && sql.contains(&quoted);
    if !is_ours || schema::made_by(connection, after)?.is_some() {
        return Ok(());
    }
    let sql = sql.replacen(&quoted, &format!("\"{after}\""), 1);
    connection.execute_batch(&format!("DROP INDEX {quoted}; {sql}"))
}
