//! A group: how far it is, what is given out and what waits. It changes by entries of its journal alone, and by each in
//! exactly one way, so that all who read the journal have the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::entry::{Ending, Entry, Opened};
use super::line::Mark;
use crate::events::order::first_token;

/// How many events a group may have come to and not ended. Beyond them it looks no further.
pub(super) const WINDOW: usize = 10_000;

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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) key: Option<u64>,
    pub(super) standing: Standing,
    pub(super) attempts: u32,
    pub(super) token: i64,
    /// It was a dead letter, and began anew.
    pub(super) again: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) types: Vec<String>,
    /// The last event that it has come to.
    pub(super) position: Mark,
    pub(super) round: i64,
    /// How often the stream ended before what the group had come to.
    pub(super) losses: i64,
    open: BTreeMap<u64, Open>,
    /// What is ready or out, by the moment.
    due: BTreeSet<(i64, u64)>,
    keys: HashMap<u64, BTreeSet<u64>>,
}

/// What came of an entry.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// What was given out: its place, its token, which attempt.
    pub(super) given: Vec<(u64, i64, u32)>,
    /// Whether each lease held, or how many began anew.
    pub(super) held: Vec<bool>,
}

impl State {
    pub(super) fn new(types: Vec<String>, position: u64) -> Self {
        Self { types, position: Mark::at(position), ..Self::default() }
    }

    /// As it was written down.
    pub(super) fn restore(
        types: Vec<String>,
        position: Mark,
        (round, losses): (i64, i64),
        open: impl IntoIterator<Item = (u64, Open)>,
    ) -> Self {
        let mut state = Self { types, position, round, losses, ..Self::default() };
        for (seq, open) in open {
            if let Some(key) = open.key {
                state.keys.entry(key).or_default().insert(seq);
            }
            if let Standing::Ready(moment) | Standing::Out(moment) = open.standing {
                state.due.insert((moment, seq));
            }
            state.open.insert(seq, open);
        }
        state
    }

    pub(super) fn open(&self) -> &BTreeMap<u64, Open> {
        &self.open
    }

    pub(super) fn apply(&mut self, entry: Entry) -> Applied {
        let mut applied = Applied::default();
        match entry {
            Entry::State(state) => *self = *state,
            Entry::Types(types) => self.types = types,
            Entry::Take { now, lease, limit, position, opened } => {
                let until = now.saturating_add(lease);
                let due = self.due.range(..=(now, u64::MAX)).take(limit);
                let due: Vec<u64> = due.map(|(_, seq)| *seq).collect();
                for seq in due {
                    applied.given.extend(self.give(seq, until));
                }
                for Opened { seq, key } in opened {
                    if !self.open.contains_key(&seq) && self.insert(seq, key, self.first_token(), false) {
                        applied.given.extend(self.give(seq, until));
                    }
                }
                if position.seq > self.position.seq {
                    self.position = position;
                }
            }
            Entry::Extend { until, leases } => {
                for (seq, token) in leases {
                    let holds = self.holds(seq, token);
                    if holds {
                        self.put(seq, Standing::Out(until));
                    }
                    applied.held.push(holds);
                }
            }
            Entry::Finish { now, endings } => {
                for (seq, token, ending) in endings {
                    let holds = self.holds(seq, token);
                    if holds {
                        self.end(seq, ending, now);
                    }
                    applied.held.push(holds);
                }
            }
            Entry::Seek(position) => {
                let (round, losses) = (self.round + 1, self.losses);
                *self = Self {
                    types: std::mem::take(&mut self.types),
                    position: Mark::at(position),
                    round,
                    losses,
                    ..Self::default()
                };
            }
            Entry::Lost => {
                let (round, losses) = (self.round, self.losses + 1);
                *self = Self { types: std::mem::take(&mut self.types), round, losses, ..Self::default() };
            }
            Entry::Revive { now, letters } => {
                for (seq, key, token) in letters {
                    // The group was set back, and has come to it again.
                    if !self.open.contains_key(&seq) && self.insert(seq, key, token, true) {
                        self.put(seq, Standing::Ready(now));
                    }
                }
            }
        }
        applied
    }

    /// The token before the first delivery, by which it is told apart what was given out before a new beginning.
    pub(super) const fn first_token(&self) -> i64 {
        first_token(self.round) + (self.losses << 20)
    }

    fn give(&mut self, seq: u64, until: i64) -> Option<(u64, i64, u32)> {
        self.put(seq, Standing::Out(until));
        let open = self.open.get_mut(&seq)?;
        open.attempts += 1;
        open.token += 1;
        Some((seq, open.token, open.attempts))
    }

    /// Whether it is the first of its key.
    fn insert(&mut self, seq: u64, key: Option<u64>, token: i64, again: bool) -> bool {
        let first = key.is_none_or(|key| {
            let others = self.keys.entry(key).or_default();
            others.insert(seq);
            others.len() == 1
        });
        self.open.insert(seq, Open { key, standing: Standing::Behind, attempts: 0, token, again });
        first
    }

    fn put(&mut self, seq: u64, standing: Standing) {
        let Some(open) = self.open.get_mut(&seq) else { return };
        let before = std::mem::replace(&mut open.standing, standing);
        if let Standing::Ready(moment) | Standing::Out(moment) = before {
            self.due.remove(&(moment, seq));
        }
        if let Standing::Ready(moment) | Standing::Out(moment) = standing {
            self.due.insert((moment, seq));
        }
    }

    /// Whether a lease is the last of its event, and the event is still out.
    pub(super) fn holds(&self, seq: u64, token: i64) -> bool {
        let open = self.open.get(&seq);
        open.is_some_and(|open| open.token == token && matches!(open.standing, Standing::Out(_)))
    }

    fn end(&mut self, seq: u64, ending: Ending, now: i64) {
        match ending {
            Ending::Done => self.remove(seq, now),
            Ending::Retry(moment) => self.put(seq, Standing::Ready(moment.max(now))),
            Ending::Returned => {
                self.put(seq, Standing::Ready(now));
                if let Some(open) = self.open.get_mut(&seq) {
                    open.attempts = open.attempts.saturating_sub(1);
                }
            }
        }
    }

    /// It has ended: the next of its key may be given out.
    fn remove(&mut self, seq: u64, now: i64) {
        self.put(seq, Standing::Behind);
        let Some(key) = self.open.remove(&seq).and_then(|open| open.key) else { return };
        let Some(others) = self.keys.get_mut(&key) else { return };
        others.remove(&seq);
        match others.first().copied() {
            Some(next) if matches!(self.open.get(&next), Some(open) if open.standing == Standing::Behind) => {
                self.put(next, Standing::Ready(now));
            }
            Some(_) => {}
            None => {
                self.keys.remove(&key);
            }
        }
    }

    /// How many could be given out, up to a limit.
    pub(super) fn due(&self, now: i64, limit: usize) -> usize {
        self.due.range(..=(now, u64::MAX)).take(limit).count()
    }

    /// Whether nothing of a key is open.
    pub(super) fn is_free(&self, key: u64) -> bool {
        !self.keys.contains_key(&key)
    }

    pub(super) fn next_moment(&self) -> Option<i64> {
        self.due.first().map(|(moment, _)| *moment)
    }
}
