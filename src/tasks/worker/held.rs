//! The tasks that a worker holds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use uuid::Uuid;

use crate::tasks::broker::Lease;

/// The tasks that a worker holds: from when they are claimed until the broker knows how they ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tasks: Mutex<HashMap<Lease, Task>>,
    /// Whether somebody waits for a change.
    watched: AtomicBool,
    changed: Notify,
}

#[derive(Debug)]
struct Task {
    /// When the lease runs out.
    until: Instant,
    attempt: Attempt,
}

#[derive(Debug)]
enum Attempt {
    /// It is about to begin.
    Waits(AbortHandle),
    Runs(AbortHandle),
    /// It has ended, or does not begin at all.
    Ended,
}

impl Held {
    fn tasks(&self) -> MutexGuard<'_, HashMap<Lease, Task>> {
        self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        if self.inner.watched.load(Ordering::SeqCst) {
            self.inner.changed.notify_waiters();
        }
    }

    /// It has been claimed, and is not to be run.
    pub(super) fn put(&self, lease: Lease, until: Instant) {
        self.tasks().insert(lease, Task { until, attempt: Attempt::Ended });
    }

    /// They have been claimed, and what begins runs them. Whatever that does here waits until it is noted.
    pub(super) fn begin(&self, leases: &[Lease], until: Instant, begin: impl FnOnce() -> AbortHandle) {
        let mut tasks = self.tasks();
        let attempt = begin();
        for lease in leases {
            tasks.insert(*lease, Task { until, attempt: Attempt::Waits(attempt.clone()) });
        }
    }

    /// Those that wait are run by something else, which begins now.
    pub(super) fn hand_over(&self, leases: &[Lease], begin: impl FnOnce() -> AbortHandle) {
        let mut tasks = self.tasks();
        let attempt = begin();
        for lease in leases {
            if let Some(task) = tasks.get_mut(lease) {
                task.attempt = Attempt::Waits(attempt.clone());
            }
        }
    }

    /// Its attempt begins; whether it is still held.
    pub(super) fn begins(&self, lease: Lease) -> bool {
        let mut tasks = self.tasks();
        let Some(task) = tasks.get_mut(&lease) else { return false };
        if let Attempt::Waits(attempt) = std::mem::replace(&mut task.attempt, Attempt::Ended) {
            task.attempt = Attempt::Runs(attempt);
            return true;
        }
        false
    }

    /// Its attempt has ended, and what runs it goes on with another one, within the same lease; whether it was still held.
    pub(super) fn goes_on(&self, lease: Lease, next: Lease) -> bool {
        let mut tasks = self.tasks();
        let Some(task) = tasks.get_mut(&lease) else { return false };
        let next_task =
            Task { until: task.until, attempt: std::mem::replace(&mut task.attempt, Attempt::Ended) };
        tasks.insert(next, next_task);
        true
    }

    /// Its attempt has ended; whether the task is still held.
    pub(super) fn ended(&self, lease: Lease) -> bool {
        let holds = self.tasks().get_mut(&lease).map(|task| task.attempt = Attempt::Ended).is_some();
        self.changed();
        holds
    }

    /// The broker knows how it ended.
    pub(super) fn let_go(&self, leases: &[Lease]) {
        let mut tasks = self.tasks();
        for lease in leases {
            tasks.remove(lease);
        }
        drop(tasks);
        self.changed();
    }

    /// Whether its lease has not run out yet, by our own clock.
    pub(super) fn holds(&self, lease: Lease) -> bool {
        self.tasks().get(&lease).is_some_and(|task| task.until > Instant::now())
    }

    pub(super) fn leases(&self) -> Vec<Lease> {
        self.tasks().keys().copied().collect()
    }

    pub(super) fn extended(&self, lease: Lease, until: Instant) {
        if let Some(task) = self.tasks().get_mut(&lease) {
            task.until = until;
        }
    }

    /// It belongs to another: its attempt ends where it waits next. Whether it was there.
    pub(super) fn lost(&self, lease: Lease) -> bool {
        let task = self.tasks().remove(&lease);
        self.changed();
        if let Some(Task { attempt: Attempt::Runs(attempt), .. }) = &task {
            attempt.abort();
        }
        task.is_some()
    }

    /// Lets go of those whose lease has run out by our own clock, and says which.
    pub(super) fn overdue(&self) -> Vec<Uuid> {
        let now = Instant::now();
        let over: Vec<Lease> =
            self.tasks().iter().filter(|(_, task)| task.until <= now).map(|(lease, _)| *lease).collect();
        over.into_iter().filter(|lease| self.lost(*lease)).map(|lease| lease.id).collect()
    }

    /// Ends all attempts that run, and says whose.
    pub(super) fn abort_all(&self) -> Vec<Lease> {
        let mut aborted = Vec::new();
        for (lease, task) in self.tasks().iter_mut() {
            if let Attempt::Runs(attempt) = &task.attempt {
                attempt.abort();
                task.attempt = Attempt::Ended;
                aborted.push(*lease);
            }
        }
        aborted
    }

    /// Waits until no attempt runs.
    pub(super) async fn none_run(&self) {
        self.wait(|tasks| tasks.values().all(|task| matches!(task.attempt, Attempt::Ended))).await;
    }

    /// Waits until nothing is held.
    pub(super) async fn none(&self) {
        self.wait(HashMap::is_empty).await;
    }

    async fn wait(&self, is: impl Fn(&HashMap<Lease, Task>) -> bool) {
        self.inner.watched.store(true, Ordering::SeqCst);
        loop {
            let changed = self.inner.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            if is(&self.tasks()) {
                return;
            }
            changed.await;
        }
    }
}
