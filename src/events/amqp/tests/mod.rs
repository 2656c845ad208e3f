//! What is particular to `RabbitMQ`; what all engines promise is in the suite.

mod judge;
#[cfg(unix)]
mod kills;
mod measure;
mod past;

use std::sync::Arc;
use std::time::Duration;

use lapin::options::{BasicPublishOptions, ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::events::bus::{Bus, BusError, BusOptions, Delivery, Group, Start, Take};
use crate::events::cloud::CloudEvent;
use crate::events::conformance::{self, Abilities};
use crate::tasks::{Failure, Finish, Outcome};

/// Where the tests find `RabbitMQ`, unless `FOURFOLD_TEST_AMQP_URL` says otherwise.
const USUAL: &str = "amqp://guest:guest@127.0.0.1:5672";

fn server() -> String {
    std::env::var("FOURFOLD_TEST_AMQP_URL").unwrap_or_else(|_| USUAL.to_owned())
}

/// A ledger of a test's own.
fn memory() -> String {
    format!("memory:{}", Uuid::new_v4())
}

/// An exchange of a test's own, deleted at its end. `None` where there is no `RabbitMQ`; where there has to be, that is a
/// failure.
async fn place() -> Option<(String, BusOptions)> {
    let server = server();
    let connected = Connection::connect(&server, ConnectionProperties::default());
    let error = match tokio::time::timeout(Duration::from_secs(10), connected).await {
        Ok(Ok(_)) => {
            let exchange = format!("fourfold-test-{}", Uuid::new_v4().simple());
            let url = format!("{server}?exchange={exchange}");
            return Some((exchange, BusOptions { ledger: Some(memory()), ..BusOptions::at(url) }));
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    let must = std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_AMQP_URL").is_some();
    assert!(!must, "RabbitMQ is away and must be tested here: {error}");
    eprintln!("left out: RabbitMQ ({error})");
    None
}

async fn channel() -> Channel {
    let connection = Connection::connect(&server(), ConnectionProperties::default()).await.expect("RabbitMQ");
    connection.create_channel().await.expect("a channel")
}

/// With the queues of all groups that the bus knows.
async fn delete(exchange: &str, bus: &Arc<dyn Bus>) {
    for group in bus.groups().await.expect("the groups") {
        assert!(bus.forget(&group.name).await.expect("an answer"));
    }
    bus.close().await;
    let channel = channel().await;
    let log = format!("{exchange}.log");
    channel.queue_delete(log.into(), QueueDeleteOptions::default()).await.expect("it goes away");
    channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.expect("it goes away");
}

async fn open(options: &BusOptions) -> Arc<dyn Bus> {
    super::open(options).await.expect("it opens")
}

async fn keeps_all_promises(ledger: Option<String>) {
    let Some((exchange, mut options)) = place().await else { return };
    options.ledger = ledger.or(options.ledger);
    let last = open(&options).await;
    let make = move || {
        let options = options.clone();
        Box::pin(async move { open(&options).await }) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ONE_BY_ONE).await;
    delete(&exchange, &last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises() {
    keeps_all_promises(None).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises_with_its_ledger_in_sqlite() {
    let folder = std::env::temp_dir().join(format!("fourfold-test-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    keeps_all_promises(Some(format!("sqlite:{}", folder.join("test.db").display()))).await;
    std::fs::remove_dir_all(folder).expect("it goes away");
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises_with_its_ledger_in_postgresql() {
    let Some(database) = crate::store::postgres::tests::database::Database::make().await else { return };
    keeps_all_promises(Some(database.url.clone())).await;
    database.drop().await;
}

fn event(kind: &str, key: &str) -> CloudEvent {
    let mut event = CloudEvent::new(Uuid::now_v7().to_string(), "/test", kind).with_json("{}");
    event.subject = Some(key.to_owned());
    event
}

async fn listen(bus: &Arc<dyn Bus>, name: &str, types: &[&str], start: Start) {
    let types = types.iter().map(|kind| (*kind).to_owned()).collect();
    bus.subscribe(Group { name: name.to_owned(), types, start }).await.expect("it is known");
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

/// What comes within a moment.
async fn nothing(bus: &Arc<dyn Bus>, group: &str) {
    let (lease, wait) = (Duration::from_secs(15), Duration::from_millis(300));
    let taken = bus.take(Take { group, limit: 1, lease, wait, ahead: 0, behind: 0 }).await.expect("a take");
    assert!(taken.is_empty(), "{taken:?}");
}

async fn finish(bus: &Arc<dyn Bus>, group: &str, delivery: &Delivery, outcome: Outcome) {
    let finish = Finish { lease: delivery.lease, outcome };
    assert_eq!(bus.finish(group, vec![finish]).await.expect("an answer"), [true]);
}

async fn drain(bus: &Arc<dyn Bus>, group: &str, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let taken = take(bus, group, 1).await;
        let Some(delivery) = taken.first() else { break };
        ids.push(delivery.event.as_ref().expect("an event").id.clone());
        finish(bus, group, delivery, Outcome::Succeeded(None)).await;
    }
    ids
}

fn ids(events: &[CloudEvent]) -> Vec<String> {
    events.iter().map(|event| event.id.clone()).collect()
}

/// As somebody else publishes it.
async fn send(exchange: &str, key: &str, headers: &[(&str, AMQPValue)], body: &[u8]) {
    let mut table = FieldTable::default();
    for (name, value) in headers {
        table.insert((*name).into(), value.clone());
    }
    let properties = BasicProperties::default().with_headers(table);
    let options = BasicPublishOptions::default();
    let sent = channel().await.basic_publish(exchange.into(), key.into(), options, body, properties).await;
    sent.expect("it is sent").await.expect("it is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_a_dead_letter_with_the_reason_and_what_comes_after_it_is_given_out() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"], Start::Now).await;
    for body in [&b"\xff\0 no event"[..], b"", b"[]", &b"[".repeat(100_000)] {
        send(&exchange, "shop.made", &[], body).await;
    }
    let whole = ["specversion", "id", "source", "type"];
    let values = ["1.0", "a\0b", "/else", "shop.made"];
    let headers: Vec<(String, AMQPValue)> = whole
        .iter()
        .zip(values)
        .map(|(name, value)| (format!("cloudEvents:{name}"), AMQPValue::LongString(value.into())))
        .collect();
    let headers: Vec<(&str, AMQPValue)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    send(&exchange, "shop.made", &headers, b"").await;
    // What only the bus says to itself.
    send(&exchange, "shop.made", &[("fourfold-begin", AMQPValue::LongLongInt(i64::MIN))], b"").await;
    let good = event("shop.made", "a");
    bus.publish(vec![good.clone()]).await.expect("published");
    let taken = take(&bus, "mail", 6).await;
    let mut good_ones = 0;
    for delivery in &taken {
        let outcome = match &delivery.event {
            Ok(event) => {
                assert_eq!(**event, good);
                good_ones += 1;
                Outcome::Succeeded(None)
            }
            Err(received) => Outcome::Failed(Failure::new("unreadable", received.why.to_string())),
        };
        finish(&bus, "mail", delivery, outcome).await;
    }
    assert_eq!(good_ones, 1);
    let letters = bus.dead_letters("mail", 10).await.expect("letters");
    // Two of them are the same: nothing at all.
    assert_eq!(letters.len(), 5, "{letters:?}");
    assert!(letters.iter().all(|it| it.event.is_none()), "{letters:?}");
    assert_eq!(letters.iter().filter(|it| it.error.message.contains("specversion")).count(), 4);
    assert_eq!(letters.iter().filter(|it| it.error.message.contains("null character")).count(), 1);
    assert_eq!(bus.revive("mail", Some(vec![letters[0].id.clone()])).await.expect("an answer"), 1);
    assert!(take(&bus, "mail", 1).await.remove(0).event.is_err());
    delete(&exchange, &bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_somebody_else_gets_events_by_patterns_of_their_types() {
    use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    bus.ready().await.expect("it is there");
    let channel = channel().await;
    let exclusive = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare("".into(), exclusive, FieldTable::default()).await.expect("a queue");
    let bound = channel.queue_bind(
        queue.name().clone(),
        exchange.as_str().into(),
        "shop.*.made".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.expect("it is bound");
    let events = [event("shop.hat.made", "a"), event("shop.hat.gone", "a"), event("shop.coat.made", "b")];
    bus.publish(events.to_vec()).await.expect("published");
    for expected in [&events[0], &events[2]] {
        let got = channel.basic_get(queue.name().clone(), BasicGetOptions { no_ack: true }).await;
        let got = got.expect("an answer").expect("a message").delivery;
        assert_eq!(got.routing_key.as_str(), expected.kind);
        let read = super::message::Arrived::new(&got.properties, got.data).event.expect("an event");
        assert_eq!(&read, expected);
    }
    assert!(
        channel
            .basic_get(queue.name().clone(), BasicGetOptions { no_ack: true })
            .await
            .expect("an answer")
            .is_none()
    );
    delete(&exchange, &bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_group_does_not_listen_to_any_more_does_not_come_in() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made", "shop.gone"], Start::Now).await;
    listen(&bus, "mail", &["shop.gone"], Start::Beginning).await;
    let events = [event("shop.made", "a"), event("shop.gone", "a")];
    bus.publish(events.to_vec()).await.expect("published");
    assert_eq!(drain(&bus, "mail", 2).await, [events[1].id.clone()]);
    let groups = bus.groups().await.expect("the groups");
    assert_eq!((groups[0].name.as_str(), &groups[0].types[..]), ("mail", &["shop.gone".to_owned()][..]));
    delete(&exchange, &bus).await;
}

/// It is deleted while a group listens, as where somebody cleans up, or `RabbitMQ` was made anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_queue_is_gone_gets_a_new_one_and_what_it_missed() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"], Start::Now).await;
    let before = event("shop.made", "a");
    bus.publish(vec![before.clone()]).await.expect("published");
    assert_eq!(drain(&bus, "mail", 1).await, [before.id]);
    let known = format!("{exchange}/mail");
    let ledger = crate::events::open::open(&BusOptions::at(options.ledger.clone().expect("a ledger"))).await;
    let standing = ledger.expect("it opens").standing(&known).await.expect("an answer").expect("a group");
    let label = super::held::Known::of(&standing).label;
    let queue = format!("{exchange}.mail.{}-{}", label.epoch, label.round);
    let deleted = channel().await.queue_delete(queue.into(), QueueDeleteOptions::default()).await;
    deleted.expect("it goes away");
    // Nobody gets it now.
    let missed = event("shop.made", "a");
    bus.publish(vec![missed.clone()]).await.expect("published");
    assert_eq!(drain(&bus, "mail", 1).await, [missed.id]);
    let after = event("shop.made", "a");
    bus.publish(vec![after.clone()]).await.expect("published");
    assert_eq!(drain(&bus, "mail", 1).await, [after.id]);
    delete(&exchange, &bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_and_made_when_that_is_asked_for() {
    let Some((exchange, options)) = place().await else { return };
    let bare = open(&BusOptions { migrate: false, ..options.clone() }).await;
    let refused = format!("{:?}", bare.ready().await.expect_err("nothing is there"));
    assert!(
        refused.contains(&format!("exchange {exchange}")) && refused.contains("FOURFOLD_MIGRATE=on"),
        "{refused}"
    );
    let bus = open(&options).await;
    bus.ready().await.expect("it is made");
    bare.ready().await.expect("it is there");
    bare.close().await;
    delete(&exchange, &bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_rabbitmq_is_away_calls_are_refused_in_time_and_what_came_in_before_goes_on() {
    let Some((exchange, options)) = place().await else { return };
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"], Start::Now).await;
    bus.publish(vec![event("shop.made", "a"), event("shop.made", "b")]).await.expect("published");
    let first = take(&bus, "mail", 1).await.remove(0);
    let url = format!("amqp://guest:s3cret@127.0.0.1:1?exchange={exchange}");
    let away = BusOptions { url, patience: Duration::from_millis(500), ..options };
    let away = open(&away).await;
    let refused = away.publish(vec![event("shop.made", "a")]).await.expect_err("nobody is there");
    assert!(matches!(refused, BusError::Unavailable(_)), "{refused:?}");
    assert!(away.ready().await.is_err());
    assert!(!format!("{away:?} {refused:?}").contains("s3cret"));
    finish(&away, "mail", &first, Outcome::Succeeded(None)).await;
    assert_eq!(take(&away, "mail", 1).await.len(), 1);
    away.close().await;
    delete(&exchange, &bus).await;
}

#[tokio::test]
async fn without_a_database_it_is_refused_with_a_way_out() {
    for ledger in [None, Some("nats://s3cret@127.0.0.1".to_owned())] {
        let options = BusOptions { ledger, ..BusOptions::at("amqp://u:s3cret@127.0.0.1:1") };
        let refused = format!("{:?}", super::open(&options).await.expect_err("it is refused"));
        assert!(refused.contains("DATABASE_URL") && !refused.contains("s3cret"), "{refused}");
    }
}
