//! Versioned migrations: SQL files that people have read, applied once each and in order.
//!
//! `cargo fourfold migrate new` writes them, `cargo fourfold migrate run` applies them, and so does a service that is given
//! them ([`Server::migrations`](crate::Server::migrations)). Without any, tables are made and extended from the structs at
//! start, and nothing is ever dropped.
//!
//! A file is a list of steps. Each begins with a line `-- step: in a transaction` or `-- step: outside of a transaction`;
//! without such a line all of it is one transaction. Which steps have been done is in the table `fourfold_migrations`, in
//! the transaction of the step itself, so whatever is interrupted goes on where it was. Steps outside of a transaction,
//! which PostgreSQL needs for `CREATE INDEX CONCURRENTLY`, are begun anew, so their statements have to bear that.

mod catalog;
mod details;
mod file;
mod progress;

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use catalog::{Catalog, TableCatalog};
pub(crate) use details::unread;
pub use details::{ColumnDetails, Details, IndexDetails, ReferenceDetails, TableDetails};
#[cfg(feature = "postgres")]
pub(crate) use file::Step;
pub(crate) use progress::{Pending, Record, complete, pending};

pub use crate::ddl::Engine;
use crate::store::{Store, StoreOptions};
use crate::{Error, Result};

/// The table that says what has been applied.
pub(crate) const TABLE: &str = "fourfold_migrations";

/// A migration, on both engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its name, which begins with the moment when it was written: `20261122083000_orders_note`. They are applied in the
    /// order of the names.
    pub name: Cow<'static, str>,
    /// Its text on SQLite; empty where there is none.
    pub sqlite: Cow<'static, str>,
    /// Its text on PostgreSQL; empty where there is none.
    pub postgres: Cow<'static, str>,
}

impl Migration {
    /// A migration that is a part of the program.
    #[must_use]
    pub const fn new(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), sqlite: Cow::Borrowed(sqlite), postgres: Cow::Borrowed(postgres) }
    }

    pub(crate) fn text(&self, engine: Engine) -> &str {
        match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        }
    }
}

/// Where a migration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// Whether it has been applied.
    pub state: State,
    /// Whether it has not been applied, although one that comes after it has: two branches were merged.
    pub late: bool,
}

/// Whether a migration has been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It has not begun.
    Waiting,
    /// It was interrupted, or a step of it failed.
    Begun {
        /// How many of its steps are done.
        done: usize,
        /// How many it has.
        steps: usize,
    },
    /// It has been applied.
    Applied {
        /// When.
        at: DateTime<Utc>,
    },
    /// It has been applied, or begun, and what was done was not what its file says now.
    Changed,
    /// It has been applied, and there is no such file.
    Unknown,
}

/// A database to which migrations are applied.
///
/// ```no_run
/// use fourfold::migrations::{Database, Migration};
///
/// # async fn run() -> fourfold::Result<()> {
/// let migrations = [Migration::new("20261122083000_first", "CREATE TABLE a (id INTEGER) STRICT;", "CREATE TABLE a (id INT);")];
/// let database = Database::open("sqlite:shop.db").await?;
/// for name in database.run(&migrations).await? {
///     println!("applied {name}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Database {
    store: Store,
}

impl Database {
    /// Opens the database that a URL names, as `DATABASE_URL` does for a service.
    pub async fn open(url: &str) -> Result<Self> {
        let options = StoreOptions { url: url.to_owned(), patience: Duration::from_secs(30), connections: 1 };
        Ok(Self { store: Store::open(options).await? })
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.store.engine()
    }

    /// Where each migration stands, those too which have been applied and are not in the list.
    pub async fn status(&self, migrations: &[Migration]) -> Result<Vec<Status>> {
        let records = self.store.migration_records().await?;
        Ok(progress::status(migrations, &records, self.engine()))
    }

    /// Applies what has not been applied yet, and says what that was. Any number of processes may do it at once: one of
    /// them works, and the others wait for it. Where a step fails, what came before it stays, and the next run goes on
    /// with it.
    pub async fn run(&self, migrations: &[Migration]) -> Result<Vec<String>> {
        self.store.run_migrations(migrations, false).await
    }

    /// Notes that all migrations have been applied, without running them: the tables are as they lead to already, made by
    /// a service at start. Whether that is so is for the caller to find out ([`Database::catalog`]).
    pub async fn adopt(&self, migrations: &[Migration]) -> Result<Vec<String>> {
        self.store.run_migrations(migrations, true).await
    }

    /// The tables as they are.
    pub async fn catalog(&self) -> Result<Catalog> {
        self.store.table_catalog(None).await
    }

    /// The tables as they would be if these statements were run in an empty database. The database is not changed.
    pub async fn catalog_of(&self, statements: &str) -> Result<Catalog> {
        self.store.table_catalog(Some(statements.to_owned())).await
    }

    /// Closes the connections.
    pub async fn close(self) {
        self.store.close().await;
    }
}

/// What to do where the first migration of a database makes what is there: a service made its tables at start.
pub(crate) fn adoption(error: &str) -> &'static str {
    if !error.contains("already exists") {
        return "";
    }
    "; no migration has been applied to this database, and it has tables already. If a service made them at start, \
     `cargo fourfold migrate adopt` notes that they are what the migrations lead to"
}

/// Several things that are wrong, or that have to be known.
pub(crate) fn listed(what: &str, items: &[String]) -> Error {
    let list = items.iter().fold(String::new(), |list, item| list + "\n  - " + item);
    Error::failed_precondition(format!("{what}:{list}"))
}
