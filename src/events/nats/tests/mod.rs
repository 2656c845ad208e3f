//! What is particular to `JetStream`; what all engines promise is in the suite.

mod judge;
mod kills;

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::events::bus::{Bus, BusError, BusOptions, Delivery, Group, Start, Take};
use crate::events::cloud::CloudEvent;
use crate::events::conformance::{self, Abilities};
use crate::tasks::{Failure, Finish, Outcome};

/// Where the tests find NATS, unless `FOURFOLD_TEST_NATS_URL` says otherwise.
const USUAL: &str = "nats://127.0.0.1:4222";

fn server() -> String {
    std::env::var("FOURFOLD_TEST_NATS_URL").unwrap_or_else(|_| USUAL.to_owned())
}

/// Streams of a test's own, deleted at its end. `None` where there is no NATS; where there has to be, that is a failure.
async fn place() -> Option<(String, BusOptions)> {
    let server = server();
    match async_nats::connect(&server).await {
        Ok(_) => {}
        Err(error) => {
            let must =
                std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_NATS_URL").is_some();
            assert!(!must, "NATS is away and must be tested here: {error}");
            eprintln!("left out: NATS ({error})");
            return None;
        }
    }
    let prefix = format!("fourfold-test-{}", Uuid::new_v4().simple());
    let options = BusOptions::at(format!("{server}/{prefix}"));
    Some((prefix, options))
}

async fn context() -> jetstream::Context {
    jetstream::new(async_nats::connect(server()).await.expect("NATS"))
}

async fn delete(prefix: &str) {
    let context = context().await;
    for of in ["events", "groups", "dead"] {
        context.delete_stream(format!("{prefix}-{of}")).await.expect("it goes away");
    }
}

async fn open(options: &BusOptions) -> Arc<dyn Bus> {
    super::open(options).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises() {
    let Some((prefix, options)) = place().await else { return };
    let make = move || {
        let options = options.clone();
        Box::pin(async move { open(&options).await }) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ALL).await;
    delete(&prefix).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_while_it_connects_for_the_first_time_is_answered() {
    let Some((prefix, options)) = place().await else { return };
    for _ in 0..5 {
        let bus = open(&options).await;
        let calls = (0..40).map(|number| {
            let bus = bus.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_micros(250 * number)).await;
                bus.ready().await
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.expect("a call").expect("it is there");
        }
    }
    delete(&prefix).await;
}

fn event(kind: &str, key: &str) -> CloudEvent {
    let mut event = CloudEvent::new(Uuid::now_v7().to_string(), "/test", kind).with_json("{}");
    event.subject = Some(key.to_owned());
    event
}

async fn listen(bus: &Arc<dyn Bus>, name: &str, types: &[&str]) {
    let types = types.iter().map(|kind| (*kind).to_owned()).collect();
    let group = Group { name: name.to_owned(), types, start: Start::Beginning };
    bus.subscribe(group).await.expect("it is known");
}

async fn take(bus: &Arc<dyn Bus>, group: &str, limit: usize) -> Vec<Delivery> {
    let (lease, wait) = (Duration::from_secs(15), Duration::from_secs(5));
    let mut taken: Vec<Delivery> = Vec::new();
    while taken.len() < limit {
        let take = Take { group, limit: limit - taken.len(), lease, wait, ahead: 0, behind: 0 };
        let more = bus.take(take).await.expect("a take");
        if more.is_empty() {
            break;
        }
        taken.extend(more);
    }
    taken
}

async fn finish(bus: &Arc<dyn Bus>, group: &str, delivery: &Delivery, outcome: Outcome) {
    let finish = Finish { lease: delivery.lease, outcome };
    assert_eq!(bus.finish(group, vec![finish]).await.expect("an answer"), [true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_a_dead_letter_as_it_came_and_what_comes_after_it_is_given_out() {
    let Some((prefix, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"]).await;
    let context = context().await;
    for body in [&b"\xff\0 no event"[..], b"", b"[]", &b"[".repeat(100_000)] {
        let sent = context.publish(format!("{prefix}.events.shop.made"), body.to_vec().into()).await;
        sent.expect("it is sent").await.expect("it is taken");
    }
    let good = event("shop.made", "a");
    bus.publish(vec![good.clone()]).await.expect("published");
    let taken = take(&bus, "mail", 5).await;
    assert_eq!(taken.len(), 5);
    for delivery in &taken {
        let outcome = match &delivery.event {
            Ok(event) => {
                assert_eq!(**event, good);
                Outcome::Succeeded(None)
            }
            Err(received) => Outcome::Failed(Failure::new("unreadable", received.why.to_string())),
        };
        finish(&bus, "mail", delivery, outcome).await;
    }
    let letters = bus.dead_letters("mail", 10).await.expect("letters");
    assert_eq!(letters.len(), 4);
    assert!(
        letters.iter().all(|it| it.event.is_none() && it.error.message.contains("specversion")),
        "{letters:?}"
    );
    let dead = context.get_stream(format!("{prefix}-dead")).await.expect("the stream");
    let first = dead.direct_get_first_for_subject(format!("{prefix}.dead.mail.*")).await.expect("a letter");
    assert_eq!(&first.payload[..], b"\xff\0 no event");
    bus.close().await;
    delete(&prefix).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_several_types_gets_all_of_them_in_their_order() {
    let Some((prefix, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made", "shop.gone"]).await;
    let mut events: Vec<CloudEvent> =
        (0..100).map(|n| event(["shop.made", "shop.gone", "shop.else"][n % 3], &n.to_string())).collect();
    bus.publish(events.clone()).await.expect("published");
    events.retain(|event| event.kind != "shop.else");
    let taken: Vec<CloudEvent> =
        take(&bus, "mail", events.len()).await.into_iter().map(Delivery::into_event).collect();
    assert_eq!(taken, events);
    bus.close().await;
    delete(&prefix).await;
}

/// A process reads it from the journal that others wrote, long after its beginning was replaced by a state.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_stays_short_and_whoever_comes_late_knows_the_same() {
    let Some((prefix, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"]).await;
    let events: Vec<CloudEvent> = (0..1200).map(|n| event("shop.made", &n.to_string())).collect();
    bus.publish(events.clone()).await.expect("published");
    for _ in 0..1100 {
        let delivery = take(&bus, "mail", 1).await.remove(0);
        finish(&bus, "mail", &delivery, Outcome::Succeeded(None)).await;
    }
    let mut journal = context().await.get_stream(format!("{prefix}-groups")).await.expect("the stream");
    let length = journal.info().await.expect("its state").state.messages;
    assert!(length <= 1001, "{length}");
    let late = open(&options).await;
    let rest: Vec<CloudEvent> =
        take(&late, "mail", 100).await.into_iter().map(Delivery::into_event).collect();
    assert_eq!(rest, events[1100..]);
    bus.close().await;
    late.close().await;
    delete(&prefix).await;
}

/// As after a power failure: the server writes to the disk every two minutes, unless it is told otherwise. What is published
/// then may stand where the group is, and beyond.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_goes_on_where_the_stream_has_lost_what_the_group_had_come_to() {
    for count in [1, 10, 15] {
        let Some((prefix, options)) = place().await else { return };
        let bus = open(&options).await;
        listen(&bus, "mail", &["shop.made"]).await;
        let events = |count| (0..count).map(|n: usize| event("shop.made", &n.to_string()));
        bus.publish(events(10).collect()).await.expect("published");
        assert_eq!(take(&bus, "mail", 10).await.len(), 10);
        bus.close().await;
        let context = context().await;
        context.delete_stream(format!("{prefix}-events")).await.expect("it goes away");
        let bus = open(&options).await;
        let after: Vec<CloudEvent> = events(count).collect();
        bus.publish(after.clone()).await.expect("published");
        let taken = take(&bus, "mail", count).await;
        let taken: Vec<CloudEvent> = taken.into_iter().map(Delivery::into_event).collect();
        assert_eq!(taken, after);
        bus.close().await;
        delete(&prefix).await;
    }
}

/// Makes a stream anew with the first of its messages, and so with their numbers.
async fn lose_all_but(name: &str, stay: u64) {
    let context = context().await;
    let mut stream = context.get_stream(name).await.expect("the stream");
    let config = stream.info().await.expect("its configuration").config.clone();
    let mut messages = Vec::new();
    for seq in 1..=stay {
        messages.push(stream.direct_get(seq).await.expect("a message"));
    }
    context.delete_stream(name).await.expect("it goes away");
    context.create_stream(config).await.expect("it is back");
    for message in messages {
        let sent = context.publish_with_headers(message.subject, message.headers, message.payload).await;
        sent.expect("it is sent").await.expect("it is taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_has_lost_its_end_and_got_another_one_is_read_anew() {
    let Some((prefix, options)) = place().await else { return };
    let (bus, other) = (open(&options).await, open(&options).await);
    listen(&bus, "mail", &["shop.made"]).await;
    bus.publish((0..10).map(|n| event("shop.made", &n.to_string())).collect()).await.expect("published");
    let taken = take(&bus, "mail", 4).await;
    for delivery in &taken {
        finish(&bus, "mail", delivery, Outcome::Succeeded(None)).await;
    }
    let name = format!("{prefix}-groups");
    let last = async || {
        context().await.get_stream(&name).await.expect("the stream").cached_info().state.last_sequence
    };
    let before = last().await;
    lose_all_but(&name, before - 3).await;
    // As many entries again, of another process.
    let theirs = take(&other, "mail", 1).await;
    finish(&other, "mail", &theirs[0], Outcome::Succeeded(None)).await;
    let theirs = take(&other, "mail", 1).await;
    assert_eq!(last().await, before, "the number says nothing");
    let open_events = async || other.groups().await.expect("groups")[0].open;
    assert_eq!(open_events().await, 3 + 1);
    for (delivery, held) in taken.iter().zip([false, true, true, true]) {
        let finish = Finish { lease: delivery.lease, outcome: Outcome::Succeeded(None) };
        assert_eq!(bus.finish("mail", vec![finish]).await.expect("an answer"), [held]);
    }
    finish(&other, "mail", &theirs[0], Outcome::Succeeded(None)).await;
    assert_eq!(open_events().await, 0);
    bus.close().await;
    other.close().await;
    delete(&prefix).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_and_made_when_that_is_asked_for() {
    let Some((prefix, options)) = place().await else { return };
    let bare = open(&BusOptions { migrate: false, ..options.clone() }).await;
    let refused = format!("{:?}", bare.ready().await.expect_err("nothing is there"));
    assert!(
        refused.contains(&format!("{prefix}-events")) && refused.contains("FOURFOLD_MIGRATE=on"),
        "{refused}"
    );
    open(&options).await.ready().await.expect("it is made");
    bare.ready().await.expect("it is there");
    delete(&prefix).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nats_is_away_it_opens_and_calls_are_refused_in_time() {
    let url = "nats://guest:s3cret@127.0.0.1:1/p".to_owned();
    let bus = open(&BusOptions { patience: Duration::from_millis(300), ..BusOptions::at(url) }).await;
    let refused = bus.publish(vec![event("shop.made", "a")]).await.expect_err("nobody is there");
    assert!(matches!(refused, BusError::Unavailable(_)), "{refused:?}");
    assert!(bus.ready().await.is_err());
    assert!(!format!("{bus:?} {refused:?}").contains("s3cret"));
}

#[tokio::test]
async fn tls_is_refused_with_a_way_out() {
    let url = "tls://guest:s3cret@127.0.0.1:4222".to_owned();
    let options = BusOptions { patience: Duration::from_millis(300), ..BusOptions::at(url) };
    let refused = format!("{:?}", crate::events::open::open(&options).await.expect_err("it is refused"));
    assert!(refused.contains("nats:") && !refused.contains("s3cret"), "{refused}");
}
