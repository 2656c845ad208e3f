//! A bus is killed while events are published and taken: what was acknowledged is not lost, the order of every key stays, and
//! work goes on by itself. `FOURFOLD_TEST_KILLS=20` is the run in full.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::events::bus::{Bus, Group, Start, Take};
use crate::events::cloud::CloudEvent;
use crate::tasks::conformance::kills::Node;
use crate::tasks::{Finish, Outcome};

const KEYS: usize = 20;
const KIND: &str = "shop.made";
const GROUP: &str = "mail";

fn event(key: &str) -> CloudEvent {
    let mut event = CloudEvent::new(Uuid::now_v7().to_string(), "/test", KIND).with_json("{}");
    event.subject = Some(key.to_owned());
    event
}

#[derive(Default)]
struct Told {
    /// By key, what was acknowledged, and what was given out and ended.
    published: Mutex<HashMap<String, Vec<String>>>,
    ended: Mutex<HashMap<String, Vec<String>>>,
    groups: AtomicUsize,
    taken: AtomicUsize,
    stop: AtomicBool,
}

fn note(events: &Mutex<HashMap<String, Vec<String>>>, event: &CloudEvent) {
    let key = event.key().unwrap_or_default().to_owned();
    events.lock().expect("the list").entry(key).or_default().push(event.id.clone());
}

/// As the relay does it: a group is published again until it is acknowledged.
async fn publish(bus: Arc<dyn Bus>, told: Arc<Told>) {
    while !told.stop.load(Ordering::Relaxed) {
        let events: Vec<CloudEvent> = (0..20).map(|n| event(&(n * 7 % KEYS).to_string())).collect();
        while bus.publish(events.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for event in &events {
            note(&told.published, event);
        }
        told.groups.fetch_add(1, Ordering::Relaxed);
        // No faster than who listens, or the end of the test is nothing but a backlog.
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

async fn work(bus: Arc<dyn Bus>, told: Arc<Told>) {
    loop {
        let take = Take {
            group: GROUP,
            limit: 20,
            lease: Duration::from_secs(2),
            wait: Duration::from_millis(500),
            ahead: 0,
            behind: 8,
        };
        let Ok(taken) = bus.take(take).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let all = told.published.lock().expect("the list").values().map(Vec::len).sum::<usize>();
        let ended = told.ended.lock().expect("the list").values().map(Vec::len).sum::<usize>();
        if taken.is_empty() && told.stop.load(Ordering::Relaxed) && ended >= all {
            return;
        }
        let mut goes_on = false;
        for delivery in taken {
            if delivery.follows && !goes_on {
                continue;
            }
            let event = delivery.event.expect("an event");
            told.taken.fetch_add(1, Ordering::Relaxed);
            // The effect, which the inbox makes happen once.
            let key = event.key().unwrap_or_default().to_owned();
            let before =
                told.ended.lock().expect("the list").get(&key).is_some_and(|ended| ended.contains(&event.id));
            if !before {
                note(&told.ended, &event);
            }
            let finish = Finish { lease: delivery.lease, outcome: Outcome::Succeeded(None) };
            // Where it is not known whether it was taken, it comes again.
            goes_on = bus.finish(GROUP, vec![finish]).await.is_ok_and(|told| told[0]);
        }
    }
}

/// Kills the node again and again, lets it start, and sees that two workers get all that was acknowledged, in the order of
/// its keys. Says how long it took at most until events were published and taken again.
pub(crate) async fn survive(node: &mut dyn Node, buses: [Arc<dyn Bus>; 2], kills: usize) -> Duration {
    let [bus, other] = buses;
    bus.ready().await.expect("it starts");
    let group = Group { name: GROUP.to_owned(), types: vec![KIND.to_owned()], start: Start::Beginning };
    bus.subscribe(group).await.expect("it is known");
    let told = Arc::new(Told::default());
    let publisher = tokio::spawn(publish(bus.clone(), told.clone()));
    let workers = [tokio::spawn(work(bus, told.clone())), tokio::spawn(work(other, told.clone()))];
    let mut longest = Duration::ZERO;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        node.kill();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (groups, taken) = (told.groups.load(Ordering::Relaxed), told.taken.load(Ordering::Relaxed));
        node.start_again().await;
        let began = Instant::now();
        while told.groups.load(Ordering::Relaxed) <= groups + 1
            || told.taken.load(Ordering::Relaxed) <= taken + 100
        {
            assert!(began.elapsed() < Duration::from_mins(1), "it does not go on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        longest = longest.max(began.elapsed());
    }
    told.stop.store(true, Ordering::Relaxed);
    publisher.await.expect("the publisher");
    for worker in workers {
        tokio::time::timeout(Duration::from_mins(3), worker).await.expect("all is taken").expect("a worker");
    }
    let (acknowledged, ended) =
        (told.published.lock().expect("the list"), told.ended.lock().expect("the list"));
    let all: usize = acknowledged.values().map(Vec::len).sum();
    eprintln!(
        "{kills} kills: {all} events acknowledged, {} given out, all ended in the order of their keys; \
         longest until both went on: {longest:?}",
        told.taken.load(Ordering::Relaxed)
    );
    assert_eq!(*acknowledged, *ended, "lost, or out of order");
    longest
}
