//! What is asked wrongly is refused, with what is allowed.

use std::time::Duration;

use fourfold::Server;

use crate::engines::{on_every_engine, on_sqlite};
use crate::resources::all;
use crate::sse::{resume, try_watch, watch};

async fn refused(service: &crate::engines::Service, path: &str) -> (u16, String) {
    try_watch(service.address(), path, &[]).await.expect("an answer").err().expect("a refusal")
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    for service in on_every_engine(all).await {
        let stream = watch(service.address(), "/v1/gulls:watch", &[]).await;
        let other = stream.last_id.clone();
        let mut own = watch(service.address(), "/v1/boats:watch", &[]).await.last_id.clone();
        for (query, says) in [
            ("page_size=3".to_owned(), "is not a parameter; a watch takes resume_token, from and filter"),
            ("from=yesterday".to_owned(), "must be beginning or now"),
            ("from=now&from=now".to_owned(), "is there more than once"),
            ("filter=nothing%3D1".to_owned(), "is not a field"),
            ("filter=owner%3Dme".to_owned(), "owner is in no event, and so can't be filtered by here"),
            ("filter=%FF".to_owned(), "is not UTF-8"),
            ("resume_token=nonsense".to_owned(), "is not a token of a watch"),
            (format!("resume_token={other}"), "belongs to another resource"),
            (format!("resume_token={own}&from=beginning"), "leave one of the two out"),
        ] {
            let (status, text) = refused(&service, &format!("/v1/boats:watch?{query}")).await;
            assert_eq!(status, 400, "{query}: {text}");
            assert!(text.contains(says), "{query}: {text}");
        }
        // A token of which one character is another.
        let last = if own.pop() == Some('A') { 'Q' } else { 'A' };
        own.push(last);
        assert_eq!(refused(&service, &format!("/v1/boats:watch?resume_token={own}")).await.0, 400);
        let mangled = try_watch(service.address(), "/v1/boats:watch", &[("last-event-id", "7")]).await;
        assert_eq!(mangled.unwrap().err().unwrap().0, 400);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_watch_is_got_as_a_stream_of_events() {
    let service = on_sqlite(all).await;
    let mut client = service.client().await;
    let answer = client.send("POST", "/v1/boats:watch", &[], "").await.expect(405);
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    client.send("OPTIONS", "/v1/boats:watch", &[], "").await.expect(204);
    let answer = client.send("HEAD", "/v1/boats:watch", &[], "").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let answer =
        client.send("GET", "/v1/boats:watch", &[("accept", "application/json")], "").await.expect(406);
    assert!(answer.text().contains("text/event-stream"), "{}", answer.text());
    client.send("GET", "/v1/boats", &[("accept", "text/event-stream")], "").await.expect(406);
    client.get("/v1/nothing:watch").await.expect(404);
    client.get("/v1/boats:look").await.expect(404);
    drop(watch(service.address(), "/v1/boats:watch", &[("accept", "*/*")]).await);
    service.stop().await;
}

fn without_an_outbox(server: Server) -> Server {
    all(server).configure(|config| config.outbox = false)
}

fn for_nobody(server: Server) -> Server {
    all(server).configure(|config| config.watchers = 0)
}

#[tokio::test]
async fn where_nobody_keeps_what_happens_a_watch_is_refused() {
    for (mount, says) in [
        (without_an_outbox as fn(Server) -> Server, "FOURFOLD_OUTBOX is off"),
        (for_nobody, "FOURFOLD_WATCHERS is 0"),
    ] {
        let service = on_sqlite(mount).await;
        let (status, text) = refused(&service, "/v1/boats:watch").await;
        assert_eq!(status, 409, "{text}");
        assert!(text.contains(says), "{text}");
        service.stop().await;
    }
}

fn for_two(server: Server) -> Server {
    all(server).configure(|config| config.watchers = 2)
}

#[tokio::test]
async fn no_more_watch_than_may() {
    let service = on_sqlite(for_two).await;
    let first = watch(service.address(), "/v1/boats:watch", &[]).await;
    let second = watch(service.address(), "/v1/gulls:watch", &[]).await;
    let (status, text) = refused(&service, "/v1/boats:watch").await;
    assert_eq!(status, 429, "{text}");
    drop(first);
    let end = tokio::time::Instant::now() + crate::HANGS;
    while let Err((status, _)) =
        try_watch(service.address(), "/v1/boats:watch", &[]).await.expect("an answer")
    {
        assert_eq!(status, 429);
        assert!(tokio::time::Instant::now() < end, "the place of one that left is not free");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(second);
    service.stop().await;
}

fn short(server: Server) -> Server {
    all(server).configure(|config| config.outbox_retention = Duration::from_millis(1))
}

#[tokio::test]
async fn a_token_that_is_too_old_is_gone_and_says_what_to_do() {
    for service in on_every_engine(all).await {
        let engine = service.engine;
        let mut client = service.client().await;
        let stream = watch(service.address(), "/v1/gulls:watch", &[]).await;
        let old = stream.last_id.clone();
        drop(stream);
        for _ in 0..3 {
            client.post("/v1/gulls", serde_json::json!({})).await.expect(201);
        }
        let mut stream = resume(service.address(), "/v1/gulls:watch", &old).await;
        let last = stream.take(3).await.pop().expect("three").id;
        drop((stream, client));
        // What is old is thrown away soon after the start.
        let service = service.again(short).await;
        let path = format!("/v1/gulls:watch?resume_token={old}");
        let end = tokio::time::Instant::now() + crate::HANGS;
        let (status, text) = loop {
            match try_watch(service.address(), &path, &[]).await.expect("an answer") {
                Err(refusal) => break refusal,
                Ok(_) => assert!(tokio::time::Instant::now() < end, "{engine}: it is never too old"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(status, 410, "{engine}: {text}");
        assert!(text.contains("list the resources anew") && text.contains("out_of_range"), "{text}");
        // What comes now is kept. The last of what is gone is where it goes on.
        let service = service.again(all).await;
        let mut client = service.client().await;
        let mut stream = resume(service.address(), "/v1/gulls:watch", &last).await;
        let mut beginning = watch(service.address(), "/v1/gulls:watch?from=beginning", &[]).await;
        let made = client.post("/v1/gulls", serde_json::json!({})).await.expect(201).json();
        assert_eq!(stream.next().await.row("gull")["id"], made["id"], "{engine}");
        assert_eq!(beginning.next().await.row("gull")["id"], made["id"], "{engine}");
        drop((stream, beginning));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_token_of_another_database_is_gone() {
    let (one, other) = (on_sqlite(all).await, on_sqlite(all).await);
    let stream = watch(one.address(), "/v1/gulls:watch", &[]).await;
    let (status, text) = refused(&other, &format!("/v1/gulls:watch?resume_token={}", stream.last_id)).await;
    assert_eq!(status, 410, "{text}");
    drop(stream);
    one.stop().await;
    other.stop().await;
}
