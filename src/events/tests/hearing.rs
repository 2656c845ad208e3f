//! What becomes of a delivery.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::events::Start;
use crate::events::bus::Received;
use crate::events::cloud::Unreadable;
use crate::events::run::Parcel;

async fn count(_: AlarmRang, ctx: &Context) -> Result<()> {
    ctx.execute(hit());
    Ok(())
}

/// Fails as it is told.
async fn fail(event: AlarmRang, ctx: &Context) -> Result<()> {
    ctx.execute(hit());
    match event.how.as_str() {
        "away" => Err(Error::unavailable("away")),
        "wrong" => Err(Error::failed_precondition("wrong")),
        "again" => Err(Error::failed_precondition("wrong").try_again(Some(Duration::from_mins(1)))),
        "never" => Err(Error::unavailable("away").give_up()),
        "panic" => panic!("as it is meant to"),
        "slow" => std::future::pending().await,
        _ => Ok(()),
    }
}

fn rang(how: &str) -> CloudEvent {
    alarm(&format!("{{\"alarm\":\"{}\",\"how\":\"{how}\"}}", Uuid::now_v7()))
}

#[tokio::test]
async fn the_effect_of_an_event_happens_once() {
    let house = House::new().await;
    let hearing = house.hearing(vec![Subscription::new("test", count)]);
    let event = rang("loudly");
    for _ in 0..3 {
        assert_eq!(hearing.run(delivery(&event)).await, Outcome::Succeeded(None));
        assert_eq!(house.hits().await, 1);
    }
    // The same id of another source is another event, and so is one with an id of any length.
    let mut other = event.clone();
    other.source = "/elsewhere".to_owned();
    let mut long = event.clone();
    long.id = "x".repeat(5000);
    for event in [other, long] {
        hearing.run(delivery(&event)).await;
        hearing.run(delivery(&event)).await;
    }
    assert_eq!(house.hits().await, 3);
    // A group that was set back does it once more.
    let again = Delivery { round: 1, ..delivery(&event) };
    hearing.run(again.clone()).await;
    hearing.run(again).await;
    assert_eq!(house.hits().await, 4);
    // Another group has nothing to do with it.
    let other =
        Hearing { group: "other".to_owned(), ..house.hearing(vec![Subscription::new("other", count)]) };
    other.run(delivery(&event)).await;
    assert_eq!(house.hits().await, 5);
}

#[tokio::test]
async fn what_was_looked_up_at_once_has_its_effect_once() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    async fn called(_: AlarmRang, ctx: &Context) -> Result<()> {
        CALLS.fetch_add(1, Ordering::SeqCst);
        ctx.execute(hit());
        Ok(())
    }
    let house = House::new().await;
    let hearing = house.hearing(vec![Subscription::new("test", called)]);
    let [known, twice, overtaken] = [rang("a"), rang("b"), rang("c")];
    hearing.run(delivery(&known)).await;
    let many: Vec<CloudEvent> = (0..300).map(|_| rang("d")).collect();
    let all = [&known, &twice, &twice, &overtaken].into_iter().chain(&many);
    let mut parcels: Vec<Parcel> = all.map(|event| Parcel::from(delivery(event))).collect();
    hearing.look(parcels.iter_mut().collect()).await;
    // Another process had it meanwhile.
    hearing.run(delivery(&overtaken)).await;
    for parcel in parcels {
        assert_eq!(hearing.run(parcel).await, Outcome::Succeeded(None));
    }
    assert_eq!(house.hits().await, 303);
    assert_eq!(CALLS.load(Ordering::SeqCst), 304, "what was overtaken alone is called twice");
}

#[tokio::test]
async fn two_at_once_have_one_effect() {
    let house = House::new().await;
    let hearing = house.hearing(vec![Subscription::new("test", count)]);
    let event = rang("loudly");
    let runs = (0..8).map(|_| hearing.run(delivery(&event)));
    let outcomes = futures_util::future::join_all(runs).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Succeeded(None)), "{outcomes:?}");
    assert_eq!(house.hits().await, 1);
}

#[tokio::test]
async fn the_kind_of_an_error_says_whether_it_is_tried_again() {
    let house = House::new().await;
    let subscription = Subscription::new("test", fail).retries(1).timeout(Duration::from_millis(50));
    let hearing = house.hearing(vec![subscription]);
    for (how, code) in [("wrong", "failed_precondition"), ("never", "unavailable")] {
        assert_eq!(given_up(&hearing.run(delivery(&rang(how))).await), code);
    }
    for how in ["away", "again", "panic", "slow"] {
        let event = rang(how);
        let outcome = hearing.run(delivery(&event)).await;
        let Outcome::Retry(moment, _) = outcome else { panic!("{how}: {outcome:?}") };
        assert_eq!(how == "again", moment > chrono::Utc::now() + chrono::TimeDelta::seconds(30), "{how}");
        let last = Delivery { attempts: 2, ..delivery(&event) };
        given_up(&hearing.run(last).await);
    }
    assert_eq!(house.hits().await, 0, "what failed has no effect");
}

#[tokio::test]
async fn what_can_not_be_read_is_a_dead_letter_with_the_reason() {
    let house = House::new().await;
    let hearing = house.hearing(vec![Subscription::new("test", count)]);
    let id = Uuid::now_v7();
    for data in ["{}", "[]", "{\"alarm\": 7}", "{\"alarm\"", "null", "{\"alarm\":\"s3cret\"}"] {
        let outcome = hearing.run(delivery(&alarm(data))).await;
        assert_eq!(given_up(&outcome), "unreadable", "{data}");
        assert!(!format!("{outcome:?}").contains("s3cret"), "{outcome:?}");
    }
    let mut binary = rang("loudly");
    binary.data = crate::events::Data::Bytes(Bytes::from_static(b"\x00"));
    assert_eq!(given_up(&hearing.run(delivery(&binary)).await), "unreadable");
    let received = Received { why: Unreadable("it is none".to_owned()) };
    let none = Delivery { event: Err(received), ..delivery(&binary) };
    assert_eq!(given_up(&hearing.run(none).await), "unreadable");
    // What another version says beside it is left alone, and what it does not say is as the struct says.
    let newer = alarm(&format!("{{\"alarm\":\"{id}\",\"colour\":{{\"red\":1}},\"note\":null}}"));
    assert_eq!(hearing.run(delivery(&newer)).await, Outcome::Succeeded(None));
    assert_eq!(house.hits().await, 1);
}

#[tokio::test]
async fn a_group_hears_what_it_asks_for() {
    let house = House::new().await;
    let only = Subscription::new("test", count).only("source", "/test.alarm.v1").only("tenant", "a");
    let hearing = house.hearing(vec![only]);
    let event = rang("loudly");
    let mut right = event.clone();
    right.extensions.insert("tenant".to_owned(), "a".to_owned());
    let mut unknown = right.clone();
    unknown.kind = "test.alarm.v1.alarm.stopped".to_owned();
    for event in [event, unknown] {
        assert_eq!(hearing.run(delivery(&event)).await, Outcome::Succeeded(None));
    }
    assert_eq!(house.hits().await, 0);
    hearing.run(delivery(&right)).await;
    assert_eq!(house.hits().await, 1);
}

async fn look(event: AlarmRang, ctx: &Context) -> Result<()> {
    let delivered = ctx.delivered().expect("a subscriber runs");
    let right = delivered.group == "test"
        && (delivered.number, delivered.of) == (1, 6)
        && ctx.principal().id() == Some("listener")
        && ctx.trace_parent() == Some("00-trace")
        && ctx.request_id() == delivered.event.id
        && ctx.time_left().is_some()
        && event.how == "quietly";
    if !right {
        return Err(Error::failed_precondition(format!("{delivered:?}")));
    }
    ctx.publish(KnockedAt { loudness: 3 });
    Ok(())
}

#[tokio::test]
async fn a_subscriber_knows_what_it_serves_and_may_publish_in_turn() {
    let house = House::new().await;
    let hearing = house.hearing(vec![Subscription::new("test", look)]);
    let mut event = alarm(&format!("{{\"alarm\":\"{}\"}}", Uuid::now_v7()));
    event.trace_parent = Some("00-trace".to_owned());
    for _ in 0..2 {
        assert_eq!(hearing.run(delivery(&event)).await, Outcome::Succeeded(None));
    }
    let kinds: Vec<String> = house.outbox().into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["test.safe.v1.safe.knocked_at"], "once");
}

#[tokio::test]
async fn what_is_wrong_with_subscriptions_is_said_before_anything_begins() {
    let server = Server::new(Config::default())
        .subscribe("same", count)
        .subscribe("same", fail)
        .subscribe("other", count)
        .subscribe("not a name", count);
    let error = server.start().await.expect_err("refused").to_string();
    for words in ["two functions of the group same", "test.alarm.v1.alarm.rang", "\"not a name\""] {
        assert!(error.contains(words), "{error}");
    }
    assert!(!error.contains("group other"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_operation_to_a_subscriber_and_back_from_the_dead() {
    there_and_back(None).await;
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
async fn on_redis_it_is_the_same() {
    let Some(place) = crate::redis::testing::place().await else { return };
    there_and_back(Some(place.url.clone())).await;
    place.clear().await;
}

/// On a bus, the database's own unless another is said.
async fn there_and_back(bus: Option<String>) {
    async fn opened(event: SafeEvent, ctx: &Context) -> Result<()> {
        let SafeEvent::Created(event) = event else { return Ok(()) };
        if event.safe.owner == "Ada"
            && ctx.state::<Mutex<bool>>().is_some_and(|broken| *broken.lock().unwrap())
        {
            return Err(Error::failed_precondition("not now"));
        }
        ctx.execute(hit());
        Ok(())
    }
    let house = House::with(|server| {
        let first = Subscription::new("first", opened).from(Start::Beginning).concurrency(2);
        let server = server.configure(|config| config.events_url = bus.map(Into::into));
        server.state(Mutex::new(true)).subscription(first).subscribe("second", count)
    })
    .await;
    let safe = house.safe().await;
    let events = house.service.events().expect("a bus");
    until(async || events.dead_letters("first", 10).await.expect("letters").len() == 1).await;
    let letter = events.dead_letters("first", 10).await.expect("letters").remove(0);
    assert_eq!((letter.error.code.as_str(), letter.attempts), ("failed_precondition", 1));
    assert_eq!(letter.event.expect("an event").subject, Some(safe.id.to_string()));
    *house.system().state::<Mutex<bool>>().expect("a state").lock().unwrap() = false;
    assert_eq!(events.replay("first", &["nobody".to_owned()]).await.expect("none"), 0);
    assert_eq!(events.replay("first", &[letter.id]).await.expect("one"), 1);
    until(async || house.hits().await == 1).await;
    events.seek("first", Start::Beginning).await.expect("back");
    until(async || house.hits().await == 2).await;
    assert_eq!(events.replay_all("first").await.expect("none"), 0);
    assert!(events.replay_all("third").await.is_err());
    let groups: Vec<String> =
        events.groups().await.expect("groups").into_iter().map(|group| group.name).collect();
    assert_eq!(groups, ["first", "second"]);
    until(async || events.lag().await.expect("a lag").waiting == 0).await;
}

#[tokio::test]
async fn protobuf_without_a_contract_is_a_dead_letter_that_says_what_to_do() {
    async fn never(_: AlarmRang, _: &Context) -> Result<()> {
        panic!("it can't be read");
    }
    let house = House::new().await;
    let mut event = alarm("{}");
    event.data = crate::events::Data::Bytes(Bytes::from_static(b"\x0a\x01k"));
    event.data_content_type = Some(crate::events::PROTOBUF.to_owned());
    let outcome = house.hearing(vec![Subscription::new("test", never)]).run(delivery(&event)).await;
    let Outcome::Failed(failure) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.code, "unreadable");
    assert!(failure.message.contains("build.rs"), "{}", failure.message);
}

#[tokio::test]
async fn protobuf_is_refused_at_start_where_a_resource_has_no_contract() {
    let config = Config { events_format: crate::EventsFormat::Protobuf, ..Config::default() };
    let error = Server::new(config).mount::<Safe>().start().await.expect_err("no contract").to_string();
    assert!(error.contains("FOURFOLD_EVENTS_FORMAT can't be protobuf: test.safe.v1.Safe"), "{error}");
}
