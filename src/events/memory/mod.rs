//! The engine without a server and without a file: everything in memory, gone with the process.

mod group;
mod state;

use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;

#[cfg(feature = "amqp")]
use super::bus::Standing;
use super::bus::{Answer, Bus, BusError, BusOptions, Delivery, Group, Start, Take};
use super::cloud::CloudEvent;
use super::status::{DeadLetter, GroupStatus};
use crate::descriptor::BoxFuture;
use crate::tasks::{Finish, Lease};
use state::State;

/// How long a wait may be: the clock on the wall may be put forward meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// A bus in memory.
#[derive(Default)]
pub(crate) struct Memory {
    state: Mutex<State>,
    /// Somebody may have something to do.
    wake: Notify,
}

/// Opens one: `memory:` is a new one each time, `memory:name` the same one wherever this process says that name.
pub(crate) fn open(options: &BusOptions) -> Arc<dyn Bus> {
    static NAMED: LazyLock<Mutex<HashMap<String, Weak<Memory>>>> = LazyLock::new(Mutex::default);
    let name = options.url.strip_prefix("memory:").unwrap_or_default();
    if name.is_empty() {
        return Arc::new(Memory::default());
    }
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    named.retain(|_, memory| memory.strong_count() > 0);
    if let Some(memory) = named.get(name).and_then(Weak::upgrade) {
        return memory;
    }
    let memory = Arc::new(Memory::default());
    named.insert(name.to_owned(), Arc::downgrade(&memory));
    memory
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

fn ready<'a, T: Send + 'a>(result: Result<T, BusError>) -> Answer<'a, T> {
    Box::pin(std::future::ready(result))
}

impl Memory {
    /// Never held over an `await`.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn give(&self, take: Take<'_>) -> Result<Vec<Delivery>, BusError> {
        let begin = Instant::now();
        let deadline = begin.checked_add(take.wait).unwrap_or(begin + LONGEST_SLEEP);
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut notified = pin!(self.wake.notified());
            notified.as_mut().enable();
            let now = Utc::now();
            let next = {
                let mut state = self.state();
                let given = state.take(&take, now)?;
                if !given.is_empty() || Instant::now() >= deadline {
                    return Ok(given);
                }
                state.next_moment(take.group)
            };
            let pause = next
                .map_or(LONGEST_SLEEP, |next| (next - now).to_std().unwrap_or_default().min(LONGEST_SLEEP));
            tokio::select! {
                () = notified => {}
                () = tokio::time::sleep_until(deadline.min(Instant::now() + pause.max(Duration::from_millis(1)))) => {}
            }
        }
    }
}

impl Bus for Memory {
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()> {
        let published = self.state().publish(events, Utc::now());
        self.wake.notify_waiters();
        ready(published)
    }

    fn subscribe(&self, group: Group) -> Answer<'_, ()> {
        self.state().subscribe(group);
        ready(Ok(()))
    }

    fn follow(&self) -> bool {
        true
    }

    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>> {
        Box::pin(self.give(take))
    }

    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>> {
        ready(self.state().group(group).map(|group| group.extend(&leases, lease, Utc::now())))
    }

    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>> {
        let held = self.state().finish(group, finishes, Utc::now());
        self.wake.notify_waiters();
        ready(held)
    }

    #[cfg(feature = "amqp")]
    fn standing<'a>(&'a self, group: &'a str) -> Answer<'a, Option<Standing>> {
        ready(Ok(self.state().standing(group)))
    }

    fn groups(&self) -> Answer<'_, Vec<GroupStatus>> {
        ready(Ok(self.state().statuses()))
    }

    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>> {
        ready(self.state().group(group).map(|group| group.dead_letters(limit)))
    }

    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64> {
        let revived = self.state().group(group).map(|group| group.revive(ids.as_deref(), Utc::now()));
        self.wake.notify_waiters();
        ready(revived)
    }

    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()> {
        let sought = self.state().seek(group, start);
        self.wake.notify_waiters();
        ready(sought)
    }

    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool> {
        ready(Ok(self.state().forget(group)))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        ready(Ok(self.state().prune(before)))
    }

    fn ready(&self) -> Answer<'_, ()> {
        ready(Ok(()))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::conformance;

    #[tokio::test(flavor = "multi_thread")]
    async fn it_keeps_what_every_bus_promises() {
        let name = format!("memory:{}", uuid::Uuid::new_v4());
        let options = BusOptions::at(name);
        let keep = open(&options);
        let make = move || {
            let bus = open(&options);
            Box::pin(std::future::ready(bus)) as BoxFuture<'static, _>
        };
        conformance::all(make, conformance::Abilities::ALL).await;
        drop(keep);
    }
}
