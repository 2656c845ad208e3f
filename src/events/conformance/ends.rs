//! How a delivery ends.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::place::{LONG, Place, failure, id};
use crate::events::bus::Start;
use crate::tasks::Outcome;

super::cases! {
    a_retry_waits_for_its_moment(Delay);
    what_is_given_back_is_not_counted(Uncounted);
    a_lease_that_runs_out_is_given_to_another(Leases);
    a_lease_that_is_extended_holds(Leases);
    what_is_given_up_is_a_dead_letter(Dead);
    dead_letters_begin_anew(Dead);
    dead_letters_of_some_ids_begin_anew(Dead);
    what_begins_anew_waits_for_its_turn(Dead, Turns);
}

async fn a_retry_waits_for_its_moment(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish(&place.event("a")).await;
    let first = place.one(&group).await;
    let moment = Utc::now() + TimeDelta::milliseconds(700);
    assert!(place.finish(&group, first.lease, Outcome::Retry(moment, failure())).await);
    place.nothing(&group).await;
    let second = place.one(&group).await;
    assert!(Utc::now() >= moment - TimeDelta::milliseconds(5), "it came too early");
    assert_eq!((id(&second), second.attempts), (id(&first), 2));
    assert!(!place.finish(&group, first.lease, Outcome::Succeeded(None)).await, "the lease is an old one");
    place.done(&group, &second).await;
    place.nothing(&group).await;
}

async fn what_is_given_back_is_not_counted(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish(&place.event("a")).await;
    for _ in 0..3 {
        let delivery = place.one(&group).await;
        assert_eq!(delivery.attempts, 1);
        assert!(place.finish(&group, delivery.lease, Outcome::Returned).await);
    }
}

async fn a_lease_that_runs_out_is_given_to_another(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish(&place.event("a")).await;
    let first = place.one_for(&group, Duration::from_millis(200)).await;
    let other = Place { bus: place.other.clone(), ..place.clone() };
    let second = other.one(&group).await;
    assert_eq!((id(&second), second.attempts), (id(&first), 2));
    assert!(!place.finish(&group, first.lease, Outcome::Succeeded(None)).await);
    assert_eq!(place.bus.extend(&group, vec![first.lease], LONG).await.unwrap(), [false]);
    other.done(&group, &second).await;
    place.nothing(&group).await;
}

async fn a_lease_that_is_extended_holds(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish(&place.event("a")).await;
    let held = place.one_for(&group, Duration::from_millis(400)).await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let lease = Duration::from_secs(1);
        assert_eq!(place.bus.extend(&group, vec![held.lease], lease).await.unwrap(), [true]);
    }
    place.nothing(&group).await;
    place.done(&group, &held).await;
}

async fn what_is_given_up_is_a_dead_letter(place: Place) {
    let group = place.group(Start::Now).await;
    let events = [place.event("a"), place.event("a")];
    place.bus.publish(events.to_vec()).await.unwrap();
    let first = place.one(&group).await;
    assert!(place.finish(&group, first.lease, Outcome::Failed(failure())).await);
    // It holds up nobody.
    assert_eq!(place.drain(&group).await, [events[1].id.clone()]);
    let letters = place.bus.dead_letters(&group, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].event.as_ref(), Some(&events[0]));
    assert_eq!((letters[0].id.as_str(), letters[0].attempts), (events[0].id.as_str(), 1));
    assert_eq!(letters[0].error, failure());
    assert!(place.bus.dead_letters(&group, 0).await.unwrap().is_empty());
}

async fn dead_letters_begin_anew(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "b"]).await;
    let mut old = Vec::new();
    for delivery in place.take(&group, 2, LONG).await {
        assert!(place.finish(&group, delivery.lease, Outcome::Failed(failure())).await);
        old.push(delivery.lease);
    }
    assert_eq!(place.bus.revive(&group, None).await.unwrap(), 2);
    assert!(place.bus.dead_letters(&group, 10).await.unwrap().is_empty());
    let again = place.take(&group, 2, LONG).await;
    assert_eq!(super::place::ids(&again), published);
    for (delivery, old) in again.iter().zip(old) {
        assert_eq!(delivery.attempts, 1);
        assert!(!place.finish(&group, old, Outcome::Succeeded(None)).await, "the lease is an old one");
        place.done(&group, delivery).await;
    }
    assert_eq!(place.bus.revive(&group, None).await.unwrap(), 0);
    place.nothing(&group).await;
}

async fn dead_letters_of_some_ids_begin_anew(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "b", "c"]).await;
    for delivery in place.take(&group, 3, LONG).await {
        assert!(place.finish(&group, delivery.lease, Outcome::Failed(failure())).await);
    }
    let wanted = vec![published[1].clone(), "nobody".to_owned()];
    assert_eq!(place.bus.revive(&group, Some(wanted)).await.unwrap(), 1);
    assert_eq!(place.drain(&group).await, [published[1].clone()]);
    let left = place.bus.dead_letters(&group, 10).await.unwrap();
    let left: Vec<&str> = left.iter().map(|letter| letter.id.as_str()).collect();
    assert_eq!(left, [published[0].as_str(), published[2].as_str()]);
}

async fn what_begins_anew_waits_for_its_turn(place: Place) {
    let group = place.group(Start::Now).await;
    let published = place.publish_all(&["a", "a", "a"]).await;
    let first = place.one(&group).await;
    assert!(place.finish(&group, first.lease, Outcome::Failed(failure())).await);
    let second = place.one(&group).await;
    assert_eq!(id(&second), published[1]);
    assert_eq!(place.bus.revive(&group, None).await.unwrap(), 1);
    place.nothing(&group).await;
    place.done(&group, &second).await;
    assert_eq!(place.drain(&group).await, [published[0].clone(), published[2].clone()]);
}
