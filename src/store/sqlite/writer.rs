//! The one thread that writes: it takes every unit that waits, commits once, then answers each.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::location::Location;
use super::unit::{self, Failure};
use super::{connect, errors};
use crate::store::{StoreError, Unit};

/// How many units one commit takes at most: a later one need not wait for all of a crowd.
const BATCH: usize = 256;
/// How many jobs may wait before more are refused.
pub(super) const QUEUE: usize = 10_000;

type Answer = oneshot::Sender<Result<(), StoreError>>;

/// A unit that waits.
struct Pending {
    unit: Unit,
    since: Instant,
    answer: Answer,
}

/// Something else to do with the connection that writes.
type Task = Box<dyn FnOnce(&mut Connection) + Send>;

enum Job {
    /// In a box, because the queue makes room for all its places when it is made.
    Unit(Box<Pending>),
    Task(Task),
    Close(oneshot::Sender<()>),
}

/// The door to the thread. When the last one is gone, the thread finishes what waits and ends.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: SyncSender<Job>,
    writable: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        connection: Arc<Mutex<Connection>>,
        location: Location,
        patience: Duration,
    ) -> std::io::Result<Self> {
        let (jobs, receiver) = sync_channel(QUEUE);
        let writable = Arc::new(AtomicBool::new(true));
        let mut thread =
            Thread { connection, location, patience, writable: Arc::clone(&writable), version: None };
        std::thread::Builder::new()
            .name("fourfold-sqlite".to_owned())
            .spawn(move || thread.work(&receiver))?;
        Ok(Self { jobs, writable })
    }

    /// Whether the last write got through.
    pub(super) fn is_writable(&self) -> bool {
        self.writable.load(Ordering::Relaxed)
    }

    /// Commits a unit.
    pub(super) async fn commit(&self, unit: Unit) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Unit(Box::new(Pending { unit, since: Instant::now(), answer })))?;
        answered.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// Runs something else with the connection, between two batches.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let writable = Arc::clone(&self.writable);
        self.send(Job::Task(Box::new(move |connection| {
            let result = task(connection);
            match &result {
                Ok(_) => writable.store(true, Ordering::Relaxed),
                Err(StoreError::Unavailable(_)) => writable.store(false, Ordering::Relaxed),
                Err(_) => {}
            }
            let _ = answer.send(result);
        })))?;
        answered.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// Finishes what waits and ends the thread.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.clone();
        // The queue may be full, and the door must close all the same.
        let sent = tokio::task::spawn_blocking(move || jobs.send(Job::Close(answer))).await;
        if let Ok(Ok(())) = sent {
            let _ = answered.await;
        }
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Unavailable(format!("{QUEUE} writes wait already")),
            TrySendError::Disconnected(_) => StoreError::Unavailable("the store is closed".to_owned()),
        })
    }
}

/// A job that was dropped: after the end of the thread nothing begins, so nothing was written.
fn unanswered() -> StoreError {
    StoreError::Unavailable("the store was closed before the write began".to_owned())
}

struct Thread {
    connection: Arc<Mutex<Connection>>,
    location: Location,
    patience: Duration,
    writable: Arc<AtomicBool>,
    /// What changes when another process commits.
    version: Option<u32>,
}

impl Thread {
    fn work(&mut self, jobs: &Receiver<Job>) {
        let mut batch = Vec::with_capacity(BATCH);
        while let Ok(first) = jobs.recv() {
            let mut next = Some(first);
            let mut other = None;
            while let Some(job) = next.take() {
                match job {
                    Job::Unit(pending) => batch.push(*pending),
                    job => {
                        other = Some(job);
                        break;
                    }
                }
                if batch.len() < BATCH {
                    next = jobs.try_recv().ok();
                }
            }
            self.commit(&mut batch);
            match other {
                Some(Job::Task(task)) => self.run(task),
                Some(Job::Close(answer)) => {
                    self.checkpoint();
                    let _ = answer.send(());
                    return;
                }
                Some(Job::Unit(_)) | None => {}
            }
            self.make_room();
        }
        self.checkpoint();
    }

    /// Where other processes write as well, leaves the lock free for long enough that one that waits can find it so.
    fn make_room(&mut self) {
        let Location::File(_) = self.location else { return };
        let version = connect::version(&lock(&self.connection));
        if self.version.is_some() && version != self.version {
            std::thread::sleep(connect::LOOK * 2);
        }
        self.version = version;
    }

    fn run(&mut self, task: Task) {
        let mut connection = lock(&self.connection);
        let ended = catch_unwind(AssertUnwindSafe(|| task(&mut connection)));
        if ended.is_err() || !connection.is_autocommit() {
            roll_back(&connection);
        }
    }

    /// Commits what can be committed of a batch and answers each of its units.
    fn commit(&mut self, batch: &mut Vec<Pending>) {
        batch.retain(|pending| !pending.answer.is_closed());
        if batch.is_empty() {
            return;
        }
        let mut queue = VecDeque::from([std::mem::take(batch)]);
        while let Some(mut batch) = queue.pop_front() {
            if self.is_overdue(&mut batch) {
                continue;
            }
            let attempt = {
                let connection = lock(&self.connection);
                let attempt = catch_unwind(AssertUnwindSafe(|| attempt(&connection, &batch)));
                if !connection.is_autocommit() {
                    roll_back(&connection);
                }
                attempt
            };
            match attempt {
                Ok(Attempt::Committed(results)) => {
                    if results.iter().any(Result::is_ok) {
                        self.writable.store(true, Ordering::Relaxed);
                    }
                    answer(batch, results);
                }
                Ok(Attempt::Entangled) => queue.extend(batch.into_iter().map(|pending| vec![pending])),
                Ok(Attempt::Away(error)) => {
                    self.writable.store(false, Ordering::Relaxed);
                    let text = format!("SQLite: {error}");
                    tracing::warn!(
                        database = self.location.name(),
                        error = text,
                        "a batch was not committed"
                    );
                    let results = batch.iter().map(|_| Err(StoreError::Unavailable(text.clone()))).collect();
                    answer(batch, results);
                    if errors::is_broken(&error) {
                        self.open_again();
                    }
                }
                Err(_) => {
                    let error = || Err(StoreError::Internal("the writer panicked".to_owned()));
                    let results = batch.iter().map(|_| error()).collect();
                    answer(batch, results);
                }
            }
        }
    }

    /// Refuses those that have waited longer than they may; says whether nobody is left.
    fn is_overdue(&self, batch: &mut Vec<Pending>) -> bool {
        if self.writable.load(Ordering::Relaxed) {
            return false;
        }
        for pending in batch.extract_if(.., |pending| pending.since.elapsed() > self.patience) {
            let text = format!("the write waited more than {:?}", self.patience);
            let _ = pending.answer.send(Err(StoreError::Unavailable(text)));
        }
        batch.is_empty()
    }

    /// After a failure of the disk a connection may hold on to what is no longer so.
    fn open_again(&self) {
        if let Location::File(_) = self.location
            && let Ok(fresh) = connect::try_writer(&self.location, self.patience)
        {
            *lock(&self.connection) = fresh;
        }
    }

    fn checkpoint(&self) {
        if let Location::File(_) = self.location {
            let connection = lock(&self.connection);
            // Readers or another process may be in the way; nothing is lost then, it is done at the next opening.
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }
}

/// What came of a batch.
enum Attempt {
    /// Those that succeeded are on the disk, and nothing of the others.
    Committed(Vec<Result<(), StoreError>>),
    /// One of many spoils the transaction: each needs its own.
    Entangled,
    /// Nothing was written.
    Away(rusqlite::Error),
}

fn attempt(connection: &Connection, batch: &[Pending]) -> Attempt {
    let now = crate::text::format_timestamp(&Utc::now());
    if let Err(error) = connect::patiently(connection, || execute(connection, "BEGIN IMMEDIATE")) {
        return Attempt::Away(error);
    }
    let mut results = Vec::with_capacity(batch.len());
    for pending in batch {
        match unit::run(connection, &pending.unit, &now) {
            Ok(()) => results.push(Ok(())),
            // Unless a trigger has ended the transaction, and the others with it.
            Err(Failure::Alone(error)) if !connection.is_autocommit() => results.push(Err(error)),
            Err(Failure::Alone(error) | Failure::Entangled(error)) if batch.len() == 1 => {
                return Attempt::Committed(vec![Err(error)]);
            }
            Err(Failure::Alone(_) | Failure::Entangled(_)) => return Attempt::Entangled,
            Err(Failure::Away(error)) => return Attempt::Away(error),
        }
    }
    match execute(connection, "COMMIT") {
        Ok(()) => Attempt::Committed(results),
        // A rule that is checked at the end, such as a deferred foreign key of the user's own.
        Err(error) if errors::is_constraint(&error) && batch.len() == 1 => {
            Attempt::Committed(vec![Err(errors::store_error(&error))])
        }
        Err(error) if errors::is_constraint(&error) => Attempt::Entangled,
        Err(error) => Attempt::Away(error),
    }
}

fn answer(batch: Vec<Pending>, results: Vec<Result<(), StoreError>>) {
    for (pending, result) in batch.into_iter().zip(results) {
        let _ = pending.answer.send(result);
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn roll_back(connection: &Connection) {
    // SQLite may have rolled back already.
    let _ = execute(connection, "ROLLBACK");
}

/// Runs `work` in a transaction of its own that takes the lock for writing at once.
pub(super) fn transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connect::immediate(connection)?;
    let result = work(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// A panic while it was held leaves nothing half done that SQLite does not roll back.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
