//! One after the other by key, and side by side otherwise.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::place::{LONG, Place, failure, id, ids};
use super::rounds;
use crate::events::bus::{Start, Take};
use crate::tasks::{Finish, Outcome};

super::cases! {
    one_key_is_in_order_and_others_go_on(Turns);
    what_has_no_key_waits_for_nobody(Turns);
    a_retry_holds_up_its_key_alone(Turns, Delay);
    a_hot_key_holds_up_no_other(Turns);
    groups_do_not_wait_for_each_other();
    many_workers_keep_the_order_of_every_key(Turns);
}

async fn one_key_is_in_order_and_others_go_on(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "a", "b", "a", "b"]).await;
    let first = place.take(&group, 5, LONG).await;
    assert_eq!(ids(&first), [published[0].clone(), published[2].clone()]);
    place.done(&group, &first[0]).await;
    let second = place.one(&group).await;
    assert_eq!(id(&second), published[1]);
    place.nothing(&group).await;
    place.done(&group, &second).await;
    place.done(&group, &first[1]).await;
    let mut rest = place.drain(&group).await;
    rest.sort_unstable();
    let mut expected = vec![published[3].clone(), published[4].clone()];
    expected.sort_unstable();
    assert_eq!(rest, expected);
}

async fn what_has_no_key_waits_for_nobody(place: Place) {
    let group = place.group(Start::Now).await;
    let mut events = [place.event("a"), place.event("a"), place.event("a")];
    for event in &mut events {
        event.subject = None;
        event.partition_key = None;
    }
    place.bus.publish(events.to_vec()).await.unwrap();
    assert_eq!(place.take(&group, 3, LONG).await.len(), 3);
}

async fn a_retry_holds_up_its_key_alone(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "a", "b"]).await;
    let first = place.one(&group).await;
    let later = Utc::now() + TimeDelta::milliseconds(900);
    assert!(place.finish(&group, first.lease, Outcome::Retry(later, failure())).await);
    assert_eq!(place.drain(&group).await, [published[2].clone()]);
    let again = place.one(&group).await;
    assert_eq!(id(&again), published[0]);
    place.done(&group, &again).await;
    assert_eq!(place.drain(&group).await, [published[1].clone()]);
}

async fn a_hot_key_holds_up_no_other(place: Place) {
    let group = place.group(Start::Now).await;
    let keys: Vec<&str> = std::iter::repeat_n("hot", 3000).chain(["cold"]).collect();
    for some in keys.chunks(500) {
        place.publish_all(some).await;
    }
    let hot = place.one(&group).await;
    let cold = place.one(&group).await;
    assert_eq!(cold.event.unwrap().key(), Some("cold"));
    assert_eq!(hot.event.unwrap().key(), Some("hot"));
    place.nothing(&group).await;
}

async fn groups_do_not_wait_for_each_other(place: Place) {
    let (slow, quick) = (place.group(Start::Now).await, place.group(Start::Now).await);
    let published = place.publish_all(&["a", "a", "a"]).await;
    let held = place.one(&slow).await;
    assert_eq!(place.drain(&quick).await, published);
    place.done(&slow, &held).await;
    assert_eq!(place.drain(&slow).await, published[1..]);
}

/// Six workers on two connections; some give back, some let their lease run out.
async fn many_workers_keep_the_order_of_every_key(place: Place) {
    const KEYS: usize = 40;
    const EVENTS: usize = 800;
    for _ in 0..rounds() {
        let group = place.group(Start::Now).await;
        let seen: Arc<Mutex<HashMap<String, Vec<String>>>> = Arc::default();
        let workers: Vec<_> = (0..6)
            .map(|number| {
                let bus = if number % 2 == 0 { place.bus.clone() } else { place.other.clone() };
                tokio::spawn(work(bus, group.clone(), Arc::clone(&seen), EVENTS))
            })
            .collect();
        let mut expected: HashMap<String, Vec<String>> = HashMap::new();
        for some in 0..EVENTS / 50 {
            let events: Vec<_> =
                (0..50).map(|n| place.event(&((some * 50 + n) * 7 % KEYS).to_string())).collect();
            for event in &events {
                let key = event.key().unwrap_or_default().to_owned();
                expected.entry(key).or_default().push(event.id.clone());
            }
            place.bus.publish(events).await.unwrap();
        }
        for worker in workers {
            worker.await.unwrap();
        }
        assert_eq!(*seen.lock().unwrap(), expected);
    }
}

async fn work(
    bus: Arc<dyn crate::events::bus::Bus>,
    group: String,
    seen: Arc<Mutex<HashMap<String, Vec<String>>>>,
    all: usize,
) {
    let chance = || uuid::Uuid::new_v4().as_bytes()[0];
    loop {
        let limit = usize::from(chance() % 8) + 1;
        let take = Take {
            group: &group,
            limit,
            lease: Duration::from_secs(2),
            wait: Duration::from_millis(50),
            ahead: 0,
            behind: usize::from(chance() % 4),
        };
        let mut goes_on = false;
        for delivery in bus.take(take).await.unwrap() {
            if delivery.follows && !goes_on {
                continue;
            }
            goes_on = false;
            let event = delivery.event.unwrap();
            let outcome = match chance() {
                // As a worker that dies.
                0 => continue,
                1..8 => Outcome::Returned,
                8..16 => Outcome::Retry(Utc::now(), failure()),
                _ => Outcome::Succeeded(None),
            };
            let done = matches!(outcome, Outcome::Succeeded(_));
            let told = {
                let finish = Finish { lease: delivery.lease, outcome };
                if done {
                    let mut seen = seen.lock().unwrap();
                    let key = event.key().unwrap_or_default().to_owned();
                    seen.entry(key).or_default().push(event.id.clone());
                }
                bus.finish(&group, vec![finish]).await.unwrap()
            };
            assert!(told[0] || !done, "it was within its lease");
            goes_on = done;
        }
        if seen.lock().unwrap().values().map(Vec::len).sum::<usize>() >= all {
            return;
        }
    }
}
