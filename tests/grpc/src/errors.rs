//! Every error is a status with details that a program can act on.

use std::time::Duration;

use tonic::Code;
use tonic_types::StatusExt as _;

use crate::caller::{CANCEL, CREATE, Caller, Told as _, UPDATE, an_order, an_order_that};
use crate::engines::{on_every_engine, on_sqlite};
use crate::order;
use crate::resources::all;

#[tokio::test]
async fn everything_that_is_wrong_is_told_by_field_path() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let order = order::Order {
            number: Some("x".repeat(21)),
            items: vec![
                order::Item { sku: Some(String::new()), count: None },
                order::Item { sku: None, count: Some(100) },
            ],
            address: Some(order::Address::default()),
            created_at: Some(prost_types::Timestamp::default()),
            ..Default::default()
        };
        let wrong = caller.create(order).await.unwrap_err();
        assert_eq!(wrong.why(), (Code::InvalidArgument, "INVALID_ARGUMENT".to_owned()));
        let mut said = wrong.violations();
        said.sort();
        assert_eq!(
            said,
            [
                "address.street REQUIRED",
                "created_at OUTPUT_ONLY",
                "items[0].sku LENGTH",
                "items[1].count RANGE",
                "items[1].sku REQUIRED",
                "number LENGTH",
            ]
        );
        assert_eq!(wrong.message(), "6 things are wrong with the request");
        let one = caller.create(order::Order { items: Vec::new(), ..an_order("A-1") }).await.unwrap_err();
        assert!(one.message().starts_with("items: "), "{}", one.message());
        service.stop().await;
    }
}

#[tokio::test]
async fn a_message_that_lacks_what_it_is_about_is_told_so() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await;
    let none = caller.send::<_, order::Order>(CREATE, order::CreateOrderRequest::default()).await;
    assert_eq!(none.unwrap_err().violations(), ["order REQUIRED"]);
    let none = caller.update(an_order("A-1"), &[]).await.unwrap_err();
    assert_eq!(none.violations(), ["id REQUIRED"]);
    let none = caller.send::<_, order::Order>(UPDATE, order::UpdateOrderRequest::default()).await;
    assert_eq!(none.unwrap_err().violations(), ["order REQUIRED"]);
    assert_eq!(caller.get("").await.unwrap_err().violations(), ["id REQUIRED"]);
    let none = caller.send::<_, order::Order>(CANCEL, order::CancelOrderRequest::default()).await;
    assert_eq!(none.unwrap_err().violations(), ["id REQUIRED", "reason REQUIRED"]);
    service.stop().await;
}

#[tokio::test]
async fn what_is_not_there_or_not_possible_names_the_resource() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        for id in ["01890000-0000-7000-8000-000000000000", "no uuid"] {
            let error = caller.get(id).await.unwrap_err();
            assert_eq!(error.why(), (Code::NotFound, "NOT_FOUND".to_owned()));
            let about = error.get_details_resource_info().unwrap();
            assert_eq!(about.resource_type, "test.order.v1.Order");
            assert_eq!(about.resource_name, id);
        }
        let made = caller.create(an_order("A-1")).await.unwrap();
        let error = caller.create(an_order("A-1")).await.unwrap_err();
        assert_eq!(error.why(), (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
        assert_eq!(error.violations(), ["number UNIQUE"]);
        assert!(error.get_details_resource_info().is_some());
        let astray = order::Order { counter_id: Some(77), ..an_order("A-2") };
        let error = caller.create(astray).await.unwrap_err();
        assert_eq!(error.why(), (Code::FailedPrecondition, "FAILED_PRECONDITION".to_owned()));
        assert_eq!(error.violations(), ["counter_id REFERENCE"]);
        for expected in [None, Some((Code::FailedPrecondition, "FAILED_PRECONDITION".to_owned()))] {
            let input = Some(order::CancelOrder { reason: Some("so".to_owned()) });
            let request = order::CancelOrderRequest { id: made.id.clone(), input, ..Default::default() };
            let cancelled = caller.send::<_, order::Order>(CANCEL, request).await;
            assert_eq!(cancelled.err().map(|error| error.why()), expected);
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn what_user_code_returns_arrives_as_what_it_is() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await;
    for (note, code, reason, retry) in [
        ("exhausted", Code::ResourceExhausted, "RESOURCE_EXHAUSTED", Some(7)),
        ("unavailable", Code::Unavailable, "UNAVAILABLE", Some(1)),
        ("aborted", Code::Aborted, "ABORTED", None),
    ] {
        let error = caller.create(an_order_that(note)).await.unwrap_err();
        assert_eq!(error.why(), (code, reason.to_owned()));
        let told = error.get_details_retry_info().and_then(|info| info.retry_delay);
        assert_eq!(told, retry.map(Duration::from_secs));
    }
    service.stop().await;
}

#[tokio::test]
async fn a_defect_and_a_panic_say_nothing_but_the_request_id() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        for note in ["defect", "panic"] {
            let error = caller.create(an_order_that(note)).await.unwrap_err();
            assert_eq!(error.why(), (Code::Internal, "INTERNAL".to_owned()));
            assert!(error.message().contains(&error.request_id()), "{}", error.message());
            let all = format!("{error:?}{}", String::from_utf8_lossy(error.details()));
            assert!(!all.contains("s3cret") && !all.contains("digit"), "{all}");
        }
        caller.create(an_order_that("calm")).await.unwrap();
        assert_eq!(caller.list(order::ListOrdersRequest::default()).await.unwrap().orders.len(), 1);
        service.stop().await;
    }
}

#[tokio::test]
async fn however_much_is_wrong_the_answer_fits_into_headers() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await;
    let items = vec![order::Item { sku: Some("x".repeat(50)), count: Some(1000) }; 150];
    let error = caller.create(order::Order { items, ..an_order("A-1") }).await.unwrap_err();
    let told = error.get_details_bad_request().unwrap().field_violations;
    assert!(told.len() > 20, "{}", told.len());
    assert!(told.last().unwrap().description.contains("more are left out"));
    assert!(error.details().len() < 6000, "{}", error.details().len());
    service.stop().await;
}

#[tokio::test]
async fn a_request_id_of_the_caller_is_kept() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await;
    let mut request = tonic::Request::new(order::GetOrderRequest { id: "none".to_owned() });
    request.metadata_mut().insert("x-request-id", "trace/7".parse().unwrap());
    let error = caller.send_request::<_, order::Order>(crate::caller::GET, request).await.unwrap_err();
    assert_eq!(error.request_id(), "trace/7");
    service.stop().await;
}
