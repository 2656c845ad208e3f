//! Connections that one caller has to itself: for lists and for transactions.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::server::{Purpose, Server};
use super::session::Session;
use crate::store::StoreError;

/// A bounded number of connections, made when they are needed.
#[derive(Debug)]
pub(super) struct Pool {
    server: Arc<Server>,
    purpose: Purpose,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Arc<Session>>>,
}

impl Pool {
    pub(super) fn new(server: &Arc<Server>, purpose: Purpose, size: usize) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(size.max(1)));
        Arc::new(Self { server: Arc::clone(server), purpose, permits, idle: Mutex::default() })
    }

    /// A connection, waiting for one no longer than the store's patience.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, StoreError> {
        let permit = match timeout(self.server.patience, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(StoreError::Unavailable("the store is closed".to_owned())),
            Err(_) => {
                let why = format!("all connections to PostgreSQL for {:?} stayed in use", self.purpose);
                return Err(StoreError::Unavailable(why));
            }
        };
        let session = if let Some(session) = self.take_idle() {
            session
        } else {
            let connected = self.server.connect(self.purpose).await.map_err(StoreError::Unavailable)?;
            Arc::new(connected.0)
        };
        Ok(Lease { session, pool: Arc::clone(self), clean: false, _permit: permit })
    }

    fn take_idle(&self) -> Option<Arc<Session>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(session) = idle.pop() {
            if !session.is_closed() {
                return Some(session);
            }
        }
        None
    }

    /// Closes the idle connections; those in use close when they come back.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A connection in use. It goes back only if it was said to be clean; else it is closed.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) session: Arc<Session>,
    pool: Arc<Pool>,
    clean: bool,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    /// How long something on it may take.
    pub(super) fn patience(&self) -> std::time::Duration {
        self.pool.server.patience
    }

    /// Gives the connection back: nothing runs on it and no transaction is open.
    pub(super) fn give_back(mut self) {
        self.clean = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.clean && !self.session.is_closed() && !self.pool.permits.is_closed() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&self.session));
        }
    }
}
