//! What a group comes to next, and what it has come to and not given out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::entry::{Entry, Opened};
use super::line::{Line, Mark, Streams, there};
use super::message;
use super::state::{State, WINDOW};
use super::tail::{Next, Read, Tail};
use crate::events::bus::{Delivery, Received, Take};
use crate::events::cloud::{Data, Unreadable};
use crate::events::order::lease_id;
use crate::events::turns::{Given, micros};
use crate::tasks::Lease;

/// How many events a group comes to at once at most.
pub(super) const STEP: usize = 500;
/// How much of what waits is kept for when it is given out, in bytes; the rest is read once more.
const KEPT: usize = 32 * 1024 * 1024;

/// What was read of the stream of events for a group.
#[derive(Default)]
pub(super) struct Ahead {
    tail: Option<Tail>,
    /// What it has not come to.
    next: VecDeque<(Mark, Read)>,
    /// What it has come to and not given out here.
    waiting: HashMap<u64, Read>,
    /// How long all of that is.
    kept: usize,
}

impl Ahead {
    /// Follows the stream for what the group listens to now; false where the stream has lost what the group has come to.
    pub(super) fn read(&mut self, line: &Arc<Line>, wake: &Arc<Notify>, state: &State) -> bool {
        while self.next.front().is_some_and(|(mark, _)| mark.seq <= state.position.seq) {
            self.next.pop_front();
        }
        if self.tail.as_ref().is_some_and(|tail| tail.began != state.first_token()) {
            // The places may be those of other events now.
            (self.waiting, self.kept) = (HashMap::new(), 0);
        }
        loop {
            let fits = |tail: &Tail| tail.began == state.first_token() && tail.types == state.types;
            let tail = if let Some(tail) = self.tail.take().filter(fits) {
                self.tail.insert(tail)
            } else {
                self.next.clear();
                let tail = Tail::start(line, wake, &state.types, state.first_token(), state.position);
                self.tail.insert(tail)
            };
            while self.next.len() < STEP {
                match tail.next.try_recv() {
                    Ok(Next::Events(events)) => {
                        let next = events.into_iter().filter(|(mark, _)| mark.seq > state.position.seq);
                        self.next.extend(next);
                    }
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
        let mut given = state.turns.due(now, take.limit, take.ahead).len();
        let (mut opened, mut keys, mut count) = (Vec::new(), HashSet::new(), 0);
        let mut position = state.position;
        for (mark, event) in &self.next {
            if given >= take.most() || state.turns.open().len() + opened.len() >= WINDOW {
                break;
            }
            (position, count) = (*mark, count + 1);
            let (seq, event) = (mark.seq, event.as_ref().ok());
            // What says another type than its subject is not for the group.
            if event.is_some_and(|event| !state.types.contains(&event.kind)) {
                continue;
            }
            let key = event.and_then(|event| message::key(event));
            if !state.turns.open().contains_key(&seq)
                && key.is_none_or(|key| state.turns.is_free(&key) && keys.insert(key))
            {
                given += 1;
            }
            opened.push(Opened { seq, key });
        }
        if given == 0 && count == 0 {
            return None;
        }
        let lease = micros(take.lease);
        let Take { limit, ahead, behind, .. } = *take;
        Some((Entry::Take { now, lease, limit, ahead, behind, position, opened }, count))
    }

    /// The group has come to so many.
    pub(super) fn come_to(&mut self, count: usize, state: &State) {
        for (mark, event) in self.next.drain(..count) {
            let length = length(&event);
            if self.kept + length <= KEPT && state.turns.open().contains_key(&mark.seq) {
                self.kept += length;
                self.waiting.insert(mark.seq, event);
            }
        }
        // Other processes have given out some of it.
        if self.waiting.len() > 2 * state.turns.open().len() + STEP {
            self.waiting.retain(|seq, _| state.turns.open().contains_key(seq));
            self.kept = self.waiting.values().map(length).sum();
        }
    }

    /// What can't be read at the moment stays claimed, with what goes on behind it, and comes again when its lease has run out.
    pub(super) async fn deliver(
        &mut self,
        streams: &Streams,
        given: Vec<Given<u64>>,
        round: i64,
    ) -> Vec<Delivery> {
        let mut events: Vec<Option<Read>> = given.iter().map(|given| self.hand_out(given.seq)).collect();
        let missing = events.iter_mut().zip(&given).filter(|(event, _)| event.is_none());
        join_all(missing.map(async |(event, given)| *event = fetch(streams, given.seq).await)).await;
        let mut is_there = false;
        let deliver = |(given, event): (Given<u64>, Option<Read>)| {
            let Given { seq, token, attempts, follows } = given;
            is_there = event.is_some() && (is_there || !follows);
            let lease = Lease { id: lease_id(i64::try_from(seq).ok()?), token };
            let event = event.filter(|_| is_there)?.map_err(|why| Received { why });
            Some(Delivery { lease, attempts, round, follows, event })
        };
        given.into_iter().zip(events).filter_map(deliver).collect()
    }

    fn hand_out(&mut self, seq: u64) -> Option<Read> {
        let event = self.waiting.remove(&seq)?;
        self.kept -= length(&event);
        Some(event)
    }
}

fn length(event: &Read) -> usize {
    /// What an event takes beside its data, about.
    const REST: usize = 512;
    REST + match event.as_ref().map(|event| &event.data) {
        Ok(Data::Json(text)) => text.len(),
        Ok(Data::Bytes(bytes)) => bytes.len(),
        Ok(Data::None) | Err(_) => 0,
    }
}

async fn fetch(streams: &Streams, seq: u64) -> Option<Read> {
    let gone = || Err(Unreadable("the bus does not remember it any more".to_owned()));
    let found = there(streams.events.direct_get(seq).await).ok()?;
    Some(found.map_or_else(gone, |found| message::read(&found.headers, &found.payload).map(Arc::new)))
}
