//! What waits in one queue, and what its workers hold: numbers of tasks, sorted by when something is to happen to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::tasks::message::Priority;

/// A task's number: they count up, so the order of numbers is the order of enqueuing.
pub(super) type Number = u64;

#[derive(Default)]
pub(super) struct Queue {
    ready: [BTreeSet<Number>; Priority::ALL.len()],
    delayed: BTreeSet<(DateTime<Utc>, Number)>,
    leases: BTreeSet<(Instant, Number)>,
    /// Wakes who waits in `claim`.
    pub(super) wake: Arc<Notify>,
}

impl Queue {
    pub(super) fn add_ready(&mut self, priority: Priority, number: Number) {
        self.ready[class(priority)].insert(number);
        // One is enough: who takes some and leaves some wakes the next.
        self.wake.notify_one();
    }

    pub(super) fn remove_ready(&mut self, priority: Priority, number: Number) {
        self.ready[class(priority)].remove(&number);
    }

    pub(super) fn add_delayed(&mut self, moment: DateTime<Utc>, number: Number) {
        self.delayed.insert((moment, number));
        if self.delayed.first() == Some(&(moment, number)) {
            self.wake.notify_waiters();
        }
    }

    pub(super) fn remove_delayed(&mut self, moment: DateTime<Utc>, number: Number) {
        self.delayed.remove(&(moment, number));
    }

    pub(super) fn add_lease(&mut self, end: Instant, number: Number) {
        self.leases.insert((end, number));
        if self.leases.first() == Some(&(end, number)) {
            self.wake.notify_waiters();
        }
    }

    pub(super) fn remove_lease(&mut self, end: Instant, number: Number) {
        self.leases.remove(&(end, number));
    }

    /// A task whose time has come.
    pub(super) fn due(&self, now: DateTime<Utc>) -> Option<Number> {
        self.delayed.first().filter(|(moment, _)| *moment <= now).map(|(_, number)| *number)
    }

    /// A task whose worker has not been heard of for too long.
    pub(super) fn overdue(&self, now: Instant) -> Option<Number> {
        self.leases.first().filter(|(end, _)| *end <= now).map(|(_, number)| *number)
    }

    /// The task that is next in turn.
    pub(super) fn next(&self) -> Option<Number> {
        self.ready.iter().find_map(|class| class.first().copied())
    }

    /// When something happens here by itself.
    pub(super) fn next_moment(&self) -> (Option<DateTime<Utc>>, Option<Instant>) {
        (self.delayed.first().map(|(moment, _)| *moment), self.leases.first().map(|(end, _)| *end))
    }

    /// All that has not begun.
    pub(super) fn waiting(&self) -> Vec<Number> {
        let ready = self.ready.iter().flatten().copied();
        ready.chain(self.delayed.iter().map(|(_, number)| *number)).collect()
    }
}

/// The soonest class first.
fn class(priority: Priority) -> usize {
    Priority::ALL.iter().position(|it| *it == priority).unwrap_or_default()
}
