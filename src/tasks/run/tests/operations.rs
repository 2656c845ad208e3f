//! Operations as tasks.

use serde_json::json;

use super::{House, Item, Parcel, ParcelCreate, ParcelUpdate, message, parcel};
use crate::auth::{Policy, RowView};
use crate::behavior::OperationKind;
use crate::core::Change;
use crate::descriptor::{BoxFuture, Descriptor};
use crate::prelude::*;
use crate::resource::{IntoInput, Resource as _};
use crate::tasks::message::Caller;
use crate::tasks::operations::{payload_of_change, payload_of_create};
use crate::{Cell, ErrorKind, Patch, Principal};

#[tokio::test]
async fn a_row_lives_by_tasks_as_it_does_by_any_other_way_in() {
    let house = House::new().await;
    let created = house.done("parcel.create", parcel("one")).await;
    let id = created["id"].as_str().expect("an id").to_owned();
    assert_eq!((&created["name"], &created["version"]), (&json!("one"), &json!(1)));
    assert_eq!(created.get("secret"), None, "what no caller is shown is not in an answer");
    assert_eq!(house.parcel(&id).await.expect("there").secret.as_deref(), Some("s3cret"));

    let updated = house.done("parcel.update", json!({"id": id, "data": {"labels": {"b": "2"}}})).await;
    assert_eq!((&updated["labels"], &updated["version"]), (&json!({"a": "1", "b": "2"}), &json!(2)));
    let whole = json!({"id": id, "data": {"labels": {"c": "3"}}, "replace": ["/labels"]});
    assert_eq!(house.done("parcel.update", whole).await["labels"], json!({"c": "3"}));

    let replaced = house.done("parcel.replace", json!({"id": id, "data": {"name": "two"}})).await;
    assert_eq!((&replaced["name"], &replaced["items"]), (&json!("two"), &json!([])));

    let sent = house.done("parcel.send", json!({"id": id, "data": {"by": "ship"}})).await;
    assert_eq!((&sent["sent"], &sent["sender"]), (&json!(1), &json!("worker")));
    assert_eq!(house.done("parcel.count", json!({"id": id})).await["sent"], json!(11));

    let gone = house.run(&message("parcel.delete", &json!({"id": id}).to_string())).await;
    assert_eq!(gone.expect("gone"), None);
    assert_eq!(house.parcel(&id).await.err().expect("gone").kind(), ErrorKind::NotFound);
    let kinds = "fourfold_outbox WHERE type LIKE 'test.parcel.v1.parcel.%'";
    assert_eq!(house.count(kinds), 7);
}

#[tokio::test]
async fn typed_inputs_travel_and_say_the_same() {
    let house = House::new().await;
    let create = ParcelCreate {
        name: "typed".to_owned(),
        items: vec![Item { sku: "abc".to_owned(), count: 2 }],
        labels: BTreeMap::from([("a".to_owned(), "1".to_owned())]),
        extra: Some(json!({"kept": false, "null": null})),
        secret: None,
        token: None,
    };
    let payload = payload_of_create(Parcel::DESCRIPTOR, &create.into_input());
    assert!(payload.contains("token"), "defaults are made when the task is: {payload}");
    let created = house.run(&message("parcel.create", &payload)).await.expect("done").expect("a row");
    let id: Uuid = created["id"].as_str().expect("an id").parse().expect("a UUID");

    let update = ParcelUpdate {
        labels: Patch::Set(BTreeMap::from([("b".to_owned(), "2".to_owned())])),
        extra: Patch::Set(Some(json!({"new": 1}))),
        secret: Patch::Set(None),
        ..ParcelUpdate::default()
    };
    let change = Change::Update(update.into_input());
    let payload = payload_of_change(Parcel::DESCRIPTOR, &Cell::Uuid(id), &change, Some("\"1\""));
    let updated = house.run(&message("parcel.update", &payload)).await.expect("done").expect("a row");
    assert_eq!(updated["labels"], json!({"b": "2"}), "a typed update sets the whole of a field");
    assert_eq!(updated["extra"], json!({"new": 1}));

    let operation = &Parcel::DESCRIPTOR.operations[0];
    let change = Change::Custom(operation, Cell::Value(vec![Cell::Text("ship".to_owned())]));
    let payload = payload_of_change(Parcel::DESCRIPTOR, &Cell::Uuid(id), &change, None);
    assert_eq!(payload, format!(r#"{{"id":"{id}","data":{{"by":"ship"}}}}"#));
    let payload = payload_of_change(Parcel::DESCRIPTOR, &Cell::Uuid(id), &Change::Delete, Some("*"));
    assert_eq!(payload, format!(r#"{{"id":"{id}","etag":"*"}}"#));
    assert_eq!(house.run(&message("parcel.delete", &payload)).await.expect("gone"), None);
}

#[tokio::test]
async fn what_is_wrong_is_told_as_everywhere_with_its_place_in_the_payload() {
    let house = House::new().await;
    let create = ParcelCreate {
        name: String::new(),
        items: vec![Item { sku: "a".to_owned(), count: 0 }; 4],
        labels: BTreeMap::new(),
        extra: None,
        secret: None,
        token: None,
    };
    let payload = payload_of_create(Parcel::DESCRIPTOR, &create.clone_input());
    let service = house.service.create::<Parcel>(&house.system(), create).await.err().expect("refused");
    let task = house.run(&message("parcel.create", &payload)).await.expect_err("refused");
    assert_eq!(task.kind(), service.kind());
    let inside: Vec<_> = service
        .violations()
        .iter()
        .map(|violation| (format!("/data{}", violation.pointer), violation.code))
        .collect();
    let told: Vec<_> =
        task.violations().iter().map(|violation| (violation.pointer.clone(), violation.code)).collect();
    assert_eq!(told, inside);
    assert!(told.contains(&("/data/items/0/sku".to_owned(), "length")), "{told:?}");

    house.done("parcel.create", parcel("taken")).await;
    let twice = house.refused("parcel.create", parcel("taken")).await;
    assert_eq!(
        (twice.kind(), twice.violations()[0].pointer.as_str()),
        (ErrorKind::AlreadyExists, "/data/name")
    );

    for (name, payload, told) in [
        ("create", json!({}), vec!["/data required"]),
        ("create", json!({"data": 7}), vec!["/data type"]),
        (
            "create",
            json!({"data": {"name": 7, "nam": 1}, "id": "x"}),
            vec!["/data/name type", "/data/nam unknown", "/id unknown"],
        ),
        (
            "create",
            json!({"data": {"name": "", "items": [{"sku": "a"}]}}),
            vec!["/data/items/0/count required", "/data/name length", "/data/items/0/sku length"],
        ),
        ("update", json!({}), vec!["/id required", "/data required"]),
        (
            "update",
            json!({"id": true, "data": {}, "etag": "7", "replace": "/x"}),
            vec!["/id type", "/replace type", "/etag syntax"],
        ),
        (
            "update",
            json!({"id": "x", "data": {"name": "n"}, "replace": ["/name", "/labels", "name"]}),
            vec!["/replace/1 pointer", "/replace/2 pointer"],
        ),
        ("delete", json!({"id": null, "data": {}}), vec!["/data unknown", "/id type"]),
        ("send", json!({"id": "x"}), vec!["/data/by required"]),
        ("send", json!({"id": "x", "data": {"by": ""}}), vec!["/data/by length"]),
        ("count", json!({"id": "x", "data": {"by": ""}}), vec!["/data/by unknown"]),
    ] {
        let error = house.refused(&format!("parcel.{name}"), payload.clone()).await;
        let mut found: Vec<_> =
            error.violations().iter().map(|one| format!("{} {}", one.pointer, one.code)).collect();
        let mut told: Vec<_> = told.into_iter().map(str::to_owned).collect();
        found.sort();
        told.sort();
        assert_eq!(found, told, "{name} {payload}");
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidArgument, "invalid_argument"));
    }
}

#[tokio::test]
async fn an_attempt_that_is_repeated_has_one_effect() {
    let house = House::new().await;
    let create = message("parcel.create", &parcel("once").to_string());
    let first = house.run(&create).await.expect("done").expect("a row");
    // The default of `token` is another each time; the answer is not. Nor does it matter how the payload is spaced.
    let spaced = crate::tasks::Message { payload: format!(" {} ", create.payload), attempts: 2, ..create };
    assert_eq!(house.run(&spaced).await.expect("done").as_ref(), Some(&first));
    assert_eq!(house.count("parcels"), 1);
    let id = first["id"].as_str().expect("an id").to_owned();

    for (name, payload) in [
        ("parcel.update", json!({"id": id, "data": {"name": "new"}, "etag": "\"1\""})),
        ("parcel.send", json!({"id": id, "data": {"by": "ship"}})),
    ] {
        let mut message = message(name, &payload.to_string());
        let first = house.run(&message).await.expect("done");
        message.attempts = 2;
        assert_eq!(house.run(&message).await.expect("done"), first);
    }
    let now = house.parcel(&id).await.expect("there");
    assert_eq!((now.version, now.sent, house.hits("send").await), (3, 1, 1));

    let delete = message("parcel.delete", &json!({"id": id}).to_string());
    for _ in 0..2 {
        assert_eq!(house.run(&delete).await.expect("gone"), None);
    }
    assert_eq!(house.count("fourfold_outbox WHERE aggregatetype = 'test.parcel.v1.Parcel'"), 4);

    let create = message("parcel.create", &parcel("both").to_string());
    let (one, other) = tokio::join!(house.run(&create), house.run(&create));
    assert_eq!(one.expect("done"), other.expect("done"));
    assert_eq!(house.count("parcels"), 1);
}

#[tokio::test]
async fn a_task_of_a_keyed_request_has_one_effect_with_that_request() {
    let house = House::new().await;
    let mut create = message("parcel.create", &parcel("keyed").to_string());
    create.caller = Some(Caller { principal: Principal::new("ada"), key: Some("k-1".to_owned()) });
    // Without a default that differs: what the request said is what tells it apart.
    create.payload =
        create.payload.replacen("\"name\"", &format!("\"token\":\"{}\",\"name\"", Uuid::nil()), 1);
    let first = house.run(&create).await.expect("done");
    create.id = Uuid::now_v7();
    assert_eq!(house.run(&create).await.expect("done"), first);
    create.payload = create.payload.replace("keyed", "other");
    assert_eq!(house.run(&create).await.expect_err("refused").kind(), ErrorKind::KeyReused);
}

#[tokio::test]
async fn a_version_that_is_not_the_current_one_and_a_row_that_is_not_there_end_it() {
    let house = House::new().await;
    let id = house.done("parcel.create", parcel("one")).await["id"].clone();
    for (etag, kind) in [("\"2\"", Some(ErrorKind::VersionMismatch)), ("\"3\", \"1\"", None), ("*", None)] {
        let payload = json!({"id": id, "data": {"extra": etag}, "etag": etag});
        let result = house.run(&message("parcel.update", &payload.to_string())).await;
        assert_eq!(result.err().map(|error| error.kind()), kind, "{etag}");
    }
    for id in [Uuid::now_v7().to_string(), "none".to_owned(), String::new()] {
        for name in ["update", "delete", "send"] {
            let payload = match name {
                "update" => json!({"id": id, "data": {}}),
                "delete" => json!({"id": id}),
                _ => json!({"id": id, "data": {"by": "ship"}}),
            };
            let error = house.refused(&format!("parcel.{name}"), payload).await;
            assert_eq!(error.kind(), ErrorKind::NotFound, "{name} {id}");
        }
    }
}

/// Nobody deletes; nobody but the owner touches what is called `mine`.
struct Owner;

impl Policy for Owner {
    fn may<'a>(
        &'a self,
        _: &'a Context,
        _: &'static Descriptor,
        operation: OperationKind,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(operation != OperationKind::Delete) })
    }

    fn may_row<'a>(
        &'a self,
        ctx: &'a Context,
        _: OperationKind,
        row: RowView<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        let mine = row.get::<String>("name").as_deref() == Some("mine");
        Box::pin(async move { Ok(!mine || ctx.principal().has_role("owner")) })
    }
}

#[tokio::test]
async fn a_policy_is_asked_in_the_name_of_who_enqueued() {
    let house = House::with(|server| server.policy(Owner)).await;
    // Before the payload is looked at.
    assert_eq!(house.refused("parcel.delete", json!(7)).await.kind(), ErrorKind::PermissionDenied);
    let mut create = message("parcel.create", &parcel("mine").to_string());
    assert_eq!(house.run(&create).await.expect_err("refused").kind(), ErrorKind::PermissionDenied);
    let principal = Principal::new("ada").with_role("owner");
    create.caller = Some(Caller { principal: principal.clone(), key: None });
    let row = house.run(&create).await.expect("done").expect("a row");
    let payload = json!({"id": row["id"], "data": {"by": "ship"}});
    assert_eq!(house.refused("parcel.send", payload.clone()).await.kind(), ErrorKind::NotFound);
    let mut send = message("parcel.send", &payload.to_string());
    send.caller = Some(Caller { principal, key: None });
    assert_eq!(house.run(&send).await.expect("done").expect("a row")["sender"], json!("ada"));
}

impl ParcelCreate {
    fn clone_input(&self) -> crate::Input {
        let Self { name, items, labels, extra, secret, token } = self;
        let (name, items, labels) = (name.clone(), items.clone(), labels.clone());
        let (extra, secret, token) = (extra.clone(), secret.clone(), *token);
        Self { name, items, labels, extra, secret, token }.into_input()
    }
}
