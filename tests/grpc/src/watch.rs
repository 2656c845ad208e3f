//! Watching as a stream of messages.

use std::time::Duration;

use fourfold::{Principal, Server};
use tonic::{Code, Request, Status, Streaming};
use tonic_types::StatusExt as _;

use crate::caller::{CANCEL, Caller, DELETE, Told as _, WATCH, an_order};
use crate::engines::{on_every_engine, on_sqlite};
use crate::order::{WatchOrdersRequest, WatchOrdersResponse};
use crate::resources::{Counter, CounterCreate, CounterUpdate, all};
use crate::{counter, order};

const HANGS: Duration = Duration::from_mins(1);
const COUNTERS: &str = "/test.counter.v1.CounterService/WatchCounters";

/// A stream that stands: its first message is a token.
async fn begin(caller: &mut Caller, request: WatchOrdersRequest) -> (Streaming<WatchOrdersResponse>, String) {
    let mut stream = caller.stream(WATCH, Request::new(request)).await.expect("it begins");
    let first: WatchOrdersResponse = soon(stream.message()).await.expect("whole").expect("a token");
    assert!(first.happened.is_empty() && first.order.is_none() && !first.resume_token.is_empty());
    (stream, first.resume_token)
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANGS, what).await.expect("it comes")
}

async fn next(stream: &mut Streaming<WatchOrdersResponse>) -> WatchOrdersResponse {
    loop {
        let message = soon(stream.message()).await.expect("whole").expect("it goes on");
        if !message.happened.is_empty() {
            return message;
        }
    }
}

async fn refused(caller: &mut Caller, request: WatchOrdersRequest) -> Status {
    caller.stream::<_, WatchOrdersResponse>(WATCH, Request::new(request)).await.expect_err("it is refused")
}

fn after(resume_token: &str) -> WatchOrdersRequest {
    WatchOrdersRequest { resume_token: resume_token.to_owned(), ..WatchOrdersRequest::default() }
}

#[tokio::test]
async fn a_message_tells_what_happened_and_how_it_was_before() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let (mut stream, token) = begin(&mut caller, WatchOrdersRequest::default()).await;
        let mut made = an_order("A1");
        made.secret = Some("c4nary".to_owned());
        let made = caller.create(made).await.unwrap();
        let changed = order::Order { note: Some("soon".to_owned()), ..made.clone() };
        let changed = caller.update(changed, &["note"]).await.unwrap();
        let input = Some(order::CancelOrder { reason: Some("no".to_owned()) });
        let request = order::CancelOrderRequest { id: made.id.clone(), input, ..Default::default() };
        let cancelled: order::Order = caller.send(CANCEL, request).await.unwrap().into_inner();
        let request = order::DeleteOrderRequest { id: made.id.clone(), ..Default::default() };
        caller.send::<_, ()>(DELETE, request).await.unwrap();
        // The version is not in the row, and so no event has it.
        let bare = |order: &order::Order| Some(order::Order { etag: String::new(), ..order.clone() });
        let mut messages = Vec::new();
        for _ in 0..4 {
            messages.push(next(&mut stream).await);
        }
        let happened: Vec<&str> = messages.iter().map(|message| message.happened.as_str()).collect();
        assert_eq!(happened, ["created", "updated", "cancelled", "deleted"], "{}", service.engine);
        assert_eq!(messages[0].order, bare(&made));
        assert_eq!((&messages[1].before, &messages[1].order), (&bare(&made), &bare(&changed)));
        assert_eq!(messages[1].changed, ["note", "updated_at"]);
        assert_eq!(messages[2].order, bare(&cancelled));
        let deleted = messages[3].order.as_ref().unwrap();
        assert_eq!((&deleted.id, deleted.status()), (&made.id, order::Status::Cancelled));
        assert!(messages[0].order.as_ref().unwrap().secret.is_none());
        // From any of them it goes on, and from the first all come again.
        let (mut again, _) = begin(&mut caller, after(&token)).await;
        for message in &messages {
            assert_eq!(next(&mut again).await, *message);
        }
        let (mut last, _) = begin(&mut caller, after(&messages[2].resume_token)).await;
        assert_eq!(next(&mut last).await, messages[3]);
        let all = WatchOrdersRequest { from_beginning: true, ..WatchOrdersRequest::default() };
        let (mut beginning, _) = begin(&mut caller, all).await;
        assert_eq!(next(&mut beginning).await, messages[0]);
        drop((stream, again, last, beginning, caller));
        service.stop().await;
    }
}

#[tokio::test]
async fn no_secret_is_in_a_message() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let request = Request::new(counter::WatchCountersRequest::default());
        let mut stream: Streaming<counter::WatchCountersResponse> =
            caller.stream(COUNTERS, request).await.unwrap();
        let (owner, ctx) =
            (service.running.service(), service.running.service().context(Principal::anonymous()));
        let whim = Some("c4nary".to_owned());
        let made =
            owner.create::<Counter>(&ctx, CounterCreate { name: None, count: None, whim }).await.unwrap();
        let whim = Some("c4nary again".to_owned());
        let update = CounterUpdate { whim: whim.into(), ..CounterUpdate::default() };
        owner.update::<Counter>(&ctx, made.id, update).await.unwrap();
        let mut told = Vec::new();
        while told.len() < 2 {
            let message = soon(stream.message()).await.unwrap().unwrap();
            if !message.happened.is_empty() {
                told.push(message);
            }
        }
        for message in &told {
            assert_eq!(message.counter.as_ref().unwrap().whim, None, "{}", service.engine);
        }
        assert_eq!(told[1].before.as_ref().unwrap().whim, None);
        assert_eq!(told[1].changed, Vec::<String>::new(), "nor that it has changed");
        drop((stream, caller));
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_that_comes_and_goes_hears_everything_once() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let (stream, mut token) = begin(&mut caller, WatchOrdersRequest::default()).await;
        drop(stream);
        let mut writers = Vec::new();
        for writer in 0..4 {
            writers.push(tokio::spawn(write(writer, Caller::of(&service).await)));
        }
        let (mut heard, mut breaks) = (Vec::new(), 0);
        while heard.len() < 4 * 60 {
            let (mut stream, _) = begin(&mut caller, after(&token)).await;
            for _ in 0..=fourfold::Uuid::new_v4().as_bytes()[0] / 8 {
                let message = next(&mut stream).await;
                token = message.resume_token;
                heard.push(message.order.unwrap().number.unwrap());
                if heard.len() == 4 * 60 {
                    break;
                }
            }
            breaks += 1;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        for writer in 0..4 {
            let prefix = format!("{writer}-");
            let own: Vec<&String> = heard.iter().filter(|number| number.starts_with(&prefix)).collect();
            let expected: Vec<String> = (0..60).map(|index| format!("{prefix}{index}")).collect();
            assert_eq!(own, expected.iter().collect::<Vec<_>>(), "{}: {breaks} breaks", service.engine);
        }
        drop(caller);
        service.stop().await;
    }
}

async fn write(writer: u32, mut caller: Caller) {
    for index in 0..60 {
        caller.create(an_order(&format!("{writer}-{index}"))).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let (stream, token) = begin(&mut caller, WatchOrdersRequest::default()).await;
        let filter = |filter: &str| WatchOrdersRequest { filter: filter.to_owned(), ..Default::default() };
        for (request, field) in [
            (after("nonsense"), "resume_token"),
            (WatchOrdersRequest { from_beginning: true, ..after(&token) }, "resume_token"),
            (filter("nothing = 1"), "filter"),
        ] {
            let status = refused(&mut caller, request).await;
            assert_eq!(status.code(), Code::InvalidArgument, "{status}");
            assert!(status.violations()[0].starts_with(field), "{status}");
        }
        let mut counters = caller.clone();
        let request = counter::WatchCountersRequest { resume_token: token, ..Default::default() };
        let status = counters
            .stream::<_, counter::WatchCountersResponse>(COUNTERS, Request::new(request))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains("another resource"), "{status}");
        let status = caller.send_bytes(WATCH, b"\xff\xff").await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        drop((stream, caller, counters));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_token_of_another_log_is_out_of_range() {
    let (one, other) = (on_sqlite(all).await, on_sqlite(all).await);
    let (mut here, mut there) = (Caller::of(&one).await, Caller::of(&other).await);
    let (stream, token) = begin(&mut here, WatchOrdersRequest::default()).await;
    let status = refused(&mut there, after(&token)).await;
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    assert_eq!(status.get_details_error_info().unwrap().reason, "OUT_OF_RANGE");
    drop((stream, here, there));
    one.stop().await;
    other.stop().await;
}

fn unheard(server: Server) -> Server {
    all(server).configure(|config| config.outbox = false)
}

#[tokio::test]
async fn without_an_outbox_there_is_nothing_to_watch() {
    let service = on_sqlite(unheard).await;
    let mut caller = Caller::of(&service).await;
    let status = refused(&mut caller, WatchOrdersRequest::default()).await;
    assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
    assert!(status.message().contains("FOURFOLD_OUTBOX"), "{status}");
    drop(caller);
    service.stop().await;
}

fn patient(server: Server) -> Server {
    all(server).configure(|config| config.shutdown_grace = Duration::from_mins(10))
}

#[tokio::test]
async fn a_server_that_stops_ends_streams_at_once_and_says_to_come_again() {
    let service = on_sqlite(patient).await;
    let mut caller = Caller::of(&service).await;
    let (mut stream, _) = begin(&mut caller, WatchOrdersRequest::default()).await;
    caller.create(an_order("last")).await.unwrap();
    assert_eq!(next(&mut stream).await.happened, "created");
    let (status, ()) = tokio::join!(soon(stream.message()), soon(service.stop()));
    let status = status.expect_err("it ends");
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(
        status.get_details_retry_info().is_some() && status.message().contains("resume_token"),
        "{status}"
    );
}

#[tokio::test]
async fn the_time_that_a_caller_says_is_that_of_the_stream() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await;
    let mut request = Request::new(WatchOrdersRequest::default());
    request.metadata_mut().insert("grpc-timeout", "300m".parse().unwrap());
    let mut stream: Streaming<WatchOrdersResponse> = caller.stream(WATCH, request).await.unwrap();
    let end = loop {
        match soon(stream.message()).await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert!(end.is_err() || end.unwrap().is_none());
    drop((stream, caller));
    service.stop().await;
}

#[tokio::test]
async fn a_filter_is_that_of_a_list() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let filter = WatchOrdersRequest { filter: "total > 5".to_owned(), ..Default::default() };
        let (mut stream, _) = begin(&mut caller, filter).await;
        caller.create(an_order("small")).await.unwrap();
        let large = order::Order { total: Some(10), ..an_order("large") };
        let large = caller.create(large).await.unwrap();
        caller.update(order::Order { total: Some(1), ..large }, &["total"]).await.unwrap();
        let told = next(&mut stream).await;
        assert_eq!((told.happened.as_str(), told.order.unwrap().total), ("created", Some(10)));
        let left = next(&mut stream).await;
        assert_eq!((left.happened.as_str(), left.order.unwrap().total), ("deleted", Some(10)));
        drop((stream, caller));
        service.stop().await;
    }
}
