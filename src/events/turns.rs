//! What a group has come to and not ended, where that is kept in memory: what is given out, what waits for its moment, and what
//! waits behind another one of its key.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Bound::{Excluded, Unbounded};
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
    /// Another one of its key comes first, and whoever has that has this one as well: where that ends for good, its lease
    /// goes over to this one.
    Promised,
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

/// An event that is given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given<S> {
    pub(super) seq: S,
    pub(super) token: i64,
    /// Which attempt it is.
    pub(super) attempts: u32,
    /// Whether it waits for the one before it.
    pub(super) follows: bool,
}

impl<K> Open<K> {
    /// How many attempts have begun, with one that goes on behind the one before.
    pub(super) const fn begun(&self) -> u32 {
        match self.standing {
            Standing::Promised => self.attempts.saturating_add(1),
            _ => self.attempts,
        }
    }
}

/// All of them, by their places `S` in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turns<S, K: Eq + Hash> {
    open: BTreeMap<S, Open<K>>,
    /// What is ready and has not been out before, by the moment.
    fresh: BTreeSet<(i64, S)>,
    /// What else is ready or out, by the moment.
    again: BTreeSet<(i64, S)>,
    keys: HashMap<K, Queue<S>>,
}

/// The events of one key. Most keys have one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Queue<S> {
    first: S,
    rest: BTreeSet<S>,
}

impl<S: Copy + Ord> Queue<S> {
    fn insert(&mut self, seq: S) {
        if seq < self.first {
            self.rest.insert(std::mem::replace(&mut self.first, seq));
        } else if seq > self.first {
            self.rest.insert(seq);
        }
    }

    /// False where it was the last.
    fn remove(&mut self, seq: S) -> bool {
        if seq != self.first {
            self.rest.remove(&seq);
            return true;
        }
        let next = self.rest.pop_first();
        self.first = next.unwrap_or(seq);
        next.is_some()
    }

    /// What comes after one of them.
    fn behind(&self, seq: S) -> impl Iterator<Item = S> {
        self.rest.range((Excluded(seq), Unbounded)).copied()
    }

    /// What comes before one of them.
    #[cfg(feature = "nats")]
    fn before(&self, seq: S) -> Option<S> {
        self.rest.range(..seq).next_back().copied().or_else(|| (self.first < seq).then_some(self.first))
    }
}

impl<S, K: Eq + Hash> Default for Turns<S, K> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), fresh: BTreeSet::new(), again: BTreeSet::new(), keys: HashMap::new() }
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
            turns.stands_in_line(seq, open.key.as_ref());
            let standing = open.standing;
            turns.open.insert(seq, Open { standing: Standing::Behind, ..open });
            turns.put(seq, standing);
        }
        turns
    }

    pub(super) fn open(&self) -> &BTreeMap<S, Open<K>> {
        &self.open
    }

    /// What may be given out, or is not held any more: so many at most, and so many more of what has not been out before. That
    /// others may have died of, and is begun at once or not at all.
    pub(super) fn due(&self, now: i64, limit: usize, ahead: usize) -> Vec<S> {
        let due = |set: &BTreeSet<(i64, S)>, most: usize| -> Vec<S> {
            set.iter().take_while(|(moment, _)| *moment <= now).take(most).map(|(_, seq)| *seq).collect()
        };
        let mut all = due(&self.again, limit);
        let rest = limit.saturating_add(ahead) - all.len();
        all.extend(due(&self.fresh, rest));
        all
    }

    /// When something happens by itself.
    pub(super) fn next_moment(&self) -> Option<i64> {
        let first = |set: &BTreeSet<(i64, S)>| set.first().map(|(moment, _)| *moment);
        first(&self.fresh).into_iter().chain(first(&self.again)).min()
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
        let first = self.stands_in_line(seq, key.as_ref());
        self.open.insert(seq, Open { key, standing: Standing::Behind, attempts: 0, token, again });
        // Where it comes between what was promised and what comes before, it comes first.
        self.take_back(seq);
        first
    }

    /// Gives it out until a moment.
    pub(super) fn give(&mut self, seq: S, until: i64) -> Option<Given<S>> {
        self.take_back(seq);
        let open = self.open.get_mut(&seq)?;
        open.attempts += 1;
        open.token += 1;
        let given = Given { seq, token: open.token, attempts: open.attempts, follows: false };
        self.put(seq, Standing::Out(until));
        Some(given)
    }

    /// Promises what comes directly behind an event that is given out for the first time. What was out before may be what its
    /// worker died of, and goes alone.
    fn promise(&mut self, seq: S, most: usize) -> Vec<Given<S>> {
        let Some(open) = self.open.get(&seq).filter(|open| open.attempts == 1) else { return Vec::new() };
        let Some(others) = open.key.as_ref().and_then(|key| self.keys.get(key)) else { return Vec::new() };
        let behind = others.behind(seq).take(most);
        let mut promised = Vec::new();
        for seq in behind {
            let Some(open) = self.open.get_mut(&seq) else { break };
            if open.standing != Standing::Behind || open.attempts > 0 {
                break;
            }
            open.standing = Standing::Promised;
            open.token += 1;
            promised.push(Given { seq, token: open.token, attempts: open.begun(), follows: true });
        }
        promised
    }

    /// What is given out, and behind each as many of its key as are promised with it.
    pub(super) fn with_promised(&mut self, given: Vec<Given<S>>, most: usize) -> Vec<Given<S>> {
        if most == 0 {
            return given;
        }
        let with = |given: Given<S>| std::iter::once(given).chain(self.promise(given.seq, most));
        given.into_iter().flat_map(with).collect()
    }

    /// It may be given out from a moment on.
    pub(super) fn wait(&mut self, seq: S, moment: i64) {
        self.take_back(seq);
        self.put(seq, Standing::Ready(moment));
    }

    /// The attempt did not begin.
    pub(super) fn give_back(&mut self, seq: S, now: i64) {
        if let Some(open) = self.open.get_mut(&seq) {
            open.attempts = open.attempts.saturating_sub(1);
        }
        self.wait(seq, now);
    }

    /// Prolongs a lease; says whether it still held. What is promised has that of the one before.
    pub(super) fn extend(&mut self, seq: S, token: i64, until: i64) -> bool {
        let holds = self.holds(seq, token);
        if holds {
            self.put(seq, Standing::Out(until));
        }
        holds || self.is_promised(seq, token)
    }

    /// Whether a lease is the last of its event, and the event is still out.
    pub(super) fn holds(&self, seq: S, token: i64) -> bool {
        let open = self.open.get(&seq);
        open.is_some_and(|open| open.token == token && matches!(open.standing, Standing::Out(_)))
    }

    /// Whether it is the lease of something that is promised.
    pub(super) fn is_promised(&self, seq: S, token: i64) -> bool {
        let open = self.open.get(&seq);
        open.is_some_and(|open| open.token == token && open.standing == Standing::Promised)
    }

    /// Whether a lease holds once others have ended.
    #[cfg(feature = "nats")]
    pub(super) fn holds_after(&self, seq: S, token: i64, ended: impl Fn(S) -> bool) -> bool {
        self.holds(seq, token) || (self.is_promised(seq, token) && self.before(seq).is_some_and(ended))
    }

    /// It has ended for good: the next of its key may be given out, or goes on where it was promised.
    pub(super) fn remove(&mut self, seq: S, now: i64) -> Option<Open<K>> {
        let next = self.after(seq).filter(|next| self.stands(*next) == Some(Standing::Promised));
        let lease = self.stands(seq);
        self.put(seq, Standing::Behind);
        let open = self.open.remove(&seq)?;
        let Some(key) = &open.key else { return Some(open) };
        let Some(others) = self.keys.get_mut(key) else { return Some(open) };
        let first = others.remove(seq).then_some(others.first);
        if first.is_none() {
            self.keys.remove(key);
        }
        if let (Some(next), Some(lease @ Standing::Out(_))) = (next, lease) {
            if let Some(next) = self.open.get_mut(&next) {
                next.attempts += 1;
            }
            self.put(next, lease);
        } else if let Some(first) = first.filter(|first| self.stands(*first) == Some(Standing::Behind)) {
            self.wait(first, now);
        }
        Some(open)
    }

    /// It is one of its key; whether it is the only one.
    fn stands_in_line(&mut self, seq: S, key: Option<&K>) -> bool {
        let Some(key) = key else { return true };
        match self.keys.entry(key.clone()) {
            Entry::Occupied(mut others) => {
                others.get_mut().insert(seq);
                false
            }
            Entry::Vacant(free) => {
                free.insert(Queue { first: seq, rest: BTreeSet::new() });
                true
            }
        }
    }

    fn stands(&self, seq: S) -> Option<Standing> {
        self.open.get(&seq).map(|open| open.standing)
    }

    /// Those of its key.
    fn of_key(&self, seq: S) -> Option<&Queue<S>> {
        self.keys.get(self.open.get(&seq)?.key.as_ref()?)
    }

    fn after(&self, seq: S) -> Option<S> {
        self.of_key(seq)?.behind(seq).next()
    }

    #[cfg(feature = "nats")]
    fn before(&self, seq: S) -> Option<S> {
        self.of_key(seq)?.before(seq)
    }

    /// What was promised behind it is not any more.
    fn take_back(&mut self, seq: S) {
        let Some(others) = self.open.get(&seq).and_then(|open| self.keys.get(open.key.as_ref()?)) else {
            return;
        };
        for behind in others.behind(seq) {
            match self.open.get_mut(&behind) {
                Some(open) if open.standing == Standing::Promised => open.standing = Standing::Behind,
                _ => return,
            }
        }
    }

    fn put(&mut self, seq: S, standing: Standing) {
        let Some(open) = self.open.get_mut(&seq) else { return };
        let before = std::mem::replace(&mut open.standing, standing);
        if let Standing::Ready(moment) | Standing::Out(moment) = before
            && !self.again.remove(&(moment, seq))
        {
            self.fresh.remove(&(moment, seq));
        }
        if let Standing::Ready(moment) | Standing::Out(moment) = standing {
            let set = if open.attempts == 0 { &mut self.fresh } else { &mut self.again };
            set.insert((moment, seq));
        }
    }
}
