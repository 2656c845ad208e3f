//! What operations leave in the outbox.

use serde_json::json;

use super::*;
use crate::EventsFormat;
use crate::events::format::Format;
use crate::events::publish;
use crate::store::Position;

const SECRETS: [&str; 3] = ["c0de", "passw0rd", "k3y"];

async fn cloud(house: &House) -> Vec<CloudEvent> {
    let rows = house.core().store.outbox(Position::default(), 100).await.expect("rows");
    let events = rows.into_iter().map(|row| publish::event(row, None, &Format::of(EventsFormat::Json, &[])));
    events.filter(|event| !event.kind.contains("hits")).collect()
}

#[tokio::test]
async fn events_say_what_happened_and_no_secrets() {
    let house = House::new().await;
    let safe = house.safe().await;
    let update = SafeUpdate {
        owner: "Grace".to_owned().into(),
        code: "c0de-2".to_owned().into(),
        ..SafeUpdate::default()
    };
    house.service.update::<Safe>(&house.system(), safe.id, update).await.expect("changed");
    house.service.delete::<Safe>(&house.system(), safe.id).await.expect("gone");
    let outbox = house.outbox();
    let kinds: Vec<&str> = outbox.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["test.safe.v1.safe.created", "test.safe.v1.safe.updated", "test.safe.v1.safe.deleted"]
    );
    for (_, about, payload) in &outbox {
        assert_eq!(about, &safe.id.to_string());
        let text = payload.to_string();
        assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
    }
    let updated = &outbox[1].2;
    assert_eq!((&updated["safe"]["owner"], &updated["before"]["owner"]), (&json!("Grace"), &json!("Ada")));
    assert_eq!(updated["changed"], json!(["owner", "version"]), "that a secret has changed is one too");
    assert_eq!(outbox[2].2["safe"]["owner"], "Grace");
    assert_eq!(outbox[2].2.get("before"), None);
}

#[tokio::test]
async fn events_are_read_as_plain_types() {
    let house = House::new().await;
    let safe = house.safe().await;
    let update = SafeUpdate { owner: "Grace".to_owned().into(), ..SafeUpdate::default() };
    house.service.update::<Safe>(&house.system(), safe.id, update).await.expect("changed");
    let events = cloud(&house).await;
    let SafeEvent::Created(created) = SafeEvent::read(&events[0]).expect("read") else { panic!("created") };
    assert_eq!((created.safe.id, created.safe.owner.as_str()), (safe.id, "Ada"));
    // What is secret inside of a value is blank: the type has a place for it.
    assert_eq!(created.safe.locks, [Lock { maker: "Yale".to_owned(), key: String::new() }]);
    let updated = SafeUpdated::read(&events[1]).expect("read");
    assert_eq!((updated.before.owner.as_str(), updated.safe.owner.as_str()), ("Ada", "Grace"));
    assert!(updated.changed.has("owner") && !updated.changed.has("locks"));
    assert_eq!(updated.changed.iter().collect::<Vec<_>>(), ["owner", "version"]);
    assert_eq!(
        (events[0].source.as_str(), events[0].subject.clone()),
        ("/test.safe.v1", Some(safe.id.to_string()))
    );
    assert_eq!(events[0].key(), Some(&*safe.id.to_string()));
    assert!(events[0].time.is_some());
}

#[tokio::test]
async fn what_an_operation_publishes_is_committed_with_it_or_not_at_all() {
    let house = House::new().await;
    let safe = house.safe().await;
    let change = |how: &str| {
        let input = Open { how: how.to_owned() }.into_cells();
        crate::core::Change::Custom(&Safe::DESCRIPTOR.operations[0], crate::Cell::Value(input))
    };
    let (core, id) = (house.core(), crate::Cell::Uuid(safe.id));
    let any = crate::core::Preconditions::default();
    let failed = core.change(&house.system(), Safe::DESCRIPTOR, &id, change("by force"), &any).await;
    assert!(failed.is_err());
    assert_eq!(house.outbox().len(), 1, "what failed published nothing");
    core.change(&house.system(), Safe::DESCRIPTOR, &id, change("by its key"), &any).await.expect("open");
    let knock = crate::core::Change::Custom(&Safe::DESCRIPTOR.operations[1], crate::Cell::Null);
    core.change(&house.system(), Safe::DESCRIPTOR, &id, knock, &any).await.expect("knocked");
    let events = cloud(&house).await;
    let kinds: Vec<&str> = events[1..].iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "test.safe.v1.safe.opened",
            "test.alarm.v1.alarm.rang",
            "test.safe.v1.safe.updated",
            "test.safe.v1.safe.knocked_at"
        ]
    );
    let opened = SafeOpened::read(&events[1]).expect("read");
    assert_eq!(opened.safe.owner, "whoever opened it by its key");
    assert_eq!(AlarmRang::read(&events[2]).expect("read").how, "by its key");
    assert_eq!(KnockedAt::read(&events[4]).expect("read").loudness, 11);
    // Without a subject of its own it is about the row.
    assert_eq!(events[4].subject, Some(safe.id.to_string()));
    assert!(SafeEvent::read(&events[4]).is_err(), "it is none of the resource's own");
}

#[tokio::test]
async fn a_program_publishes_from_outside_of_operations_too() {
    let house = House::new().await;
    house.service.publish(&house.system(), KnockedAt { loudness: 1 }).await.expect("committed");
    let events = cloud(&house).await;
    assert_eq!((events.len(), events[0].subject.clone(), events[0].key()), (1, None, None));
    assert_eq!(events[0].source, "/test.safe.v1");
}

#[tokio::test]
async fn without_an_outbox_nothing_is_published() {
    let house = House::with(|server| server.configure(|config| config.outbox = false)).await;
    house.safe().await;
    house.system().publish(KnockedAt { loudness: 1 });
    let refused = house.service.publish(&house.system(), KnockedAt { loudness: 1 }).await;
    assert!(refused.expect_err("refused").to_string().contains("FOURFOLD_OUTBOX"));
    assert!(house.outbox().is_empty());
}
