//! What every bus has to keep: one suite, run on each.
//!
//! An engine's tests call [`all`] with a function that opens it. Every case has groups and types of its own, but `prune`
//! forgets whatever is old: give each run a schema, a file or a prefix of its own. `FOURFOLD_TEST_ROUNDS=1000` runs the races
//! in full.

mod basics;
mod behind;
mod ends;
mod groups;
#[cfg(any(feature = "amqp", feature = "nats", feature = "redis"))]
pub(crate) mod judge;
#[cfg(any(feature = "amqp", feature = "nats", feature = "redis"))]
pub(crate) mod kills;
#[cfg(any(feature = "amqp", feature = "redis"))]
pub(crate) mod measure;
mod place;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use place::Place;

use super::bus::Bus;
use crate::conformance::{Broken, Case, cases};
use crate::descriptor::BoxFuture;

/// Something that an engine may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Events of one key are given out one after the other.
    Turns,
    /// What goes on behind an event of its key is given out with it.
    Behind,
    /// Leases run out by time, and have tokens.
    Leases,
    /// A retry waits for its moment.
    Delay,
    /// Deliveries that did not begin are not counted.
    Uncounted,
    /// A group may begin with what was before it.
    Past,
    /// A group can be set back.
    Seek,
    /// Dead letters can be looked at and begin anew.
    Dead,
    /// An event is taken once.
    Remembers,
    /// Groups can be listed and forgotten.
    Groups,
    /// Forgetting what is old.
    Prune,
}

/// What an engine can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    /// What it can't: the cases that need it are left out, and said so.
    pub(crate) lacks: &'static [Need],
}

impl Abilities {
    /// Everything.
    pub(crate) const ALL: Self = Self { lacks: &[] };
    /// Everything, but no more than one of a key at once.
    #[cfg(any(feature = "amqp", feature = "postgres", feature = "redis", feature = "sqlite"))]
    pub(crate) const ONE_BY_ONE: Self = Self { lacks: &[Need::Behind] };
}

const CASES: [&[Case<Need, Place>]; 5] =
    [basics::CASES, behind::CASES, ends::CASES, groups::CASES, turns::CASES];

/// Against hanging alone.
const LONGEST: Duration = Duration::from_mins(10);

/// Holds an engine to all that it can do. `make` opens it; each call is another connection, as another process would have
/// it, to the same data.
pub(crate) async fn all(make: impl Fn() -> BoxFuture<'static, Arc<dyn Bus>>, can: Abilities) {
    let mut broken = Broken::default();
    for case in CASES.into_iter().flatten().filter(|case| Broken::is_tried(case, can.lacks)) {
        let (engine, other) = (make().await, make().await);
        broken.hold(case, Place::new(engine.clone(), other.clone()), LONGEST).await;
        engine.close().await;
        other.close().await;
    }
    broken.none();
}

/// How often a race is run.
fn rounds() -> usize {
    crate::conformance::rounds(3)
}
