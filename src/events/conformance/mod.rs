//! What every bus has to keep: one suite, run on each.
//!
//! An engine's tests call [`all`] with a function that opens it. Every case has groups and types of its own, but `prune`
//! forgets whatever is old: give each run a schema, a file or a prefix of its own. `FOURFOLD_TEST_ROUNDS=1000` runs the races
//! in full.

mod basics;
mod ends;
mod groups;
#[cfg(any(feature = "amqp", feature = "nats"))]
pub(crate) mod judge;
#[cfg(any(all(feature = "amqp", unix), feature = "nats"))]
pub(crate) mod kills;
#[cfg(any(feature = "amqp", feature = "nats"))]
pub(crate) mod measure;
mod place;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use place::Place;

use super::bus::Bus;
use crate::descriptor::BoxFuture;

/// Something that an engine may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Events of one key are given out one after the other.
    Turns,
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
}

/// One promise.
struct Case {
    name: &'static str,
    needs: &'static [Need],
    run: fn(Place) -> BoxFuture<'static, ()>,
}

macro_rules! cases {
    ($($case:ident($($need:ident),*);)*) => {
        pub(super) const CASES: &[super::Case] = &[$(super::Case {
            name: stringify!($case),
            needs: &[$(super::Need::$need),*],
            run: |place| Box::pin($case(place)),
        }),*];
    };
}
use cases;

const CASES: [&[Case]; 4] = [basics::CASES, ends::CASES, groups::CASES, turns::CASES];

/// Against hanging alone.
const LONGEST: Duration = Duration::from_mins(10);

/// Holds an engine to all that it can do. `make` opens it; each call is another connection, as another process would have
/// it, to the same data.
pub(crate) async fn all(make: impl Fn() -> BoxFuture<'static, Arc<dyn Bus>>, can: Abilities) {
    let mut broken = Vec::new();
    for case in CASES.into_iter().flatten() {
        let name = case.name.replace('_', " ");
        if let Some(need) = case.needs.iter().find(|need| can.lacks.contains(need)) {
            eprintln!("left out: {name} (this engine lacks {need:?})");
            continue;
        }
        let (engine, other) = (make().await, make().await);
        let place = Place::new(engine.clone(), other.clone());
        // A task of its own, so that one broken promise does not hide the others.
        match tokio::spawn(tokio::time::timeout(LONGEST, (case.run)(place))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => broken.push(format!("{name} (it hangs)")),
            Err(_) => broken.push(name),
        }
        engine.close().await;
        other.close().await;
    }
    assert!(broken.is_empty(), "broken promises:\n  {}", broken.join("\n  "));
}

/// How often a race is run.
fn rounds() -> usize {
    std::env::var("FOURFOLD_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}
