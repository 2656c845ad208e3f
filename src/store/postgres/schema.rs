//! The tables as PostgreSQL's DDL.

use super::cells;
use crate::ddl::{self, Engine};
use crate::store::schema::{Column, Table};

pub(super) use crate::ddl::quote;

/// What happened, for a relay to publish.
pub(super) const OUTBOX: &str = "fourfold_outbox";
/// Answers under idempotency keys.
pub(super) const RECORDS: &str = "fourfold_idempotency";

/// How far events have been passed on, and who does it.
pub(super) const RELAY: &str = "fourfold_relay";

/// Tasks that were enqueued in a unit of work, for the relay.
pub(super) const TASKS: &str = "fourfold_task_outbox";

/// `CREATE TABLE`, without indexes and foreign keys.
pub(super) fn create_table(table: &Table) -> String {
    ddl::create_table(Engine::Postgres, table.descriptor.table, &table.ddl_columns(), &[])
}

/// `ALTER TABLE .. ADD COLUMN`. `None` where the column must not be null and nothing says what the rows that exist
/// hold in it. What they hold stays as the default, with which a process of the release before goes on adding rows.
pub(super) fn add_column(table: &Table, column: &Column, has_rows: bool) -> Option<String> {
    let value = if column.not_null { value_for_old_rows(table, column) } else { None };
    if column.not_null && has_rows && value.is_none() {
        return None;
    }
    let not_null = if column.not_null { " NOT NULL" } else { "" };
    let default = value.map(|value| format!(" DEFAULT {value}")).unwrap_or_default();
    let (table, name) = (quote(table.descriptor.table), quote(column.name));
    Some(format!("ALTER TABLE {table} ADD COLUMN {name} {}{not_null}{default}", column.sql_type))
}

fn value_for_old_rows(table: &Table, column: &Column) -> Option<String> {
    let descriptor = table.descriptor;
    if column.name == descriptor.version_column() {
        return Some("1".to_owned());
    }
    let is = |index: Option<usize>| index.is_some_and(|index| descriptor.fields[index].name == column.name);
    if is(descriptor.created_at) || is(descriptor.updated_at) {
        return Some("now()".to_owned());
    }
    let field = column.field?;
    cells::literal(&field.ty.kind, &(field.default?)())
}

/// What `format_type` calls a type of the type table, and its collation where it must have one.
pub(super) fn catalog_type(sql_type: &str) -> (String, Option<&str>) {
    let (name, collation) = match sql_type.split_once(" COLLATE ") {
        Some((name, collation)) => (name, Some(collation.trim_matches('"'))),
        None => (sql_type, None),
    };
    let name = match name {
        "TIMESTAMPTZ" => "timestamp with time zone".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    (name, collation)
}
