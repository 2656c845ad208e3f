//! What a group has come to and not ended, where that is kept in memory: what is given out, what waits for its moment, and what
//! waits behind another one of its key.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Duration;

/// Where an event of a group stands; moments are microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may be given out from a moment on.
    Ready(i64),
    /// It is given out until a moment.
    Out(i64),
    /// Another one of its key comes first.
    Behind,
}

/// An event that a group has come to and not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open<K> {
    pub(super) key: Option<K>,
    pub(super) standing: Standing,
    pub(super) attempts: u32,
    pub(super) token: i64,
    /// It was a dead letter, and began anew.
    pub(super) again: bool,
}

/// All of them, by their places `S` in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turns<S, K: Eq + Hash> {
    open: BTreeMap<S, Open<K>>,
    /// What is ready or out, by the moment.
    due: BTreeSet<(i64, S)>,
    keys: HashMap<K, BTreeSet<S>>,
}

impl<S, K: Eq + Hash> Default for Turns<S, K> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), due: BTreeSet::new(), keys: HashMap::new() }
    }
}

/// The end of a lease.
pub(super) fn until(now: i64, lease: Duration) -> i64 {
    now.saturating_add(micros(lease))
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl<S: Copy + Ord, K: Clone + Eq + Hash> Turns<S, K> {
    /// As it was written down.
    #[cfg(feature = "nats")]
    pub(super) fn restore(all: impl IntoIterator<Item = (S, Open<K>)>) -> Self {
        let mut turns = Self::default();
        for (seq, open) in all {
            if let Some(key) = &open.key {
                turns.keys.entry(key.clone()).or_default().insert(seq);
            }
            if let Standing::Ready(moment) | Standing::Out(moment) = open.standing {
                turns.due.insert((moment, seq));
            }
            turns.open.insert(seq, open);
        }
        turns
    }

    pub(super) fn open(&self) -> &BTreeMap<S, Open<K>> {
        &self.open
    }

    /// What may be given out, or is not held any more.
    pub(super) fn due(&self, now: i64) -> impl Iterator<Item = S> {
        self.due.iter().take_while(move |(moment, _)| *moment <= now).map(|(_, seq)| *seq)
    }

    /// When something happens by itself.
    pub(super) fn next_moment(&self) -> Option<i64> {
        self.due.first().map(|(moment, _)| *moment)
    }

    /// Whether nothing of a key is open.
    #[cfg(feature = "nats")]
    pub(super) fn is_free(&self, key: &K) -> bool {
        !self.keys.contains_key(key)
    }

    /// Comes to an event; says whether it is the first of its key, and not open already.
    pub(super) fn insert(&mut self, seq: S, key: Option<K>, token: i64, again: bool) -> bool {
        if self.open.contains_key(&seq) {
            return false;
        }
        let first = key.as_ref().is_none_or(|key| {
            let others = self.keys.entry(key.clone()).or_default();
            others.insert(seq);
            others.len() == 1
        });
        self.open.insert(seq, Open { key, standing: Standing::Behind, attempts: 0, token, again });
        first
    }

    /// Gives it out until a moment: its place, its new token, which attempt.
    pub(super) fn give(&mut self, seq: S, until: i64) -> Option<(S, i64, u32)> {
        self.put(seq, Standing::Out(until));
        let open = self.open.get_mut(&seq)?;
        open.attempts += 1;
        open.token += 1;
        Some((seq, open.token, open.attempts))
    }

    /// It may be given out from a moment on.
    pub(super) fn wait(&mut self, seq: S, moment: i64) {
        self.put(seq, Standing::Ready(moment));
    }

    /// The attempt did not begin.
    pub(super) fn give_back(&mut self, seq: S, now: i64) {
        self.wait(seq, now);
        if let Some(open) = self.open.get_mut(&seq) {
            open.attempts = open.attempts.saturating_sub(1);
        }
    }

    /// Prolongs a lease; says whether it still held.
    pub(super) fn extend(&mut self, seq: S, token: i64, until: i64) -> bool {
        let holds = self.holds(seq, token);
        if holds {
            self.put(seq, Standing::Out(until));
        }
        holds
    }

    /// Whether a lease is the last of its event, and the event is still out.
    pub(super) fn holds(&self, seq: S, token: i64) -> bool {
        let open = self.open.get(&seq);
        open.is_some_and(|open| open.token == token && matches!(open.standing, Standing::Out(_)))
    }

    /// It has ended for good: the next of its key may be given out.
    pub(super) fn remove(&mut self, seq: S, now: i64) -> Option<Open<K>> {
        self.put(seq, Standing::Behind);
        let open = self.open.remove(&seq)?;
        let Some(key) = &open.key else { return Some(open) };
        let Some(others) = self.keys.get_mut(key) else { return Some(open) };
        others.remove(&seq);
        match others.first().copied() {
            Some(next) if matches!(self.open.get(&next), Some(open) if open.standing == Standing::Behind) => {
                self.wait(next, now);
            }
            Some(_) => {}
            None => {
                self.keys.remove(key);
            }
        }
        Some(open)
    }

    fn put(&mut self, seq: S, standing: Standing) {
        let Some(open) = self.open.get_mut(&seq) else { return };
        let before = std::mem::replace(&mut open.standing, standing);
        if let Standing::Ready(moment) | Standing::Out(moment) = before {
            self.due.remove(&(moment, seq));
        }
        if let Standing::Ready(moment) | Standing::Out(moment) = standing {
            self.due.insert((moment, seq));
        }
    }
}
