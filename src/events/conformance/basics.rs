//! An event goes in, comes out and ends.

use std::time::Duration;

use bytes::Bytes;
use chrono::SubsecRound as _;

use super::place::{LONG, Place, id};
use crate::events::bus::{Start, Take};
use crate::events::cloud::{CloudEvent, Data};
use crate::tasks::{Finish, Outcome};

super::cases! {
    an_event_is_given_out_once_and_ends();
    every_part_comes_out_as_it_went_in();
    an_event_is_taken_once(Remembers);
    whoever_waits_is_woken();
    leases_of_nothing_do_not_hold(Leases);
    empty_groups_are_fine();
    it_says_that_it_is_ready();
}

async fn an_event_is_given_out_once_and_ends(place: Place) {
    let group = place.group(Start::Now).await;
    let event = place.event("a");
    place.publish(&event).await;
    let delivery = place.one(&group).await;
    assert_eq!((id(&delivery), delivery.attempts, delivery.round), (event.id, 1, 0));
    place.nothing(&group).await;
    place.done(&group, &delivery).await;
    assert!(!place.finish(&group, delivery.lease, Outcome::Succeeded(None)).await, "it ends once");
    place.nothing(&group).await;
}

async fn every_part_comes_out_as_it_went_in(place: Place) {
    let group = place.group(Start::Now).await;
    let mut whole = place.event("Zoë's \"key\" 100%\u{1F98A}");
    whole.time = Some(chrono::Utc::now().trunc_subsecs(6));
    whole.data_schema = Some("https://example.com/schema".to_owned());
    whole.trace_parent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    whole.extensions.insert("tenant".to_owned(), "Zoë \\ \u{1}".to_owned());
    let mut binary = place.event("b");
    binary.data_content_type = Some("application/protobuf".to_owned());
    binary.data = Data::Bytes(Bytes::from_static(b"\x00\xff"));
    let bare = CloudEvent::new("1", format!("/{}", place.kind), &place.kind);
    for event in [whole, binary, bare] {
        place.publish(&event).await;
        let delivery = place.one(&group).await;
        assert_eq!(**delivery.event.as_ref().expect("an event"), event);
        place.done(&group, &delivery).await;
    }
}

async fn an_event_is_taken_once(place: Place) {
    let group = place.group(Start::Now).await;
    let event = place.event("a");
    place.bus.publish(vec![event.clone(), event.clone()]).await.unwrap();
    place.other.publish(vec![event.clone()]).await.unwrap();
    let mut namesake = event.clone();
    namesake.source = format!("/{}", place.kind);
    place.publish(&namesake).await;
    assert_eq!(place.drain(&group).await, [event.id.clone(), event.id.clone()]);
    place.publish(&event).await;
    place.nothing(&group).await;
}

async fn whoever_waits_is_woken(place: Place) {
    let group = place.group(Start::Now).await;
    let (waiter, name) = (place.clone(), group.clone());
    let waiting = tokio::spawn(async move { id(&waiter.one(&name).await) });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let event = place.event("a");
    place.other.publish(vec![event.clone()]).await.unwrap();
    assert_eq!(waiting.await.unwrap(), event.id);
}

async fn leases_of_nothing_do_not_hold(place: Place) {
    let group = place.group(Start::Now).await;
    place.publish(&place.event("a")).await;
    let mut lease = place.one(&group).await.lease;
    lease.token += 1;
    assert!(!place.finish(&group, lease, Outcome::Succeeded(None)).await);
    assert_eq!(place.bus.extend(&group, vec![lease], LONG).await.unwrap(), [false]);
}

async fn empty_groups_are_fine(place: Place) {
    let group = place.group(Start::Now).await;
    place.bus.publish(Vec::new()).await.unwrap();
    assert_eq!(place.bus.finish(&group, Vec::<Finish>::new()).await.unwrap(), [false; 0]);
    assert_eq!(place.bus.extend(&group, Vec::new(), LONG).await.unwrap(), [false; 0]);
    let take = Take { group: &group, limit: 1, lease: LONG, wait: Duration::ZERO, ahead: 0, behind: 0 };
    assert!(place.bus.take(take).await.unwrap().is_empty());
}

async fn it_says_that_it_is_ready(place: Place) {
    place.bus.ready().await.unwrap();
}
