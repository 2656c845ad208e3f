//! PostgreSQL is killed, or stands still, while callers read and write.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;

use crate::child::Child;
use crate::client::{Answer, Client};
use crate::node::Node;
use crate::{expect_unavailable, purse, readiness, until};

const PATIENCE: &str = "1s";
/// Three times the patience for a write and twice for a connection, with room for a slow machine.
const LONGEST_ANSWER: Duration = Duration::from_secs(8);

/// What the callers saw.
#[derive(Default)]
struct Seen {
    /// Ids whose creation was answered.
    answered: Vec<String>,
    /// Tickets that were asked for, with a key, until they were answered.
    tickets: usize,
    statuses: BTreeMap<(&'static str, u16), usize>,
    longest: Duration,
}

/// Callers that write and read until they are told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    callers: Vec<JoinHandle<Seen>>,
}

impl Load {
    fn start(address: SocketAddr, round: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let callers = (0..16)
            .map(|caller| tokio::spawn(call(address, format!("r{round}c{caller}"), Arc::clone(&stop))))
            .collect();
        Self { stop, callers }
    }

    async fn stop(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Seen::default();
        for caller in self.callers {
            let seen = caller.await.expect("a caller");
            all.answered.extend(seen.answered);
            all.tickets += seen.tickets;
            all.longest = all.longest.max(seen.longest);
            for (what, count) in seen.statuses {
                *all.statuses.entry(what).or_default() += count;
            }
        }
        all
    }
}

async fn call(address: SocketAddr, name: String, stop: Arc<AtomicBool>) -> Seen {
    let mut client = Client::connect(address).await;
    let mut seen = Seen::default();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{name}-{number}");
        let made = watched(&mut seen, "create", client.post("/v1/purses", purse(&id))).await;
        if made.status == 201 {
            seen.answered.push(id.clone());
        } else {
            expect_unavailable(&made);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let last = seen.answered.last().cloned();
        if let Some(last) = last {
            let read = watched(&mut seen, "get", client.get(&format!("/v1/purses/{last}"))).await;
            if read.status != 200 {
                expect_unavailable(&read);
            }
        }
        if number % 8 == 0 {
            watched(&mut seen, "list", client.get("/v1/purses?page_size=2")).await;
        }
        if number % 8 == 4 {
            let ticket = json!({"label": id}).to_string();
            let headers = [("content-type", "application/json"), ("idempotency-key", id.as_str())];
            loop {
                let ask = client.send("POST", "/v1/tickets", &headers, ticket.clone());
                let made = watched(&mut seen, "ticket", ask).await;
                if made.status == 201 {
                    break;
                }
                expect_unavailable(&made);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            seen.tickets += 1;
        }
    }
    seen
}

async fn watched(seen: &mut Seen, what: &'static str, answer: impl Future<Output = Answer>) -> Answer {
    let since = Instant::now();
    let answer = answer.await;
    seen.longest = seen.longest.max(since.elapsed());
    *seen.statuses.entry((what, answer.status)).or_default() += 1;
    answer
}

async fn serve(node: &Node) -> (Child, SocketAddr) {
    let settings = [("FOURFOLD_DATABASE_PATIENCE", PATIENCE)];
    let mut server = Child::spawn_by(crate::child::this_binary(), &node.url(), &settings);
    let address = server.address().await;
    until("it is ready", Duration::from_secs(10), async || readiness(address).await == 200).await;
    (server, address)
}

fn no_server_errors(seen: &Seen, allowed: &[u16]) {
    println!("{:?}, the longest took {:?}", seen.statuses, seen.longest);
    let wrong: Vec<_> = seen.statuses.keys().filter(|(_, status)| !allowed.contains(status)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(seen.longest < LONGEST_ANSWER, "an answer took {:?}", seen.longest);
}

/// Each ticket is there once, and each row has its one event.
async fn nothing_twice(node: &Node, tickets: usize) {
    let database = node.connect().await;
    let count = async |sql: &str| {
        let count: i64 = database.query_one(sql, &[]).await.expect("a count").get(0);
        usize::try_from(count).expect("a count")
    };
    assert_eq!(count("SELECT count(*) FROM tickets").await, tickets);
    assert_eq!(count("SELECT count(DISTINCT label) FROM tickets").await, tickets);
    let events = "SELECT count(*) FROM fourfold_outbox WHERE type = 'test.purse.v1.purse.created'";
    assert_eq!(count(events).await, count("SELECT count(*) FROM purses").await);
}

async fn all_there(address: SocketAddr, ids: &[String]) {
    let mut client = Client::connect(address).await;
    for id in ids {
        client.get(&format!("/v1/purses/{id}")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_database_is_killed_callers_are_told_so_and_it_passes_by_itself() {
    let Some(node) = Node::start() else { return };
    let (mut server, address) = serve(&node).await;
    let (mut answered, mut tickets) = (Vec::new(), 0);
    for round in 0..3 {
        let load = Load::start(address, round);
        tokio::time::sleep(Duration::from_millis(400)).await;
        node.kill();
        until("it is not ready", Duration::from_secs(5), async || readiness(address).await == 503).await;
        let mut client = Client::connect(address).await;
        let since = Instant::now();
        expect_unavailable(&client.post("/v1/purses", purse("while-away")).await);
        expect_unavailable(&client.get("/v1/purses/while-away").await);
        expect_unavailable(&client.get("/v1/purses").await);
        client.get("/healthz").await.expect(200);
        assert!(since.elapsed() < Duration::from_secs(3), "told after {:?}", since.elapsed());
        tokio::time::sleep(Duration::from_millis(500)).await;

        assert!(node.start_again());
        let since = Instant::now();
        until("it is ready again", Duration::from_secs(10), async || readiness(address).await == 200).await;
        println!("ready {:?} after the database", since.elapsed());
        let mut number = 0;
        until("writes work again", Duration::from_secs(5), async || {
            number += 1;
            client.post("/v1/purses", purse(&format!("again-{round}-{number}"))).await.status == 201
        })
        .await;
        let seen = load.stop().await;
        no_server_errors(&seen, &[200, 201, 503]);
        answered.extend(seen.answered);
        tickets += seen.tickets;
        all_there(address, &answered).await;
    }
    assert!(answered.len() > 16);
    nothing_twice(&node, tickets).await;
    server.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_database_stands_still_nobody_waits_for_ever_and_it_passes_by_itself() {
    let Some(node) = Node::start() else { return };
    let (mut server, address) = serve(&node).await;
    let load = Load::start(address, 0);
    tokio::time::sleep(Duration::from_millis(400)).await;
    node.freeze(true);
    let since = Instant::now();
    until("it is not ready", Duration::from_secs(8), async || readiness(address).await == 503).await;
    println!("not ready {:?} after the database stood still", since.elapsed());
    tokio::time::sleep(Duration::from_secs(3)).await;
    node.freeze(false);
    until("it is ready again", Duration::from_secs(10), async || readiness(address).await == 200).await;
    let mut client = Client::connect(address).await;
    let mut number = 0;
    until("writes work again", Duration::from_secs(5), async || {
        number += 1;
        client.post("/v1/purses", purse(&format!("again-{number}"))).await.status == 201
    })
    .await;
    let seen = load.stop().await;
    no_server_errors(&seen, &[200, 201, 503]);
    all_there(address, &seen.answered).await;
    nothing_twice(&node, seen.tickets).await;
    server.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_takes_no_writes_reads_go_on_and_it_passes_by_itself() {
    let Some(node) = Node::start() else { return };
    let (mut server, address) = serve(&node).await;
    let mut client = Client::connect(address).await;
    client.post("/v1/purses", purse("p")).await.expect(201);
    let database = node.connect().await;
    let read_only = async |switch: &str| {
        let sql = format!("ALTER SYSTEM SET default_transaction_read_only = {switch}");
        database.batch_execute(&sql).await.expect("a setting");
        database.batch_execute("SELECT pg_reload_conf()").await.expect("to read it again");
    };

    read_only("on").await;
    let mut number = 0;
    until("writes are refused", Duration::from_secs(5), async || {
        number += 1;
        client.post("/v1/purses", purse(&format!("q{number}"))).await.status == 503
    })
    .await;
    expect_unavailable(&client.post("/v1/purses/p/deposit", json!({"amount": 1})).await);
    expect_unavailable(&client.delete("/v1/purses/p").await);
    assert_eq!(readiness(address).await, 503);
    client.get("/v1/purses/p").await.expect(200);
    client.get("/v1/purses").await.expect(200);

    read_only("off").await;
    until("it is ready again", Duration::from_secs(5), async || readiness(address).await == 200).await;
    client.post("/v1/purses/p/deposit", json!({"amount": 1})).await.expect(200);
    server.kill();
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_while_the_database_is_away_stops() {
    let Some(node) = Node::start() else { return };
    let (server, address) = serve(&node).await;
    drop(server);
    assert_ne!(address.port(), 0);
    let place = crate::child::Place::sqlite();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let url = node.url();
    let mut server = Child::run(&place, address, &[("DATABASE_URL", url.as_str())]);
    until("it serves", Duration::from_secs(30), async || {
        Client::try_connect(address).await.is_ok() && readiness(address).await == 200
    })
    .await;
    node.kill();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.terminate();
    assert_eq!(server.ended(Duration::from_secs(8)).await.code(), Some(0));
    place.clear().await;
}
