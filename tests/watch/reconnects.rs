//! Streams that break at random moments, servers that are killed: what a watcher puts together is the log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fourfold::Uuid;
use serde_json::{Value, json};

use crate::child::{Child, Place};
use crate::client::Client;
use crate::engines::on_every_engine;
use crate::resources::{all, boat};
use crate::sse::{Event, resume, try_watch, watch};
use crate::{HANGS, soon};

const WRITERS: usize = 4;
const PATH: &str = "/v1/boats:watch";

fn chance(most: u64) -> u64 {
    u64::from(Uuid::new_v4().as_bytes()[0]) * most / 256
}

/// Makes boats, changes them and sinks some, until it is told to stop or the server is away.
async fn write(address: std::net::SocketAddr, writer: String, stop: Arc<AtomicBool>) {
    let Ok(mut client) = Client::try_connect(address).await else { return };
    let json = [("content-type", "application/json")];
    for number in 0.. {
        let id = format!("{writer}-{number}");
        let path = format!("/v1/boats/{id}");
        if client.try_send("POST", "/v1/boats", &json, boat(&id).to_string()).await.is_err() {
            return;
        }
        for miles in 1..=chance(6) {
            let change = json!({"miles": miles}).to_string();
            let merge = [("content-type", "application/merge-patch+json")];
            if client.try_send("PATCH", &path, &merge, change).await.is_err() {
                return;
            }
        }
        let end = match chance(3) {
            0 => client.try_send("DELETE", &path, &[], "").await,
            1 => client.try_send("POST", &format!("{path}/sail"), &json, r#"{"to": "sea"}"#).await,
            _ => client.try_send("POST", "/v1/gulls", &json, "{}").await,
        };
        if end.is_err() || stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// What the outbox has of boats, in the order of its commits: id and what happened.
async fn outbox(url: &str) -> Vec<(String, String, i64)> {
    const WHERE: &str = "aggregatetype = 'test.boat.v1.Boat' AND type NOT LIKE '%noise_heard'";
    let read = |id: String, kind: String, payload: String| {
        let payload: Value = serde_json::from_str(&payload).expect("JSON");
        let happened = kind.rsplit('.').next().unwrap_or_default().to_owned();
        (id, happened, payload["boat"]["version"].as_i64().expect("a version"))
    };
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres") {
        let (client, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let sql = format!(
            "SELECT o.aggregateid, o.type, o.payload::text FROM fourfold_outbox AS o WHERE {WHERE} ORDER BY o.tx, o.seq"
        );
        let rows = client.query(&sql, &[]).await.expect("rows");
        return rows.iter().map(|row| read(row.get(0), row.get(1), row.get(2))).collect();
    }
    let connection = rusqlite::Connection::open(url.trim_start_matches("sqlite:")).expect("a file");
    let sql = format!("SELECT aggregateid, type, payload FROM fourfold_outbox WHERE {WHERE} ORDER BY seq");
    let mut statement = connection.prepare(&sql).expect("SQL");
    let rows = statement.query_map([], |row| Ok(read(row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

/// What came, in the words of the outbox.
fn told(events: &[Event]) -> Vec<(String, String, i64)> {
    let told = |event: &Event| {
        let boat = event.row("boat");
        let id = boat["id"].as_str().expect("an id").to_owned();
        (id, event.name.clone(), boat["version"].as_i64().expect("a version"))
    };
    events.iter().map(told).collect()
}

/// The versions of each boat are told one after the other.
fn in_order(events: &[(String, String, i64)]) {
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    for (id, happened, version) in events {
        let before = last.insert(id, *version).unwrap_or(0);
        let next = if happened == "deleted" { before..=before + 1 } else { before + 1..=before + 1 };
        assert!(next.contains(version), "{id}: version {version} was {happened} after {before}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_that_comes_and_goes_hears_everything_once() {
    for service in on_every_engine(all).await {
        let address = service.address();
        let stop = Arc::new(AtomicBool::new(false));
        let mut stream = watch(address, PATH, &[]).await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(address, format!("w{writer}"), Arc::clone(&stop))))
            .collect();
        let (mut events, mut breaks) = (Vec::new(), 0);
        while breaks < 40 {
            for _ in 0..chance(30) {
                events.push(stream.next().await);
            }
            // It may have taken in more than it has looked at.
            let last_id = stream.last_id.clone();
            drop(stream);
            tokio::time::sleep(Duration::from_millis(chance(40))).await;
            stream = resume(address, PATH, &last_id).await;
            breaks += 1;
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.expect("it writes");
        }
        let expected = outbox(&service.url).await;
        while events.len() < expected.len() {
            events.push(stream.next().await);
        }
        let told = told(&events);
        in_order(&told);
        assert_eq!(told, expected, "{}", service.engine);
        assert!(expected.len() > 200, "{}: {} changes", service.engine, expected.len());
        let mut again = watch(address, "/v1/boats:watch?from=beginning", &[]).await;
        assert_eq!(self::told(&again.take(expected.len()).await), expected, "{}", service.engine);
        println!("{}: {breaks} breaks, {} changes; lost 0, twice 0", service.engine, expected.len());
        drop(stream);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_of_a_server_that_is_killed_goes_on_at_the_next() {
    #[allow(unused_mut, reason = "there may be one engine alone")]
    let mut places = vec![("sqlite", Place::sqlite())];
    #[cfg(feature = "postgres")]
    places.extend(Place::postgres().await.map(|place| ("postgres", place)));
    for (engine, place) in places {
        let (mut events, mut last_id) = (Vec::new(), String::new());
        for kill in 0..6 {
            let mut server = Child::spawn(&place, &[]);
            let address = server.address().await;
            let path = if last_id.is_empty() { "/v1/boats:watch?from=beginning" } else { PATH };
            let mut stream = watch(address, path, &[("last-event-id", &last_id)]).await;
            let stop = Arc::new(AtomicBool::new(false));
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| tokio::spawn(write(address, format!("{kill}-{writer}"), Arc::clone(&stop))))
                .collect();
            let lasts = Duration::from_millis(200 + chance(400));
            let killed = tokio::time::sleep(lasts);
            tokio::pin!(killed);
            loop {
                tokio::select! {
                    () = &mut killed => break,
                    event = stream.try_next() => events.extend(event.expect("it is not killed yet")),
                }
            }
            server.kill();
            // What was on its way still arrives.
            while let Ok(Some(event)) = soon(stream.try_next()).await {
                events.push(event);
            }
            last_id.clone_from(&stream.last_id);
            for writer in writers {
                writer.await.expect("it writes");
            }
            place.quiet().await;
        }
        let mut server = Child::spawn(&place, &[]);
        let mut stream = resume(server.address().await, PATH, &last_id).await;
        let expected = outbox(&place.url).await;
        while events.len() < expected.len() {
            events.push(stream.next().await);
        }
        let told = told(&events);
        in_order(&told);
        assert_eq!(told, expected, "{engine}");
        println!("{engine}: 6 kills, {} changes; lost 0, twice 0", expected.len());
        drop((stream, server));
        place.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_writes_is_heard_at_another() {
    #[allow(unused_mut, reason = "there may be one engine alone")]
    let mut places = vec![Place::sqlite()];
    #[cfg(feature = "postgres")]
    places.extend(Place::postgres().await);
    for place in places {
        let (mut one, mut other) = (Child::spawn(&place, &[]), Child::spawn(&place, &[]));
        let (here, there) = (one.address().await, other.address().await);
        let mut stream = watch(here, PATH, &[]).await;
        let mut client = Client::connect(there).await;
        for number in 0..20 {
            client.post("/v1/boats", boat(&format!("b{number}"))).await.expect(201);
            let event = stream.next().await;
            assert_eq!(event.row("boat")["id"], format!("b{number}"));
        }
        drop((stream, one, other));
        place.clear().await;
    }
}

#[tokio::test]
async fn the_id_of_what_is_no_event_goes_on_as_well() {
    let quick = |server| all(server).configure(|config| config.watch_heartbeat = Duration::from_millis(20));
    for service in on_every_engine(quick).await {
        let address = service.address();
        let mut client = service.client().await;
        // Nothing that it sees happens, and so its place moves by heartbeats alone.
        let path = "/v1/boats:watch?filter=harbour%3Dnowhere";
        let mut stream = watch(address, path, &[]).await;
        let first = stream.last_id.clone();
        client.post("/v1/boats", boat("one")).await.expect(201);
        let end = tokio::time::Instant::now() + HANGS;
        while stream.last_id == first {
            assert!(tokio::time::Instant::now() < end, "no token");
            assert_eq!(soon(stream.block()).await.expect("whole"), None);
        }
        let later = stream.last_id.clone();
        client.post("/v1/boats", boat("two")).await.expect(201);
        let mut stream = resume(address, PATH, &later).await;
        assert_eq!(stream.next().await.row("boat")["id"], "two", "what came before the token is not told");
        let mut stream = resume(address, PATH, &first).await;
        assert_eq!(stream.next().await.row("boat")["id"], "one");
        // The header is later than the address that a client began with.
        let path = format!("/v1/boats:watch?resume_token={first}");
        let mut stream = resume(address, &path, &later).await;
        assert_eq!(stream.next().await.row("boat")["id"], "two");
        drop(try_watch(address, PATH, &[]).await);
        service.stop().await;
    }
}
