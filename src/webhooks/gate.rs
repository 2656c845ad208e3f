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
mod tests;
