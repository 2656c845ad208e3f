//! All tasks, and how they go from one state to the next.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::queue::{Number, Queue};
use crate::tasks::broker::{BrokerError, Called, Cancelled, Claim, Claimed, Lease, Noted, Outcome, Taken};
use crate::tasks::message::Message;
use crate::tasks::status::{Failure, TaskFilter, TaskState, TaskStatus};

/// What fits in.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Tasks, those that ended and are remembered included.
    pub(super) tasks: usize,
    /// Bytes of payloads and results.
    pub(super) bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tasks: 1_000_000, bytes: 1 << 30 }
    }
}

/// How many ended tasks one call of `prune` forgets.
const PRUNED_AT_ONCE: usize = 10_000;

#[derive(Default)]
pub(super) struct State {
    limits: Limits,
    bytes: usize,
    next_number: Number,
    next_token: i64,
    tasks: BTreeMap<Number, Entry>,
    ids: HashMap<Uuid, Number>,
    /// Of those that wait or run.
    keys: HashMap<String, Number>,
    queues: HashMap<String, Queue>,
    /// Ended, and forgotten where room is needed.
    done: BTreeSet<(DateTime<Utc>, Number)>,
    /// Failed, and kept until somebody decides.
    dead: BTreeSet<(DateTime<Utc>, Number)>,
}

/// One task.
pub(super) struct Entry {
    pub(super) message: Message,
    fingerprint: i64,
    pub(super) state: TaskState,
    pub(super) place: Place,
    token: i64,
    pub(super) started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    error: Option<Failure>,
    result: Option<String>,
    pub(super) worker: Option<String>,
}

/// In which of the sorted sets a task is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Nowhere,
    Ready,
    Delayed(DateTime<Utc>),
    Leased(Instant),
    Done(DateTime<Utc>),
    Dead(DateTime<Utc>),
}

impl State {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) fn queue(&mut self, name: &str) -> &mut Queue {
        if !self.queues.contains_key(name) {
            self.queues.insert(name.to_owned(), Queue::default());
        }
        self.queues.get_mut(name).expect("it was just made")
    }

    pub(super) fn number(&self, id: Uuid) -> Option<Number> {
        self.ids.get(&id).copied()
    }

    /// The one that a message would be a second of.
    pub(super) fn known(&self, message: &Message) -> Option<Number> {
        let by_key = || message.unique_key.as_ref().and_then(|key| self.keys.get(key));
        self.ids.get(&message.id).or_else(by_key).copied()
    }

    pub(super) fn taken(&self, number: Number) -> Taken {
        let entry = &self.tasks[&number];
        Taken::Known { id: entry.message.id, fingerprint: entry.fingerprint }
    }

    /// Makes room for messages: forgets the oldest that ended, but no dead letter; refuses where that is not enough.
    pub(super) fn make_room(&mut self, messages: &[Message]) -> Result<(), BrokerError> {
        let Limits { tasks, bytes } = self.limits;
        let more: usize = messages.iter().map(|message| message.payload.len()).sum();
        while self.tasks.len() + messages.len() > tasks || self.bytes.saturating_add(more) > bytes {
            let Some((_, number)) = self.done.first().copied() else {
                return Err(BrokerError::Unavailable(format!(
                    "the broker in memory is full: it holds {} tasks with {} bytes, of at most {tasks} and {bytes}",
                    self.tasks.len(),
                    self.bytes
                )));
            };
            self.forget(number);
        }
        Ok(())
    }

    /// Takes a message that is not known.
    pub(super) fn insert(&mut self, message: Message) -> Number {
        let number = self.next_number;
        self.next_number += 1;
        self.bytes += message.payload.len();
        self.ids.insert(message.id, number);
        if let Some(key) = &message.unique_key {
            self.keys.insert(key.clone(), number);
        }
        let entry = Entry {
            fingerprint: message.fingerprint(),
            message,
            state: TaskState::Waiting,
            place: Place::Nowhere,
            token: 0,
            started_at: None,
            finished_at: None,
            error: None,
            result: None,
            worker: None,
        };
        self.tasks.insert(number, entry);
        number
    }

    /// Puts a task into the set where it belongs now, and takes it out of the one where it was.
    pub(super) fn put(&mut self, number: Number, place: Place) {
        let Some(entry) = self.tasks.get_mut(&number) else { return };
        let before = std::mem::replace(&mut entry.place, place);
        let priority = entry.message.priority;
        let queue = self.queues.entry(entry.message.queue.clone()).or_default();
        match before {
            Place::Nowhere => {}
            Place::Ready => queue.remove_ready(priority, number),
            Place::Delayed(moment) => queue.remove_delayed(moment, number),
            Place::Leased(end) => queue.remove_lease(end, number),
            Place::Done(moment) => drop(self.done.remove(&(moment, number))),
            Place::Dead(moment) => drop(self.dead.remove(&(moment, number))),
        }
        match place {
            Place::Nowhere => {}
            Place::Ready => queue.add_ready(priority, number),
            Place::Delayed(moment) => queue.add_delayed(moment, number),
            Place::Leased(end) => queue.add_lease(end, number),
            Place::Done(moment) => drop(self.done.insert((moment, number))),
            Place::Dead(moment) => drop(self.dead.insert((moment, number))),
        }
    }

    /// It waits, from now on or for its moment.
    pub(super) fn wait(&mut self, number: Number, now: DateTime<Utc>) {
        let Some(entry) = self.tasks.get_mut(&number) else { return };
        entry.state = TaskState::Waiting;
        let place = match entry.message.run_at {
            Some(moment) if moment > now => Place::Delayed(moment),
            _ => Place::Ready,
        };
        self.put(number, place);
    }

    /// Nothing is left of it.
    pub(super) fn forget(&mut self, number: Number) {
        self.put(number, Place::Nowhere);
        self.free_key(number);
        let Some(entry) = self.tasks.remove(&number) else { return };
        self.ids.remove(&entry.message.id);
        self.bytes -= entry.weight();
    }

    fn free_key(&mut self, number: Number) {
        let key = self.tasks.get(&number).and_then(|entry| entry.message.unique_key.as_ref());
        if let Some(key) = key
            && self.keys.get(key) == Some(&number)
        {
            self.keys.remove(key);
        }
    }

    /// Gives out what is in turn, and marks what is too late as expired.
    pub(super) fn claim(&mut self, claim: &Claim<'_>, now: DateTime<Utc>, instant: Instant) -> Vec<Claimed> {
        while let Some(number) = self.queue(claim.queue).due(now) {
            self.put(number, Place::Ready);
        }
        while let Some(number) = self.queue(claim.queue).overdue(instant) {
            self.wait(number, now);
        }
        let mut claimed = Vec::new();
        while claimed.len() < claim.limit
            && let Some(number) = self.queue(claim.queue).next()
        {
            if self.tasks.get(&number).is_some_and(|entry| entry.message.is_expired(now)) {
                self.end(number, TaskState::Expired, None, None, now);
                continue;
            }
            claimed.extend(self.give(number, claim, now, instant));
        }
        let queue = self.queue(claim.queue);
        if !claimed.is_empty() && queue.next().is_some() {
            queue.wake.notify_one();
        }
        claimed
    }

    /// Gives out a task by its id.
    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
    pub(super) fn call(
        &mut self,
        id: Uuid,
        claim: &Claim<'_>,
        early: bool,
        now: DateTime<Utc>,
        instant: Instant,
    ) -> Called {
        let Some(number) = self.number(id) else { return Called::Unknown };
        let entry = &self.tasks[&number];
        let due = match entry.place {
            Place::Ready => true,
            Place::Delayed(moment) => early || moment <= now,
            Place::Leased(end) => end <= instant,
            Place::Nowhere | Place::Done(_) | Place::Dead(_) => false,
        };
        if !due {
            return Called::NotNow;
        }
        if entry.message.is_expired(now) {
            self.end(number, TaskState::Expired, None, None, now);
            return Called::NotNow;
        }
        self.give(number, claim, now, instant).map_or(Called::Unknown, Called::Claimed)
    }

    fn give(
        &mut self,
        number: Number,
        claim: &Claim<'_>,
        now: DateTime<Utc>,
        instant: Instant,
    ) -> Option<Claimed> {
        let entry = self.tasks.get_mut(&number)?;
        self.next_token += 1;
        entry.token = self.next_token;
        entry.begin(entry.message.attempts.saturating_add(1), claim.worker, now);
        let lease = Lease { id: entry.message.id, token: entry.token };
        let claimed = Claimed { message: entry.message.clone(), lease };
        let end = instant.checked_add(claim.lease).unwrap_or_else(|| far(instant));
        self.put(number, Place::Leased(end));
        Some(claimed)
    }

    /// The task of a lease that still holds.
    pub(super) fn held(&self, lease: Lease) -> Option<Number> {
        let number = self.number(lease.id)?;
        let entry = &self.tasks[&number];
        let held = entry.state == TaskState::Running && entry.token == lease.token;
        held.then_some(number)
    }

    /// An attempt ends.
    pub(super) fn finish(&mut self, number: Number, outcome: Outcome, now: DateTime<Utc>) {
        let Some(entry) = self.tasks.get_mut(&number) else { return };
        match outcome {
            Outcome::Succeeded(_) if !entry.message.keep => self.forget(number),
            Outcome::Succeeded(result) => self.end(number, TaskState::Succeeded, result, None, now),
            Outcome::Failed(failure) => self.end(number, TaskState::Failed, None, Some(failure), now),
            Outcome::Expired => self.end(number, TaskState::Expired, None, None, now),
            Outcome::Retry(moment, failure) => {
                entry.message.run_at = Some(moment);
                entry.error = Some(failure);
                self.wait(number, now);
            }
            Outcome::Postponed(moment, failure) => {
                entry.message.attempts = entry.message.attempts.saturating_sub(1);
                self.finish(number, Outcome::Retry(moment, failure), now);
            }
            Outcome::Returned => {
                entry.message.attempts = entry.message.attempts.saturating_sub(1);
                self.wait(number, now);
            }
        }
    }

    /// A task ends. What is known of its last failure stays, where there is no newer one, unless it succeeded.
    fn end(
        &mut self,
        number: Number,
        state: TaskState,
        result: Option<String>,
        failure: Option<Failure>,
        now: DateTime<Utc>,
    ) {
        self.free_key(number);
        let Some(entry) = self.tasks.get_mut(&number) else { return };
        self.bytes -= entry.weight();
        entry.state = state;
        entry.finished_at = Some(now);
        entry.result = result;
        if failure.is_some() || state == TaskState::Succeeded {
            entry.error = failure;
        }
        if state == TaskState::Succeeded {
            // Its fingerprint is kept; nobody can ask for the payload any more.
            entry.message.payload = String::new();
        }
        self.bytes += entry.weight();
        let dead = state == TaskState::Failed;
        self.put(number, if dead { Place::Dead(now) } else { Place::Done(now) });
    }

    /// What workers of another protocol say of a task that they have.
    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
    pub(super) fn note(&mut self, id: Uuid, noted: Noted, now: DateTime<Utc>) {
        let Some(number) = self.number(id) else { return };
        let Some(entry) = self.tasks.get_mut(&number).filter(|entry| !entry.state.is_final()) else { return };
        let begun = u32::from(entry.state == TaskState::Waiting);
        match noted {
            Noted::Sent(_) if entry.worker.as_ref().is_some_and(|worker| !worker.is_empty()) => {}
            Noted::Sent(worker) => {
                let attempts = entry.message.attempts;
                entry.message.attempts = attempts.saturating_sub(1 - begun);
                entry.state = TaskState::Waiting;
                entry.worker = Some(worker.to_owned());
                self.put(number, Place::Delayed(DateTime::<Utc>::MAX_UTC));
            }
            Noted::Began => {
                entry.message.attempts += begun;
                entry.state = TaskState::Running;
                entry.started_at = Some(now);
                self.put(number, Place::Nowhere);
            }
            Noted::Again(failure) => {
                entry.message.attempts += begun;
                entry.state = TaskState::Waiting;
                entry.error = Some(failure);
                self.put(number, Place::Delayed(DateTime::<Utc>::MAX_UTC));
            }
            Noted::Ended(outcome) => {
                if outcome != Outcome::Expired {
                    entry.message.attempts += begun;
                }
                self.finish(number, outcome, now);
            }
        }
    }

    pub(super) fn cancel(&mut self, id: Uuid, now: DateTime<Utc>) -> Cancelled {
        let Some(number) = self.number(id) else { return Cancelled::Unknown };
        if self.tasks[&number].state != TaskState::Waiting {
            return Cancelled::TooLate;
        }
        self.end(number, TaskState::Cancelled, None, None, now);
        Cancelled::Done
    }

    /// Lets an ended task begin anew. Not where its unique key belongs to another one by now.
    pub(super) fn revive(&mut self, id: Uuid) -> Option<Number> {
        let number = self.number(id)?;
        let entry = self.tasks.get_mut(&number)?;
        let ended = matches!(entry.state, TaskState::Failed | TaskState::Expired | TaskState::Cancelled);
        if !ended {
            return None;
        }
        if let Some(key) = &entry.message.unique_key {
            if self.keys.contains_key(key) {
                return None;
            }
            self.keys.insert(key.clone(), number);
        }
        entry.message.attempts = 0;
        entry.message.run_at = None;
        entry.message.expires_at = None;
        entry.state = TaskState::Waiting;
        (entry.started_at, entry.finished_at, entry.error, entry.worker) = (None, None, None, None);
        Some(number)
    }

    pub(super) fn drain(&mut self, queue: &str) -> u64 {
        let waiting = self.queue(queue).waiting();
        for number in &waiting {
            self.forget(*number);
        }
        waiting.len() as u64
    }

    /// Forgets what ended before a moment.
    pub(super) fn prune(&mut self, before: DateTime<Utc>) -> u64 {
        let sets = [&self.done, &self.dead];
        let old = sets.into_iter().flat_map(|set| set.range(..(before, 0)).map(|(_, number)| *number));
        let old: Vec<Number> = old.take(PRUNED_AT_ONCE).collect();
        for number in &old {
            self.forget(*number);
        }
        old.len() as u64
    }

    pub(super) fn status(&self, id: Uuid) -> Option<TaskStatus> {
        Some(self.tasks[&self.number(id)?].status())
    }

    pub(super) fn list(&self, filter: &TaskFilter) -> Vec<TaskStatus> {
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        let wanted = |entry: &&Entry| {
            filter.state.is_none_or(|state| state == entry.state)
                && filter.queue.as_ref().is_none_or(|queue| *queue == entry.message.queue)
                && filter.name.as_ref().is_none_or(|name| *name == entry.message.name)
        };
        self.tasks.values().rev().filter(wanted).take(limit).map(Entry::status).collect()
    }
}

impl Entry {
    /// An attempt begins.
    pub(super) fn begin(&mut self, attempts: u32, worker: &str, now: DateTime<Utc>) {
        self.message.attempts = attempts;
        self.state = TaskState::Running;
        self.started_at = Some(now);
        self.worker = Some(worker.to_owned());
    }

    fn weight(&self) -> usize {
        self.message.payload.len() + self.result.as_ref().map_or(0, String::len)
    }

    fn status(&self) -> TaskStatus {
        let Message { id, name, queue, attempts, retry, created_at, run_at, caller, .. } = &self.message;
        TaskStatus {
            id: *id,
            name: name.clone(),
            queue: queue.clone(),
            state: self.state,
            attempts: *attempts,
            max_attempts: retry.attempts,
            created_at: *created_at,
            run_at: *run_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            error: self.error.clone(),
            result: self.result.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok()),
            principal: caller.as_ref().and_then(|caller| caller.principal.id()).map(str::to_owned),
            worker: self.worker.clone(),
        }
    }
}

/// So far away that nobody waits for it, and no sum overflows.
pub(super) fn far(now: Instant) -> Instant {
    now + std::time::Duration::from_hours(24 * 365)
}
