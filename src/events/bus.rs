//! What carries events: one trait over the engines.
//!
//! A *group* is who listens: each gets every event of its types, and those who take part in one share them. Every engine
//! keeps these promises, to which `conformance/` holds each of them:
//!
//! * `publish` comes back when the events are as safe as the engine makes anything. One that the bus remembers, by source
//!   and id, is not taken twice.
//! * Events of one key are given out one after the other, in the order in which they were published: the next when the one
//!   before has ended, however often that is tried. Those of different keys don't wait for each other.
//! * What was given out and not ended in time is given to another. Whoever comes back late can neither extend nor finish.
//! * What is given up is a dead letter, with the reason, until somebody lets it begin anew.
//! * A group that comes late begins where it says; one that is known goes on where it was.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::cloud::{CloudEvent, Unreadable};
use super::status::{DeadLetter, GroupStatus};
use crate::descriptor::BoxFuture;
use crate::store::StoreError;
use crate::tasks::{Finish, Lease};

/// Why the bus did not do it.
#[derive(Clone, Debug)]
pub(crate) enum BusError {
    /// It is away, full or too slow; whether it was done is not known where it was underway. The text is for the log.
    Unavailable(String),
    /// This engine can't do that; the sentence says what can.
    Unsupported(String),
    /// There is no group of this name.
    NoGroup,
    /// A defect, or the engine is not as it should be. The text is for the log.
    Internal(String),
}

impl From<BusError> for crate::Error {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Unavailable(detail) => {
                Self::unavailable("the event bus is not available at the moment").with_detail(detail)
            }
            BusError::Unsupported(sentence) => Self::failed_precondition(sentence),
            BusError::NoGroup => Self::not_found("there is no group of this name"),
            BusError::Internal(detail) => Self::internal(detail),
        }
    }
}

impl From<StoreError> for BusError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) | StoreError::Unknown(why) => Self::Unavailable(why),
            other => Self::Internal(format!("{other:?}")),
        }
    }
}

pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, BusError>>;

/// How to open a bus.
#[derive(Clone)]
pub(crate) struct BusOptions {
    /// `memory:`, `sqlite:path`, `postgres://..`, `amqp://..`, `nats://..` or `redis://..`. It may hold a password.
    pub(crate) url: String,
    /// How long a call may wait before it is refused.
    pub(crate) patience: Duration,
    /// Whether tables and the like are made; else what is missing is an error that says so.
    pub(crate) migrate: bool,
    /// The URL of the service's database, for an engine that keeps there what groups have done.
    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "RabbitMQ alone is such an engine"))]
    pub(crate) ledger: Option<String>,
    /// How long it has to remember events, for an engine that has to know beforehand.
    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "RabbitMQ alone is such an engine"))]
    pub(crate) retention: Duration,
}

#[cfg(test)]
impl BusOptions {
    /// As tests have it, unless they say more.
    pub(crate) fn at(url: impl Into<String>) -> Self {
        let retention = Duration::from_hours(7 * 24);
        Self { url: url.into(), patience: Duration::from_secs(5), migrate: true, ledger: None, retention }
    }
}

impl fmt::Debug for BusOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusOptions").field("migrate", &self.migrate).finish_non_exhaustive()
    }
}

/// Where a group begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With what is published from now on.
    #[default]
    Now,
    /// With the oldest event that the bus remembers.
    Beginning,
    /// With what was published at a moment or later.
    At(DateTime<Utc>),
}

/// Who listens, and to what.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// The types of events that it gets.
    pub(crate) types: Vec<String>,
    /// Where it begins, unless it is known already.
    pub(crate) start: Start,
}

/// What someone who takes part in a group asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take<'a> {
    pub(crate) group: &'a str,
    /// At most so many.
    pub(crate) limit: usize,
    /// How long they are held without being extended.
    pub(crate) lease: Duration,
    /// How long to wait for the first; what is there is given at once.
    pub(crate) wait: Duration,
    /// So many more at most, on an engine that gives out what follows, of what has not been out before: they wait at the one
    /// who takes them.
    pub(crate) ahead: usize,
    /// How many more of its key each of them may bring with it, on an engine that gives out such: they come right behind it,
    /// and whoever takes them begins each when the one before has ended for good, without asking the bus in between. Where it
    /// has not, they are not held any more.
    pub(crate) behind: usize,
}

impl Take<'_> {
    /// How many are given out at most, without what goes on behind them.
    pub(crate) const fn most(&self) -> usize {
        self.limit.saturating_add(self.ahead)
    }
}

/// An event that is given out.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The right to finish it. Its id means something to the bus alone.
    pub(crate) lease: Lease,
    /// How often it has been given out, with this time.
    pub(crate) attempts: u32,
    /// Which time over it is: 0, and one more each time the group was set back.
    pub(crate) round: i64,
    /// Whether it waits for the one that was given out before it.
    pub(crate) follows: bool,
    /// The event, or what came in its place.
    pub(crate) event: Result<Arc<CloudEvent>, Received>,
}

#[cfg(test)]
impl Delivery {
    pub(crate) fn into_event(self) -> CloudEvent {
        Arc::unwrap_or_clone(self.event.expect("an event"))
    }
}

/// Something that is no event.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Why it is none.
    pub(crate) why: Unreadable,
}

/// How a group stands.
#[cfg(feature = "amqp")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) types: Vec<String>,
    /// How often it was set back.
    pub(crate) round: i64,
}

/// An engine that carries events.
pub(crate) trait Bus: fmt::Debug + Send + Sync {
    /// Takes events, in their order.
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()>;

    /// How many events it takes well at once.
    fn at_once(&self) -> usize {
        1000
    }

    /// Makes a group known, or says anew what it listens to.
    fn subscribe(&self, group: Group) -> Answer<'_, ()>;

    /// Whether it gives out what is to go on behind an event of its key: [`Take::behind`].
    fn follow(&self) -> bool {
        false
    }

    /// Gives out events of a group whose turn has come, none where none came in time.
    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>>;

    /// Prolongs leases from now on; says for each whether it still held.
    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>>;

    /// Ends deliveries; says for each whether its lease still held. Where not, nothing of it was done.
    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>>;

    /// How a group stands, where it is known: for an engine that keeps its groups in this one.
    #[cfg(feature = "amqp")]
    fn standing<'a>(&'a self, _group: &'a str) -> Answer<'a, Option<Standing>> {
        let sentence = "what groups have done is kept in a database alone".to_owned();
        Box::pin(std::future::ready(Err(BusError::Unsupported(sentence))))
    }

    /// All groups, by name.
    fn groups(&self) -> Answer<'_, Vec<GroupStatus>>;

    /// What a group gave up, the oldest first.
    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>>;

    /// Lets dead letters begin anew, those with these ids of events or all of them; says how many.
    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64>;

    /// Sets a group back, or ahead: what it has not ended is forgotten, and it begins there.
    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()>;

    /// Forgets a group, with its dead letters.
    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool>;

    /// Forgets events that were published before a moment, a bounded number at a time, but none that is given out or waits
    /// to be tried again; says how many.
    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64>;

    /// Whether it can take events.
    #[cfg_attr(not(test), allow(dead_code, reason = "those who publish and take are told by that"))]
    fn ready(&self) -> Answer<'_, ()>;

    /// Closes the connections.
    fn close(&self) -> BoxFuture<'_, ()>;
}
