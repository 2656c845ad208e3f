//! What webhooks survive: senders that are killed, and receivers that fail or break off. Every event arrives at every endpoint,
//! and whatever arrives twice has the same id both times.
//!
//! `FOURFOLD_TEST_KILLS` says how often processes are killed on each engine; the number of events goes with it.

#![cfg(all(unix, feature = "webhooks"))]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a test binary, whose tests say what they mean by their names"
)]

#[path = "../crash/child.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod child;
#[path = "../wire/client.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod client;
#[path = "../wire/engines.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod engines;
mod resources;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use fourfold::webhooks::verify;
use fourfold::{Config, Principal, Role, Server, Uuid};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;

use child::{Child, Place};
use resources::{PATHS, PingSent, URL};

const USUAL_KILLS: u32 = 3;
/// For each kill.
const EVENTS: i64 = 100;
/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_mins(2);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn kills() -> u32 {
    std::env::var("FOURFOLD_TEST_KILLS").map_or(USUAL_KILLS, |it| it.parse().expect("a number"))
}

/// From 0 to 255.
fn chance() -> u8 {
    Uuid::new_v4().as_bytes()[0]
}

/// What was taken: by path and number of the event, the ids under which it came and how often.
type Taken = BTreeMap<(String, i64), (BTreeSet<String>, u32)>;

/// Somebody outside, who fails now and then, and then breaks off after the work is done.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Taken>>);

impl Receiver {
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let receiver = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let receiver = receiver.clone();
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(|request| receiver.answer(request));
                    let connection = hyper::server::conn::http1::Builder::new();
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        url
    }

    async fn answer(
        &self,
        request: http::Request<hyper::body::Incoming>,
    ) -> Result<http::Response<Full<Bytes>>, std::io::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let verified = verify(SECRET, &parts.headers, &body).expect("what arrives is signed");
        let status = |status: u16| {
            let mut response = http::Response::new(Full::default());
            *response.status_mut() = status.try_into().expect("a status");
            Ok(response)
        };
        if chance() < 16 {
            return status(500);
        }
        let event: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let number = event["data"]["number"].as_i64().expect("a number");
        {
            let mut taken = self.0.lock().expect("a lock");
            let (ids, times) = taken.entry((parts.uri.path().to_owned(), number)).or_default();
            ids.insert(verified.id);
            *times += 1;
        }
        match chance() {
            0..8 => Err(std::io::Error::other("broken off")),
            _ => status(204),
        }
    }
}

fn sender(place: &Place, url: &str) -> Child {
    let settings = [
        ("FOURFOLD_TEST_ROLE", "run"),
        ("FOURFOLD_ROLE", "worker"),
        ("FOURFOLD_EVENT_LEASE", "1s"),
        ("FOURFOLD_TASK_LEASE", "1s"),
        (URL, url),
    ];
    Child::spawn(place, &settings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_reach_everybody_whoever_is_killed_and_repeats_have_the_same_id() {
    #[allow(unused_mut, reason = "there may be one engine alone")]
    let mut places = vec![("sqlite", Place::sqlite())];
    #[cfg(feature = "postgres")]
    places.extend(Place::postgres().await.map(|place| ("postgresql", place)));
    for (name, place) in places {
        let receiver = Receiver::default();
        let url = receiver.start().await;
        let mut config = Config::default();
        config.listen.set_port(0);
        config.database_url = place.url.as_str().into();
        config.migrate = true;
        config.role = Role::Server;
        // It publishes, and makes the group known before anything happens; it sends nothing.
        let house = resources::all(Server::new(config)).start().await.expect("the server starts");
        let service = house.service();
        let mut senders = [sender(&place, &url), sender(&place, &url)];
        let end = Instant::now() + HANGS;
        while service.events().expect("a bus").groups().await.expect("groups").is_empty() {
            assert!(Instant::now() < end, "nobody listens");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut number = 0;
        for kill in 0..kills() {
            let ctx = service.context(Principal::anonymous());
            for _ in 0..EVENTS {
                number += 1;
                service.publish(&ctx, PingSent { number }).await.expect("published");
            }
            tokio::time::sleep(Duration::from_millis(u64::from(chance()) * 2)).await;
            let chosen = (kill % 2) as usize;
            senders[chosen].kill();
            senders[chosen] = sender(&place, &url);
        }
        let expected: BTreeSet<(String, i64)> =
            (1..=number).flat_map(|number| PATHS.map(|path| (path.to_owned(), number))).collect();
        let end = Instant::now() + HANGS;
        loop {
            let arrived: BTreeSet<_> = receiver.0.lock().expect("a lock").keys().cloned().collect();
            if arrived == expected {
                break;
            }
            let missing = expected.difference(&arrived).count();
            assert!(Instant::now() < end, "{name}: {missing} have not arrived, and it goes no further");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        drop(senders);
        let taken = std::mem::take(&mut *receiver.0.lock().expect("a lock"));
        let ids: BTreeSet<_> = taken.values().flat_map(|(ids, _)| ids).collect();
        assert!(taken.values().all(|(ids, _)| ids.len() == 1), "{name}: a repeat came under another id");
        assert_eq!(ids.len(), expected.len(), "{name}: two have one id");
        let repeats: u32 = taken.values().map(|(_, times)| times - 1).sum();
        println!("{name}: {} kills, {} deliveries, {repeats} repeats, lost 0", kills(), expected.len());
        house.stop().await;
        place.clear().await;
    }
}
