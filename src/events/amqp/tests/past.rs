//! Groups that begin late, and groups that are set back.

use super::*;
use crate::events::cloud::Data;

/// Through the stream, too, everything stays as it was.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_before_comes_as_it_was_published_and_in_its_order() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    let mut whole = event("shop.made", "Zoë \"x\" %\u{1F98A}");
    whole.extensions.insert("tenant".to_owned(), "\u{1} ".to_owned());
    whole.extensions.insert("empty".to_owned(), String::new());
    whole.trace_parent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    let mut bytes = event("shop.made", "b");
    bytes.data_content_type = Some("application/octet-stream".to_owned());
    bytes.data = Data::Bytes(bytes::Bytes::from_static(b"\x00\xff"));
    let mut untyped = bytes.clone();
    (untyped.id, untyped.subject) = ("untyped".to_owned(), Some("c".to_owned()));
    untyped.data_content_type = None;
    let mut events = vec![whole, bytes, untyped];
    events.extend((0..3000).map(|n| event(["shop.made", "shop.gone"][n % 2], &n.to_string())));
    bus.publish(events.clone()).await.expect("published");
    listen(&bus, "mail", &["shop.made"], Start::Beginning).await;
    let live = event("shop.made", "live");
    bus.publish(vec![live.clone()]).await.expect("published");
    events.retain(|event| event.kind == "shop.made");
    events.push(live);
    let taken: Vec<CloudEvent> =
        take(&bus, "mail", events.len()).await.into_iter().map(Delivery::into_event).collect();
    assert!(taken == events, "{} of {}", taken.len(), events.len());
    delete(&exchange, &bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_set_back_to_before_it_was_there() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    let before = [event("shop.made", "a"), event("shop.made", "a")];
    bus.publish(before.to_vec()).await.expect("published");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let moment = chrono::Utc::now();
    listen(&bus, "mail", &["shop.made"], Start::Now).await;
    let after = [event("shop.made", "a"), event("shop.made", "b")];
    bus.publish(after.to_vec()).await.expect("published");
    assert_eq!(drain(&bus, "mail", 2).await, ids(&after));
    bus.seek("mail", Start::Beginning).await.expect("it is set back");
    assert_eq!(drain(&bus, "mail", 4).await, ids(&[&before[..], &after[..]].concat()));
    bus.seek("mail", Start::At(moment)).await.expect("it is set back");
    assert_eq!(drain(&bus, "mail", 2).await, ids(&after));
    bus.seek("mail", Start::Now).await.expect("it is set ahead");
    nothing(&bus, "mail").await;
    delete(&exchange, &bus).await;
}

/// Other processes of the group notice it by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn all_processes_of_a_group_are_set_back() {
    let Some((exchange, options)) = place().await else { return };
    let (bus, other) = (open(&options).await, open(&options).await);
    listen(&bus, "mail", &["shop.made"], Start::Now).await;
    let events = [event("shop.made", "a"), event("shop.made", "b")];
    bus.publish(events.to_vec()).await.expect("published");
    assert_eq!(drain(&other, "mail", 2).await, ids(&events));
    bus.seek("mail", Start::Beginning).await.expect("it is set back");
    assert_eq!(drain(&other, "mail", 2).await, ids(&events));
    other.close().await;
    delete(&exchange, &bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_begins_anew_also_where_the_group_was_set_back_since() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"], Start::Now).await;
    let dead = event("shop.made", "a");
    bus.publish(vec![dead.clone()]).await.expect("published");
    let delivery = take(&bus, "mail", 1).await.remove(0);
    finish(&bus, "mail", &delivery, Outcome::Failed(failure())).await;
    bus.seek("mail", Start::Now).await.expect("it is set ahead");
    nothing(&bus, "mail").await;
    assert_eq!(bus.revive("mail", None).await.expect("an answer"), 1);
    assert_eq!(drain(&bus, "mail", 1).await, [dead.id]);
    delete(&exchange, &bus).await;
}

fn failure() -> Failure {
    Failure::new("test", "as it is meant to")
}

/// The ledger remembers what it had, and this is another group all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_was_forgotten_may_begin_anew_from_the_beginning() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    let events = [event("shop.made", "a"), event("shop.made", "b")];
    bus.publish(events.to_vec()).await.expect("published");
    for _ in 0..2 {
        listen(&bus, "mail", &["shop.made"], Start::Beginning).await;
        assert_eq!(drain(&bus, "mail", 2).await, ids(&events));
        assert!(bus.forget("mail").await.expect("an answer"));
    }
    delete(&exchange, &bus).await;
}

/// Many set the same group back at once: one after the other does.
#[tokio::test(flavor = "multi_thread")]
async fn who_sets_a_group_back_waits_for_others() {
    let Some((exchange, options)) = place().await else { return };
    let buses = [open(&options).await, open(&options).await, open(&options).await];
    listen(&buses[0], "mail", &["shop.made"], Start::Now).await;
    let events = [event("shop.made", "a"), event("shop.made", "b")];
    buses[0].publish(events.to_vec()).await.expect("published");
    let seeks = buses.iter().map(|bus| bus.seek("mail", Start::Beginning));
    for sought in futures_util::future::join_all(seeks).await {
        sought.expect("it is set back");
    }
    let delivery = take(&buses[1], "mail", 1).await.remove(0);
    assert_eq!((delivery.round, delivery.into_event().id), (3, events[0].id.clone()));
    for bus in &buses[1..] {
        bus.close().await;
    }
    delete(&exchange, &buses[0]).await;
}
