//! The end of the log: one reader for all who watch, and what it has read lately.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore, watch};
use uuid::Uuid;

use super::change::Change;
use crate::descriptor::Descriptor;
use crate::store::{Log, Position, Store, StoreError};
use crate::tasks::pause;

/// How many rows are read at once.
const PAGE: usize = 1000;
/// How often it is looked for what other processes have written.
const POLL: Duration = Duration::from_millis(50);
/// How often it is made sure that it is still the same log, where nothing happens.
const SURE: Duration = Duration::from_secs(5);
/// How many changes are kept for watchers, and how much room they may take.
const MOST: usize = 10_000;
const ROOM: usize = 32 << 20;
/// How many of those who are too far behind read at once.
const BEHIND: usize = 4;

/// The end of the log, as a process knows it.
#[derive(Debug)]
pub(super) struct Tail {
    store: Store,
    resources: Vec<&'static Descriptor>,
    kept: Mutex<Kept>,
    news: watch::Sender<()>,
    stopped: watch::Sender<bool>,
    wake: Notify,
    behind: Semaphore,
}

/// What has been read lately.
#[derive(Debug, Default)]
struct Kept {
    running: bool,
    watchers: usize,
    log: Uuid,
    /// All that happened after this and up to `head` is here.
    from: Position,
    head: Position,
    changes: VecDeque<Arc<Change>>,
    room: usize,
}

/// What a watcher finds after its place.
#[derive(Debug)]
pub(super) enum Found {
    /// These, and then nothing up to there.
    Here(Vec<Arc<Change>>, Position),
    /// It is not kept any more, or not yet.
    Elsewhere,
    /// The log is another one.
    Gone,
}

impl Kept {
    /// Begins anew, at a place of a log.
    fn reset(&mut self, log: Uuid, position: Position) {
        (self.log, self.from, self.head) = (log, position, position);
        self.changes.clear();
        self.room = 0;
    }

    fn take_up(&mut self, change: Change) {
        self.room += change.size();
        self.changes.push_back(Arc::new(change));
        while self.changes.len() > MOST || (self.room > ROOM && self.changes.len() > 1) {
            if let Some(oldest) = self.changes.pop_front() {
                self.room -= oldest.size();
                self.from = oldest.position;
            }
        }
    }
}

impl Tail {
    pub(super) fn new(store: Store, resources: Vec<&'static Descriptor>) -> Self {
        Self {
            store,
            resources,
            kept: Mutex::default(),
            news: watch::Sender::new(()),
            stopped: watch::Sender::new(false),
            wake: Notify::new(),
            behind: Semaphore::new(BEHIND),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Says when there may be something new, and when it is over.
    pub(super) fn news(&self) -> (watch::Receiver<()>, watch::Receiver<bool>) {
        (self.news.subscribe(), self.stopped.subscribe())
    }

    /// What the log is now.
    pub(super) async fn log(&self) -> Result<Log, StoreError> {
        self.store.log().await
    }

    /// One watcher more. The first of them starts the reader, which ends after the last.
    pub(super) fn enter(self: &Arc<Self>, log: &Log) -> Entered {
        let mut kept = self.kept();
        kept.watchers += 1;
        if !kept.running {
            kept.running = true;
            kept.reset(log.id, log.end);
            tokio::spawn(Arc::clone(self).run());
        }
        Entered(Arc::clone(self))
    }

    /// What is kept of a resource after a place of a log, up to so many.
    pub(super) fn after(
        &self,
        log: Uuid,
        position: Position,
        descriptor: &'static Descriptor,
        limit: usize,
    ) -> Found {
        let kept = self.kept();
        if kept.log != log {
            return Found::Gone;
        }
        if position < kept.from {
            return Found::Elsewhere;
        }
        let first = kept.changes.partition_point(|change| change.position <= position);
        let of_it = |change: &&Arc<Change>| std::ptr::eq(change.descriptor, descriptor);
        let found: Vec<_> = kept.changes.range(first..).filter(of_it).take(limit).cloned().collect();
        let end = match found.last() {
            Some(last) if found.len() == limit => last.position,
            _ => kept.head.max(position),
        };
        Found::Here(found, end)
    }

    /// What the log itself has of a resource after a place, for who is too far behind.
    pub(super) async fn read(
        &self,
        log: Uuid,
        position: Position,
        descriptor: &'static Descriptor,
    ) -> Result<Found, StoreError> {
        let Ok(_turn) = self.behind.acquire().await else { return Ok(Found::Elsewhere) };
        let head = self.kept().head;
        let rows = self.store.outbox(position, PAGE).await?;
        // Asked afterwards: what was gone before is told.
        let now = self.store.log().await?;
        if now.id != log || now.start > position {
            return Ok(Found::Gone);
        }
        // All up to the head was there to be read.
        let last = rows.last().map_or(position, |row| row.position);
        let end = if rows.len() < PAGE { last.max(head) } else { last };
        let found = rows.into_iter().filter_map(|row| Change::of(row, &[descriptor])).map(Arc::new);
        Ok(Found::Here(found.collect(), end))
    }

    /// Reads along the end of the log as long as somebody watches.
    async fn run(self: Arc<Self>) {
        let mut stopped = self.stopped.subscribe();
        let (mut failures, mut sure) = (0, Instant::now());
        loop {
            {
                let mut kept = self.kept();
                if kept.watchers == 0 || *stopped.borrow() {
                    kept.running = false;
                    kept.changes.clear();
                    return;
                }
            }
            let wait = match self.round(&mut sure).await {
                Ok(count) => {
                    failures = 0;
                    if count == PAGE { Duration::ZERO } else { POLL }
                }
                Err(why) => {
                    failures += 1;
                    tracing::warn!(?why, "those who watch hear nothing for the moment");
                    pause(failures)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified(), if failures == 0 => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        }
    }

    /// Reads what is new; says how many rows that were.
    async fn round(&self, sure: &mut Instant) -> Result<usize, StoreError> {
        let (log, head) = {
            let kept = self.kept();
            (kept.log, kept.head)
        };
        let rows = self.store.outbox(head, PAGE).await?;
        let count = rows.len();
        if count == 0 && sure.elapsed() < SURE {
            return Ok(0);
        }
        let now = self.store.log().await?;
        *sure = Instant::now();
        let mut kept = self.kept();
        if now.end < head {
            // It was set back and is what nobody has begun with; the next round takes it for another one.
            kept.reset(Uuid::nil(), now.end);
        } else if now.id != log {
            kept.reset(now.id, now.end);
        } else {
            if now.start > head {
                // Some of it went before it was read: whoever needs it hears that from the log.
                kept.reset(log, now.start);
            }
            for row in rows.into_iter().filter(|row| row.position > now.start) {
                kept.head = row.position;
                if let Some(change) = Change::of(row, &self.resources) {
                    kept.take_up(change);
                }
            }
        }
        drop(kept);
        if count > 0 || now.id != log || now.end < head {
            self.news.send_replace(());
        }
        Ok(count)
    }
}

/// A watcher that is counted.
#[derive(Debug)]
pub(super) struct Entered(Arc<Tail>);

impl Entered {
    pub(super) fn tail(&self) -> &Arc<Tail> {
        &self.0
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.kept().watchers -= 1;
    }
}
