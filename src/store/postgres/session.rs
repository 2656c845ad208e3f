//! A connection and the statements that are prepared on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio::task::AbortHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

use super::batch::Shape;
use super::cells;
use crate::descriptor::Descriptor;

/// How many statements of free text (lists, the user's own) stay prepared on a connection.
const MAX_TEXTS: usize = 200;

/// What a prepared statement does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A point read of the resource at this address.
    Get(usize),
    /// The record under a key.
    Record,
    /// Which keys have a record.
    Records,
    /// A group of writes.
    Write(usize, Shape),
    /// A text.
    Text(String),
}

impl Key {
    /// The point read of a resource.
    pub(super) fn get(descriptor: &'static Descriptor) -> Self {
        Self::Get(std::ptr::from_ref(descriptor).addr())
    }

    /// The writes of a shape to a resource.
    pub(super) fn write(descriptor: &'static Descriptor, shape: Shape) -> Self {
        Self::Write(std::ptr::from_ref(descriptor).addr(), shape)
    }
}

/// A connection.
pub(super) struct Session {
    pub(super) client: Client,
    /// The server's process, to cancel what it does.
    pub(super) pid: i32,
    driver: AbortHandle,
    statements: Mutex<HashMap<Key, Arc<OnceCell<Statement>>>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("pid", &self.pid).finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(client: Client, pid: i32, driver: AbortHandle) -> Self {
        Self { client, pid, driver, statements: Mutex::default() }
    }

    /// Runs a statement; its parameters stay out of the driver's log.
    pub(super) async fn query(
        &self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let hidden = cells::hidden(parameters);
        let hidden: Vec<&(dyn ToSql + Sync)> = hidden.iter().map(|it| it as &(dyn ToSql + Sync)).collect();
        self.client.query(statement, &hidden).await
    }

    /// Whether the connection is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Gives the connection up: nothing that is still to come on it can be trusted.
    pub(super) fn abandon(&self) {
        self.driver.abort();
    }

    /// The prepared statement, which is prepared when it is first asked for; those who ask meanwhile wait for it.
    pub(super) async fn statement(
        &self,
        key: Key,
        text: impl FnOnce(&Key) -> (String, Vec<Type>) + Send,
    ) -> Result<Statement, Error> {
        let cell = self.cell(&key);
        if let Some(statement) = cell.get() {
            return Ok(statement.clone());
        }
        let prepare = async {
            let (text, types) = text(&key);
            self.client.prepare_typed(&text, &types).await
        };
        cell.get_or_try_init(|| prepare).await.cloned()
    }

    fn cell(&self, key: &Key) -> Arc<OnceCell<Statement>> {
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = statements.get(key) {
            return Arc::clone(cell);
        }
        if statements.keys().filter(|key| matches!(key, Key::Text(_))).count() >= MAX_TEXTS {
            statements.retain(|key, _| !matches!(key, Key::Text(_)));
        }
        Arc::clone(statements.entry(key.clone()).or_default())
    }

    /// Forgets what is prepared: the server did as well, or the tables have changed.
    pub(super) fn forget(&self) {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
