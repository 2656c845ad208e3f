//! A group: what it has come to, what is given out, what waits and what was given up.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::events::cloud::CloudEvent;
use crate::events::order::{first_token, place};
use crate::events::status::{DeadLetter, GroupStatus};
use crate::tasks::{Finish, Lease, Outcome};

/// Where an event of a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It may be given out from a moment on.
    Ready(DateTime<Utc>),
    /// It is given out until a moment.
    Out(DateTime<Utc>),
    /// Another one of its key comes first.
    Behind,
}

#[derive(Debug)]
struct Open {
    key: Option<String>,
    place: Place,
    attempts: u32,
    token: i64,
}

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
    open: BTreeMap<i64, Open>,
    /// Of `open`, by the moment.
    ready: BTreeSet<(DateTime<Utc>, i64)>,
    out: BTreeSet<(DateTime<Utc>, i64)>,
    keys: HashMap<String, BTreeSet<i64>>,
    dead: BTreeMap<i64, Dead>,
    /// What a `take` has claimed so far.
    claimed: Vec<i64>,
}

fn end(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    let lease = TimeDelta::from_std(lease).ok();
    lease.and_then(|lease| now.checked_add_signed(lease)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl Reader {
    pub(super) fn at(position: i64) -> Self {
        Self { position, ..Self::default() }
    }

    /// Takes what nobody holds any more, then what is due.
    pub(super) fn claim(&mut self, limit: usize, lease: Duration, now: DateTime<Utc>) {
        self.claimed.clear();
        let due = self.out.iter().chain(&self.ready).filter(|(moment, _)| *moment <= now);
        let lost: Vec<i64> = due.take(limit).map(|(_, seq)| *seq).collect();
        for seq in lost {
            self.give(seq, lease, now);
        }
    }

    pub(super) fn given(&self) -> usize {
        self.claimed.len()
    }

    /// What was claimed: place, token, attempts.
    pub(super) fn hand_out(&mut self) -> Vec<(i64, i64, u32)> {
        let claimed = std::mem::take(&mut self.claimed);
        let of = |seq: i64| self.open.get(&seq).map(|open| (seq, open.token, open.attempts));
        claimed.into_iter().filter_map(of).collect()
    }

    fn give(&mut self, seq: i64, lease: Duration, now: DateTime<Utc>) {
        self.put(seq, Place::Out(end(now, lease)));
        if let Some(open) = self.open.get_mut(&seq) {
            open.attempts += 1;
            open.token += 1;
            self.claimed.push(seq);
        }
    }

    /// Comes to an event: it is given out unless another one of its key comes first.
    pub(super) fn open(&mut self, seq: i64, key: Option<String>, lease: Duration, now: DateTime<Utc>) {
        if self.insert(seq, key, first_token(self.round)) {
            self.give(seq, lease, now);
        }
    }

    /// Whether it is the first of its key.
    fn insert(&mut self, seq: i64, key: Option<String>, token: i64) -> bool {
        let first = match &key {
            Some(key) => {
                let others = self.keys.entry(key.clone()).or_default();
                others.insert(seq);
                others.len() == 1
            }
            None => true,
        };
        self.open.insert(seq, Open { key, place: Place::Behind, attempts: 0, token });
        first
    }

    fn put(&mut self, seq: i64, place: Place) {
        let Some(open) = self.open.get_mut(&seq) else { return };
        match std::mem::replace(&mut open.place, place) {
            Place::Ready(moment) => self.ready.remove(&(moment, seq)),
            Place::Out(moment) => self.out.remove(&(moment, seq)),
            Place::Behind => false,
        };
        match place {
            Place::Ready(moment) => self.ready.insert((moment, seq)),
            Place::Out(moment) => self.out.insert((moment, seq)),
            Place::Behind => false,
        };
    }

    fn held(&self, lease: Lease) -> Option<i64> {
        let seq = place(lease.id);
        let open = self.open.get(&seq)?;
        (open.token == lease.token && matches!(open.place, Place::Out(_))).then_some(seq)
    }

    pub(super) fn extend(&mut self, leases: &[Lease], lease: Duration, now: DateTime<Utc>) -> Vec<bool> {
        let mut extend = |held: &Lease| {
            let seq = self.held(*held);
            if let Some(seq) = seq {
                self.put(seq, Place::Out(end(now, lease)));
            }
            seq.is_some()
        };
        leases.iter().map(&mut extend).collect()
    }

    pub(super) fn finish(
        &mut self,
        finish: Finish,
        event: impl Fn(i64) -> Option<CloudEvent>,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(seq) = self.held(finish.lease) else { return false };
        match finish.outcome {
            Outcome::Retry(moment, _) | Outcome::Postponed(moment, _) => {
                self.put(seq, Place::Ready(moment.max(now)));
            }
            Outcome::Returned => {
                self.put(seq, Place::Ready(now));
                if let Some(open) = self.open.get_mut(&seq) {
                    open.attempts = open.attempts.saturating_sub(1);
                }
            }
            Outcome::Succeeded(_) | Outcome::Expired => {
                self.remove(seq, now);
            }
            Outcome::Failed(error) => {
                let Some(open) = self.remove(seq, now) else { return false };
                let event = event(seq);
                let id = event.as_ref().map_or_else(|| seq.to_string(), |event| event.id.clone());
                let letter = DeadLetter { id, event, error, attempts: open.attempts, died_at: now };
                self.dead.insert(seq, Dead { letter, key: open.key, token: open.token });
            }
        }
        true
    }

    /// It has ended: the next of its key may be given out.
    fn remove(&mut self, seq: i64, now: DateTime<Utc>) -> Option<Open> {
        self.put(seq, Place::Behind);
        let open = self.open.remove(&seq)?;
        if let Some(key) = &open.key
            && let Some(others) = self.keys.get_mut(key)
        {
            others.remove(&seq);
            match others.first().copied() {
                Some(next) => self.put(next, Place::Ready(now)),
                None => {
                    self.keys.remove(key);
                }
            }
        }
        Some(open)
    }

    pub(super) fn dead_letters(&self, limit: usize) -> Vec<DeadLetter> {
        self.dead.values().take(limit).map(|dead| dead.letter.clone()).collect()
    }

    pub(super) fn revive(&mut self, ids: Option<&[String]>, now: DateTime<Utc>) -> u64 {
        let wanted = |dead: &Dead| ids.is_none_or(|ids| ids.contains(&dead.letter.id));
        let revived: Vec<(i64, Dead)> = self.dead.extract_if(.., |_, dead| wanted(dead)).collect();
        let count = revived.len() as u64;
        for (seq, Dead { key, token, .. }) in revived {
            // The group was set back, and has come to it again.
            if !self.open.contains_key(&seq) && self.insert(seq, key, token) {
                self.put(seq, Place::Ready(now));
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
        let first = |set: &BTreeSet<(DateTime<Utc>, i64)>| set.first().map(|(moment, _)| *moment);
        [first(&self.ready), first(&self.out)].into_iter().flatten().min()
    }

    pub(super) fn is_open(&self, seq: i64) -> bool {
        self.open.contains_key(&seq)
    }

    pub(super) fn status(&self, name: &str, behind: u64) -> GroupStatus {
        GroupStatus {
            name: name.to_owned(),
            types: self.types.clone(),
            behind,
            open: self.open.len() as u64,
            dead: self.dead.len() as u64,
        }
    }
}
