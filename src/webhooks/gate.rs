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
/// For how long nobody waits there after one has waited in vain; it doubles with each further one, because who stays away
/// comes back and costs something each time.
const CROWDED: Duration = Duration::from_secs(10);
/// What an endpoint asks for within this may be waited for as often as it asks.
const SHORT: Duration = LONGEST_REST;
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
    /// How long it asked for, where it rests because it did.
    asked: Option<Duration>,
    /// How many wait for a place.
    waiting: usize,
    /// Nobody waits for a place until then.
    crowded_until: Option<Instant>,
    /// How often somebody waited in vain since it was idle.
    crowds: u32,
}

/// The right to send one request. What came of it is to be said; where it is dropped before, nothing is known.
pub(super) struct Pass {
    endpoint: Arc<Endpoint>,
    probes: bool,
    /// Held, and never looked at.
    #[allow(dead_code, reason = "it is given back with the pass")]
    place: Option<OwnedSemaphorePermit>,
}

/// Somebody who waits for a place.
struct Waiting<'a>(&'a Endpoint);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut seen = self.0.seen();
        seen.waiting = seen.waiting.saturating_sub(1);
    }
}

/// Why nothing is sent now, and how long to stay away at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// It did not answer others, or asked for a long time: as good as an attempt.
    Rests(Duration),
    /// It asked for a short time, or is slow and has as many requests as it may: no attempt.
    Busy(Duration),
}

impl Gate {
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
        Self { limit, patience: PATIENCE, endpoints: Mutex::default() }
    }

    /// Waits for its turn, a short while. Who insists is not turned away because others had no answer: nothing would be given
    /// up without a request.
    pub(super) async fn enter(&self, endpoint: &str, insists: bool) -> Result<Pass, Closed> {
        let endpoint = self.endpoint(endpoint);
        let probes = endpoint.opens(insists)?;
        // From here on: whoever stops waiting for a place probes nothing.
        let mut pass = Pass { endpoint, probes, place: None };
        let place = pass.endpoint.place(self.limit, self.patience).await;
        pass.place = Some(place.map_err(Closed::Busy)?);
        Ok(pass)
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

    /// How long to stay away from where others waited in vain.
    fn stay_away(&self) -> Duration {
        doubled(CROWDED, self.crowds.saturating_sub(1)).min(LONGEST_REST)
    }
}

impl Endpoint {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it may be sent to, and whether that is to find out if it is back.
    fn opens(&self, insists: bool) -> Result<bool, Closed> {
        let mut seen = self.seen();
        let rests = seen.rest();
        if !rests.is_zero() {
            match seen.asked {
                Some(time) if insists || time <= SHORT => return Err(Closed::Busy(rests)),
                None if insists => {}
                _ => return Err(Closed::Rests(rests)),
            }
        }
        if insists || seen.failures < FAILURES {
            return Ok(false);
        }
        if seen.probed {
            return Err(Closed::Rests(Duration::ZERO));
        }
        seen.probed = true;
        Ok(true)
    }

    /// A place; or how long to stay away.
    async fn place(&self, limit: usize, patience: Duration) -> Result<OwnedSemaphorePermit, Duration> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            if self.places.available_permits() + 1 == limit {
                self.seen().crowds = 0;
            }
            return Ok(place);
        }
        let waiting = self.waits(limit)?;
        let place = timeout(patience, Arc::clone(&self.places).acquire_owned()).await;
        drop(waiting);
        if let Ok(Ok(place)) = place {
            return Ok(place);
        }
        let mut seen = self.seen();
        let now = Instant::now();
        if seen.crowded_until.is_none_or(|until| until <= now) {
            seen.crowds = seen.crowds.saturating_add(1);
            seen.crowded_until = Some(now + seen.stay_away());
        }
        Err(seen.stay_away())
    }

    /// Whether there is any use in waiting for a place: where others waited in vain, few are to find out whether there is.
    fn waits(&self, limit: usize) -> Result<Waiting<'_>, Duration> {
        let mut seen = self.seen();
        let now = Instant::now();
        let crowded = seen.crowded_until.is_some_and(|until| now < until);
        if crowded || (seen.crowds > 0 && seen.waiting >= limit) {
            return Err(seen.stay_away());
        }
        seen.waiting += 1;
        Ok(Waiting(self))
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
            seen.asked = None;
        }
    }

    /// It answered that it wants to be left alone for so long.
    pub(super) fn asked_for(self, time: Duration) {
        let mut seen = self.endpoint.seen();
        seen.failures = 0;
        seen.rests_until = Instant::now().checked_add(time);
        seen.asked = Some(time);
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
        gate.enter("a", false).await.unwrap_or_else(|closed| panic!("{closed:?}"))
    }

    async fn closed(gate: &Gate) -> Closed {
        gate.enter("a", false).await.map(drop).expect_err("closed")
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
        assert!(gate.enter("b", false).await.is_ok(), "another one is open");
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
    async fn who_insists_is_let_through_unless_the_endpoint_asked_for_time() {
        let gate = Gate::new(4);
        fail(&gate, FAILURES).await;
        assert!(matches!(closed(&gate).await, Closed::Rests(_)));
        gate.enter("a", true).await.map(Pass::failed).unwrap_or_else(|closed| panic!("{closed:?}"));
        assert!(rested(&gate) <= FIRST_REST, "what was let through makes the rest no longer");
        let probe = enter(&gate).await;
        assert!(gate.enter("a", true).await.is_ok(), "it does not wait for the probe");
        probe.asked_for(Duration::from_hours(1));
        let closed = gate.enter("a", true).await.map(drop);
        assert!(matches!(closed, Err(Closed::Busy(_))), "{closed:?}");
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
        assert!(matches!(closed(&gate).await, Closed::Busy(rest) if rest <= minute && rest > minute / 2));
        rested(&gate);
        enter(&gate).await.asked_for(minute * 2);
        assert!(
            matches!(closed(&gate).await, Closed::Rests(rest) if rest > minute),
            "a long time is like a failure"
        );
        rested(&gate);
        enter(&gate).await.asked_for(Duration::MAX);
        drop(enter(&gate).await);
    }

    #[tokio::test]
    async fn who_is_slow_is_waited_for_once_and_holds_up_no_more() {
        let mut gate = Gate::new(1);
        gate.patience = Duration::from_millis(5);
        let busy = |closed| matches!(closed, Closed::Busy(_));
        let underway = enter(&gate).await;
        assert!(busy(closed(&gate).await));
        // Who waits now, waits for ever.
        gate.patience = HANGS * 2;
        let until = |gate: &Gate, until| gate.endpoint("a").seen().crowded_until = Some(until);
        until(&gate, Instant::now() + HANGS * 2);
        assert!(timeout(HANGS, closed(&gate)).await.is_ok_and(busy));
        // One is to find out whether there is a place again; the others need not wait for that.
        until(&gate, Instant::now());
        let gate = Arc::new(gate);
        let scout = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { enter(&gate).await.answered() }
        });
        while gate.endpoint("a").seen().waiting == 0 {
            tokio::task::yield_now().await;
        }
        assert!(timeout(HANGS, closed(&gate)).await.is_ok_and(busy));
        drop(underway);
        timeout(HANGS, scout).await.expect("in time").expect("it gets the place");
        enter(&gate).await.answered();
        assert_eq!(gate.endpoint("a").seen().crowds, 0, "it is idle, and all is as before");
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing_behind() {
        let mut gate = Gate::new(1);
        gate.patience = HANGS * 2;
        let underway = enter(&gate).await;
        fail_while_underway(&gate);
        // It probes, and waits for the place of the one that is underway still.
        let stopped = timeout(Duration::from_millis(5), gate.enter("a", false)).await;
        assert!(stopped.is_err(), "it waits");
        {
            let endpoint = gate.endpoint("a");
            let seen = endpoint.seen();
            assert_eq!((seen.waiting, seen.probed), (0, false));
        }
        drop(underway);
        enter(&gate).await.answered();
    }

    /// As if others had failed before, and the rest were over.
    fn fail_while_underway(gate: &Gate) {
        gate.endpoint("a").seen().failures = FAILURES;
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
            drop(gate.enter(&format!("endpoint {other}"), false).await);
        }
        assert!(gate.endpoints.lock().expect("a lock").len() <= REMEMBERED + 1);
        assert!(matches!(closed(&gate).await, Closed::Rests(_)), "one that rests is not");
    }
}
