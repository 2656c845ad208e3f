//! The store: one interface over the engines. What a write does is data, known before anything begins.

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod schema;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::cell::{Cell, Row};
pub(crate) use crate::context::Statement;
use crate::ddl::Engine;
use crate::descriptor::Descriptor;
use crate::migrations::{self, Catalog, Details, Migration};
use crate::query::Select;

/// Everything that one operation writes, committed as one.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The row.
    pub(crate) write: Write,
    /// What happened.
    pub(crate) events: Vec<Event>,
    /// The answer under the caller's idempotency key.
    pub(crate) record: Option<Record>,
    /// The user's own statements, in order, after the row.
    pub(crate) statements: Vec<Statement>,
    /// The tasks that are enqueued if it is committed: they wait in the task outbox for the relay.
    pub(crate) tasks: Vec<TaskRow>,
}

/// A row of the task outbox.
#[derive(Clone, Debug)]
pub(crate) struct TaskRow {
    /// The task's id.
    pub(crate) id: Uuid,
    /// The whole message as JSON text.
    pub(crate) message: String,
}

/// What happens to the row.
#[derive(Debug)]
pub(crate) enum Write {
    /// A new row of `descriptor.width()` cells.
    Insert { descriptor: &'static Descriptor, row: Row },
    /// All columns of the row with this id, if its row version is still `expected`; `row` holds the new version.
    Update { descriptor: &'static Descriptor, row: Row, expected: i64 },
    /// The row goes away, if its row version is still `expected`.
    Delete { descriptor: &'static Descriptor, id: Cell, expected: i64 },
    /// No row at all: what else is in the unit is all of it.
    Nothing,
}

/// A row of the outbox. The columns are those of Debezium's event router, so that its relay works on the table as is.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// A UUIDv7.
    pub(crate) id: Uuid,
    /// `shop.order.v1.Order`.
    pub(crate) aggregate_type: String,
    /// The resource's id as text.
    pub(crate) aggregate_id: String,
    /// `shop.order.v1.order.created`.
    pub(crate) kind: String,
    /// JSON.
    pub(crate) payload: String,
    /// The W3C trace parent of the request.
    pub(crate) trace_parent: Option<String>,
}

/// Where a relay stands in the outbox: behind what it has passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The transaction, on engines that hand out numbers before they commit; else 0.
    pub(crate) tx: u64,
    /// The row.
    pub(crate) seq: i64,
}

/// A row of the outbox as the relay reads it.
#[derive(Clone, Debug)]
pub(crate) struct OutboxRow {
    pub(crate) position: Position,
    pub(crate) event: Event,
    pub(crate) created_at: DateTime<Utc>,
}

/// The outbox as a log that can be read from any place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    /// Which log it is: another one in another database, and after it began to count anew.
    pub(crate) id: Uuid,
    /// What was up to here is gone.
    pub(crate) start: Position,
    /// What is committed from now on comes after it.
    pub(crate) end: Position,
}

/// What waits in the outbox.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waiting {
    /// How many rows; PostgreSQL counts 100,000 at most.
    pub(crate) count: u64,
    /// When the first of them was written.
    pub(crate) since: Option<DateTime<Utc>>,
}

/// An answer under an idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Principal and key, as one text.
    pub(crate) key: String,
    /// A hash of the request.
    pub(crate) fingerprint: i64,
    /// The operation's full name, `shop.order.v1.Order/create`.
    pub(crate) operation: String,
    /// The answer's row, JSON; empty where the answer has none.
    pub(crate) answer: String,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
}

/// Why the store did not do it.
#[derive(Debug)]
pub(crate) enum StoreError {
    /// Another row holds this value of the field already (an index into the descriptor's fields).
    Unique { field: usize },
    /// The row that the field points to does not exist.
    MissingReference { field: usize },
    /// Other rows point to this one.
    StillReferenced,
    /// The row has moved, or is gone.
    LostRace,
    /// The idempotency key exists already.
    Repeated,
    /// The engine is away, full, locked or too slow; nothing was written. The text is for the log.
    Unavailable(String),
    /// The connection broke before the engine said whether it committed. The text is for the log.
    Unknown(String),
    /// A defect, or the database is not as it should be. The text is for the log.
    Internal(String),
}

/// How to open a store.
#[derive(Clone, Debug)]
pub(crate) struct StoreOptions {
    /// `sqlite:path`, `sqlite::memory:`, `memory:` or `postgres://..`.
    pub(crate) url: String,
    /// How long a write may wait for a lock or a connection before it is refused.
    pub(crate) patience: Duration,
    /// Connections for reading and for lists, PostgreSQL.
    pub(crate) connections: usize,
}

/// A store, whichever engine.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

macro_rules! engine {
    ($store:expr, $engine:ident => $call:expr) => {
        match *$store {
            #[cfg(feature = "sqlite")]
            Store::Sqlite(ref $engine) => $call,
            #[cfg(feature = "postgres")]
            Store::Postgres(ref $engine) => $call,
        }
    };
}

impl Store {
    /// Opens the engine that the URL names. It answers at once where the engine is away: calls then fail with
    /// `Unavailable` until it is back.
    pub(crate) async fn open(options: StoreOptions) -> crate::Result<Self> {
        match options.url.split_once(':').map(|(scheme, _)| scheme) {
            #[cfg(feature = "sqlite")]
            Some("sqlite" | "memory") => Ok(Self::Sqlite(sqlite::Sqlite::open(&options)?)),
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => Ok(Self::Postgres(postgres::Postgres::open(&options).await?)),
            scheme => Err(crate::Error::internal(no_engine(scheme))),
        }
    }

    /// Whether the tables are as the resources need them. With `migrate`, makes them so: missing tables, columns and
    /// indexes are added, nothing is ever dropped; what can't be added without losing data is an error that says so.
    pub(crate) async fn prepare(
        &self,
        resources: &[&'static Descriptor],
        migrate: bool,
    ) -> crate::Result<Vec<String>> {
        engine!(self, engine => engine.prepare(resources, migrate).await)
    }

    /// The engine.
    pub(crate) const fn engine(&self) -> Engine {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Engine::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Which versioned migrations have been applied.
    pub(crate) async fn migration_records(&self) -> crate::Result<Vec<migrations::Record>> {
        engine!(self, engine => engine.migration_records().await)
    }

    /// Applies versioned migrations, or notes that they have been.
    pub(crate) async fn run_migrations(
        &self,
        migrations: &[Migration],
        adopt: bool,
    ) -> crate::Result<Vec<String>> {
        engine!(self, engine => engine.run_migrations(migrations, adopt).await)
    }

    /// The tables as they are, or as they would be after some statements in an empty database.
    pub(crate) async fn table_catalog(&self, statements: Option<String>) -> crate::Result<Catalog> {
        engine!(self, engine => engine.table_catalog(statements).await)
    }

    /// The tables as they are, in all that is said of them.
    pub(crate) async fn table_details(&self) -> crate::Result<Details> {
        engine!(self, engine => engine.table_details().await)
    }

    /// Whether tables are made at start without being asked: the embedded engine belongs to one service.
    pub(crate) const fn migrates_at_start(&self) -> bool {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => true,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => false,
        }
    }

    /// One row by id, unless it is softly deleted.
    pub(crate) async fn get(
        &self,
        descriptor: &'static Descriptor,
        id: &Cell,
    ) -> Result<Option<Row>, StoreError> {
        engine!(self, engine => engine.get(descriptor, id).await)
    }

    /// The rows of a list, at most `select.limit`. Dropping the future cancels the statement.
    pub(crate) async fn list(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        engine!(self, engine => engine.list(select).await)
    }

    /// Commits a unit of work, or none of it.
    pub(crate) async fn commit(&self, unit: Unit) -> Result<(), StoreError> {
        engine!(self, engine => engine.commit(unit).await)
    }

    /// The next number for a resource whose id the database makes.
    pub(crate) async fn next_id(&self, descriptor: &'static Descriptor) -> Result<i64, StoreError> {
        engine!(self, engine => engine.next_id(descriptor).await)
    }

    /// The record under an idempotency key.
    pub(crate) async fn record(&self, key: &str) -> Result<Option<Record>, StoreError> {
        engine!(self, engine => engine.record(key).await)
    }

    /// Which of some idempotency keys have a record.
    pub(crate) async fn known(&self, keys: &Arc<[String]>) -> Result<Vec<bool>, StoreError> {
        engine!(self, engine => engine.known(keys).await)
    }

    /// Rows of the task outbox that nobody has claimed, in the order in which they were written; nobody else gets them
    /// before the lease has run out.
    pub(crate) async fn claim_tasks(
        &self,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        engine!(self, engine => engine.claim_tasks(limit, lease).await)
    }

    /// Deletes rows of the task outbox: the broker has them.
    pub(crate) async fn forget_tasks(&self, places: Vec<i64>) -> Result<(), StoreError> {
        engine!(self, engine => engine.forget_tasks(places).await)
    }

    /// Gives claimed rows of the task outbox back.
    pub(crate) async fn release_tasks(&self, places: Vec<i64>) -> Result<(), StoreError> {
        engine!(self, engine => engine.release_tasks(places).await)
    }

    /// Takes the right to relay events, or keeps it, for a span of time; where the relay stands. `None` where another has it.
    pub(crate) async fn lead(&self, holder: Uuid, lease: Duration) -> Result<Option<Position>, StoreError> {
        engine!(self, engine => engine.lead(holder, lease).await)
    }

    /// Rows of the outbox after a position, in the order in which they are to be passed on.
    pub(crate) async fn outbox(&self, after: Position, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        engine!(self, engine => engine.outbox(after, limit).await)
    }

    /// What the outbox is as a log. Rows that were read before this was asked are whole where `start` is not beyond where
    /// they begin: whoever deletes says so in the same transaction.
    pub(crate) async fn log(&self) -> Result<Log, StoreError> {
        engine!(self, engine => engine.log().await)
    }

    /// Notes how far the events have been passed on, and keeps the right to; says whether it was still held.
    pub(crate) async fn relayed(
        &self,
        holder: Uuid,
        position: Position,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        engine!(self, engine => engine.relayed(holder, position, lease).await)
    }

    /// Gives up the right to relay, so that another has it at once.
    pub(crate) async fn resign(&self, holder: Uuid) -> Result<(), StoreError> {
        engine!(self, engine => engine.resign(holder).await)
    }

    /// What has not been passed on yet.
    pub(crate) async fn waiting(&self) -> Result<Waiting, StoreError> {
        engine!(self, engine => engine.waiting().await)
    }

    /// Deletes idempotency records older than one moment and outbox rows older than another, a bounded number at a
    /// time, and says how many went. Rows that a relay has still to pass on stay, unless none has been at it for as long.
    pub(crate) async fn prune(
        &self,
        records_before: DateTime<Utc>,
        events_before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        engine!(self, engine => engine.prune(records_before, events_before).await)
    }

    /// Whether the store can read and, after a failed write, whether it can write again.
    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        engine!(self, engine => engine.ready().await)
    }

    /// Finishes what waits and closes the connections.
    pub(crate) async fn close(&self) {
        engine!(self, engine => engine.close().await);
    }
}

/// What is said of a URL that names none of the engines that are built in. Not the URL itself: it may hold a password.
fn no_engine(scheme: Option<&str>) -> String {
    let engine = match scheme {
        Some("postgres" | "postgresql") => Some(("PostgreSQL", "postgres")),
        Some("sqlite" | "memory") => Some(("SQLite", "sqlite")),
        _ => None,
    };
    let allowed = SCHEMES.join(", ");
    match engine {
        Some((engine, feature)) => format!(
            "DATABASE_URL names {engine}, which this program was built without: build it with the cargo feature \
             `{feature}` of fourfold (`--features production` for PostgreSQL in a service that `cargo fourfold new` \
             has made); as it is, the URL may begin with {allowed}"
        ),
        None => format!("DATABASE_URL must begin with one of {allowed}, such as sqlite:shop.db"),
    }
}

const SCHEMES: &[&str] = &[
    #[cfg(feature = "sqlite")]
    "sqlite:",
    #[cfg(feature = "sqlite")]
    "memory:",
    #[cfg(feature = "postgres")]
    "postgres:",
    #[cfg(feature = "postgres")]
    "postgresql:",
];
