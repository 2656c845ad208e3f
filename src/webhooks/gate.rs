//! Who may be sent to now: an endpoint that is away, or slow, takes no more than its share of what this process does at once.
//!
//! This is what this process has seen, and no more than that: what becomes of a delivery is decided by its task.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// After so many requests in a row that came to no answer an endpoint is left alone for a while.
const FAILURES: u32 = 3;
/// How long at first; it doubles with each further failure.
const FIRST_REST: Duration = Duration::from_secs(5);
/// And at most: it is also how long a delivery may be late because of what others met.
const LONGEST_REST: Duration = Duration::from_mins(1);
/// How long a delivery waits for its turn where others are on their way to the same endpoint.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long nobody waits there after one has waited in vain; it doubles with each further one.
const CROWDED: Duration = PATIENCE;
/// How many endpoints are remembered without need.
const REMEMBERED: usize = 4096;

/// All endpoints, by what they are known by.
pub(super) struct Gate {
    /// How many requests to one endpoint may be underway.
    limit: usize,
    patience: Duration,
    endpoints: Mutex<HashMap<String, Arc<Endpoint>>>,
}

struct Endpoint {
    places: Arc<Semaphore>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Requests in a row that came to no answer.
    failures: u32,
    /// It is left alone until then.
    rests_until: Option<Instant>,
    /// Whether one request finds out whether it is back.
    probed: bool,
    /// Nobody waits for a place until then.
    crowded_until: Option<Instant>,
    /// How often in a row somebody waited in vain.
    crowds: u32,
}

/// The right to send one request. What came of it is to be said; where it is dropped before, nothing is known.
pub(super) struct Pass {
    endpoint: Arc<Endpoint>,
    probes: bool,
    _place: OwnedSemaphorePermit,
}

/// Why nothing is sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// It did not answer others, or asked for time.
    Rests(Duration),
    /// It has as many requests as it may, and is slow.
    Crowded,
}

impl Gate {
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
        Self { limit, patience: PATIENCE, endpoints: Mutex::default() }
    }

    /// Waits for its turn, a short while.
    pub(super) async fn enter(&self, endpoint: &str) -> Result<Pass, Closed> {
        let endpoint = self.endpoint(endpoint);
        let probes = endpoint.opens()?;
        let place = endpoint.place(self.patience).await;
        match place {
            Some(place) => Ok(Pass { endpoint, probes, _place: place }),
            None => {
                if probes {
                    endpoint.seen().probed = false;
                }
                Err(Closed::Crowded)
            }
        }
    }

    fn endpoint(&self, known_by: &str) -> Arc<Endpoint> {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if endpoints.len() > REMEMBERED {
            // What is in use, or rests, is needed.
            endpoints
                .retain(|_, endpoint| Arc::strong_count(endpoint) > 1 || !endpoint.seen().rest().is_zero());
        }
        let new = || {
            let places = Arc::new(Semaphore::new(self.limit));
            Arc::new(Endpoint { places, seen: Mutex::default() })
        };
        Arc::clone(endpoints.entry(known_by.to_owned()).or_insert_with(new))
    }
}

impl Seen {
    /// For how long it is still left alone.
    fn rest(&self) -> Duration {
        self.rests_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }
}

impl Endpoint {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it may be sent to, and whether that is to find out if it is back.
    fn opens(&self) -> Result<bool, Closed> {
        let mut seen = self.seen();
        let rests = seen.rest();
        if !rests.is_zero() {
            return Err(Closed::Rests(rests));
        }
        if seen.failures < FAILURES {
            return Ok(false);
        }
        if seen.probed {
            return Err(Closed::Rests(Duration::ZERO));
        }
        seen.probed = true;
        Ok(true)
    }

    async fn place(&self, patience: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            self.seen().crowds = 0;
            return Some(place);
        }
        if self.seen().crowded_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        if let Ok(Ok(place)) = timeout(patience, Arc::clone(&self.places).acquire_owned()).await {
            return Some(place);
        }
        let mut seen = self.seen();
        seen.crowded_until = Some(Instant::now() + doubled(CROWDED, seen.crowds).min(LONGEST_REST));
        seen.crowds = seen.crowds.saturating_add(1);
        None
    }
}

impl Pass {
    /// It answered.
    pub(super) fn answered(self) {
        let mut seen = self.endpoint.seen();
        seen.failures = 0;
        seen.rests_until = None;
    }

    /// It came to no answer.
    pub(super) fn failed(self) {
        let mut seen = self.endpoint.seen();
        if !seen.rest().is_zero() {
            // It was underway with those after which it rests.
            return;
        }
        seen.failures = seen.failures.saturating_add(1);
        if let Some(more) = seen.failures.checked_sub(FAILURES) {
            seen.rests_until = Some(Instant::now() + doubled(FIRST_REST, more).min(LONGEST_REST));
        }
    }

    /// It answered that it wants to be left alone for so long.
    pub(super) fn asked_for(self, time: Duration) {
        let mut seen = self.endpoint.seen();
        seen.failures = 0;
        seen.rests_until = Instant::now().checked_add(time);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probes {
            self.endpoint.seen().probed = false;
        }
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than anything here takes, unless it hangs.
    const HANGS: Duration = Duration::from_secs(20);

    async fn enter(gate: &Gate) -> Pass {
        gate.enter("a").await.unwrap_or_else(|closed| panic!("{closed:?}"))
    }

    async fn closed(gate: &Gate) -> Closed {
        gate.enter("a").await.map(drop).expect_err("closed")
    }

    async fn fail(gate: &Gate, times: u32) {
        for _ in 0..times {
            enter(gate).await.failed();
        }
    }

    /// How long it rests; from then on it does not.
    fn rested(gate: &Gate) -> Duration {
        let until = gate.endpoint("a").seen().rests_until.replace(Instant::now());
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    #[tokio::test]
    async fn who_does_not_answer_is_left_alone_and_then_asked_by_one() {
        let gate = Gate::new(4);
        fail(&gate, FAILURES).await;
        assert!(matches!(closed(&gate).await, Closed::Rests(rest) if rest <= FIRST_REST));
        assert!(gate.enter("b").await.is_ok(), "another one is open");
        rested(&gate);
        let probe = enter(&gate).await;
        assert_eq!(closed(&gate).await, Closed::Rests(Duration::ZERO), "one is enough to find out");
        probe.failed();
        assert!(rested(&gate) > FIRST_REST, "the second rest is longer");
        fail(&gate, 1).await;
        for _ in 0..20 {
            assert!(rested(&gate) <= LONGEST_REST);
            fail(&gate, 1).await;
        }
        rested(&gate);
        enter(&gate).await.answered();
        let (one, other) = (enter(&gate).await, enter(&gate).await);
        one.failed();
        other.failed();
        enter(&gate).await.answered();
    }

    #[tokio::test]
    async fn a_probe_that_was_dropped_is_followed_by_another() {
        let gate = Gate::new(1);
        fail(&gate, FAILURES).await;
        rested(&gate);
        for _ in 0..3 {
            drop(enter(&gate).await);
        }
    }

    #[tokio::test]
    async fn who_asks_for_time_gets_it() {
        let gate = Gate::new(4);
        let minute = Duration::from_mins(1);
        enter(&gate).await.asked_for(minute);
        assert!(matches!(closed(&gate).await, Closed::Rests(rest) if rest <= minute && rest > minute / 2));
        rested(&gate);
        enter(&gate).await.asked_for(Duration::MAX);
        drop(enter(&gate).await);
    }

    #[tokio::test]
    async fn who_is_slow_is_waited_for_once_and_holds_up_no_more() {
        let mut gate = Gate::new(1);
        gate.patience = Duration::from_millis(5);
        let underway = enter(&gate).await;
        assert_eq!(closed(&gate).await, Closed::Crowded);
        // Who waits now, waits for ever.
        gate.patience = HANGS * 2;
        gate.endpoint("a").seen().crowded_until = Some(Instant::now() + HANGS * 2);
        assert_eq!(timeout(HANGS, closed(&gate)).await.ok(), Some(Closed::Crowded));
        drop(underway);
        timeout(HANGS, enter(&gate)).await.expect("a place that is free is taken also then");
    }

    #[tokio::test]
    async fn who_is_quick_is_waited_for() {
        let mut gate = Gate::new(2);
        gate.patience = HANGS;
        let send = async || {
            let pass = enter(&gate).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            pass.answered();
        };
        futures_util::future::join_all((0..100).map(|_| send())).await;
    }

    #[tokio::test]
    async fn endpoints_that_are_well_are_forgotten() {
        let gate = Gate::new(1);
        fail(&gate, FAILURES).await;
        for other in 0..2 * REMEMBERED {
            drop(gate.enter(&format!("endpoint {other}")).await);
        }
        assert!(gate.endpoints.lock().expect("a lock").len() <= REMEMBERED + 1);
        assert!(matches!(closed(&gate).await, Closed::Rests(_)), "one that rests is not");
    }
}
