//! What every engine has to keep: one suite, run on each.
//!
//! An engine's tests call [`all`] with a function that opens it. Every case has queues of its own, so the data may be shared with others' tests, but `prune` forgets whatever has ended in it: give
//! each run a schema, a file or a prefix of its own. `FOURFOLD_TEST_ROUNDS=1000` runs the races in full.

mod basics;
mod ends;
#[cfg(any(feature = "nats", feature = "redis", all(feature = "amqp", unix)))]
pub(crate) mod kills;
mod leases;
mod looks;
mod notes;
mod place;
mod times;
mod turns;
mod unique;

use std::sync::Arc;
use std::time::Duration;

use place::Place;
#[cfg(any(feature = "amqp", feature = "redis"))]
pub(crate) use place::failure;
#[cfg(feature = "redis")]
pub(crate) use place::message;

use super::broker::Broker;
use crate::conformance::{Broken, Case, cases};
use crate::descriptor::BoxFuture;

/// Something that an engine may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// State and result can be looked at.
    Status,
    /// Tasks can be listed.
    List,
    /// Cancelling.
    Cancel,
    /// Requeuing of what failed.
    Requeue,
    /// An id is taken once, while its task waits, runs or is remembered.
    Remembers,
    /// Unique keys.
    Unique,
    /// Leases run out by time, and have tokens.
    Leases,
    /// Priorities.
    Priority,
    /// One after the other as they were enqueued.
    Turns,
    /// Tasks wait for their moment.
    Delay,
    /// Tasks that are too late are never given out.
    Expiry,
    /// Taking away what waits, and what waits for its moment.
    Drain,
    /// The same for what waits for its moment.
    DrainDelayed,
    /// Forgetting what has ended.
    Prune,
    /// Attempts that did not begin are not counted.
    Uncounted,
    /// What nobody claims is nobody's: it is not fetched beforehand.
    Unfetched,
    /// Every field of a message comes out as it went in.
    Whole,
}

/// What an engine can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    /// What it can't: the cases that need it are left out, and said so.
    pub(crate) lacks: &'static [Need],
    /// The shortest delay that it can tell from none.
    pub(crate) tick: Duration,
}

impl Abilities {
    /// Everything, by the millisecond.
    pub(crate) const ALL: Self = Self { lacks: &[], tick: Duration::from_millis(1) };

    fn missing(&self, needs: &[Need]) -> Option<Need> {
        needs.iter().copied().find(|need| self.lacks.contains(need))
    }
}

const CASES: [&[Case<Need, Place>]; 8] = [
    basics::CASES,
    ends::CASES,
    leases::CASES,
    looks::CASES,
    notes::CASES,
    times::CASES,
    turns::CASES,
    unique::CASES,
];

/// Against hanging alone.
const LONGEST: Duration = Duration::from_mins(20);

/// Holds an engine to all that it can do. `make` opens it for these queues; each call is another connection, as another
/// process would have it, to the same data.
pub(crate) async fn all(make: impl Fn(Vec<String>) -> BoxFuture<'static, Arc<dyn Broker>>, can: Abilities) {
    let mut broken = Broken::default();
    for case in CASES.into_iter().flatten().filter(|case| Broken::is_tried(case, can.lacks)) {
        let queue = format!("conform-{}-{}", case.name, uuid::Uuid::new_v4().simple());
        let engine = make(vec![queue.clone()]).await;
        let other = make(vec![queue.clone()]).await;
        let place = Place::new(engine.clone(), other.clone(), queue, can);
        broken.hold(case, place, LONGEST).await;
        engine.close().await;
        other.close().await;
    }
    broken.none();
}

/// How often a race is run.
fn rounds() -> usize {
    crate::conformance::rounds(5)
}
