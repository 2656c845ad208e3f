//! Many watchers, and slow ones.

use std::time::Instant;

use fourfold::Server;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::engines::on_every_engine;
use crate::resources::{all, boat};
use crate::soon;
use crate::sse::watch;

const CROWD: usize = 1000;
const CHANGES: usize = 20;

fn roomy(server: Server) -> Server {
    all(server).configure(|config| config.max_concurrency = 2 * CROWD)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_hear_the_same() {
    for service in on_every_engine(roomy).await {
        let address = service.address();
        let watchers: Vec<_> = (0..CROWD)
            .map(|_| tokio::spawn(async move { watch(address, "/v1/boats:watch", &[]).await }))
            .collect();
        let mut streams = Vec::with_capacity(CROWD);
        for watcher in watchers {
            streams.push(watcher.await.expect("it watches"));
        }
        let since = Instant::now();
        let mut client = service.client().await;
        for number in 0..CHANGES {
            client.post("/v1/boats", boat(&format!("b{number}"))).await.expect(201);
        }
        let expected: Vec<String> = (0..CHANGES).map(|number| format!("b{number}")).collect();
        let hearing = streams.into_iter().map(|mut stream| {
            tokio::spawn(async move {
                let events = stream.take(CHANGES).await;
                events.iter().map(|event| event.row("boat")["id"].as_str().unwrap().to_owned()).collect()
            })
        });
        for hearing in hearing.collect::<Vec<_>>() {
            let heard: Vec<String> = hearing.await.expect("it hears");
            assert_eq!(heard, expected);
        }
        println!("{}: {CHANGES} changes to {CROWD} watchers in {:.1?}", service.engine, since.elapsed());
        service.stop().await;
    }
}

/// More than the server keeps for watchers, and than sockets hold.
const LARGE: usize = 150;
const SIZE: usize = 200_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_one_holds_up_nobody_and_misses_nothing() {
    for service in on_every_engine(all).await {
        let mut slow = TcpStream::connect(service.address()).await.expect("a connection");
        slow.write_all(b"GET /v1/boats:watch HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("sent");
        let mut quick = watch(service.address(), "/v1/boats:watch", &[]).await;
        let mut client = service.client().await;
        let log = "x".repeat(SIZE);
        for number in 0..LARGE {
            let mut body = boat(&format!("b{number}"));
            body["log"] = json!(log);
            client.post("/v1/boats", body).await.expect(201);
            assert_eq!(quick.next().await.row("boat")["id"], format!("b{number}"));
            quick.raw.clear();
        }
        // Only now does it begin to read.
        let mut text = Vec::new();
        let last = format!("\"b{}\"", LARGE - 1);
        let mut piece = vec![0; 1 << 20];
        let mut found = 0;
        while found == 0 {
            let count = soon(slow.read(&mut piece)).await.expect("it goes on");
            assert!(count > 0, "it was cut off");
            // The last id may come in two pieces.
            let from = text.len().saturating_sub(last.len());
            text.extend_from_slice(&piece[..count]);
            found = text[from..].windows(last.len()).filter(|part| *part == last.as_bytes()).count();
        }
        let text = String::from_utf8_lossy(&text);
        let mut heard = text.split("data: {\"boat\":{\"id\":\"").skip(1);
        for number in 0..LARGE {
            let data = heard.next().unwrap_or_else(|| panic!("b{number} is missing"));
            assert_eq!(data.split('"').next(), Some(format!("b{number}").as_str()));
        }
        assert_eq!(heard.next(), None, "nothing comes twice");
        drop((slow, quick));
        service.stop().await;
    }
}
