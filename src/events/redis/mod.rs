//! Redis: a stream is the log, and what each group has done with it is in hashes and sorted sets beside it, changed by scripts.
//!
//! A consumer group of a stream gives out what it has to whoever asks: it knows no keys, what is not acknowledged in time is
//! claimed by who looks at it and without a token, and nothing in it waits for a moment. So a group is not one of its consumer
//! groups, but what a group is on the other buses: how far it is, and what it has come to and not ended. A script is one round trip
//! for all that is taken, and atomic.
//!
//! | part | where |
//! | --- | --- |
//! | the URL, the connection, who waits, how safe the server is | [`crate::redis`] |
//! | the scripts, and what is where | `scripts/`, the keys in `scripts/common.lua` |
//! | events as entries of the stream | `entry.rs` |
//! | the bus | here, and `look.rs` |

mod entry;
mod look;
mod scripts;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};

use super::bus::{Answer, Bus, BusError, BusOptions, Delivery, Group, Received, Start, Take};
use super::cloud::{CloudEvent, Unreadable};
use super::status::{DeadLetter, GroupStatus};
use crate::descriptor::BoxFuture;
use crate::redis::values::{array, count, micros, number, said, span, strange, text};
use crate::redis::{BYTES, GROUP, Line, Looked, Mistake, Use, together};
use crate::tasks::{Finish, Lease, Outcome};
use entry::Fields;

const SERVES: Use = Use { what: "events", variable: "FOURFOLD_EVENTS_URL", channel: "events:wake" };

/// How deliveries end, as `finish.lua` says it.
const DONE: &str = "0";
const AGAIN: &str = "1";
const RETURNED: &str = "2";
const GIVEN_UP: &str = "3";

/// The engine.
#[derive(Debug)]
pub(crate) struct RedisBus {
    line: Line,
}

/// Opens one.
pub(crate) async fn open(options: &BusOptions) -> Result<Arc<dyn Bus>, BusError> {
    let line = Line::begin(&options.url, options.patience, SERVES).await?;
    Ok(Arc::new(RedisBus { line }))
}

impl From<Mistake> for BusError {
    fn from(mistake: Mistake) -> Self {
        match mistake {
            Mistake::Unavailable(why) => Self::Unavailable(why),
            Mistake::Unsupported(why) => Self::Unsupported(why),
            Mistake::Internal(why) => Self::Internal(why),
        }
    }
}

/// What a script says of a group: nothing where it is not known.
fn known(answer: Value) -> Result<Value, BusError> {
    if answer == Value::Nil { Err(BusError::NoGroup) } else { Ok(answer) }
}

/// Where a group starts, as scripts are told.
fn where_to(start: Start) -> String {
    match start {
        Start::Now => "now".to_owned(),
        Start::Beginning => "beginning".to_owned(),
        Start::At(moment) => moment.timestamp_millis().max(0).to_string(),
    }
}

impl Bus for RedisBus {
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut rest = &events[..];
            while !rest.is_empty() {
                let (group, others) = rest.split_at(together(rest, entry::size));
                let write = |command: &mut Cmd| group.iter().for_each(|event| entry::write(command, event));
                let size = (26 * group.len(), group.iter().map(entry::size).sum());
                self.line.run(&scripts::PUBLISH, size, write).await?;
                rest = others;
            }
            Ok(())
        })
    }

    fn subscribe(&self, group: Group) -> Answer<'_, ()> {
        Box::pin(async move {
            let types = serde_json::Value::from(group.types).to_string();
            let write = |command: &mut Cmd| {
                command.arg(&group.name).arg(&types).arg(where_to(group.start));
            };
            self.line.run(&scripts::SUBSCRIBE, (3, 100 + types.len()), write).await?;
            Ok(())
        })
    }

    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>> {
        Box::pin(async move {
            if take.limit == 0 {
                return Ok(Vec::new());
            }
            self.line.wait(take.group, take.wait, || self.look_for(take)).await
        })
    }

    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>> {
        Box::pin(async move {
            let mut held = Vec::with_capacity(leases.len());
            for some in parts(&leases) {
                let write = |command: &mut Cmd| {
                    command.arg(group).arg(span(lease));
                    for lease in some {
                        command.arg(entry::place(lease.id)).arg(lease.token);
                    }
                };
                let size = (2 + 2 * some.len(), 100 + 80 * some.len());
                held.extend(said(known(self.line.run(&scripts::EXTEND, size, write).await?)?, some.len())?);
            }
            Ok(held)
        })
    }

    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>> {
        Box::pin(async move {
            let mut held = Vec::with_capacity(finishes.len());
            for some in parts(&finishes) {
                let write = |command: &mut Cmd| {
                    command.arg(group);
                    for finish in some {
                        end(command, finish);
                    }
                };
                let size = (1 + 5 * some.len(), 100 + 100 * some.len());
                held.extend(said(known(self.line.run(&scripts::FINISH, size, write).await?)?, some.len())?);
            }
            Ok(held)
        })
    }

    fn groups(&self) -> Answer<'_, Vec<GroupStatus>> {
        Box::pin(self.statuses())
    }

    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>> {
        Box::pin(self.letters(group, limit))
    }

    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64> {
        Box::pin(self.begin_anew(group, ids))
    }

    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()> {
        Box::pin(async move {
            let write = |command: &mut Cmd| {
                command.arg(group).arg(where_to(start));
            };
            match count(&self.line.run(&scripts::SEEK, (2, 100), write).await?) {
                0 => Err(BusError::NoGroup),
                _ => Ok(()),
            }
        })
    }

    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool> {
        Box::pin(self.take_away(group))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(self.forget_before(before))
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.line.ready("events:ready").await?) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.line.close())
    }
}

/// At least one part, so that a group that is not known is found out also where there is nothing to do.
fn parts<T>(all: &[T]) -> impl Iterator<Item = &[T]> {
    let nothing = all.is_empty().then_some(all);
    nothing.into_iter().chain(all.chunks(GROUP))
}

/// Arguments of `finish.lua`.
fn end(command: &mut Cmd, Finish { lease, outcome }: &Finish) {
    command.arg(entry::place(lease.id)).arg(lease.token);
    match outcome {
        Outcome::Succeeded(_) | Outcome::Expired => command.arg(DONE).arg("").arg(""),
        Outcome::Retry(moment, _) | Outcome::Postponed(moment, _) => {
            command.arg(AGAIN).arg(micros(*moment)).arg("")
        }
        Outcome::Returned => command.arg(RETURNED).arg("").arg(""),
        Outcome::Failed(failure) => command.arg(GIVEN_UP).arg("").arg(failure.to_json().to_string()),
    };
}

impl RedisBus {
    async fn look_for(&self, take: Take<'_>) -> Result<Looked<Delivery>, BusError> {
        let write = |command: &mut Cmd| {
            command.arg(take.group).arg(take.limit.min(GROUP)).arg(span(take.lease)).arg(BYTES);
        };
        let answer = known(self.line.run(&scripts::TAKE, (4, 100), write).await?)?;
        let mut answer = array(answer).into_iter();
        let mut next = || answer.next().unwrap_or_default();
        let (round, given, pause, again) = (next(), next(), next(), next());
        let round = number(round).ok_or_else(|| strange("the script of taking"))?;
        let mut found = Vec::new();
        for one in array(given) {
            found.push(delivery(one, round).ok_or_else(|| strange("the script of taking"))?);
        }
        Ok(Looked { found, pause: text(pause), again: matches!(again, Value::Int(1)) })
    }
}

/// Of what `take.lua` says.
fn delivery(given: Value, round: i64) -> Option<Delivery> {
    let mut given = array(given).into_iter();
    let mut next = || given.next().unwrap_or_default();
    let id = entry::lease_id(&text(next())?)?;
    let (token, attempts) = (number(next())?, number(next())?);
    let is_told = next() == Value::Int(1);
    let fields = Fields::of(next());
    let event = if fields.is_empty() {
        Err(Unreadable("the bus does not remember it any more".to_owned()))
    } else {
        match fields.read() {
            // Nobody knows whether the group listens to it.
            Ok(_) if !is_told => {
                Err(Unreadable("Redis can't tell its type: it is nested too deeply".to_owned()))
            }
            read => read,
        }
    };
    Some(Delivery {
        lease: Lease { id, token },
        attempts,
        round,
        follows: false,
        event: event.map(Arc::new).map_err(|why| Received { why }),
    })
}
