//! What can be seen, and what people do about it.

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};

use super::entry::{self, Fields};
use super::{RedisBus, known, scripts};
use crate::events::bus::BusError;
use crate::events::status::{DeadLetter, GroupStatus};
use crate::redis::BYTES;
use crate::redis::values::{array, count, strange, text};
use crate::tasks::Failure;

/// How many letters or entries one script looks at.
const LETTERS: usize = 100;
const ENTRIES: usize = 1_000;
/// How far `behind` is counted.
const BEHIND: u64 = 100_000;
/// How many entries one call of `prune` forgets, about.
const PRUNED_AT_ONCE: u64 = 5_000;

impl RedisBus {
    pub(super) async fn statuses(&self) -> Result<Vec<GroupStatus>, BusError> {
        let mut command = redis::cmd("SMEMBERS");
        command.arg(format!("{}:events:groups", self.line.prefix()));
        let answer = self.line.ask(&command, None).await?;
        let mut names: Vec<String> = array(answer).into_iter().filter_map(text).collect();
        names.sort_unstable();
        let mut statuses = Vec::with_capacity(names.len());
        for name in names {
            match self.status(name).await {
                Ok(status) => statuses.push(status),
                // It was forgotten meanwhile.
                Err(BusError::NoGroup) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(statuses)
    }

    async fn status(&self, name: String) -> Result<GroupStatus, BusError> {
        let (mut behind, mut from) = (0, String::new());
        loop {
            let write = |command: &mut Cmd| {
                command.arg(&name).arg(&from).arg(ENTRIES).arg(BYTES);
            };
            let answer = known(self.line.run(&scripts::STATUS, (4, 200), write).await?)?;
            let mut answer = array(answer).into_iter();
            let mut next = || answer.next().unwrap_or_default();
            let (types, open, dead, more, place) = (next(), next(), next(), next(), next());
            behind += count(&more);
            from = text(place).ok_or_else(|| strange("the script of a group's status"))?;
            if from.is_empty() || behind >= BEHIND {
                let types = text(types).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
                return Ok(GroupStatus { name, types, behind, open: count(&open), dead: count(&dead) });
            }
        }
    }

    pub(super) async fn letters(&self, group: &str, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        let (mut letters, mut after) = (Vec::new(), String::new());
        loop {
            let most = LETTERS.min(limit - letters.len());
            let write = |command: &mut Cmd| {
                command.arg(group).arg(&after).arg(most);
            };
            let some = array(known(self.line.run(&scripts::LETTERS, (3, 150), write).await?)?);
            let all = some.len();
            for one in some {
                let mut one = array(one).into_iter();
                after = one.next().and_then(text).ok_or_else(|| strange("the script of dead letters"))?;
                letters.push(letter(&after, &Fields::of(one.next().unwrap_or_default())));
            }
            if all < most || letters.len() >= limit {
                return Ok(letters);
            }
        }
    }

    pub(super) async fn begin_anew(&self, group: &str, ids: Option<Vec<String>>) -> Result<u64, BusError> {
        let (mut revived, mut after) = (0, String::new());
        let wanted = match &ids {
            Some(ids) if ids.is_empty() => vec![""],
            Some(ids) => ids.iter().map(String::as_str).collect(),
            None => Vec::new(),
        };
        // Letter after letter, and each is looked at for some of the ids: a script takes no more arguments than that.
        let parts: Vec<&[&str]> =
            if wanted.is_empty() { vec![&[]] } else { wanted.chunks(ENTRIES).collect() };
        for some in parts {
            loop {
                let write = |command: &mut Cmd| {
                    command.arg(group).arg(&after).arg(LETTERS).arg(some);
                };
                let answer = known(self.line.run(&scripts::REVIVE, (3 + some.len(), 150), write).await?)?;
                let mut answer = array(answer).into_iter();
                revived += count(&answer.next().unwrap_or_default());
                let place = answer.next().and_then(text);
                after = place.ok_or_else(|| strange("the script of beginning anew"))?;
                if after.is_empty() {
                    break;
                }
            }
        }
        Ok(revived)
    }

    pub(super) async fn take_away(&self, group: &str) -> Result<bool, BusError> {
        let mut there = false;
        loop {
            let write = |command: &mut Cmd| {
                command.arg(group).arg(ENTRIES);
            };
            let mut answer = array(self.line.run(&scripts::FORGET, (2, 100), write).await?).into_iter();
            there |= answer.next() == Some(Value::Int(1));
            if answer.next() == Some(Value::Int(1)) {
                return Ok(there);
            }
        }
    }

    /// Forgets what was published before a moment.
    pub(super) async fn forget_before(&self, before: DateTime<Utc>) -> Result<u64, BusError> {
        let moment = before.timestamp_millis().max(0);
        let (mut gone, mut after) = (0, String::new());
        loop {
            let write = |command: &mut Cmd| {
                command.arg(moment).arg(&after).arg(ENTRIES).arg(BYTES);
            };
            let mut answer = array(self.line.run(&scripts::PRUNE, (4, 150), write).await?).into_iter();
            gone += count(&answer.next().unwrap_or_default());
            after = answer.next().and_then(text).ok_or_else(|| strange("the script of pruning"))?;
            if after.is_empty() || gone >= PRUNED_AT_ONCE {
                return Ok(gone);
            }
        }
    }
}

/// What can be read of a dead letter: it has to be seen all the same.
fn letter(place: &str, fields: &Fields) -> DeadLetter {
    let event = fields.read().ok();
    let own = |name: &str| fields.text(&format!("fourfold-{name}"));
    let reason = own("reason").and_then(|reason| serde_json::from_str(reason).ok()).unwrap_or_default();
    let died_at = own("died-at").and_then(|micros| micros.parse().ok());
    DeadLetter {
        id: event.as_ref().map_or_else(|| entry::id(place), |event| event.id.clone()),
        event,
        error: Failure::from_json(&reason),
        attempts: own("attempts").and_then(|text| text.parse().ok()).unwrap_or_default(),
        died_at: died_at.and_then(DateTime::from_timestamp_micros).unwrap_or_default(),
    }
}
