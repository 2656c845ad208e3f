//! SQLite: one thread that writes in groups, readers in place, lists off the async threads.

mod cells;
mod connect;
mod ddl;
mod details;
mod errors;
mod location;
mod log;
mod maintenance;
mod migrations;
mod outbox;
mod plan;
mod reader;
mod relay;
mod rename;
mod schema;
mod sequence;
mod unit;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use self::details::details;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension;

pub(crate) use self::connect::immediate;
use self::location::Location;
use self::reader::{Pool, Readers};
use self::sequence::Sequences;
use self::writer::Writer;
use super::{Record, StoreError, StoreOptions, Unit, Write};
use crate::cell::{Cell, Row};
use crate::descriptor::{Descriptor, Kind, Scalar};
use crate::query::Select;
use crate::query::sql::{self, Dialect};
use crate::{Error, Result as CallerResult};

/// A store on SQLite.
#[derive(Clone)]
pub(crate) struct Sqlite {
    shared: Arc<Shared>,
}

struct Shared {
    location: Location,
    readers: Arc<Readers>,
    writer: Writer,
    sequences: Sequences,
}

/// The path of a file that there is, whichever way it is written.
fn canonical(location: &Location) -> Option<PathBuf> {
    match location {
        Location::File(path) => path.canonicalize().ok(),
        Location::Memory => None,
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sqlite").field(&self.shared.location.name()).finish()
    }
}

/// The stores that are open on files of this process, by their paths.
static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<Shared>>>> = LazyLock::new(Mutex::default);

/// An error that is about no row in particular.
pub(crate) fn failure(error: &rusqlite::Error) -> StoreError {
    errors::store_error(error)
}

impl Sqlite {
    /// The store that is open on the file already, so that there is one thread that writes to it, or a new one.
    pub(crate) fn open_shared(url: &str, patience: Duration) -> CallerResult<Self> {
        let location = Location::parse(url)?;
        if let Some(path) = canonical(&location)
            && let Some(shared) =
                OPEN.lock().unwrap_or_else(PoisonError::into_inner).get(&path).and_then(Weak::upgrade)
        {
            return Ok(Self { shared });
        }
        Self::open(&StoreOptions { url: url.to_owned(), patience, connections: 1 })
    }

    /// Whether it is the same one.
    #[cfg(test)]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Runs something in the thread that writes, between two batches of it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.writer.run(work).await
    }

    /// Reads in place, which has to be brief.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl Fn(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.shared.readers.brief(move |connection| Ok(read(connection)?)).await
    }

    pub(crate) fn open(options: &StoreOptions) -> CallerResult<Self> {
        let location = Location::parse(&options.url)?;
        let connection = Arc::new(Mutex::new(connect::writer(&location, options.patience)?));
        let readers = match &location {
            Location::Memory => Readers::Memory(Arc::clone(&connection)),
            Location::File(path) => Readers::File(Pool::new(path.clone(), options.patience)),
        };
        let writer = Writer::start(connection, location.clone(), options.patience)?;
        let (readers, sequences) = (Arc::new(readers), Sequences::default());
        let path = canonical(&location);
        let shared = Arc::new(Shared { location, readers, writer, sequences });
        if let Some(path) = path {
            let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
            open.retain(|_, shared| shared.strong_count() > 0);
            open.insert(path, Arc::downgrade(&shared));
        }
        Ok(Self { shared })
    }

    pub(crate) async fn prepare(
        &self,
        resources: &[&'static Descriptor],
        migrate: bool,
    ) -> CallerResult<Vec<String>> {
        let resources = resources.to_vec();
        let reconcile = move |connection: &mut rusqlite::Connection| {
            // What is wrong with the tables is for the person who starts the service, not for a caller.
            Ok(schema::reconcile(connection, &resources, migrate))
        };
        let name = self.shared.location.name();
        match self.shared.writer.run(reconcile).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(text)) => Err(Error::internal(format!("the database `{name}`: {text}"))),
            Err(error) => Err(Error::internal(format!("the database `{name}`: {error:?}"))),
        }
    }

    pub(crate) async fn get(
        &self,
        descriptor: &'static Descriptor,
        id: &Cell,
    ) -> Result<Option<Row>, StoreError> {
        let id = id.clone();
        let read = move |connection: &rusqlite::Connection| {
            let mut statement = connection.prepare_cached(descriptor.sqlite.get)?;
            let id = cells::column(&unit::id_kind(descriptor), &id)?;
            let mut rows = statement.query([id])?;
            match rows.next()? {
                Some(row) => Ok(Some(cells::read_row(descriptor, row)?)),
                None => Ok(None),
            }
        };
        self.shared.readers.brief(read).await
    }

    pub(crate) async fn list(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        let descriptor = select.descriptor;
        let clauses = sql::clauses(select, Dialect::Sqlite);
        let text = format!("{}{}", descriptor.sqlite.select, clauses.text);
        let read = move |connection: &rusqlite::Connection| {
            let mut statement = connection.prepare_cached(&text)?;
            for (index, (kind, cell)) in clauses.parameters.iter().enumerate() {
                cells::bind(&mut statement, index + 1, &cells::column(kind, cell)?)?;
            }
            let mut rows = statement.raw_query();
            let mut list = Vec::new();
            while let Some(row) = rows.next()? {
                list.push(cells::read_row(descriptor, row)?);
            }
            Ok(list)
        };
        self.shared.readers.long(read).await
    }

    pub(crate) async fn commit(&self, unit: Unit) -> Result<(), StoreError> {
        let numbered = match &unit.write {
            Write::Insert { descriptor, .. } => {
                matches!(unit::id_kind(descriptor), Kind::Scalar(Scalar::I64)).then_some(*descriptor)
            }
            Write::Update { .. } | Write::Delete { .. } | Write::Nothing => None,
        };
        let result = self.shared.writer.commit(unit).await;
        if let (Err(StoreError::Unique { field }), Some(descriptor)) = (&result, numbered)
            && *field == descriptor.id
        {
            self.shared.sequences.forget(descriptor).await;
        }
        result
    }

    pub(crate) async fn next_id(&self, descriptor: &'static Descriptor) -> Result<i64, StoreError> {
        self.shared.sequences.next(descriptor, &self.shared.writer).await
    }

    pub(crate) async fn known(&self, keys: &Arc<[String]>) -> Result<Vec<bool>, StoreError> {
        let keys = Arc::clone(keys);
        let read = move |connection: &rusqlite::Connection| {
            // Each look would take a lock of its own.
            let _transaction = connection.unchecked_transaction()?;
            let mut statement =
                connection.prepare_cached("SELECT 1 FROM fourfold_idempotency WHERE key = ?1")?;
            Ok(keys.iter().map(|key| statement.exists([key])).collect::<rusqlite::Result<_>>()?)
        };
        self.shared.readers.brief(read).await
    }

    pub(crate) async fn record(&self, key: &str) -> Result<Option<Record>, StoreError> {
        let key = key.to_owned();
        let read = move |connection: &rusqlite::Connection| {
            let mut statement = connection.prepare_cached(
                "SELECT fingerprint, operation, answer, created_at FROM fourfold_idempotency WHERE key = ?1",
            )?;
            let record = statement
                .query_row([&key], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
                })
                .optional()?;
            let Some((fingerprint, operation, answer, created_at)) = record else { return Ok(None) };
            let Some(Cell::Timestamp(created_at)) = crate::text::parse_scalar(Scalar::Timestamp, &created_at)
            else {
                let text = "table `fourfold_idempotency`, column `created_at`: holds no time";
                return Err(StoreError::Internal(text.to_owned()).into());
            };
            Ok(Some(Record { key: key.clone(), fingerprint, operation, answer, created_at }))
        };
        self.shared.readers.brief(read).await
    }

    pub(crate) async fn prune(
        &self,
        records_before: DateTime<Utc>,
        events_before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let prune = move |connection: &mut _| maintenance::prune(connection, records_before, events_before);
        self.shared.writer.run(prune).await
    }

    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        self.shared.readers.brief(|connection| Ok(maintenance::probe_read(connection)?)).await?;
        if self.shared.writer.is_writable() {
            return Ok(());
        }
        self.shared.writer.run(maintenance::probe_write).await
    }

    pub(crate) async fn close(&self) {
        self.shared.writer.close().await;
        self.shared.readers.close();
    }
}
