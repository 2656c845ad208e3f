//! A group: how far it is, what is given out and what waits. It changes by entries of its journal alone, and by each in
//! exactly one way, so that all who read the journal have the same.

use super::entry::{Ending, Entry, Opened};
use super::line::Mark;
use crate::events::order::first_token;
use crate::events::turns::{Given, Open, Turns};

/// How many events a group may have come to and not ended. Beyond them it looks no further.
pub(super) const WINDOW: usize = 10_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) types: Vec<String>,
    /// The last event that it has come to.
    pub(super) position: Mark,
    pub(super) round: i64,
    /// How often the stream ended before what the group had come to.
    pub(super) losses: i64,
    /// What it has come to and not ended. Two keys with one number only wait for each other.
    pub(super) turns: Turns<u64, u64>,
}

/// What came of an entry.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) given: Vec<Given<u64>>,
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
        open: impl IntoIterator<Item = (u64, Open<u64>)>,
    ) -> Self {
        Self { types, position, round, losses, turns: Turns::restore(open) }
    }

    pub(super) fn apply(&mut self, entry: Entry) -> Applied {
        let mut applied = Applied::default();
        match entry {
            Entry::State(state) => *self = *state,
            Entry::Types(types) => self.types = types,
            Entry::Take { now, lease, limit, ahead, behind, position, opened } => {
                let first = self.first_token();
                let turns = &mut self.turns;
                let until = now.saturating_add(lease);
                let due = turns.due(now, limit, ahead);
                let mut given: Vec<Given<u64>> =
                    due.into_iter().filter_map(|seq| turns.give(seq, until)).collect();
                for Opened { seq, key } in opened {
                    if turns.insert(seq, key, first, false) {
                        given.extend(turns.give(seq, until));
                    }
                }
                applied.given = turns.with_promised(given, behind);
                if position.seq > self.position.seq {
                    self.position = position;
                }
            }
            Entry::Extend { until, leases } => {
                for (seq, token) in leases {
                    self.turns.extend(seq, token, until);
                }
            }
            Entry::Finish { now, endings } => {
                for (seq, token, ending) in endings {
                    if self.turns.holds(seq, token) {
                        match ending {
                            Ending::Done => {
                                self.turns.remove(seq, now);
                            }
                            Ending::Retry(moment) => self.turns.wait(seq, moment.max(now)),
                            Ending::Returned => self.turns.give_back(seq, now),
                        }
                    }
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
                    // Where the group was set back it may have come to it again.
                    if self.turns.insert(seq, key, token, true) {
                        self.turns.wait(seq, now);
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
}
