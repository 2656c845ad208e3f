//! The tasks that a worker holds.

use std::collections::HashMap;
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
    changed: Notify,
}

#[derive(Debug)]
struct Task {
    /// When the lease runs out.
    until: Instant,
    /// What runs it, until it has ended.
    attempt: Option<AbortHandle>,
    /// Whether its attempt has ended.
    ended: bool,
}

impl Held {
    fn tasks(&self) -> MutexGuard<'_, HashMap<Lease, Task>> {
        self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It has been claimed.
    pub(super) fn put(&self, lease: Lease, until: Instant) {
        self.tasks().insert(lease, Task { until, attempt: None, ended: false });
    }

    /// Its attempt has begun, and may have ended already.
    pub(super) fn runs(&self, lease: Lease, attempt: AbortHandle) {
        if let Some(task) = self.tasks().get_mut(&lease).filter(|task| !task.ended) {
            task.attempt = Some(attempt);
        }
    }

    /// Its attempt has ended; whether the task is still held.
    pub(super) fn ended(&self, lease: Lease) -> bool {
        let holds = self.tasks().get_mut(&lease).is_some_and(|task| {
            task.attempt = None;
            task.ended = true;
            true
        });
        self.inner.changed.notify_waiters();
        holds
    }

    /// The broker knows how it ended.
    pub(super) fn let_go(&self, leases: &[Lease]) {
        let mut tasks = self.tasks();
        for lease in leases {
            tasks.remove(lease);
        }
        drop(tasks);
        self.inner.changed.notify_waiters();
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
        self.inner.changed.notify_waiters();
        if let Some(attempt) = task.as_ref().and_then(|task| task.attempt.as_ref()) {
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
            if let Some(attempt) = task.attempt.take() {
                attempt.abort();
                task.ended = true;
                aborted.push(*lease);
            }
        }
        aborted
    }

    /// Waits until no attempt runs.
    pub(super) async fn none_run(&self) {
        self.wait(|tasks| tasks.values().all(|task| task.ended || task.attempt.is_none())).await;
    }

    /// Waits until nothing is held.
    pub(super) async fn none(&self) {
        self.wait(HashMap::is_empty).await;
    }

    async fn wait(&self, is: impl Fn(&HashMap<Lease, Task>) -> bool) {
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
