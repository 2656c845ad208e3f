//! NATS `JetStream`: events are messages of a stream, and so is what each group has done with them.
//!
//! A consumer of `JetStream` gives out what it has to whoever asks: it knows no keys, a late acknowledgement of one delivery
//! counts for the next, and whatever is given back counts as tried. So a group is not one of its consumers. It is a journal,
//! a subject whose messages each name the one that they follow, and the server takes none that does not follow the last. Who
//! takes part in a group reads the same journal and so knows the same: what is given out, under which lease, and which event
//! of a key comes next.
//!
//! | part | where |
//! | --- | --- |
//! | what a URL says, names of streams and subjects | `place.rs` |
//! | a connection; both of them, the streams, the clock of the server | `wire.rs`, `line.rs` |
//! | events as messages | `message.rs` |
//! | a group, its entries, the journal | `state.rs`, `entry.rs`, `journal.rs` |
//! | reading ahead | `tail.rs`, `ahead.rs` |
//! | who takes part in a group | `group.rs` |
//! | dead letters | `letters.rs` |
//! | what is old | `prune.rs` |

mod ahead;
mod entry;
mod group;
mod journal;
mod letters;
mod line;
mod message;
mod place;
mod prune;
mod publish;
mod state;
mod tail;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::bus::{Answer, Bus, BusError, BusOptions, Delivery, Start, Take};
use super::cloud::CloudEvent;
use super::status::{DeadLetter, GroupStatus};
use crate::descriptor::BoxFuture;
use crate::tasks::{Finish, Lease};
use group::Group;
use journal::Journal;
use line::{Line, away};
use state::State;

/// The engine.
pub(crate) struct Nats {
    line: Arc<Line>,
    /// Who writes in journals.
    from: Arc<str>,
    groups: Mutex<HashMap<String, Arc<Group>>>,
}

/// Opens one. It answers at once where NATS is away, and connects when that is back.
pub(crate) async fn open(options: &BusOptions) -> Result<Arc<dyn Bus>, BusError> {
    let line = Arc::new(Line::open(options).await?);
    let from = Uuid::new_v4().simple().to_string().into();
    Ok(Arc::new(Nats { line, from, groups: Mutex::default() }))
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats").finish_non_exhaustive()
    }
}

impl Nats {
    fn unbroken<'a, T: Send + 'a>(
        &'a self,
        work: impl Future<Output = Result<T, BusError>> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(self.line.unbroken(work))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Group>>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn group(&self, name: &str) -> Result<Arc<Group>, BusError> {
        if let Some(group) = self.known().get(name) {
            return Ok(Arc::clone(group));
        }
        self.journal(name).await?;
        let mut known = self.known();
        let group = known.entry(name.to_owned());
        Ok(Arc::clone(group.or_insert_with(|| Arc::new(Group::new(&self.line, name, &self.from)))))
    }

    /// The journal of a group that is known.
    async fn journal(&self, name: &str) -> Result<Journal, BusError> {
        let mut journal = Journal::new(&self.line, name, &self.from);
        journal.read().await?;
        Ok(journal)
    }

    /// What a group that is not there any more says; it is not kept.
    fn seen<T>(&self, name: &str, result: Result<T, BusError>) -> Result<T, BusError> {
        if matches!(result, Err(BusError::NoGroup)) {
            self.known().remove(name);
        }
        result
    }

    /// Before the first event that a group which starts there gets.
    async fn begin(&self, start: Start) -> Result<u64, BusError> {
        let streams = self.line.streams().await?;
        match start {
            Start::Now => streams.last().await,
            Start::Beginning => Ok(0),
            Start::At(moment) => streams.before(moment).await,
        }
    }

    async fn make_known(&self, group: super::bus::Group) -> Result<(), BusError> {
        // It is connected meanwhile.
        self.line.reading().await?;
        let position = self.begin(group.start).await?;
        loop {
            match self.journal(&group.name).await {
                Ok(journal) if journal.state().types == group.types => return Ok(()),
                Ok(_) => return self.group(&group.name).await?.types(&group.types).await,
                Err(BusError::NoGroup) => {
                    let mut journal = Journal::new(&self.line, &group.name, &self.from);
                    if journal.begin(State::new(group.types.clone(), position)).await? {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The names of all groups.
    async fn names(&self) -> Result<Vec<String>, BusError> {
        let groups = &self.line.streams().await?.groups;
        let subjects = groups.info_with_subjects(self.line.place.subjects("groups")).await;
        let subjects: Vec<(String, usize)> =
            subjects.map_err(|error| away(&error))?.try_collect().await.map_err(|error| away(&error))?;
        let name = |(subject, _): &(String, usize)| self.line.place.group_of(subject);
        let mut names: Vec<String> = subjects.iter().filter_map(name).collect();
        names.sort_unstable();
        Ok(names)
    }

    async fn status(&self, name: String) -> Result<GroupStatus, BusError> {
        // Who takes part in it has read its journal already.
        let known = self.known().get(&name).cloned();
        let state = match known {
            Some(group) => self.seen(&name, group.state().await)?,
            None => self.journal(&name).await?.into_state(),
        };
        let streams = self.line.streams().await?;
        let mut behind = 0;
        for kind in &state.types {
            behind += streams.count(state.position.seq, self.line.place.events(kind)).await?;
        }
        let dead = letters::count(&self.line, &name, &state).await?;
        Ok(GroupStatus { name, open: state.turns.open().len() as u64, types: state.types, behind, dead })
    }

    async fn statuses(&self) -> Result<Vec<GroupStatus>, BusError> {
        let mut statuses = Vec::new();
        for name in self.names().await? {
            match self.status(name).await {
                Ok(status) => statuses.push(status),
                // It was forgotten meanwhile.
                Err(BusError::NoGroup) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(statuses)
    }
}

/// All of it is refused when the connection breaks, and may be dropped anywhere: who does not know what became of an entry reads
/// it first.
impl Bus for Nats {
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()> {
        self.unbroken(async move { publish::all(&self.line, &events).await })
    }

    /// While the last of them are acknowledged the server has nothing to do: the more at once, the less that counts. Two such
    /// groups are in memory while a long backlog is relayed: 32 MB, reckoned at a kilobyte for a short event.
    fn at_once(&self) -> usize {
        16_000
    }

    fn subscribe(&self, group: super::bus::Group) -> Answer<'_, ()> {
        self.unbroken(self.make_known(group))
    }

    fn follow(&self) -> bool {
        true
    }

    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>> {
        self.unbroken(async move {
            let given = self.group(take.group).await?.take(take).await;
            self.seen(take.group, given)
        })
    }

    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>> {
        self.unbroken(async move {
            let held = self.group(group).await?.extend(&leases, lease).await;
            self.seen(group, held)
        })
    }

    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>> {
        self.unbroken(async move {
            let held = self.group(group).await?.finish(&finishes).await;
            self.seen(group, held)
        })
    }

    fn groups(&self) -> Answer<'_, Vec<GroupStatus>> {
        self.unbroken(self.statuses())
    }

    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>> {
        self.unbroken(async move {
            let journal = self.journal(group).await?;
            let (letters, _) = letters::list(&self.line, group, journal.state(), limit, 0).await?;
            Ok(letters.into_iter().map(|letter| letter.shown).collect())
        })
    }

    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64> {
        self.unbroken(async move {
            let revived = self.group(group).await?.revive(ids.as_deref()).await;
            self.seen(group, revived)
        })
    }

    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()> {
        self.unbroken(async move {
            let position = self.begin(start).await?;
            let sought = self.group(group).await?.seek(position).await;
            self.seen(group, sought)
        })
    }

    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool> {
        self.unbroken(async move {
            let forgotten = Journal::new(&self.line, group, &self.from).forget().await?;
            self.known().remove(group);
            letters::purge(&self.line, group, None).await?;
            Ok(forgotten)
        })
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        self.unbroken(prune::before(self, before))
    }

    fn ready(&self) -> Answer<'_, ()> {
        self.unbroken(async move { self.line.streams().await?.last().await.map(|_| ()) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.known().clear();
            self.line.close().await;
        })
    }
}
