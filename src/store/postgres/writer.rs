//! The queue of units of work and the tasks that write what waits in it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::Shared;
use super::batch::{self, Fault, Verb};
use super::failure::{self, Class};
use super::link::{Links, pause};
use super::session::Session;
use super::{reader, transaction};
use crate::descriptor::Descriptor;
use crate::store::{StoreError, Unit, Write};

/// How many units a writer takes at a time.
const CAP: usize = 128;
/// How many units may wait: a few seconds' work. More are refused at once instead of answered too late.
const MAX_WAITING: usize = 16 * 1024;
/// How often a group or a unit that met a deadlock is tried again.
const TRIES: u32 = 6;

struct Job {
    unit: Unit,
    /// The row's id as text.
    id: String,
    since: Instant,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

/// Where units of work go.
#[derive(Debug)]
pub(super) struct Writers {
    queue: mpsc::Sender<Job>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    links: Arc<Links>,
}

impl Writers {
    pub(super) fn open(shared: &Arc<Shared>, links: Links, count: usize) -> Self {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let (stop, stopped) = watch::channel(false);
        let (waiting, links) = (Arc::new(Mutex::new(waiting)), Arc::new(links));
        let tasks = (0..count)
            .map(|index| {
                let writer = Writer { index, links: Arc::clone(&links), shared: Arc::clone(shared) };
                tokio::spawn(writer.run(Arc::clone(&waiting), stopped.clone()))
            })
            .collect();
        Self { queue, stop, tasks: Mutex::new(tasks), links }
    }

    /// Commits a unit without statements of the user's own. If the caller goes away before a writer has taken the unit
    /// it is not written; afterwards it is written whether or not anybody waits.
    pub(super) async fn commit(&self, unit: Unit) -> Result<(), StoreError> {
        self.links.pick_from(0)?;
        let (answer, answered) = oneshot::channel();
        let job = Job { id: batch::id_text(&unit), unit, since: Instant::now(), answer };
        self.queue.try_send(job).map_err(|error| {
            StoreError::Unavailable(match error {
                mpsc::error::TrySendError::Full(_) => format!("{MAX_WAITING} units of work wait already"),
                mpsc::error::TrySendError::Closed(_) => "the store is closed".to_owned(),
            })
        })?;
        answered.await.unwrap_or_else(|_| Err(StoreError::Unknown("the writer ended".to_owned())))
    }

    /// Whether a writer is connected.
    pub(super) fn session(&self) -> Result<Arc<Session>, StoreError> {
        self.links.pick()
    }

    pub(super) async fn tried(&self, at_most: Duration) {
        self.links.tried(at_most).await;
    }

    /// Writes what waits, takes nothing more and closes the connections.
    pub(super) async fn close(&self) {
        self.stop.send_replace(true);
        for task in self.tasks.lock().await.drain(..) {
            let _ = task.await;
        }
        self.links.close();
    }
}

struct Writer {
    index: usize,
    links: Arc<Links>,
    shared: Arc<Shared>,
}

impl Writer {
    async fn run(self, waiting: Arc<Mutex<mpsc::Receiver<Job>>>, stopped: watch::Receiver<bool>) {
        let mut jobs = Vec::with_capacity(CAP);
        loop {
            // One writer waits for work, and the others wait for it to have some.
            let taken = {
                let mut waiting = waiting.lock().await;
                take(&mut waiting, &mut jobs, stopped.clone()).await
            };
            if taken == 0 {
                return;
            }
            self.write(std::mem::take(&mut jobs)).await;
        }
    }

    /// Writes what was taken, in rounds of groups; the groups of a round follow each other on the connection.
    async fn write(&self, jobs: Vec<Job>) {
        let (mut fresh, late): (Vec<_>, Vec<_>) = jobs
            .into_iter()
            .filter(|job| !job.answer.is_closed())
            .partition(|job| job.since.elapsed() < self.shared.server.patience);
        for job in late {
            job.refuse("it waited too long for its turn");
        }
        while !fresh.is_empty() {
            let (groups, rest) = round(fresh);
            join_all(groups.into_iter().map(|group| self.group(group))).await;
            fresh = rest;
        }
    }

    /// Writes a group as one statement. Where that fails for one, smaller groups are written, down to single units, so
    /// that each gets its own answer.
    fn group(&self, group: Vec<Job>) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mut session = match self.links.pick_from(self.index) {
                Ok(session) => session,
                Err(StoreError::Unavailable(why)) => {
                    return group.into_iter().for_each(|job| job.refuse(&why));
                }
                Err(_) => return,
            };
            let units: Vec<&Unit> = group.iter().map(|job| &job.unit).collect();
            let mut outcome = attempt(&session, &units, self.limit()).await;
            if let (Err(Failure::Unsent(_)), Ok(other)) = (&outcome, self.links.pick_from(self.index)) {
                outcome = attempt(&other, &units, self.limit()).await;
                session = other;
            }
            match outcome {
                Ok(written) => {
                    let mut lost = Vec::new();
                    for (job, written) in group.into_iter().zip(written) {
                        if written {
                            // Nobody may be waiting any more.
                            let _ = job.answer.send(Ok(()));
                        } else {
                            lost.push(self.lost(&session, job, StoreError::LostRace));
                        }
                    }
                    join_all(lost).await;
                }
                Err(failure) => self.failed(&session, group, failure).await,
            }
        })
    }

    async fn failed(&self, session: &Session, group: Vec<Job>, failure: Failure) {
        let (class, error) = match failure {
            Failure::Silent => {
                let why = "PostgreSQL did not answer in time";
                return group.into_iter().for_each(|job| job.answer(StoreError::Unknown(why.to_owned())));
            }
            Failure::Unsent(why) => return group.into_iter().for_each(|job| job.refuse(&why)),
            Failure::Said(error) => (failure::class(&error), error),
        };
        if class == Class::Refused {
            self.shared.write_failed();
        }
        let splits = matches!(class, Class::Content | Class::Locked | Class::Conflict | Class::Stale);
        if splits && group.len() > 1 {
            let size = group.len().isqrt();
            let mut pieces = Vec::new();
            let mut rest = group.into_iter().peekable();
            while rest.peek().is_some() {
                pieces.push(rest.by_ref().take(size).collect());
            }
            join_all(pieces.into_iter().map(|piece| self.group(piece))).await;
            return;
        }
        if class == Class::Locked {
            for job in group {
                // Others must not wait behind it: it gets a connection and all of the patience for itself.
                tokio::spawn(detour(Arc::clone(&self.shared), job));
            }
            return;
        }
        let resources = self.shared.resources();
        let lost = group.into_iter().map(|job| {
            let (descriptor, verb) = batch::target(&job.unit);
            let error = failure::write(&error, descriptor, verb == Verb::Delete, &resources);
            self.lost(session, job, error)
        });
        join_all(lost).await;
    }

    /// Answers a unit that was not written. Where its key is there already, that is the answer: two with one key at
    /// once meet in the row as often as in the key.
    async fn lost(&self, session: &Session, job: Job, error: StoreError) {
        let error = repeated(session, &job.unit, error, self.limit()).await;
        job.answer(error);
    }

    /// How long a statement may stay without an answer: longer than the server's own limit.
    fn limit(&self) -> Duration {
        self.shared.server.patience.saturating_mul(3)
    }
}

async fn take(
    waiting: &mut mpsc::Receiver<Job>,
    jobs: &mut Vec<Job>,
    mut stopped: watch::Receiver<bool>,
) -> usize {
    let stop = async {
        let stop = stopped.wait_for(|stop| *stop).await.map(|_| ());
        if stop.is_err() {
            // The store was dropped; the queue ends by itself once it is empty.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        taken = waiting.recv_many(jobs, CAP) => return taken,
        () = stop => {}
    }
    waiting.close();
    waiting.recv_many(jobs, CAP).await
}

async fn detour(shared: Arc<Shared>, job: Job) {
    let Job { unit, answer, .. } = job;
    let _ = answer.send(transaction::run(&shared, unit).await);
}

/// Why an attempt failed.
enum Failure {
    /// Nothing was sent.
    Unsent(String),
    /// No answer came.
    Silent,
    /// The server or the driver said why.
    Said(tokio_postgres::Error),
}

async fn attempt(session: &Session, units: &[&Unit], limit: Duration) -> Result<Vec<bool>, Failure> {
    let mut tries = 1;
    loop {
        if session.is_closed() {
            return Err(Failure::Unsent("the connection to PostgreSQL broke".to_owned()));
        }
        let Fault { error, sent } = match timeout(limit, batch::write(session, units)).await {
            Ok(Ok(written)) => return Ok(written),
            Ok(Err(fault)) => fault,
            Err(_) => {
                session.abandon();
                return Err(Failure::Silent);
            }
        };
        match failure::class(&error) {
            Class::Conflict if tries < TRIES => sleep(pause(tries)).await,
            Class::Stale if tries == 1 => session.forget(),
            Class::Broken if !sent => return Err(Failure::Unsent(failure::describe(&error))),
            _ => return Err(Failure::Said(error)),
        }
        tries += 1;
    }
}

/// `Repeated` where the unit's key exists, else the error as it was.
pub(super) async fn repeated(
    session: &Session,
    unit: &Unit,
    error: StoreError,
    limit: Duration,
) -> StoreError {
    let meets = matches!(
        error,
        StoreError::LostRace | StoreError::Unique { .. } | StoreError::MissingReference { .. }
    );
    let Some(record) = unit.record.as_ref().filter(|_| meets) else { return error };
    match timeout(limit, reader::record(session, &record.key)).await {
        Ok(Ok(Some(_))) => StoreError::Repeated,
        _ => error,
    }
}

impl Job {
    fn answer(self, error: StoreError) {
        // Nobody may be waiting any more.
        let _ = self.answer.send(Err(error));
    }

    fn refuse(self, why: &str) {
        self.answer(StoreError::Unavailable(why.to_owned()));
    }
}

/// Groups of like units, each row and each key at most once, and what is left for the next round.
fn round(jobs: Vec<Job>) -> (Vec<Vec<Job>>, Vec<Job>) {
    let mut groups: Vec<(&'static Descriptor, Verb, Vec<Job>)> = Vec::new();
    let (mut rows, mut keys) = (HashSet::new(), HashSet::new());
    let mut rest = Vec::new();
    for job in jobs {
        let (descriptor, verb) = batch::target(&job.unit);
        let row = (std::ptr::from_ref(descriptor).addr(), job.id.clone());
        let key = job.unit.record.as_ref().map(|record| record.key.clone());
        // A unit without a row meets no other in it.
        let row = (!matches!(job.unit.write, Write::Nothing)).then_some(row);
        if row.as_ref().is_some_and(|row| rows.contains(row))
            || key.as_ref().is_some_and(|key| keys.contains(key))
        {
            rest.push(job);
            continue;
        }
        rows.extend(row);
        keys.extend(key);
        match groups
            .iter_mut()
            .find(|(known, as_well, _)| std::ptr::eq(*known, descriptor) && *as_well == verb)
        {
            Some((_, _, group)) => group.push(job),
            None => groups.push((descriptor, verb, vec![job])),
        }
    }
    let groups = groups.into_iter().map(|(_, verb, mut group)| {
        if verb != Verb::Insert {
            // Two writers that lock the same rows in the same order don't meet in a deadlock.
            group.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        }
        group
    });
    (groups.collect(), rest)
}
