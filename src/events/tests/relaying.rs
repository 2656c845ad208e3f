//! The relay, with a bus that does what is worst.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};

use super::*;
use crate::EventsFormat;
use crate::descriptor::BoxFuture;
use crate::events::bus::{Answer, Bus, BusError, BusOptions, Group, Start, Take};
use crate::events::relay::Relay;
use crate::events::status::{DeadLetter, GroupStatus};
use crate::store::Position;
use crate::tasks::Finish;

/// A bus of which `publish` does what a test wants.
#[derive(Debug)]
struct Moody {
    inner: Arc<dyn Bus>,
    mood: Mood,
    published: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
enum Mood {
    /// It takes the events, and nobody ever hears of it: whoever published is dead by then.
    Silent,
    /// It is away so many times.
    Away(usize),
    /// It takes so long for what it takes.
    Slow(Duration),
}

impl Bus for Moody {
    fn publish(&self, events: Vec<CloudEvent>) -> Answer<'_, ()> {
        Box::pin(async move {
            let number = self.published.fetch_add(1, Ordering::SeqCst);
            match self.mood {
                Mood::Away(times) if number < times => Err(BusError::Unavailable("away".to_owned())),
                Mood::Away(_) => self.inner.publish(events).await,
                Mood::Slow(span) => {
                    tokio::time::sleep(span).await;
                    self.inner.publish(events).await
                }
                Mood::Silent => {
                    self.inner.publish(events).await?;
                    std::future::pending().await
                }
            }
        })
    }

    fn subscribe(&self, group: Group) -> Answer<'_, ()> {
        self.inner.subscribe(group)
    }

    fn take<'a>(&'a self, take: Take<'a>) -> Answer<'a, Vec<Delivery>> {
        self.inner.take(take)
    }

    fn extend<'a>(&'a self, group: &'a str, leases: Vec<Lease>, lease: Duration) -> Answer<'a, Vec<bool>> {
        self.inner.extend(group, leases, lease)
    }

    fn finish<'a>(&'a self, group: &'a str, finishes: Vec<Finish>) -> Answer<'a, Vec<bool>> {
        self.inner.finish(group, finishes)
    }

    fn groups(&self) -> Answer<'_, Vec<GroupStatus>> {
        self.inner.groups()
    }

    fn dead_letters<'a>(&'a self, group: &'a str, limit: usize) -> Answer<'a, Vec<DeadLetter>> {
        self.inner.dead_letters(group, limit)
    }

    fn revive<'a>(&'a self, group: &'a str, ids: Option<Vec<String>>) -> Answer<'a, u64> {
        self.inner.revive(group, ids)
    }

    fn seek<'a>(&'a self, group: &'a str, start: Start) -> Answer<'a, ()> {
        self.inner.seek(group, start)
    }

    fn forget<'a>(&'a self, group: &'a str) -> Answer<'a, bool> {
        self.inner.forget(group)
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        self.inner.prune(before)
    }

    fn ready(&self) -> Answer<'_, ()> {
        self.inner.ready()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}

async fn bus() -> Arc<dyn Bus> {
    let options = BusOptions::at(format!("memory:{}", Uuid::new_v4()));
    let bus = crate::events::open::open(&options).await.expect("a bus");
    let types = vec!["test.safe.v1.safe.created".to_owned()];
    bus.subscribe(Group { name: "all".to_owned(), types, start: Start::Now }).await.expect("known");
    bus
}

/// All that is on the bus, by the owner of the safe.
async fn arrived(bus: &Arc<dyn Bus>) -> Vec<String> {
    let take = Take {
        group: "all",
        limit: 100,
        lease: HANGS,
        wait: Duration::from_millis(200),
        ahead: 0,
        behind: 0,
    };
    let taken = bus.take(take).await.expect("a take");
    taken.into_iter().map(|delivery| delivery.into_event().subject.unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_and_not_noted_is_published_again_and_arrives_once() {
    let house = House::new().await;
    let bus = bus().await;
    let first = house.safe().await;
    let moody = Moody { inner: Arc::clone(&bus), mood: Mood::Silent, published: AtomicUsize::new(0) };
    let moody = Arc::new(moody);
    let dying =
        Relay::start(Arc::clone(house.core()), Arc::clone(&moody) as Arc<dyn Bus>, None, EventsFormat::Json);
    until(async || moody.published.load(Ordering::SeqCst) == 1).await;
    // As by SIGKILL.
    dying.killed();
    let second = house.safe().await;
    let waiting = house.core().store.waiting().await.expect("a count").count;
    assert!(waiting >= 2, "nothing was noted");
    let heir = Relay::start(Arc::clone(house.core()), Arc::clone(&bus), None, EventsFormat::Json);
    until(async || house.core().store.waiting().await.expect("a count").count == 0).await;
    heir.stop().await;
    assert_eq!(arrived(&bus).await, [first.id.to_string(), second.id.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_bus_is_away_events_wait_and_then_all_arrive() {
    let house = House::new().await;
    let bus = bus().await;
    let moody = Moody { inner: Arc::clone(&bus), mood: Mood::Away(3), published: AtomicUsize::new(0) };
    let relay = Relay::start(Arc::clone(house.core()), Arc::new(moody), None, EventsFormat::Json);
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(house.safe().await.id.to_string());
    }
    until(async || house.core().store.waiting().await.expect("a count").count == 0).await;
    relay.stop().await;
    assert_eq!(arrived(&bus).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_relays_and_whoever_stops_lets_the_next_one_do_it_at_once() {
    let house = House::new().await;
    let bus = bus().await;
    let start = || Relay::start(Arc::clone(house.core()), Arc::clone(&bus), None, EventsFormat::Json);
    let first = start();
    house.safe().await;
    until(async || house.core().store.waiting().await.expect("a count").count == 0).await;
    let store = &house.core().store;
    let me = Uuid::new_v4();
    assert_eq!(store.lead(me, HANGS).await.expect("an answer"), None, "it is taken");
    assert!(!store.relayed(me, Position::default(), HANGS).await.expect("an answer"));
    first.stop().await;
    let position = store.lead(me, Duration::ZERO).await.expect("an answer").expect("it is free");
    assert!(position.seq > 0);
    let second = start();
    let safe = house.safe().await;
    until(async || store.waiting().await.expect("a count").count == 0).await;
    second.stop().await;
    assert_eq!(arrived(&bus).await.pop(), Some(safe.id.to_string()));
}

#[tokio::test]
async fn what_waits_for_the_relay_is_not_thrown_away() {
    let house = House::new().await;
    let store = &house.core().store;
    house.safe().await;
    let later = || Utc::now() + chrono::TimeDelta::seconds(1);
    let me = Uuid::new_v4();
    store.lead(me, Duration::from_mins(1)).await.expect("an answer").expect("it is free");
    store.prune(DateTime::UNIX_EPOCH, later()).await.expect("pruned");
    assert_eq!(house.outbox().len(), 1);
    let rows = store.outbox(Position::default(), 100).await.expect("rows");
    let last = rows.last().expect("rows").position;
    assert!(store.relayed(me, last, Duration::from_mins(1)).await.expect("noted"));
    store.prune(DateTime::UNIX_EPOCH, later()).await.expect("pruned");
    assert!(house.outbox().is_empty());
    // Nobody has relayed for as long as events are kept: nobody will.
    house.safe().await;
    store.relayed(me, last, Duration::ZERO).await.expect("noted");
    store.prune(DateTime::UNIX_EPOCH, later()).await.expect("pruned");
    assert!(house.outbox().is_empty());
}

#[tokio::test]
async fn how_far_the_relay_is_behind_leaves_out_what_was_thrown_away_unrelayed() {
    let house = House::new().await;
    let store = &house.core().store;
    let waits = async || store.waiting().await.expect("a count");
    let rows = async || store.outbox(Position::default(), 100).await.expect("rows");
    let first = house.safe().await;
    house.safe().await;
    let all = rows().await;
    assert_eq!(waits().await.count, all.len() as u64);
    // Nobody relays, and what is old is thrown away.
    let first = all.iter().find(|row| row.event.aggregate_id == first.id.to_string()).expect("a row");
    store.prune(DateTime::UNIX_EPOCH, first.created_at).await.expect("pruned");
    let left = rows().await;
    assert!(!left.is_empty() && left.len() < all.len());
    let waiting = waits().await;
    assert_eq!((waiting.count, waiting.since), (left.len() as u64, Some(left[0].created_at)));
    let me = Uuid::new_v4();
    store.lead(me, Duration::ZERO).await.expect("an answer").expect("it is free");
    for (ended, row) in left.iter().enumerate() {
        assert_eq!(waits().await.count, (left.len() - ended) as u64);
        assert!(store.relayed(me, row.position, Duration::ZERO).await.expect("noted"));
    }
    let waiting = waits().await;
    assert_eq!((waiting.count, waiting.since), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_long_to_publish_goes_on_relaying() {
    let house = House::new().await;
    let bus = bus().await;
    // Longer than the lease, which somebody else waits for.
    let mood = Mood::Slow(Duration::from_secs(7));
    let moody = Arc::new(Moody { inner: Arc::clone(&bus), mood, published: AtomicUsize::new(0) });
    house.safe().await;
    let store = &house.core().store;
    let relay =
        Relay::start(Arc::clone(house.core()), Arc::clone(&moody) as Arc<dyn Bus>, None, EventsFormat::Json);
    until(async || moody.published.load(Ordering::SeqCst) == 1).await;
    while store.waiting().await.expect("a count").count > 0 {
        assert_eq!(store.lead(Uuid::new_v4(), HANGS).await.expect("an answer"), None, "it was taken away");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(moody.published.load(Ordering::SeqCst), 1);
    relay.stop().await;
}
