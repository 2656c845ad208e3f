//! The constant SQL of a resource on each engine.
//!
//! Every identifier is quoted, so that a column may be called `order`. Columns are the fields in order, then the
//! hidden row version where no field is the version; parameters follow them.

use std::fmt::Display;

use crate::check;
use crate::model::{Resource, Role};

/// The hidden column of a resource without a `version` field.
pub const ROW_VERSION: &str = check::ROW_VERSION;

/// The statements of a resource on one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statements {
    /// All columns of all rows, for lists to go on from.
    pub select: String,
    /// One row by id, unless it is softly deleted. Parameter: the id.
    pub get: String,
    /// SQLite: one row. PostgreSQL: any number of rows, each parameter an array; returns the ids.
    pub insert: String,
    /// All columns of a row whose row version is still the one expected. Parameters: the row, then the expected
    /// version.
    pub update: String,
    /// A row whose row version is still the one expected. Parameters: the id, the expected version.
    pub delete: String,
}

/// The statements on SQLite.
#[must_use]
pub fn sqlite(resource: &Resource) -> Statements {
    let Table { name, columns, id, id_at, version, .. } = &Table::of(resource);
    let all = list(columns);
    let values = list((1..=columns.len()).map(|at| format!("?{at}")));
    let sets = list(
        (1..).zip(columns).filter(|(at, _)| at != id_at).map(|(at, column)| format!("{column} = ?{at}")),
    );
    let expected = columns.len() + 1;
    Statements {
        select: select(name, &all),
        get: get(resource, name, &all, id, "?1"),
        insert: format!("INSERT INTO {name} ({all}) VALUES ({values})"),
        update: format!("UPDATE {name} SET {sets} WHERE {id} = ?{id_at} AND {version} = ?{expected}"),
        delete: format!("DELETE FROM {name} WHERE {id} = ?1 AND {version} = ?2"),
    }
}

/// The statements on PostgreSQL.
#[must_use]
pub fn postgres(resource: &Resource) -> Statements {
    let Table { name, columns, id, id_at, version } = &Table::of(resource);
    let all = list(columns);
    let values = list((1..=columns.len()).map(|at| format!("${at}")));
    let sets = list(
        (1..).zip(columns).filter(|(at, _)| at != id_at).map(|(_, column)| format!("{column} = u.{column}")),
    );
    let expected = columns.len() + 1;
    let unmoved = format!("t.{id} = u.{id} AND t.{version} = u.\"fourfold_expected\" RETURNING t.{id}");
    Statements {
        select: select(name, &all),
        get: get(resource, name, &all, id, "$1"),
        insert: format!("INSERT INTO {name} ({all}) SELECT * FROM unnest({values}) RETURNING {id}"),
        update: format!(
            "UPDATE {name} AS t SET {sets} FROM unnest({values}, ${expected}) \
             AS u({all}, \"fourfold_expected\") WHERE {unmoved}"
        ),
        delete: format!(
            "DELETE FROM {name} AS t USING unnest($1, $2) AS u({id}, \"fourfold_expected\") WHERE {unmoved}"
        ),
    }
}

/// The quoted names.
struct Table {
    name: String,
    columns: Vec<String>,
    id: String,
    /// Counted from 1, as parameters are.
    id_at: usize,
    version: String,
}

impl Table {
    fn of(resource: &Resource) -> Self {
        let mut columns: Vec<String> = resource.fields.iter().map(|field| quote(&field.name)).collect();
        let declared = resource.fields.iter().find(|field| field.role == Role::Version);
        let version = quote(declared.map_or(ROW_VERSION, |field| &field.name));
        if declared.is_none() {
            columns.push(version.clone());
        }
        let id = columns.get(resource.id).cloned().unwrap_or_default();
        Self { name: quote(&resource.table), columns, id, id_at: resource.id + 1, version }
    }
}

fn select(table: &str, columns: &str) -> String {
    format!("SELECT {columns} FROM {table}")
}

fn get(resource: &Resource, table: &str, columns: &str, id: &str, parameter: &str) -> String {
    let live = match resource.fields.iter().find(|field| field.role == Role::DeletedAt) {
        Some(field) => format!(" AND {} IS NULL", quote(&field.name)),
        None => String::new(),
    };
    format!("{} WHERE {id} = {parameter}{live}", select(table, columns))
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(", ")
}
