//! The tables of a database that somebody else made, in all that their catalog says of them.

use std::time::Duration;

use super::Catalog;
use crate::ddl::Engine;
use crate::store::{Store, StoreOptions};
use crate::{Error, Result};

/// All tables and views of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The engine.
    pub engine: Engine,
    /// The tables, in the order of their names.
    pub tables: Vec<TableDetails>,
    /// The names of the views, and of virtual tables.
    pub views: Vec<String>,
    /// The same tables in the form that is compared with what migrations lead to.
    pub catalog: Catalog,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableDetails {
    /// Its name, as it is.
    pub name: String,
    /// What is said of it.
    pub comment: Option<String>,
    /// The columns, in their order.
    pub columns: Vec<ColumnDetails>,
    /// The columns of the primary key, in its order.
    pub key: Vec<String>,
    /// The indexes but that of the key, in the order of their names.
    pub indexes: Vec<IndexDetails>,
    /// The foreign keys.
    pub references: Vec<ReferenceDetails>,
    /// What every row has to be, an expression each, as the engine writes it.
    pub checks: Vec<String>,
    /// The names of the triggers.
    pub triggers: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnDetails {
    /// Its name, as it is.
    pub name: String,
    /// What is said of it.
    pub comment: Option<String>,
    /// The type as the engine writes it. That of a domain is the one below it.
    pub sql_type: String,
    /// The domain that it is of, where there is one.
    pub domain: Option<String>,
    /// Whether it refuses null.
    pub not_null: bool,
    /// What a row gets that does not say it, as the engine writes it.
    pub default: Option<String>,
    /// Whether it is computed of others.
    pub generated: bool,
    /// Whether the database counts it, other than by the default.
    pub numbered: bool,
    /// The sequence that belongs to it.
    pub sequence: Option<String>,
    /// The values of its enum, where the type is one.
    pub values: Vec<String>,
}

/// An index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexDetails {
    /// Its name.
    pub name: String,
    /// Its columns; empty where it is on an expression.
    pub columns: Vec<String>,
    /// Whether no two rows hold the same.
    pub unique: bool,
    /// Whether it is that of a constraint.
    pub constraint: bool,
    /// Which rows count, where not all of them do.
    pub condition: Option<String>,
    /// What made it; empty where the table did.
    pub made_by: String,
}

/// A foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceDetails {
    /// Its name; empty where the engine has none.
    pub name: String,
    /// The columns that point.
    pub columns: Vec<String>,
    /// The table that they point to.
    pub table: String,
    /// The columns there; empty for those of its key.
    pub targets: Vec<String>,
    /// What becomes of the row when the other one goes: `CASCADE`, `SET NULL`, `SET DEFAULT`; else empty.
    pub on_delete: String,
}

impl Details {
    /// Reads a database as it is. It is not changed, and not made where there is none.
    pub async fn read(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") || url.starts_with("memory:") {
            return sqlite(url);
        }
        let options = StoreOptions { url: url.to_owned(), patience: Duration::from_secs(10), connections: 1 };
        let store = Store::open(options).await?;
        let details = store.table_details().await;
        store.close().await;
        details
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(url: &str) -> Result<Details> {
    crate::store::sqlite::details(url)
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str) -> Result<Details> {
    Err(unread("this build can't read SQLite: it lacks the cargo feature `sqlite`"))
}

/// That a database could not be read.
pub(crate) fn unread(text: impl std::fmt::Display) -> Error {
    Error::failed_precondition(text.to_string())
}
