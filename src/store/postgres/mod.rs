//! PostgreSQL: prepared statements on a few pipelined connections.
//!
//! | connections | for |
//! | --- | --- |
//! | readers | point reads, shared by all callers |
//! | writers | groups of units of work, one statement each |
//! | lists | a list at a time; a caller that goes away cancels it |
//! | transactions | units with statements of the user's own |

mod batch;
mod catalog;
mod cells;
mod details;
mod failure;
mod ids;
mod line;
mod link;
mod log;
mod migrate;
mod migrations;
mod numeric;
mod outbox;
mod pool;
mod prune;
mod reader;
mod relay;
mod schema;
mod server;
mod session;
#[cfg(test)]
pub(crate) mod tests;
mod transaction;
pub(crate) mod wake;
mod writer;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::{StoreError, StoreOptions, Unit};
use crate::descriptor::Descriptor;
use ids::Numbers;
pub(crate) use line::{Line, Transaction};
use link::Links;
use pool::Pool;
use server::{Purpose, Server};
use writer::Writers;

/// Two keep the server busy while one waits for its disk.
const WRITERS: usize = 2;
/// How long `open` waits for the first connections, so that calls right after it find them.
const FIRST_TRY: Duration = Duration::from_secs(1);

/// The engine.
#[derive(Clone)]
pub(crate) struct Postgres {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.inner.shared.server.address).finish()
    }
}

struct Inner {
    shared: Arc<Shared>,
    writers: Writers,
    numbers: Numbers,
}

/// What the engine's tasks share.
#[derive(Debug)]
struct Shared {
    server: Arc<Server>,
    readers: Arc<Links>,
    lists: Arc<Pool>,
    transactions: Arc<Pool>,
    resources: RwLock<Vec<&'static Descriptor>>,
    write_failed: AtomicBool,
}

impl Postgres {
    pub(crate) async fn open(options: &StoreOptions) -> crate::Result<Self> {
        Self::open_with(options, WRITERS).await
    }

    async fn open_with(options: &StoreOptions, writers: usize) -> crate::Result<Self> {
        let server = Arc::new(Server::new(options)?);
        let readers = Links::open(&server, Purpose::Read, options.connections);
        let shared = Arc::new(Shared {
            readers: Arc::new(readers),
            lists: Pool::new(&server, Purpose::List, options.connections),
            transactions: Pool::new(&server, Purpose::Transaction, options.connections),
            resources: RwLock::default(),
            write_failed: AtomicBool::new(false),
            server,
        });
        let links = Links::open(&shared.server, Purpose::Write, writers);
        let writers = Writers::open(&shared, links, writers);
        tokio::join!(shared.readers.tried(FIRST_TRY), writers.tried(FIRST_TRY));
        Ok(Self { inner: Arc::new(Inner { shared, writers, numbers: Numbers::default() }) })
    }

    pub(crate) async fn prepare(
        &self,
        resources: &[&'static Descriptor],
        migrate: bool,
    ) -> crate::Result<Vec<String>> {
        let shared = &self.inner.shared;
        *shared.resources.write().unwrap_or_else(PoisonError::into_inner) = resources.to_vec();
        migrate::prepare(&shared.server, resources, migrate).await
    }

    pub(crate) async fn commit(&self, unit: Unit) -> Result<(), StoreError> {
        if unit.statements.is_empty() {
            return self.inner.writers.commit(unit).await;
        }
        let shared = Arc::clone(&self.inner.shared);
        match tokio::spawn(async move { transaction::run(&shared, unit).await }).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Unknown("the transaction's task ended".to_owned())),
        }
    }

    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        let shared = &self.inner.shared;
        shared.alive().await?;
        let session = self.inner.writers.session()?;
        if shared.write_failed.load(Ordering::Relaxed) {
            prune::try_write(&session).await?;
            shared.write_failed.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let shared = &self.inner.shared;
        self.inner.writers.close().await;
        shared.transactions.close();
        shared.lists.close();
        shared.readers.close();
    }
}

impl Shared {
    fn resources(&self) -> Vec<&'static Descriptor> {
        self.resources.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server refused a write: readiness is false until one succeeds.
    fn write_failed(&self) {
        self.write_failed.store(true, Ordering::Relaxed);
    }
}
