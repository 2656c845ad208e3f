//! The log, and the groups that read it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::group::Reader;
#[cfg(feature = "amqp")]
use crate::events::bus::Standing;
use crate::events::bus::{BusError, Delivery, Group, Received, Start, Take};
use crate::events::cloud::{CloudEvent, Unreadable};
use crate::events::order::{key, lease_id};
use crate::events::status::GroupStatus;
use crate::events::turns::Given;
use crate::tasks::{Finish, Lease};

/// How many events there is room for: memory is not endless.
const ROOM: usize = 1_000_000;

/// What is remembered of an event.
#[derive(Debug)]
struct Logged {
    event: Arc<CloudEvent>,
    published_at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    last: i64,
    log: BTreeMap<i64, Logged>,
    known: HashSet<(String, String)>,
    groups: BTreeMap<String, Reader>,
}

impl State {
    pub(super) fn publish(&mut self, events: Vec<CloudEvent>, now: DateTime<Utc>) -> Result<(), BusError> {
        if self.log.len() + events.len() > ROOM {
            let why = format!("there are {ROOM} events in memory already");
            return Err(BusError::Unavailable(why));
        }
        for event in events {
            if self.known.insert((event.source.clone(), event.id.clone())) {
                self.last += 1;
                self.log.insert(self.last, Logged { event: Arc::new(event), published_at: now });
            }
        }
        Ok(())
    }

    pub(super) fn group(&mut self, name: &str) -> Result<&mut Reader, BusError> {
        self.groups.get_mut(name).ok_or(BusError::NoGroup)
    }

    #[cfg(feature = "amqp")]
    pub(super) fn standing(&self, name: &str) -> Option<Standing> {
        let standing = |reader: &Reader| Standing { types: reader.types.clone(), round: reader.round };
        self.groups.get(name).map(standing)
    }

    pub(super) fn subscribe(&mut self, group: Group) {
        let position = self.begin(group.start);
        let reader = self.groups.entry(group.name).or_insert_with(|| Reader::at(position));
        reader.types = group.types;
    }

    /// Before the first event that a group which starts there gets.
    fn begin(&self, start: Start) -> i64 {
        match start {
            Start::Now => self.last,
            Start::Beginning => 0,
            Start::At(moment) => {
                let first = self.log.iter().find(|(_, logged)| logged.published_at >= moment);
                first.map_or(self.last, |(seq, _)| seq - 1)
            }
        }
    }

    pub(super) fn take(&mut self, take: &Take<'_>, now: DateTime<Utc>) -> Result<Vec<Delivery>, BusError> {
        let Self { log, groups, .. } = self;
        let reader = groups.get_mut(take.group).ok_or(BusError::NoGroup)?;
        reader.claim(take, now);
        while reader.wants_more(take) {
            let Some((seq, logged)) = log.range(reader.position + 1..).next() else { break };
            reader.position = *seq;
            if reader.types.contains(&logged.event.kind) {
                reader.open(*seq, key(&logged.event), take, now);
            }
        }
        let round = reader.round;
        let deliver = |Given { seq, token, attempts, follows }| Delivery {
            lease: Lease { id: lease_id(seq), token },
            attempts,
            round,
            follows,
            event: log.get(&seq).map(|logged| Arc::clone(&logged.event)).ok_or_else(|| Received {
                why: Unreadable("the bus does not remember it any more".to_owned()),
            }),
        };
        Ok(reader.hand_out(take.behind).into_iter().map(deliver).collect())
    }

    /// When something happens in a group by itself.
    pub(super) fn next_moment(&self, group: &str) -> Option<DateTime<Utc>> {
        self.groups.get(group).and_then(Reader::next_moment)
    }

    pub(super) fn finish(
        &mut self,
        group: &str,
        finishes: Vec<Finish>,
        now: DateTime<Utc>,
    ) -> Result<Vec<bool>, BusError> {
        let Self { log, groups, .. } = self;
        let reader = groups.get_mut(group).ok_or(BusError::NoGroup)?;
        let event = |seq| log.get(&seq).map(|logged| CloudEvent::clone(&logged.event));
        Ok(finishes.into_iter().map(|finish| reader.finish(finish, event, now)).collect())
    }

    pub(super) fn seek(&mut self, group: &str, start: Start) -> Result<(), BusError> {
        let position = self.begin(start);
        self.group(group)?.seek(position);
        Ok(())
    }

    pub(super) fn forget(&mut self, group: &str) -> bool {
        self.groups.remove(group).is_some()
    }

    pub(super) fn statuses(&self) -> Vec<GroupStatus> {
        let status = |(name, reader): (&String, &Reader)| {
            let behind = self.log.range(reader.position + 1..).count() as u64;
            reader.status(name, behind)
        };
        self.groups.iter().map(status).collect()
    }

    pub(super) fn prune(&mut self, before: DateTime<Utc>) -> u64 {
        let Self { log, groups, known, .. } = self;
        let old = |seq: &i64, logged: &mut Logged| {
            logged.published_at < before && !groups.values().any(|reader| reader.is_open(*seq))
        };
        let mut gone = 0;
        for (_, Logged { event, .. }) in log.extract_if(.., old) {
            known.remove(&(event.source.clone(), event.id.clone()));
            gone += 1;
        }
        gone
    }
}
