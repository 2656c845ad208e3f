//! The broker over the scripts.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};
use uuid::Uuid;

use super::{Redis, rows, scripts};
use crate::descriptor::BoxFuture;
use crate::redis::values::{array, micros, number, said, span, strange, text};
use crate::redis::{BYTES, GROUP, Looked, together};
use crate::tasks::broker::{
    Answer, Broker, BrokerError, Cancelled, Claim, Claimed, Finish, Lease, Outcome, Taken,
};
use crate::tasks::message::Message;
use crate::tasks::status::{Failure, TaskFilter, TaskStatus};

/// How attempts end, as `finish.lua` says it.
const SUCCEEDED: &str = "2";
const FAILED: &str = "3";
const EXPIRED: &str = "5";
const AGAIN: &str = "0";
const POSTPONED: &str = "8";
const RETURNED: &str = "9";

impl Broker for Redis {
    fn enqueue(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        Box::pin(async move {
            let mut taken = Vec::with_capacity(messages.len());
            let mut rest = &messages[..];
            while !rest.is_empty() {
                let (group, others) = rest.split_at(together(rest, |message| message.payload.len()));
                taken.extend(self.write_down(group).await?);
                rest = others;
            }
            Ok(taken)
        })
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Answer<'a, Vec<Claimed>> {
        Box::pin(self.give(claim))
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>> {
        Box::pin(async move {
            let mut held = Vec::with_capacity(leases.len());
            for group in leases.chunks(GROUP) {
                let write = |command: &mut Cmd| {
                    command.arg(span(lease));
                    for Lease { id, token } in group {
                        command.arg(id.to_string()).arg(*token);
                    }
                };
                let size = (1 + 2 * group.len(), 80 * group.len());
                held.extend(said(self.line.run(&scripts::EXTEND, size, write).await?, group.len())?);
            }
            Ok(held)
        })
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        Box::pin(async move {
            let ends: Vec<End> = finishes.into_iter().map(End::of).collect();
            self.end(&ends).await
        })
    }

    fn status(&self, id: Uuid) -> Answer<'_, Option<TaskStatus>> {
        Box::pin(self.look(id))
    }

    fn list<'a>(&'a self, filter: &'a TaskFilter) -> Answer<'a, Vec<TaskStatus>> {
        Box::pin(self.look_at_all(filter))
    }

    fn cancel(&self, id: Uuid) -> Answer<'_, Cancelled> {
        Box::pin(self.take_back(id))
    }

    fn requeue(&self, id: Uuid) -> Answer<'_, bool> {
        Box::pin(self.revive(id))
    }

    fn drain<'a>(&'a self, queue: &'a str) -> Answer<'a, u64> {
        Box::pin(self.take_away(queue))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(self.forget_before(before))
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move { Ok(self.line.ready("ready").await?) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.line.close())
    }
}

impl Redis {
    async fn write_down(&self, group: &[Message]) -> Result<Vec<Taken>, BrokerError> {
        let sizes = group.iter().map(rows::size);
        let size = sizes.fold((0, 0), |(count, bytes), (more, wide)| (count + more, bytes + wide));
        let write = |command: &mut Cmd| group.iter().for_each(|message| rows::write(command, message));
        let answer = array(self.line.run(&scripts::ENQUEUE, size, write).await?);
        let mut taken = vec![Taken::New; group.len()];
        let mut known = answer.into_iter().map(text);
        while let Some(place) = known.next() {
            let place = place.and_then(|place| place.parse::<usize>().ok()).and_then(|it| it.checked_sub(1));
            let id = known.next().flatten().and_then(|id| id.parse().ok());
            let fingerprint = known.next().flatten().and_then(|print| print.parse().ok());
            let (Some(place), Some(id)) = (place.filter(|place| *place < group.len()), id) else {
                return Err(strange("the script of enqueuing").into());
            };
            taken[place] = Taken::Known { id, fingerprint: fingerprint.unwrap_or_default() };
        }
        Ok(taken)
    }

    async fn give(&self, claim: Claim<'_>) -> Result<Vec<Claimed>, BrokerError> {
        if claim.limit == 0 {
            return Ok(Vec::new());
        }
        self.line.wait(claim.queue, claim.wait, || self.look_for(&claim)).await
    }

    async fn look_for(&self, claim: &Claim<'_>) -> Result<Looked<Claimed>, BrokerError> {
        let write = |command: &mut Cmd| {
            command.arg(claim.queue).arg(claim.limit.min(GROUP)).arg(span(claim.lease));
            command.arg(claim.worker).arg(BYTES);
        };
        let mut answer = array(self.line.run(&scripts::CLAIM, (5, 200), write).await?).into_iter();
        let mut next = || answer.next().unwrap_or_default();
        let (token, given, pause, again, dropped) = (next(), next(), next(), next(), next());
        let token: i64 = number(token).ok_or_else(|| strange("the script of claiming"))?;
        let (mut claimed, mut unreadable) = (Vec::new(), Vec::new());
        for row in array(given) {
            match rows::claimed(row, token, claim.queue) {
                Ok(task) => claimed.push(task),
                Err((id, why)) => {
                    tracing::error!(task = id, queue = claim.queue, why, "a task in Redis can't be read");
                    let outcome = Outcome::Failed(Failure::new("unreadable", why));
                    unreadable.push(End { id, token, outcome });
                }
            }
        }
        if !unreadable.is_empty() {
            self.end(&unreadable).await?;
        }
        let dropped: Vec<String> = array(dropped).into_iter().filter_map(text).collect();
        if let Some(first) = dropped.first() {
            let (queue, count) = (claim.queue, dropped.len());
            tracing::warn!(queue, count, first, "what stood in Redis for waiting tasks is none: dropped");
        }
        Ok(Looked { found: claimed, pause: text(pause), again: matches!(again, Value::Int(1)) })
    }

    async fn end(&self, ends: &[End]) -> Result<Vec<bool>, BrokerError> {
        let mut held = Vec::with_capacity(ends.len());
        for group in ends.chunks(GROUP) {
            let write = |command: &mut Cmd| group.iter().for_each(|end| end.write(command));
            let size = (6 * group.len(), 200 * group.len());
            held.extend(said(self.line.run(&scripts::FINISH, size, write).await?, group.len())?);
        }
        Ok(held)
    }
}

/// How an attempt ended, also of what has no id as it should.
struct End {
    id: String,
    token: i64,
    outcome: Outcome,
}

impl End {
    fn of(finish: Finish) -> Self {
        let Finish { lease, outcome } = finish;
        Self { id: lease.id.to_string(), token: lease.token, outcome }
    }

    fn write(&self, command: &mut Cmd) {
        command.arg(&self.id).arg(self.token);
        match &self.outcome {
            Outcome::Succeeded(result) => {
                command.arg(SUCCEEDED).arg("").arg("").arg(result.as_deref().unwrap_or_default())
            }
            Outcome::Failed(failure) => {
                command.arg(FAILED).arg("").arg(failure.to_json().to_string()).arg("")
            }
            Outcome::Expired => command.arg(EXPIRED).arg("").arg("").arg(""),
            Outcome::Retry(moment, failure) | Outcome::Postponed(moment, failure) => {
                let kind = if matches!(self.outcome, Outcome::Retry(..)) { AGAIN } else { POSTPONED };
                command.arg(kind).arg(micros(*moment)).arg(failure.to_json().to_string()).arg("")
            }
            Outcome::Returned => command.arg(RETURNED).arg("").arg("").arg(""),
        };
    }
}
