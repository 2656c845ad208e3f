//! A group: what it has come to, and what it gave up.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::events::bus::Take;
use crate::events::cloud::CloudEvent;
use crate::events::order::{first_token, place};
use crate::events::status::{DeadLetter, GroupStatus};
use crate::events::turns::{Given, Turns, until};
use crate::tasks::{Finish, Lease, Outcome};

/// What is kept of a dead letter.
#[derive(Debug)]
struct Dead {
    letter: DeadLetter,
    key: Option<String>,
    token: i64,
}

#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) types: Vec<String>,
    /// The last event that it has come to.
    pub(super) position: i64,
    pub(super) round: i64,
    turns: Turns<i64, String>,
    dead: BTreeMap<i64, Dead>,
    /// What a `take` has claimed so far.
    claimed: Vec<Given<i64>>,
}

impl Reader {
    pub(super) fn at(position: i64) -> Self {
        Self { position, ..Self::default() }
    }

    /// Takes what nobody holds any more, and what is due.
    pub(super) fn claim(&mut self, take: &Take<'_>, now: DateTime<Utc>) {
        let now = now.timestamp_micros();
        let due = self.turns.due(now, take.limit, take.ahead);
        self.claimed =
            due.into_iter().filter_map(|seq| self.turns.give(seq, until(now, take.lease))).collect();
    }

    /// Whether it is to come to further events.
    pub(super) fn wants_more(&self, take: &Take<'_>) -> bool {
        self.claimed.len() < take.most()
    }

    /// Each with so many of its key behind it.
    pub(super) fn hand_out(&mut self, behind: usize) -> Vec<Given<i64>> {
        let claimed = std::mem::take(&mut self.claimed);
        self.turns.with_promised(claimed, behind)
    }

    /// Comes to an event: it is given out unless another one of its key comes first.
    pub(super) fn open(&mut self, seq: i64, key: Option<String>, take: &Take<'_>, now: DateTime<Utc>) {
        if self.turns.insert(seq, key, first_token(self.round), false) {
            self.claimed.extend(self.turns.give(seq, until(now.timestamp_micros(), take.lease)));
        }
    }

    pub(super) fn extend(&mut self, leases: &[Lease], lease: Duration, now: DateTime<Utc>) -> Vec<bool> {
        let until = until(now.timestamp_micros(), lease);
        leases.iter().map(|held| self.turns.extend(place(held.id), held.token, until)).collect()
    }

    pub(super) fn finish(
        &mut self,
        finish: Finish,
        event: impl Fn(i64) -> Option<CloudEvent>,
        died_at: DateTime<Utc>,
    ) -> bool {
        let (seq, now) = (place(finish.lease.id), died_at.timestamp_micros());
        if !self.turns.holds(seq, finish.lease.token) {
            return false;
        }
        match finish.outcome {
            Outcome::Retry(moment, _) | Outcome::Postponed(moment, _) => {
                self.turns.wait(seq, moment.timestamp_micros().max(now));
            }
            Outcome::Returned => self.turns.give_back(seq, now),
            Outcome::Succeeded(_) | Outcome::Expired => {
                self.turns.remove(seq, now);
            }
            Outcome::Failed(error) => {
                let Some(open) = self.turns.remove(seq, now) else { return false };
                let event = event(seq);
                let id = event.as_ref().map_or_else(|| seq.to_string(), |event| event.id.clone());
                let letter = DeadLetter { id, event, error, attempts: open.attempts, died_at };
                self.dead.insert(seq, Dead { letter, key: open.key, token: open.token });
            }
        }
        true
    }

    pub(super) fn dead_letters(&self, limit: usize) -> Vec<DeadLetter> {
        self.dead.values().take(limit).map(|dead| dead.letter.clone()).collect()
    }

    pub(super) fn revive(&mut self, ids: Option<&[String]>, now: DateTime<Utc>) -> u64 {
        let wanted = |dead: &Dead| ids.is_none_or(|ids| ids.contains(&dead.letter.id));
        let revived: Vec<(i64, Dead)> = self.dead.extract_if(.., |_, dead| wanted(dead)).collect();
        let count = revived.len() as u64;
        for (seq, Dead { key, token, .. }) in revived {
            // Where the group was set back it may have come to it again.
            if self.turns.insert(seq, key, token, true) {
                self.turns.wait(seq, now.timestamp_micros());
            }
        }
        count
    }

    pub(super) fn seek(&mut self, position: i64) {
        let (types, round) = (std::mem::take(&mut self.types), self.round + 1);
        let dead = std::mem::take(&mut self.dead);
        *self = Self { types, position, round, dead, ..Self::default() };
    }

    pub(super) fn next_moment(&self) -> Option<DateTime<Utc>> {
        self.turns.next_moment().and_then(DateTime::from_timestamp_micros)
    }

    pub(super) fn is_open(&self, seq: i64) -> bool {
        self.turns.open().contains_key(&seq)
    }

    pub(super) fn status(&self, name: &str, behind: u64) -> GroupStatus {
        GroupStatus {
            name: name.to_owned(),
            types: self.types.clone(),
            behind,
            open: self.turns.open().len() as u64,
            dead: self.dead.len() as u64,
        }
    }
}
