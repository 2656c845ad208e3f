//! Reading: by key in place, on a connection per thread; lists off the async threads.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::Duration;

use rusqlite::Connection;

use super::writer::lock;
use super::{connect, errors};
use crate::store::StoreError;

/// How many virtual machine steps of SQLite pass between two looks at whether anybody still wants the answer.
const STEPS: std::ffi::c_int = 1_000;
/// How many idle connections for lists are kept.
const IDLE: usize = 8;

static THREADS: AtomicUsize = AtomicUsize::new(0);
thread_local!(static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed));

/// The connections that read.
#[derive(Debug)]
pub(super) enum Readers {
    /// A database in memory belongs to its one connection.
    Memory(Arc<Mutex<Connection>>),
    File(Pool),
}

/// The connections to a file. They go with the store, and their number is bounded.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    patience: Duration,
    /// Each thread begins to look at its own, so that it seldom finds another thread there.
    in_place: Box<[Mutex<Option<Connection>>]>,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(path: PathBuf, patience: Duration) -> Self {
        let threads = std::thread::available_parallelism().map_or(4, std::num::NonZero::get);
        let in_place = (0..threads.saturating_mul(2)).map(|_| Mutex::new(None)).collect();
        Self { path, patience, in_place, idle: Mutex::new(Vec::new()) }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Connection>> {
        let own = THREAD.with(|thread| *thread);
        let count = self.in_place.len().max(1);
        for offset in 0..count {
            let slot = &self.in_place[(own + offset) % count];
            match slot.try_lock() {
                Ok(guard) => return guard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        lock(&self.in_place[own % count])
    }

    fn in_place<T>(&self, read: &impl Fn(&Connection) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let mut slot = self.slot();
        let connection = match slot.take() {
            Some(connection) => connection,
            None => connect::reader(&self.path, connect::BRIEFLY)?,
        };
        let result = read(&connection);
        // A connection that failed may be of a file that is no longer there.
        if !matches!(&result, Err(ReadError::Sqlite(_))) {
            *slot = Some(connection);
        }
        result
    }

    fn patiently<T>(
        &self,
        wanted: &Arc<AtomicBool>,
        read: &impl Fn(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let idle = lock(&self.idle).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect::reader(&self.path, self.patience)?,
        };
        let result = watched(&mut connection, wanted, read);
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE && !matches!(&result, Err(ReadError::Sqlite(_))) {
            idle.push(connection);
        }
        result
    }
}

impl Readers {
    /// Closes the connections that nobody uses at the moment.
    pub(super) fn close(&self) {
        if let Self::File(pool) = self {
            lock(&pool.idle).clear();
            pool.in_place.iter().for_each(|slot| *lock(slot) = None);
        }
    }
}

/// Why a read failed.
#[derive(Debug)]
pub(super) enum ReadError {
    Sqlite(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ReadError> for StoreError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Sqlite(error) => errors::store_error(&error),
            ReadError::Store(error) => error,
        }
    }
}

impl Readers {
    /// Runs a short read on the calling thread; where it finds a lock, it waits off the async threads.
    pub(super) async fn brief<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl Fn(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let result = match self.as_ref() {
            Self::Memory(connection) => read(&lock(connection)),
            Self::File(pool) => pool.in_place(&read),
        };
        match result {
            Err(ReadError::Sqlite(error)) if errors::is_locked(&error) => self.long(read).await,
            result => Ok(result?),
        }
    }

    /// Runs a read off the async threads. Dropping the future stops it.
    pub(super) async fn long<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl Fn(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(self);
        let wanted = Arc::new(AtomicBool::new(true));
        let caller = Caller(Arc::clone(&wanted));
        let reading = tokio::task::spawn_blocking(move || match readers.as_ref() {
            Self::Memory(connection) => watched(&mut lock(connection), &wanted, &read),
            Self::File(pool) => pool.patiently(&wanted, &read),
        });
        let result = reading.await;
        drop(caller);
        match result {
            Ok(result) => Ok(result?),
            Err(error) => Err(StoreError::Internal(format!("a read did not end: {error}"))),
        }
    }
}

/// Goes with the future of whoever waits for a read.
struct Caller(Arc<AtomicBool>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Runs a read that SQLite stops soon after nobody wants it any more. SQLite asks while it works, where an interrupt
/// from outside could come before the statement begins, or hit another one.
fn watched<T>(
    connection: &mut Connection,
    wanted: &Arc<AtomicBool>,
    read: &impl Fn(&Connection) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    if !wanted.load(Ordering::Relaxed) {
        return Err(StoreError::Unavailable("nobody waits for the read".to_owned()).into());
    }
    let watch = Arc::clone(wanted);
    connection.progress_handler(STEPS, Some(move || !watch.load(Ordering::Relaxed)))?;
    let result = read(connection);
    connection.progress_handler(0, None::<fn() -> bool>)?;
    result
}
