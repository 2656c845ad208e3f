//! SIGTERM: what runs is finished, nothing new is taken, and the process ends well.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::child::{Child, Place};
use crate::client::Client;
use crate::{places, purse, readiness, until};

/// A server as a user's program runs it, on a port that was free a moment ago.
async fn run(place: &Place, settings: &[(&str, &str)]) -> (Child, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let server = Child::run(place, address, settings);
    until("it serves", Duration::from_secs(30), async || {
        TcpStream::connect(address).await.is_ok_and(|stream| stream.local_addr().ok() != Some(address))
            && readiness(address).await == 200
    })
    .await;
    (server, address)
}

#[tokio::test]
async fn requests_that_run_are_finished_and_the_process_ends_with_0() {
    for place in places().await {
        let (mut server, address) = run(&place, &[("FOURFOLD_HEADER_TIMEOUT", "2s")]).await;
        let mut idle = Client::connect(address).await;
        idle.post("/v1/purses", purse("p")).await.expect(201);
        let mut half = TcpStream::connect(address).await.expect("a connection");
        half.write_all(b"GET /v1/purses HT").await.expect("to send");
        let naps: Vec<_> = (0..10)
            .map(|_| {
                tokio::spawn(async move {
                    let mut client = Client::connect(address).await;
                    client.post("/v1/naps", json!({"milliseconds": 1500})).await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(500)).await;

        server.terminate();
        let since = Instant::now();
        until("it takes no more", Duration::from_secs(1), async || {
            TcpStream::connect(address).await.is_err()
        })
        .await;
        for nap in naps {
            nap.await.expect("a nap").expect(201);
        }
        assert!(idle.try_send("GET", "/v1/purses/p", &[], "").await.is_err(), "an idle connection is closed");
        let status = server.ended(Duration::from_secs(10)).await;
        assert_eq!(status.code(), Some(0));
        // What does not even send a whole request is not waited for longer than the others.
        assert!(since.elapsed() < Duration::from_secs(5), "{} took {:?}", place.url, since.elapsed());

        let (mut server, address) = run(&place, &[]).await;
        let naps = Client::connect(address).await.get("/v1/naps").await.expect(200).json();
        assert_eq!(naps["naps"].as_array().expect("a list").len(), 10, "what was answered is there");
        server.terminate();
        assert_eq!(server.ended(Duration::from_secs(5)).await.code(), Some(0));
        place.clear().await;
    }
}

#[tokio::test]
async fn what_does_not_end_within_the_grace_is_cut_off_and_the_process_ends_with_0() {
    for place in places().await {
        let (mut server, address) = run(&place, &[("FOURFOLD_SHUTDOWN_GRACE", "300ms")]).await;
        let nap = tokio::spawn(async move {
            let mut client = Client::connect(address).await;
            let content = [("content-type", "application/json")];
            client.try_send("POST", "/v1/naps", &content, r#"{"milliseconds":20000}"#).await.is_ok()
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.terminate();
        let status = server.ended(Duration::from_secs(4)).await;
        assert_eq!(status.code(), Some(0));
        assert!(!nap.await.expect("a request"), "it was cut off, and nobody says that it succeeded");
        place.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_every_request_that_was_taken_is_answered_and_stored() {
    for place in places().await {
        let (mut server, address) = run(&place, &[]).await;
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                tokio::spawn(async move {
                    let mut answered = Vec::new();
                    let mut client = Client::connect(address).await;
                    let content = [("content-type", "application/json")];
                    for number in 0.. {
                        let id = format!("w{writer}-{number}");
                        let body = purse(&id).to_string();
                        match client.try_send("POST", "/v1/purses", &content, body).await {
                            Ok(answer) => answered.push((id, answer.expect(201))),
                            Err(_) => break,
                        }
                    }
                    answered.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.terminate();
        assert_eq!(server.ended(Duration::from_secs(10)).await.code(), Some(0));
        let (mut server, address) = run(&place, &[]).await;
        let mut client = Client::connect(address).await;
        let mut count = 0;
        for writer in writers {
            for id in writer.await.expect("a writer") {
                client.get(&format!("/v1/purses/{id}")).await.expect(200);
                count += 1;
            }
        }
        assert!(count > 16, "{count} writes are no load");
        server.kill();
        place.clear().await;
    }
}
