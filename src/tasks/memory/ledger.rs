//! The ledger over the state: tasks whose messages another engine carries.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Memory;
use super::broker::ready;
use super::state::{Place, State};
use crate::tasks::broker::{Answer, BrokerError, Cancelled, Ledger, Outcome, Taken};
use crate::tasks::message::Message;
use crate::tasks::status::{TaskFilter, TaskState, TaskStatus};

impl Ledger for Memory {
    fn note(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        Box::pin(std::future::ready(self.write_down(messages)))
    }

    fn sent(&self, ids: Vec<Uuid>) -> Answer<'_, ()> {
        let mut state = self.state();
        for id in ids {
            if let Some(number) = state.number(id)
                && state.entry(number).is_some_and(|entry| matches!(entry.place, Place::Unsent(_)))
            {
                state.put(number, Place::Nowhere);
            }
        }
        ready(())
    }

    fn begin(&self, ids: Vec<(Uuid, u32)>, worker: String) -> Answer<'_, Vec<bool>> {
        let mut state = self.state();
        let now = Utc::now();
        let begin = |(id, attempts)| {
            let Some(number) = state.number(id) else { return true };
            let Some(entry) = state.entry(number) else { return true };
            if entry.state.is_final() {
                return false;
            }
            entry.begin(attempts, &worker, now);
            state.put(number, Place::Nowhere);
            true
        };
        let begun: Vec<bool> = ids.into_iter().map(begin).collect();
        ready(begun)
    }

    fn end(&self, ends: Vec<(Message, Outcome)>) -> Answer<'_, ()> {
        let mut state = self.state();
        let now = Utc::now();
        for (message, outcome) in ends {
            end(&mut state, message, outcome, now);
        }
        ready(())
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

    fn requeue(&self, id: Uuid) -> Answer<'_, Option<Message>> {
        let mut state = self.state();
        let number = state.revive(id, true);
        let message = number.and_then(|number| {
            state.put(number, Place::Unsent(Utc::now()));
            state.entry(number).map(|entry| entry.message.clone())
        });
        ready(message)
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        ready(self.state().prune(before))
    }
}

impl Memory {
    fn write_down(&self, messages: Vec<Message>) -> Result<Vec<Taken>, BrokerError> {
        let mut state = self.state();
        let now = Utc::now();
        state.make_room(&messages)?;
        let note = |message: Message| {
            if let Some(number) = state.known(&message)
                && let Some(entry) = state.entry(number)
            {
                match entry.place {
                    Place::Unsent(_) if entry.message.id == message.id => return Taken::New,
                    Place::Unsent(since) if since + GIVEN_UP < now => state.forget(number),
                    _ => return state.taken(number),
                }
            }
            let number = state.insert(message, true);
            state.put(number, Place::Unsent(now));
            Taken::New
        };
        Ok(messages.into_iter().map(note).collect())
    }
}

/// How long a task that was never sent keeps its unique key from others: whoever was to send it is gone.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(1);

fn end(state: &mut State, message: Message, outcome: Outcome, now: DateTime<Utc>) {
    let number = match state.number(message.id) {
        Some(number) => number,
        // Nothing is kept of it anyway.
        None if matches!(outcome, Outcome::Succeeded(_)) && !message.keep => return,
        None => state.insert(message.clone(), true),
    };
    let Some(entry) = state.entry(number) else { return };
    if entry.state.is_final() {
        return;
    }
    entry.message.attempts = message.attempts;
    if entry.started_at.is_none() && outcome != Outcome::Returned && outcome != Outcome::Expired {
        entry.begin(message.attempts, "", now);
        entry.worker = None;
    }
    entry.state = TaskState::Running;
    state.finish(number, outcome, now);
}
