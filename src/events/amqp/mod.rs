//! `RabbitMQ`: it carries events, and the service's database keeps what its groups have done with them.
//!
//! A queue knows no keys, an acknowledgement has no token, and what is given back counts as tried and comes at once. So events
//! come out of the queue of a group in their order, one process at a time, and go into the bus of the service's database: the
//! *ledger*, where everything that is promised of a group is kept already. What was published before a group began is read
//! from a stream of all events.
//!
//! | part | where |
//! | --- | --- |
//! | what a URL says, names | `place.rs` |
//! | events as messages | `message.rs` |
//! | the exchange, the stream, queues, who may change them | `topology.rs` |
//! | events as the ledger holds them | `held.rs` |
//! | from the queue of a group to the ledger | `feed.rs` |
//! | what was before | `past.rs` |

mod feed;
mod held;
mod message;
mod past;
mod place;
#[cfg(test)]
mod tests;
mod topology;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::bus::{Answer, Bus, BusError, BusOptions, Delivery, Group, Start, Take};
use super::cloud::CloudEvent;
use super::status::{DeadLetter, GroupStatus};
use crate::amqp::{Line, Parcel};
use crate::descriptor::BoxFuture;
use crate::tasks::{Finish, Lease, Outcome};
use feed::Feed;
use held::{Known, Label};
use place::Place;

/// The engine.
pub(crate) struct Amqp {
    shared: Arc<Shared>,
    feeds: Mutex<HashMap<String, Arc<Feed>>>,
}

struct Shared {
    place: Place,
    publishing: Line,
    /// Of its own, because `RabbitMQ` makes publishers wait where it is short of memory, and they must not hold up acks.
    consuming: Line,
    ledger: Arc<dyn Bus>,
    declares: bool,
    retention: Duration,
    /// The connection on which the exchange and the stream were found.
    prepared: AtomicU64,
    turn: tokio::sync::Mutex<()>,
    /// What was published before is not given to groups that begin.
    forgotten: Mutex<Option<DateTime<Utc>>>,
}

/// Opens one. It answers at once where `RabbitMQ` is away, and connects when that is back.
pub(crate) fn open(options: &BusOptions) -> BoxFuture<'_, Result<Arc<dyn Bus>, BusError>> {
    Box::pin(async move {
        let place = Place::read(&options.url)?;
        let line = |name| Line::new(&place.url, "FOURFOLD_EVENTS_URL", options.patience, name);
        let (publishing, consuming) = (line("publishing events")?, line("listening to events")?);
        let known = ["memory", "sqlite", "postgres"];
        let url = options.ledger.as_ref().filter(|url| known.iter().any(|scheme| url.starts_with(scheme)));
        let Some(url) = url else {
            let sentence = "RabbitMQ only carries events, and what groups have done with them is in the service's \
                            database: say which one (DATABASE_URL)";
            return Err(BusError::Unsupported(sentence.to_owned()));
        };
        let ledger = BusOptions { url: url.clone(), ledger: None, ..options.clone() };
        let shared = Shared {
            place,
            publishing,
            consuming,
            ledger: super::open::open(&ledger).await?,
            declares: options.migrate,
            retention: options.retention,
            prepared: AtomicU64::new(0),
            turn: tokio::sync::Mutex::default(),
            forgotten: Mutex::default(),
        };
        Ok(Arc::new(Amqp { shared: Arc::new(shared), feeds: Mutex::default() }) as Arc<dyn Bus>)
    })
}

impl fmt::Debug for Amqp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Amqp").field("ledger", &self.shared.ledger).finish_non_exhaustive()
    }
}

impl Shared {
    fn forgotten(&self) -> Option<DateTime<Utc>> {
        *self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn publish(&self, events: Vec<CloudEvent>) -> Result<(), BusError> {
        if events.is_empty() {
            return Ok(());
        }
        self.ready().await?;
        let now = Utc::now();
        let parcel = |event: &CloudEvent| {
            let (properties, body) = message::write(event, now);
            let (exchange, routing_key) = (self.place.exchange.clone(), event.kind.clone());
            // The stream gets all of them.
            Parcel { exchange, routing_key, body, properties, may_be_lost: false }
        };
        let parcels: Vec<Parcel> = events.iter().map(parcel).collect();
        let published = self.publishing.publish(&parcels).await;
        if published.is_err() {
            // Somebody may have deleted the exchange or the stream.
            self.prepared.store(0, Ordering::Release);
        }
        Ok(published?)
    }

    /// A group as the ledger has it.
    async fn known(&self, group: &str) -> Result<Option<Known>, BusError> {
        Ok(self.ledger.standing(&self.place.group(group)).await?.as_ref().map(Known::of))
    }

    /// Says in the ledger what a group is.
    async fn note(&self, group: &str, known: &Known) -> Result<(), BusError> {
        let name = self.place.group(group);
        self.ledger.subscribe(Group { name, types: known.words(), start: Start::Now }).await
    }

    /// Whoever ends half-way leaves a group without a queue: it is made by who takes part in it, from what the ledger says.
    async fn make_known(&self, group: Group) -> Result<(), BusError> {
        let Group { name, types, start } = group;
        let before = self.known(&name).await?;
        let (label, since) = match &before {
            Some(before) => (before.label.clone(), before.since),
            None => (Label::first(), held::lasting(start)),
        };
        let queue = self.queue(&name, &label);
        let known = Known { label, types, since };
        self.note(&name, &known).await?;
        let Some(before) = before else { return self.make_queue(&name, &known, start).await };
        let channel = self.ready().await?.channel().await?;
        let there = self.depth(&channel, &queue).await?.is_some();
        topology::end(&channel).await;
        self.make_queue(&name, &known, if there { Start::Now } else { known.since }).await?;
        let gone = before.types.into_iter().filter(|kind| !known.types.contains(kind)).collect();
        self.unbind(&queue, gone).await
    }

    async fn set_back(&self, name: &str, start: Start) -> Result<(), BusError> {
        let mut known = self.known(name).await?.ok_or(BusError::NoGroup)?;
        let queue = self.queue(name, &known.label);
        known.since = held::lasting(start);
        self.note(name, &known).await?;
        self.ledger.seek(&self.place.group(name), Start::Now).await?;
        known.label = known.label.next();
        self.make_queue(name, &known, start).await?;
        self.delete_queue(&queue).await
    }

    async fn forget(&self, name: &str) -> Result<bool, BusError> {
        let Some(known) = self.known(name).await? else { return Ok(false) };
        let queue = self.queue(name, &known.label);
        self.delete_queue(&queue).await?;
        let forgotten = self.ledger.forget(&self.place.group(name)).await?;
        // Who takes part in it may have made it anew in between.
        self.delete_queue(&queue).await?;
        Ok(forgotten)
    }

    async fn statuses(&self) -> Result<Vec<GroupStatus>, BusError> {
        let open = self.ready().await?;
        let mut statuses = Vec::new();
        for status in self.ledger.groups().await? {
            let Some(name) = self.place.group_of(&status.name) else { continue };
            // It may be forgotten meanwhile.
            let Some(known) = self.known(name).await? else { continue };
            let channel = open.channel().await?;
            let queue = self.queue(name, &known.label);
            let waiting = self.depth(&channel, &queue).await?.unwrap_or_default();
            topology::end(&channel).await;
            statuses.push(GroupStatus {
                name: name.to_owned(),
                types: known.types,
                behind: status.behind + u64::from(waiting),
                ..status
            });
        }
        Ok(statuses)
    }
}

impl Amqp {
    fn feeds(&self) -> MutexGuard<'_, HashMap<String, Arc<Feed>>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn feed(&self, group: &str) -> Arc<Feed> {
        let mut feeds = self.feeds();
        let feed = feeds.entry(group.to_owned());
        Arc::clone(feed.or_insert_with(|| Arc::new(Feed::start(&self.shared, group))))
    }

    async fn give(&self, take: Take<'_>) -> Result<Vec<Delivery>, BusError> {
        let deadline = Instant::now() + take.wait;
        let known = self.shared.place.group(take.group);
        let feed = self.feeds().get(take.group).cloned();
        if !feed.is_some_and(|feed| feed.is_settled()) {
            let given = self.claim(&known, Take { wait: Duration::ZERO, ..take }).await?;
            // There is such a group.
            let feed = self.feed(take.group);
            if !given.is_empty() {
                return Ok(given);
            }
            feed.settle(self.shared.publishing.patience()).await;
        }
        loop {
            let wait = deadline.saturating_duration_since(Instant::now());
            let given = self.claim(&known, Take { wait, ..take }).await?;
            if !given.is_empty() || Instant::now() >= deadline {
                return Ok(given);
            }
        }
    }

    /// Takes from the ledger, and ends what is of an earlier round.
    async fn claim(&self, known: &str, take: Take<'_>) -> Result<Vec<Delivery>, BusError> {
        let ledger = &self.shared.ledger;
        // What is of an earlier round is taken out: nothing may go on behind it.
        let given = match ledger.take(Take { group: known, ahead: 0, behind: 0, ..take }).await {
            Err(BusError::NoGroup) => {
                self.feeds().remove(take.group);
                return Err(BusError::NoGroup);
            }
            given => given?,
        };
        let (mut deliveries, mut old) = (Vec::new(), Vec::new());
        for delivery in given {
            match held::deliver(delivery) {
                Ok(delivery) => deliveries.push(delivery),
                Err(lease) => old.push(Finish { lease, outcome: Outcome::Succeeded(None) }),
            }
        }
        if !old.is_empty() {
            ledger.finish(known, old).await?;
        }
        Ok(deliveries)
    }
}

impl Bus for Amqp {
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()> {
        Box::pin(self.shared.publish(events))
    }

    fn subscribe(&self, group: Group) -> Answer<'_, ()> {
        Box::pin(async move {
            let name = group.name.clone();
            let work = |shared: Arc<Shared>, _| -> BoxFuture<'static, _> {
                Box::pin(async move { shared.make_known(group).await })
            };
            self.shared.in_turn(&name, work).await
        })
    }

    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>> {
        Box::pin(self.give(take))
    }

    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>> {
        Box::pin(
            async move { self.shared.ledger.extend(&self.shared.place.group(group), leases, lease).await },
        )
    }

    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>> {
        Box::pin(async move { self.shared.ledger.finish(&self.shared.place.group(group), finishes).await })
    }

    fn groups(&self) -> Answer<'_, Vec<GroupStatus>> {
        Box::pin(self.shared.statuses())
    }

    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>> {
        Box::pin(async move {
            let letters = self.shared.ledger.dead_letters(&self.shared.place.group(group), limit).await?;
            let letter = |letter: DeadLetter| {
                let event = letter.event.and_then(|held| held::release(held).ok());
                DeadLetter { event, ..letter }
            };
            Ok(letters.into_iter().map(letter).collect())
        })
    }

    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64> {
        Box::pin(async move { self.shared.ledger.revive(&self.shared.place.group(group), ids).await })
    }

    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()> {
        Box::pin(async move {
            let work = move |shared: Arc<Shared>, group: String| -> BoxFuture<'static, _> {
                Box::pin(async move { shared.set_back(&group, start).await })
            };
            let sought = self.shared.in_turn(group, work).await;
            if let Some(feed) = self.feeds().get(group) {
                feed.begin_anew();
            }
            sought
        })
    }

    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            let work = |shared: Arc<Shared>, group: String| -> BoxFuture<'static, _> {
                Box::pin(async move { shared.forget(&group).await })
            };
            let forgotten = self.shared.in_turn(group, work).await;
            self.feeds().remove(group);
            forgotten
        })
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        let mut forgotten = self.shared.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        *forgotten = (*forgotten).max(Some(before));
        self.shared.ledger.prune(before)
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.shared.ready().await?;
            self.shared.ledger.ready().await
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.feeds().clear();
            self.shared.consuming.close().await;
            self.shared.publishing.close().await;
            self.shared.ledger.close().await;
        })
    }
}
