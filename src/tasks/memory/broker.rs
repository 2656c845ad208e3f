//! The broker over the state.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use super::Memory;
use super::state::{Place, far};
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{
    Answer, Broker, BrokerError, Called, Cancelled, Claim, Claimed, Finish, Lease, Noted, Taken,
};
use crate::tasks::message::Message;
use crate::tasks::status::{TaskFilter, TaskStatus};

impl Broker for Memory {
    fn enqueue(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        Box::pin(std::future::ready(self.take(messages)))
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Answer<'a, Vec<Claimed>> {
        Box::pin(async move { Ok(self.give(claim).await) })
    }

    fn call<'a>(&'a self, ids: Vec<Uuid>, claim: Claim<'a>, early: bool) -> Answer<'a, Vec<Called>> {
        let mut state = self.state();
        let (utc, now) = (Utc::now(), Instant::now());
        let called: Vec<Called> = ids.into_iter().map(|id| state.call(id, &claim, early, utc, now)).collect();
        ready(called)
    }

    fn note(&self, notes: Vec<(Uuid, Noted)>) -> Answer<'_, ()> {
        let mut state = self.state();
        let now = Utc::now();
        for (id, noted) in notes {
            state.note(id, noted, now);
        }
        ready(())
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>> {
        let mut state = self.state();
        let now = Instant::now();
        let end = now.checked_add(lease).unwrap_or_else(|| far(now));
        let extend = |lease| {
            let number = state.held(lease)?;
            state.put(number, Place::Leased(end));
            Some(())
        };
        let held: Vec<bool> = leases.into_iter().map(extend).map(|held| held.is_some()).collect();
        ready(held)
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        let mut state = self.state();
        let now = Utc::now();
        let finish = |Finish { lease, outcome }| {
            let number = state.held(lease)?;
            state.finish(number, outcome, now);
            Some(())
        };
        let held: Vec<bool> = finishes.into_iter().map(finish).map(|held| held.is_some()).collect();
        ready(held)
    }

    fn status(&self, id: Uuid) -> Answer<'_, Option<TaskStatus>> {
        ready(self.state().status(id))
    }

    fn list<'a>(&'a self, filter: &'a TaskFilter) -> Answer<'a, Vec<TaskStatus>> {
        ready(self.state().list(filter))
    }

    fn cancel(&self, id: Uuid) -> Answer<'_, Cancelled> {
        ready(self.state().cancel(id, Utc::now()))
    }

    fn requeue(&self, id: Uuid) -> Answer<'_, bool> {
        let mut state = self.state();
        let number = state.revive(id);
        if let Some(number) = number {
            state.wait(number, Utc::now());
        }
        ready(number.is_some())
    }

    fn drain<'a>(&'a self, queue: &'a str) -> Answer<'a, u64> {
        ready(self.state().drain(queue))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        ready(self.state().prune(before))
    }

    fn ready(&self) -> Answer<'_, ()> {
        ready(())
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Memory {
    fn take(&self, messages: Vec<Message>) -> Result<Vec<Taken>, BrokerError> {
        let mut state = self.state();
        let now = Utc::now();
        state.make_room(&messages)?;
        let take = |message: Message| {
            if let Some(number) = state.known(&message) {
                return state.taken(number);
            }
            let number = state.insert(message);
            state.wait(number, now);
            Taken::New
        };
        Ok(messages.into_iter().map(take).collect())
    }

    async fn give(&self, claim: Claim<'_>) -> Vec<Claimed> {
        if claim.limit == 0 {
            return Vec::new();
        }
        let begin = Instant::now();
        let deadline = begin.checked_add(claim.wait).unwrap_or_else(|| far(begin));
        let wake = self.state().queue(claim.queue).wake.clone();
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut notified = pin!(wake.notified());
            notified.as_mut().enable();
            let (utc, now) = (Utc::now(), Instant::now());
            let next = {
                let mut state = self.state();
                let claimed = state.claim(&claim, utc, now);
                if !claimed.is_empty() || now >= deadline {
                    return claimed;
                }
                let (due, overdue) = state.queue(claim.queue).next_moment();
                // The clock on the wall may be put forward meanwhile.
                let due = due.map(|due| now + (due - utc).to_std().unwrap_or_default().min(LONGEST_SLEEP));
                [due, overdue].into_iter().flatten().fold(deadline, Instant::min)
            };
            tokio::select! {
                () = notified => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }
}

const LONGEST_SLEEP: Duration = Duration::from_mins(1);

pub(super) fn ready<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}
