//! Reads: points on the shared connections, lists on connections of their own.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row as SqlRow};

use super::cells::{self, Hidden, Parameter};
use super::failure::{self, Class};
use super::link::Links;
use super::pool::Lease;
use super::schema::RECORDS;
use super::session::{Key, Session};
use super::{Postgres, Shared};
use crate::cell::{Cell, Row};
use crate::descriptor::Descriptor;
use crate::query::Select;
use crate::query::sql::{Dialect, clauses};
use crate::store::{Record, StoreError};

impl Postgres {
    pub(crate) async fn get(
        &self,
        descriptor: &'static Descriptor,
        id: &Cell,
    ) -> Result<Option<Row>, StoreError> {
        let row = self
            .inner
            .shared
            .point(move |session| async move { get(&session, descriptor, id).await })
            .await?;
        row.map(|row| cells::row(descriptor, &row)).transpose().map_err(StoreError::Internal)
    }

    pub(crate) async fn record(&self, key: &str) -> Result<Option<Record>, StoreError> {
        self.inner.shared.point(move |session| async move { record(&session, key).await }).await
    }

    pub(crate) async fn known(&self, keys: &Arc<[String]>) -> Result<Vec<bool>, StoreError> {
        self.inner.shared.point(move |session| async move { known(&session, keys).await }).await
    }

    pub(crate) async fn list(&self, select: &Select) -> Result<Vec<Row>, StoreError> {
        let shared = &self.inner.shared;
        let mut running = Running::begin(shared).await?;
        let mut again = true;
        let rows = loop {
            let rows = list(&running.session, select).await;
            match rows.as_ref().map_err(failure::class) {
                Err(Class::Stale) if again => running.session.forget(),
                // It may have been idle for long.
                Err(Class::Broken) if again => {
                    running.end();
                    running = Running::begin(shared).await?;
                }
                _ => {
                    running.end();
                    break rows.map_err(|error| failure::read(&error))?;
                }
            }
            again = false;
        };
        rows.iter()
            .map(|row| cells::row(select.descriptor, row))
            .collect::<Result<_, _>>()
            .map_err(StoreError::Internal)
    }
}

impl Shared {
    /// Runs a read on one of the shared connections, and once more on another if that one breaks.
    pub(super) async fn point<T, F>(&self, read: impl Fn(Arc<Session>) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut session = self.readers.pick()?;
        let mut again = true;
        loop {
            let error = match timeout(self.server.patience, read(Arc::clone(&session))).await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) => error,
                Err(_) => {
                    return Err(StoreError::Unavailable("PostgreSQL did not answer in time".to_owned()));
                }
            };
            match failure::class(&error) {
                Class::Stale if again => session.forget(),
                Class::Broken | Class::Refused if again => session = self.readers.pick()?,
                _ => return Err(failure::read(&error)),
            }
            again = false;
        }
    }
}

async fn get(session: &Session, descriptor: &'static Descriptor, id: &Cell) -> Result<Option<SqlRow>, Error> {
    let kind = &descriptor.fields[descriptor.id].ty.kind;
    let text = |_: &Key| (descriptor.postgres.get.to_owned(), vec![cells::parameter_type(kind)]);
    let statement = session.statement(Key::get(descriptor), text).await?;
    session.client.query_opt(&statement, &[&Parameter { kind, cell: id }]).await
}

/// Which keys have a record.
async fn known(session: &Session, keys: &[String]) -> Result<Vec<bool>, Error> {
    let text = |_: &Key| (format!("SELECT key FROM {RECORDS} WHERE key = ANY($1)"), vec![Type::TEXT_ARRAY]);
    let statement = session.statement(Key::Records, text).await?;
    let rows = session.client.query(&statement, &[&Hidden(keys)]).await?;
    let known = rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<&str>, Error>>()?;
    Ok(keys.iter().map(|key| known.contains(key.as_str())).collect())
}

/// The record under a key.
pub(super) async fn record(session: &Session, key: &str) -> Result<Option<Record>, Error> {
    let text = |_: &Key| {
        let columns = "key, fingerprint, operation, answer, created_at";
        (format!("SELECT {columns} FROM {RECORDS} WHERE key = $1"), vec![Type::TEXT])
    };
    let statement = session.statement(Key::Record, text).await?;
    let Some(row) = session.client.query_opt(&statement, &[&Hidden(key)]).await? else { return Ok(None) };
    Ok(Some(Record {
        key: row.try_get(0)?,
        fingerprint: row.try_get(1)?,
        operation: row.try_get(2)?,
        answer: row.try_get(3)?,
        created_at: row.try_get(4)?,
    }))
}

async fn list(session: &Session, select: &Select) -> Result<Vec<SqlRow>, Error> {
    let clauses = clauses(select, Dialect::Postgres);
    let text = format!("{}{}", select.descriptor.postgres.select, clauses.text);
    let types = || clauses.parameters.iter().map(|(kind, _)| cells::parameter_type(kind)).collect();
    let statement = session.statement(Key::Text(text.clone()), |_| (text, types())).await?;
    let parameters: Vec<Parameter<'_>> =
        clauses.parameters.iter().map(|(kind, cell)| Parameter { kind, cell }).collect();
    let parameters: Vec<&(dyn ToSql + Sync)> =
        parameters.iter().map(|it| it as &(dyn ToSql + Sync)).collect();
    session.client.query(&statement, &parameters).await
}

/// A list that runs. When its caller goes away, the server is told to stop.
struct Running {
    session: Arc<Session>,
    lease: Option<Lease>,
    readers: Arc<Links>,
}

impl Running {
    async fn begin(shared: &Shared) -> Result<Self, StoreError> {
        let lease = shared.lists.lease().await?;
        let (session, readers) = (Arc::clone(&lease.session), Arc::clone(&shared.readers));
        Ok(Self { session, lease: Some(lease), readers })
    }

    /// It runs no more.
    fn end(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let (Some(lease), Ok(runtime)) = (self.lease.take(), Handle::try_current()) {
            runtime.spawn(cancel(lease, Arc::clone(&self.readers)));
        }
    }
}

/// How long a connection may take to come to rest before it is told to once more.
const AGAIN: Duration = Duration::from_millis(100);

/// Stops what runs on the connection and gives it back. Where that can't be done the connection is closed.
///
/// `pg_cancel_backend` has sent its signal when it returns, so that an empty statement afterwards finds the connection
/// at rest. The protocol's own cancel request can arrive at any time later, and hit the next list.
async fn cancel(lease: Lease, readers: Arc<Links>) {
    let Ok(reader) = readers.pick() else { return };
    let pid = lease.session.pid;
    let stop = async {
        let text = "SELECT pg_cancel_backend($1)".to_owned();
        let statement = reader.statement(Key::Text(text.clone()), |_| (text, vec![Type::INT4])).await.ok()?;
        while !lease.session.is_closed() {
            reader.client.query_one(&statement, &[&pid]).await.ok()?;
            let at_rest = lease.session.client.batch_execute("SELECT 1");
            if let Ok(Ok(())) = timeout(AGAIN, at_rest).await {
                return Some(());
            }
            // It was this that the signal hit, or the signal came before the list had reached the server.
        }
        None
    };
    if let Ok(Some(())) = timeout(lease.patience(), stop).await {
        lease.give_back();
    }
}
