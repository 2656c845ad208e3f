//! What carries tasks: one trait over the engines.
//!
//! All of it works on groups, because the price of a task is a round trip or an `fsync`, and a group shares it. Every engine
//! keeps these promises, to which `conformance/` holds each of them:
//!
//! * `enqueue` comes back when the tasks are as safe as the engine makes anything; one that it refuses was not taken.
//! * A task that was taken is claimed until it ends: a lease that runs out is given to another worker by `claim` itself.
//! * A lease has a token. Whoever holds an old one can neither extend nor finish. One that ran out still holds until its
//!   task is given to another.
//! * An id is taken once for as long as the engine remembers the task; a unique key once while its task waits or runs.
//! * A task that was to begin before now is never given out: `claim` marks it as expired.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::message::Message;
use super::status::{Failure, TaskFilter, TaskStatus};
use crate::descriptor::BoxFuture;

/// Why the broker did not do it.
#[derive(Clone, Debug)]
pub(crate) enum BrokerError {
    /// It is away, full or too slow; whether it was done is not known where it was underway. The text is for the log.
    Unavailable(String),
    /// This engine can't do that; the sentence says what can.
    Unsupported(String),
    /// A defect, or the engine is not as it should be. The text is for the log.
    Internal(String),
}

impl From<BrokerError> for crate::Error {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Unavailable(detail) => {
                Self::unavailable("the task broker is not available at the moment").with_detail(detail)
            }
            BrokerError::Unsupported(sentence) => Self::failed_precondition(sentence),
            BrokerError::Internal(detail) => Self::internal(detail),
        }
    }
}

pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, BrokerError>>;

/// How to open a broker.
#[derive(Clone)]
pub(crate) struct BrokerOptions {
    /// `memory:`, `sqlite:path`, `postgres://..`, `amqp://..`, `celery+amqp://..`, `redis://..`. It may hold a password.
    pub(crate) url: String,
    /// How long a call may wait before it is refused.
    pub(crate) patience: Duration,
    /// Whether tables, queues and the like are made; else what is missing is an error that says so.
    pub(crate) migrate: bool,
    /// The URL of the database where an engine that only carries messages keeps their state.
    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
    pub(crate) ledger: Option<String>,
}

impl fmt::Debug for BrokerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerOptions").field("migrate", &self.migrate).finish_non_exhaustive()
    }
}

/// What became of a message that was to be enqueued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It will run.
    New,
    /// There is one with this id, or with this unique key, already: which, and its fingerprint.
    Known {
        /// The id of the one that is there.
        id: Uuid,
        /// Its [`Message::fingerprint`].
        fingerprint: i64,
    },
}

/// What a worker asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// Of which queue.
    pub(crate) queue: &'a str,
    /// At most so many.
    pub(crate) limit: usize,
    /// How long they are held without being extended.
    pub(crate) lease: Duration,
    /// How long to wait for the first; what is there is given at once.
    pub(crate) wait: Duration,
    /// Who asks, `host-pid-random`.
    pub(crate) worker: &'a str,
}

/// A task that a worker holds.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    /// With `attempts` counting this one. It may be more than the policy allows, where workers died of it.
    pub(crate) message: Message,
    pub(crate) lease: Lease,
}

/// What became of a task that was asked for by its id.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all of them are the large one")]
#[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
pub(crate) enum Called {
    /// It is given out.
    Claimed(Claimed),
    /// It has ended, another worker holds it, or its moment has not come.
    NotNow,
    /// There is no such task.
    Unknown,
}

/// The right to finish a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lease {
    pub(crate) id: Uuid,
    /// Changes with every claim of the task.
    pub(crate) token: i64,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Done, with an answer as JSON text where there is one.
    Succeeded(Option<String>),
    /// To be tried again, not before a moment.
    Retry(DateTime<Utc>, Failure),
    /// To be tried again, not before a moment, and no attempt: what it needs is not to be had now.
    Postponed(DateTime<Utc>, Failure),
    /// Given up: a dead letter.
    Failed(Failure),
    /// It was not to begin any more.
    Expired,
    /// Not begun, and given back: the attempt does not count.
    Returned,
}

impl Outcome {
    /// Whether there is no further attempt.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Succeeded(_) | Self::Failed(_) | Self::Expired)
    }
}

/// A lease and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    pub(crate) lease: Lease,
    pub(crate) outcome: Outcome,
}

/// What is known of a task that workers of another protocol have.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
pub(crate) enum Noted {
    /// They have it: until it ends nobody here is given it. The name is what is shown for a worker.
    Sent(&'static str),
    /// An attempt has begun there.
    Began,
    /// It failed there, and is to be tried again.
    Again(Failure),
    /// It succeeded, failed or expired there.
    Ended(Outcome),
}

/// What became of a task that was to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// It won't run.
    Done,
    /// It runs, or has ended: too late.
    TooLate,
    /// There is no such task.
    Unknown,
}

/// An engine that carries tasks.
pub(crate) trait Broker: fmt::Debug + Send + Sync {
    /// What the worker of this process can do, said before it claims anything.
    #[cfg(feature = "celery")]
    fn works_for(&self, _registry: &std::sync::Arc<super::registry::Registry>) {}

    /// Takes tasks, and says for each what became of it, in order. A second one of the same group is known already.
    fn enqueue(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>>;

    /// Gives out tasks whose time has come, the most urgent first and else in turn; none where none came in time.
    fn claim<'a>(&'a self, claim: Claim<'a>) -> Answer<'a, Vec<Claimed>>;

    /// Gives out tasks by their ids, in order, whatever their turn; where `early` says so, also before their moment. For
    /// engines that carry messages and leave their state to this one.
    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
    fn call<'a>(&'a self, _ids: Vec<Uuid>, _claim: Claim<'a>, _early: bool) -> Answer<'a, Vec<Called>> {
        let sentence = "this engine can't keep the state of tasks that another one carries".to_owned();
        Box::pin(std::future::ready(Err(BrokerError::Unsupported(sentence))))
    }

    /// Notes what is known of tasks that workers of another protocol have; of those that have ended nothing more is noted. For
    /// engines that carry messages and leave their state to this one.
    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
    fn note(&self, _notes: Vec<(Uuid, Noted)>) -> Answer<'_, ()> {
        let sentence = "this engine can't keep the state of tasks that another one carries".to_owned();
        Box::pin(std::future::ready(Err(BrokerError::Unsupported(sentence))))
    }

    /// Prolongs leases from now on; says for each whether it still held.
    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>>;

    /// Ends attempts; says for each whether its lease still held. Where not, nothing of it was done.
    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>>;

    /// What can be seen of a task.
    fn status(&self, id: Uuid) -> Answer<'_, Option<TaskStatus>>;

    /// What can be seen of tasks, the newest first.
    fn list<'a>(&'a self, filter: &'a TaskFilter) -> Answer<'a, Vec<TaskStatus>>;

    /// Takes back a task that has not begun.
    fn cancel(&self, id: Uuid) -> Answer<'_, Cancelled>;

    /// Lets a task that failed, expired or was cancelled begin anew, at once: its attempts count from 0, and neither a moment
    /// to begin nor an end of its validity is left. Says whether there was one; one whose unique key belongs to another task
    /// by now stays as it is, and that is no.
    fn requeue(&self, id: Uuid) -> Answer<'_, bool>;

    /// Takes away what waits in a queue, also what waits for its moment; says how many. Nothing is remembered of them.
    fn drain<'a>(&'a self, queue: &'a str) -> Answer<'a, u64>;

    /// Forgets what ended before a moment, a bounded number at a time; says how many.
    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64>;

    /// How many groups of tasks may be underway from one producer at once.
    fn groups_in_flight(&self) -> usize {
        2
    }

    /// Whether it can take tasks.
    fn ready(&self) -> Answer<'_, ()>;

    /// Lets go of what is prefetched and closes the connections.
    fn close(&self) -> BoxFuture<'_, ()>;
}
