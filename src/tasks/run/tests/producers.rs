//! What the typed producers enqueue is what an attempt reads.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::own::Quiet;
use super::{House, Item, Parcel, ParcelCreate, ParcelUpdate, Send};
use crate::prelude::*;
use crate::tasks::Enqueue;
use crate::tasks::message::Message;

/// What awaiting it leaves in the unit of work.
async fn enqueued(ctx: &Context, task: Enqueue<'_>) -> Message {
    task.await.expect("enqueued");
    let mut tasks = ctx.take_tasks();
    assert_eq!(tasks.len(), 1);
    tasks.remove(0)
}

fn create(name: &str) -> ParcelCreate {
    ParcelCreate {
        name: name.to_owned(),
        items: vec![Item { sku: "AB".to_owned(), count: 2 }],
        labels: BTreeMap::from([("a.b".to_owned(), "c \"d\"".to_owned())]),
        extra: Some(json!({ "x": null })),
        secret: Some("s3cret".to_owned()),
        token: None,
    }
}

fn payload(message: &Message) -> Json {
    serde_json::from_str(&message.payload).expect("JSON")
}

#[tokio::test]
async fn a_create_is_carried_out_with_all_that_was_said() {
    let house = House::new().await;
    let ctx = house.system();
    let message = enqueued(&ctx, Parcel::tasks(&ctx).create(create("one"))).await;
    assert_eq!((message.name.as_str(), message.queue.as_str()), ("parcel.create", "parcels"));
    assert_eq!((message.retry.attempts, message.retry.timeout), (3, Duration::from_secs(10)));
    let made = house.run(&message).await.expect("done").expect("an answer");
    assert_eq!(made["labels"], json!({ "a.b": "c \"d\"" }));
    assert_eq!((&made["extra"], &made["items"][0]["count"]), (&json!({ "x": null }), &json!(2)));
    let parcel = house.parcel(made["id"].as_str().expect("an id")).await.expect("a row");
    assert_eq!(parcel.secret.as_deref(), Some("s3cret"));
}

#[tokio::test]
async fn a_change_says_the_id_and_what_changes() {
    let house = House::new().await;
    let ctx = house.system();
    let parcel = house.service.create::<Parcel>(&ctx, create("two")).await.expect("a parcel");
    let tasks = Parcel::tasks(&ctx);

    let update = ParcelUpdate { extra: None.into(), name: "three".to_owned().into(), ..Default::default() };
    let message = enqueued(&ctx, tasks.update(parcel.id, update).retries(9).forget()).await;
    assert_eq!((message.name.as_str(), message.retry.attempts, message.keep), ("parcel.update", 10, false));
    let id = parcel.id.to_string();
    assert_eq!(payload(&message), json!({ "id": id, "data": { "name": "three", "extra": null } }));
    house.run(&message).await.expect("done");

    let message = enqueued(&ctx, tasks.send(parcel.id, Send { by: "bike".to_owned() })).await;
    assert_eq!((message.name.as_str(), message.queue.as_str()), ("parcel.send", "parcels"));
    assert_eq!(payload(&message), json!({ "id": id, "data": { "by": "bike" } }));
    house.run(&message).await.expect("done");

    let mut message = enqueued(&ctx, tasks.count(parcel.id)).await;
    assert_eq!((message.name.as_str(), message.queue.as_str()), ("parcel.count", "counting"));
    assert_eq!((message.retry.attempts, message.retry.backoff), (3, Duration::from_mins(2)));
    assert_eq!(payload(&message), json!({ "id": id }));
    message.attempts = 1;
    house.run(&message).await.expect("done");

    let after = house.parcel(&id).await.expect("a row");
    assert_eq!((after.name.as_str(), after.extra, after.sent), ("three", None, 11));

    let message = enqueued(&ctx, tasks.delete(parcel.id)).await;
    assert_eq!((message.name.as_str(), message.retry.timeout), ("parcel.delete", Duration::from_secs(1)));
    house.run(&message).await.expect("done");
    assert!(house.parcel(&id).await.is_err());
}

#[tokio::test]
async fn a_task_of_its_own_carries_its_fields() {
    let house = House::new().await;
    let ctx = house.system();
    let id = Uuid::now_v7();
    let message = enqueued(&ctx, ctx.enqueue(Quiet { hit: false }).id(id)).await;
    assert_eq!((message.id, message.name.as_str()), (id, "test.quiet"));
    assert_eq!((message.queue.as_str(), message.retry.attempts), ("library", 1));
    assert_eq!(payload(&message), json!({ "hit": false }));
    house.run(&message).await.expect("done");
}
