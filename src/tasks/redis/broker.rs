//! The broker over the scripts.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Redis, rows, scripts};
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{
    Answer, Broker, BrokerError, Cancelled, Claim, Claimed, Finish, Lease, Outcome, Taken,
};
use crate::tasks::message::Message;
use crate::tasks::status::{Failure, TaskFilter, TaskStatus};

/// How often who waits looks by itself, give or take.
const POLL: Duration = Duration::from_millis(500);
/// How many tasks, and bytes of payloads, one script works on: while it does, the server does nothing else.
const GROUP: usize = 512;
const BYTES: usize = 4 << 20;

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
                let (group, others) = rest.split_at(together(rest));
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
                    command.arg(rows::span(lease));
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
        Box::pin(async move {
            // A server that is full, a replica or without its disk answers, but takes nothing.
            let mut command = redis::cmd("SET");
            command.arg(format!("{}:ready", self.line.prefix())).arg("");
            self.line.ask(&command, None).await.map(|_| ())
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.line.close())
    }
}

/// What a look for tasks brought.
struct Given {
    claimed: Vec<Claimed>,
    /// How long until something happens by itself.
    pause: Duration,
    /// Whether there was so much to put away that it has to be looked again.
    again: bool,
}

impl Redis {
    async fn write_down(&self, group: &[Message]) -> Result<Vec<Taken>, BrokerError> {
        let sizes = group.iter().map(rows::size);
        let size = sizes.fold((0, 0), |(count, bytes), (more, wide)| (count + more, bytes + wide));
        let write = |command: &mut Cmd| group.iter().for_each(|message| rows::write(command, message));
        let answer = rows::array(self.line.run(&scripts::ENQUEUE, size, write).await?);
        let mut taken = vec![Taken::New; group.len()];
        let mut known = answer.into_iter().map(rows::text);
        while let Some(place) = known.next() {
            let place = place.and_then(|place| place.parse::<usize>().ok()).and_then(|it| it.checked_sub(1));
            let id = known.next().flatten().and_then(|id| id.parse().ok());
            let fingerprint = known.next().flatten().and_then(|print| print.parse().ok());
            let (Some(place), Some(id)) = (place.filter(|place| *place < group.len()), id) else {
                return Err(strange("the script of enqueuing"));
            };
            taken[place] = Taken::Known { id, fingerprint: fingerprint.unwrap_or_default() };
        }
        Ok(taken)
    }

    async fn give(&self, claim: Claim<'_>) -> Result<Vec<Claimed>, BrokerError> {
        if claim.limit == 0 {
            return Ok(Vec::new());
        }
        let deadline = Instant::now() + claim.wait;
        let wake = self.wakes.of(claim.queue);
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut woken = pin!(wake.notified());
            woken.as_mut().enable();
            self.line.listen().await?;
            let Given { claimed, pause, again } = self.look_for(&claim).await?;
            if !claimed.is_empty() || Instant::now() >= deadline {
                return Ok(claimed);
            }
            if again {
                continue;
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep_until(deadline.min(Instant::now() + pause)) => {}
            }
        }
    }

    async fn look_for(&self, claim: &Claim<'_>) -> Result<Given, BrokerError> {
        let write = |command: &mut Cmd| {
            command.arg(claim.queue).arg(claim.limit.min(GROUP)).arg(rows::span(claim.lease));
            command.arg(claim.worker).arg(BYTES);
        };
        let mut answer = rows::array(self.line.run(&scripts::CLAIM, (5, 200), write).await?).into_iter();
        let mut next = || answer.next().unwrap_or_default();
        let (token, given, pause, again, dropped) = (next(), next(), next(), next(), next());
        let token = rows::text(token).and_then(|token| token.parse().ok());
        let token: i64 = token.ok_or_else(|| strange("the script of claiming"))?;
        let (mut claimed, mut unreadable) = (Vec::new(), Vec::new());
        for row in rows::array(given) {
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
        let dropped: Vec<String> = rows::array(dropped).into_iter().filter_map(rows::text).collect();
        if let Some(first) = dropped.first() {
            let (queue, count) = (claim.queue, dropped.len());
            tracing::warn!(queue, count, first, "what stood in Redis for waiting tasks is none: dropped");
        }
        let pause = rows::text(pause).and_then(|micros| micros.parse().ok());
        let pause = pause.map_or(POLL, Duration::from_micros).clamp(Duration::from_millis(1), POLL);
        Ok(Given { claimed, pause, again: matches!(again, Value::Int(1)) })
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
                command.arg(kind).arg(rows::micros(*moment)).arg(failure.to_json().to_string()).arg("")
            }
            Outcome::Returned => command.arg(RETURNED).arg("").arg("").arg(""),
        };
    }
}

/// How many of the messages go together: at least one.
fn together(messages: &[Message]) -> usize {
    let mut bytes = 0;
    let fits = |message: &&Message| {
        bytes += message.payload.len();
        bytes <= BYTES
    };
    messages.iter().take(GROUP).take_while(fits).count().max(1)
}

/// What a script said of each: `1` or `0`.
fn said(answer: Value, count: usize) -> Result<Vec<bool>, BrokerError> {
    let held: Vec<bool> = rows::text(answer).unwrap_or_default().bytes().map(|it| it == b'1').collect();
    if held.len() == count { Ok(held) } else { Err(strange("a script about leases")) }
}

pub(super) fn strange(what: &str) -> BrokerError {
    BrokerError::Internal(format!("Redis answered {what} as it never does"))
}
