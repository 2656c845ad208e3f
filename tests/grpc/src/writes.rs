//! Masks, etags and request ids.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::caller::{CANCEL, CREATE, Caller, DELETE, Told as _, UPDATE, an_order, header};
use crate::engines::on_every_engine;
use crate::order;
use crate::resources::all;

fn with(id: &str) -> order::Order {
    order::Order { id: id.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn without_a_mask_the_populated_fields_change() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let sent = order::Order { note: Some("before".to_owned()), total: Some(7), ..an_order("A-1") };
        let made = caller.create(sent).await.unwrap();
        let change = order::Order { total: Some(0), ..with(&made.id) };
        let seen = caller.update(change, &[]).await.unwrap();
        assert_eq!((seen.total, seen.note.as_deref()), (Some(0), Some("before")));
        assert_eq!(seen.items, made.items);
        service.stop().await;
    }
}

#[tokio::test]
async fn with_a_mask_exactly_its_paths_change_and_what_is_absent_becomes_null() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let address = order::Address { street: Some("Kai 1".to_owned()), city: Some("Bonn".to_owned()) };
        let sent =
            order::Order { note: Some("before".to_owned()), address: Some(address), ..an_order("A-1") };
        let made = caller.create(sent).await.unwrap();
        let change = order::Order {
            total: Some(9),
            address: Some(order::Address { street: Some("Kai 2".to_owned()), city: None }),
            ..with(&made.id)
        };
        let seen = caller.update(change, &["note", "address.city"]).await.unwrap();
        assert_eq!(seen.note, None);
        assert_eq!(seen.total, made.total, "it is not in the mask");
        let address = seen.address.unwrap();
        assert_eq!((address.street.as_deref(), address.city), (Some("Kai 1"), None));
        let wrong = caller.update(with(&made.id), &["note", "notes", "items.0", "number"]).await.unwrap_err();
        assert_eq!(wrong.why(), (Code::InvalidArgument, "INVALID_ARGUMENT".to_owned()));
        let said = wrong.violations();
        assert_eq!(said.iter().filter(|one| *one == "update_mask UNKNOWN").count(), 2, "{said:?}");
        service.stop().await;
    }
}

#[tokio::test]
async fn a_mask_of_all_replaces() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let sent = order::Order { note: Some("before".to_owned()), total: Some(7), ..an_order("A-1") };
        let made = caller.create(sent).await.unwrap();
        let whole = order::Order { id: made.id.clone(), ..an_order("A-2") };
        let seen = caller.update(whole, &["*"]).await.unwrap();
        assert_eq!((seen.number.as_deref(), seen.note, seen.total), (Some("A-2"), None, Some(1)));
        let wrong = caller.update(with(&made.id), &["*"]).await.unwrap_err();
        assert_eq!(wrong.violations()[0], "number REQUIRED");
        service.stop().await;
    }
}

#[tokio::test]
async fn what_was_shown_may_be_sent_back_as_it_is() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let made = caller.create(an_order("A-1")).await.unwrap();
        let seen = caller.update(made.clone(), &[]).await.unwrap();
        assert_eq!(seen.etag, "\"2\"");
        caller.update(seen, &["*"]).await.unwrap();
        service.stop().await;
    }
}

#[tokio::test]
async fn an_etag_that_is_not_the_current_one_aborts() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let made = caller.create(an_order("A-1")).await.unwrap();
        let change = |etag: &str| order::Order { total: Some(3), etag: etag.to_owned(), ..with(&made.id) };
        let (id, aborted) = (made.id.clone(), (Code::Aborted, "VERSION_MISMATCH".to_owned()));
        for etag in ["\"2\"", "W/\"1\"", "\"else\""] {
            assert_eq!(caller.update(change(etag), &["total"]).await.unwrap_err().why(), aborted, "{etag}");
        }
        let request =
            order::DeleteOrderRequest { id: id.clone(), etag: "\"9\"".to_owned(), ..Default::default() };
        assert_eq!(caller.send::<_, ()>(DELETE, request).await.unwrap_err().why(), aborted);
        let input = Some(order::CancelOrder { reason: Some("so".to_owned()) });
        let request = order::CancelOrderRequest {
            id: id.clone(),
            etag: "\"9\"".to_owned(),
            input,
            ..Default::default()
        };
        let error = caller.send::<_, order::Order>(CANCEL, request).await.unwrap_err();
        assert_eq!(error.why(), aborted);
        let resource = error.get_details_resource_info().unwrap();
        assert_eq!((resource.resource_type.as_str(), resource.resource_name), ("test.order.v1.Order", id));

        let wrong = caller.update(change("7"), &["total"]).await.unwrap_err();
        assert_eq!(wrong.violations(), ["etag SYNTAX"]);
        assert_eq!(caller.update(change("\"1\""), &["total"]).await.unwrap().etag, "\"2\"");
        assert_eq!(caller.update(change("*"), &["total"]).await.unwrap().etag, "\"3\"");
        service.stop().await;
    }
}

async fn create(caller: &mut Caller, number: &str, key: &str) -> Result<(String, String), Status> {
    let order = Some(an_order(number));
    let request = order::CreateOrderRequest { order, request_id: key.to_owned() };
    let answer = caller.send::<_, order::Order>(CREATE, request).await?;
    let replayed = header(answer.metadata(), "idempotency-replayed");
    Ok((answer.into_inner().id, replayed))
}

#[tokio::test]
async fn a_request_id_gives_the_first_answer_again() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let (first, replayed) = create(&mut caller, "A-1", "key-1").await.unwrap();
        assert_eq!(replayed, "");
        let (again, replayed) = create(&mut caller, "A-1", "key-1").await.unwrap();
        assert_eq!((again.as_str(), replayed.as_str()), (first.as_str(), "true"));
        let reused = create(&mut caller, "A-2", "key-1").await.unwrap_err();
        assert_eq!(reused.why(), (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED".to_owned()));
        let long = "x".repeat(256);
        for wrong in ["a b", "ü", "a\"b", &long] {
            let wrong = create(&mut caller, "A-3", wrong).await.unwrap_err();
            assert_eq!(wrong.violations(), ["request_id SYNTAX"]);
        }
        let mut made = Vec::new();
        for _ in 0..2 {
            let order = Some(order::Order { total: Some(5), ..with(&first) });
            let request =
                order::UpdateOrderRequest { order, request_id: "key-2".to_owned(), ..Default::default() };
            made.push(caller.send::<_, order::Order>(UPDATE, request).await.unwrap().into_inner());
        }
        assert_eq!(made[0], made[1]);
        for _ in 0..2 {
            let request = order::DeleteOrderRequest {
                id: first.clone(),
                request_id: "key-3".to_owned(),
                ..Default::default()
            };
            caller.send::<_, ()>(DELETE, request).await.unwrap();
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn the_key_of_rest_and_the_request_id_are_one_thing() {
    for service in on_every_engine(all).await {
        let (mut caller, mut rest) = (Caller::of(&service).await, service.client().await);
        let (id, _) = create(&mut caller, "A-1", "key-1").await.unwrap();
        let body = r#"{"number": "A-1", "items": [{"count": 2, "sku": "tea"}]}"#;
        let headers = [("content-type", "application/json"), ("idempotency-key", "key-1")];
        let again = rest.send("POST", "/v1/orders", &headers, body).await.expect(201);
        assert_eq!(again.json()["id"], id);
        assert_eq!(again.header("idempotency-replayed"), "true");
        service.stop().await;
    }
}
