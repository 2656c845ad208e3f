//! Limits of time, size and number, and what is no message.

use std::time::Duration;

use tonic::{Code, Request};

use crate::caller::{CREATE, Caller, GET, LIST, Told as _, an_order, an_order_that};
use crate::engines::{on_every_engine, on_sqlite};
use crate::order;
use crate::resources::all;
use crate::web::framed;
use crate::wire::{header, send};

fn create(order: order::Order) -> order::CreateOrderRequest {
    order::CreateOrderRequest { order: Some(order), request_id: String::new() }
}

#[tokio::test]
async fn a_call_ends_with_the_deadline_of_its_caller_and_stores_nothing() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        // By hand: the caller's own library would end the call by itself.
        let headers = [("content-type", "application/grpc"), ("grpc-timeout", "200m")];
        let message = framed(&create(an_order_that("slow")));
        let late = send(&service, "POST", CREATE, &headers, message).await;
        assert_eq!(header(&late, "grpc-status"), "4");
        assert_eq!(caller.list(order::ListOrdersRequest::default()).await.unwrap().orders, []);
        service.stop().await;
    }
}

#[tokio::test]
async fn the_server_has_a_limit_of_its_own() {
    let mount = |server| all(server).configure(|config| config.request_timeout = Duration::from_millis(200));
    for service in on_every_engine(mount).await {
        let mut caller = Caller::of(&service).await;
        let late = caller.create(an_order_that("slow")).await.unwrap_err();
        assert_eq!(late.why(), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned()));
        late.request_id();
        service.stop().await;
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_stores_nothing() {
    for service in on_every_engine(all).await {
        let caller = Caller::of(&service).await;
        let mut other = caller.clone();
        let call = other.create(an_order_that("slow"));
        assert!(tokio::time::timeout(Duration::from_millis(200), call).await.is_err());
        let mut caller = caller;
        assert_eq!(caller.list(order::ListOrdersRequest::default()).await.unwrap().orders, []);
        service.stop().await;
    }
}

#[tokio::test]
async fn more_than_run_at_once_are_refused() {
    let service = on_sqlite(|server| all(server).configure(|config| config.max_concurrency = 1)).await;
    // Over two connections: a caller keeps to the streams that one connection permits.
    let (mut one, mut other) = (Caller::of(&service).await, Caller::of(&service).await);
    let refused = tokio::select! {
        refused = one.create(an_order_that("slow")) => refused.unwrap_err(),
        refused = other.create(an_order_that("slow")) => refused.unwrap_err(),
    };
    assert_eq!(refused.why(), (Code::Unavailable, "UNAVAILABLE".to_owned()));
    refused.request_id();
    service.stop().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_also_where_it_is_compressed() {
    let service = on_sqlite(|server| all(server).configure(|config| config.max_body_bytes = 10_000)).await;
    let large = || an_order_that(&"x".repeat(20_000));
    let mut caller = Caller::of(&service).await;
    let refused = (Code::ResourceExhausted, "TOO_LARGE".to_owned());
    assert_eq!(caller.create(large()).await.unwrap_err().why(), refused);
    let mut caller = caller.with_gzip();
    assert_eq!(caller.create(large()).await.unwrap_err().why(), refused);
    service.stop().await;
}

#[tokio::test]
async fn messages_may_be_compressed_both_ways() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await.with_gzip();
    let note = "tea ".repeat(2000);
    let order = order::Order { note: Some(note.clone()), ..an_order("A-1") };
    let answer = caller.send::<_, order::Order>(CREATE, create(order)).await.unwrap();
    assert_eq!(crate::caller::header(answer.metadata(), "grpc-encoding"), "gzip");
    assert_eq!(answer.into_inner().note, Some(note));
    service.stop().await;
}

#[tokio::test]
async fn what_is_no_message_is_an_invalid_argument() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await;
    for (path, bytes) in [
        (GET, &b"\x0a\x05a"[..]),
        (GET, b"\xff\xff\xff"),
        (CREATE, b"\x0a\x03\x12\x05a"),
        (CREATE, b"\x0a\x02\x12\x01"),
        (LIST, b"\x1a\x01\xff"),
        (LIST, b"\x0a\x00"),
    ] {
        let error = caller.send_bytes(path, bytes).await.unwrap_err();
        assert_eq!(error.why(), (Code::InvalidArgument, "INVALID_ARGUMENT".to_owned()), "{bytes:?}");
        assert_eq!(error.violations().len(), 1, "{bytes:?}");
    }
    caller.send_bytes(LIST, b"\xfa\x01\x03abc").await.expect("fields that nobody knows are left alone");
    let mut request = Request::new(order::ListOrdersRequest::default());
    request.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
    let error = caller.send_request::<_, order::ListOrdersResponse>(LIST, request).await.unwrap_err();
    assert_eq!(error.violations(), ["grpc-timeout SYNTAX"]);
    service.stop().await;
}
