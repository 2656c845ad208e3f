//! What a group comes to next, and the bodies of what it has come to.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::entry::{Entry, Opened};
use super::line::{Line, Mark, Streams, there};
use super::message::Arrived;
use super::state::{State, WINDOW};
use super::tail::{Next, Tail};
use crate::events::bus::{BusError, Delivery, Received, Take};
use crate::events::order::lease_id;
use crate::tasks::Lease;

/// How many events a group comes to at once at most.
pub(super) const STEP: usize = 500;
/// How many bodies are kept for when they are given out.
const KEPT: usize = 2_000;

/// What was read of the stream of events for a group.
#[derive(Default)]
pub(super) struct Ahead {
    tail: Option<Tail>,
    /// What it has not come to.
    next: VecDeque<(Mark, Arrived)>,
    /// What it has come to here and is not ended.
    bodies: HashMap<u64, Arrived>,
}

impl Ahead {
    /// Follows the stream for what the group listens to now; false where the stream has lost what the group has come to.
    pub(super) fn read(&mut self, line: &Arc<Line>, wake: &Arc<Notify>, state: &State) -> bool {
        while self.next.front().is_some_and(|(mark, _)| mark.seq <= state.position.seq) {
            self.next.pop_front();
        }
        if self.tail.as_ref().is_some_and(|tail| tail.began != state.first_token()) {
            // The places may be those of other events now.
            self.bodies.clear();
        }
        loop {
            let fits = |tail: &Tail| tail.began == state.first_token() && tail.types == state.types;
            let tail = match self.tail.take().filter(fits) {
                Some(tail) => self.tail.insert(tail),
                None => {
                    self.next.clear();
                    let tail = Tail::start(line, wake, &state.types, state.first_token(), state.position);
                    self.tail.insert(tail)
                }
            };
            while self.next.len() < STEP {
                match tail.next.try_recv() {
                    Ok(Next::Event(mark, arrived)) if mark.seq > state.position.seq => {
                        self.next.push_back((mark, *arrived));
                    }
                    Ok(Next::Event(..)) => {}
                    Ok(Next::Anew) => {
                        self.tail = None;
                        break;
                    }
                    Ok(Next::Lost) => return false,
                    Err(_) => return true,
                }
            }
            if self.tail.is_some() {
                return true;
            }
        }
    }

    /// What the group does next, and how much of what was read ahead it comes to; `None` where there is nothing to do.
    pub(super) fn entry(&self, state: &State, take: &Take<'_>, now: i64) -> Option<(Entry, usize)> {
        let mut given = state.due(now, take.limit);
        let (mut opened, mut keys, mut count) = (Vec::new(), HashSet::new(), 0);
        let mut position = state.position;
        for (mark, arrived) in &self.next {
            if given >= take.limit || state.open().len() + opened.len() >= WINDOW {
                break;
            }
            (position, count) = (*mark, count + 1);
            // What says another type than its subject is not for the group.
            if arrived.kind().is_some_and(|kind| !state.types.iter().any(|known| known == kind)) {
                continue;
            }
            let (seq, key) = (mark.seq, arrived.key());
            if !state.open().contains_key(&seq)
                && key.is_none_or(|key| state.is_free(key) && keys.insert(key))
            {
                given += 1;
            }
            opened.push(Opened { seq, key });
        }
        if given == 0 && count == 0 {
            return None;
        }
        let lease = super::group::micros(take.lease);
        Some((Entry::Take { now, lease, limit: take.limit, position, opened }, count))
    }

    /// The group has come to so many.
    pub(super) fn come_to(&mut self, count: usize, state: &State) {
        for (mark, arrived) in self.next.drain(..count) {
            if self.bodies.len() < KEPT && state.open().contains_key(&mark.seq) {
                self.bodies.insert(mark.seq, arrived);
            }
        }
        if self.bodies.len() >= KEPT {
            self.bodies.retain(|seq, _| state.open().contains_key(seq));
        }
    }

    /// An event has ended for good.
    pub(super) fn ended(&mut self, seq: u64) {
        self.bodies.remove(&seq);
    }

    pub(super) async fn body(&self, streams: &Streams, seq: u64) -> Result<Arrived, BusError> {
        if let Some(arrived) = self.bodies.get(&seq) {
            return Ok(arrived.again());
        }
        let message = there(streams.events.direct_get(seq).await)?;
        Ok(message.map_or_else(Arrived::gone, |message| Arrived::new(message.headers, message.payload)))
    }

    /// What can't be read at the moment stays claimed, and comes again when its lease has run out.
    pub(super) async fn deliver(
        &mut self,
        streams: &Streams,
        given: Vec<(u64, i64, u32)>,
        round: i64,
    ) -> Vec<Delivery> {
        let missing = given.iter().map(|(seq, ..)| *seq).filter(|seq| !self.bodies.contains_key(seq));
        let missing: Vec<u64> = missing.collect();
        let fetched = join_all(missing.iter().map(|seq| self.body(streams, *seq))).await;
        let mut fetched: HashMap<u64, _> = missing.into_iter().zip(fetched).collect();
        let mut deliver = |(seq, token, attempts)| {
            let event = match self.bodies.get_mut(&seq) {
                Some(arrived) => arrived.event(),
                None => fetched.remove(&seq)?.ok()?.event(),
            };
            let lease = Lease { id: lease_id(i64::try_from(seq).ok()?), token };
            Some(Delivery { lease, attempts, round, event: event.map_err(|why| Received { why }) })
        };
        given.into_iter().filter_map(&mut deliver).collect()
    }
}
