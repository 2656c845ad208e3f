//! NATS is killed while events are published and taken: what was acknowledged is not lost, the order of every key stays, and
//! work goes on by itself. `FOURFOLD_TEST_KILLS=20` is the run in full.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{event, listen, open};
use crate::events::bus::{Bus, BusOptions, Take};
use crate::events::cloud::CloudEvent;
use crate::tasks::{Finish, Outcome};

const KEYS: usize = 20;
const GROUP: &str = "mail";

/// A node of our own, in a folder of its own.
struct Node {
    folder: PathBuf,
    port: u16,
    process: Child,
}

fn start(folder: &Path, port: u16) -> Option<Child> {
    let mut command = Command::new("nats-server");
    command.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]).arg(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
}

impl Node {
    fn new() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("fourfold-nats-{}", Uuid::now_v7()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        Some(Self { process: start(&folder, port)?, folder, port })
    }

    fn kill(&mut self) {
        self.process.kill().expect("it is killed");
        self.process.wait().expect("it has ended");
    }

    fn start_again(&mut self) {
        self.process = start(&self.folder, self.port).expect("it starts");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[derive(Default)]
struct Told {
    /// By key, what was acknowledged, and what was given out and ended.
    published: Mutex<HashMap<String, Vec<String>>>,
    ended: Mutex<HashMap<String, Vec<String>>>,
    groups: AtomicUsize,
    taken: AtomicUsize,
    stop: AtomicBool,
}

fn note(events: &Mutex<HashMap<String, Vec<String>>>, event: &CloudEvent) {
    let key = event.key().unwrap_or_default().to_owned();
    events.lock().expect("the list").entry(key).or_default().push(event.id.clone());
}

/// As the relay does it: a group is published again until it is acknowledged.
async fn publish(bus: Arc<dyn Bus>, told: Arc<Told>) {
    while !told.stop.load(Ordering::Relaxed) {
        let events: Vec<CloudEvent> =
            (0..20).map(|n| event("shop.made", &(n * 7 % KEYS).to_string())).collect();
        while bus.publish(events.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for event in &events {
            note(&told.published, event);
        }
        told.groups.fetch_add(1, Ordering::Relaxed);
        // No faster than who listens, or the end of the test is nothing but a backlog.
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

async fn work(bus: Arc<dyn Bus>, told: Arc<Told>) {
    loop {
        let take =
            Take { group: GROUP, limit: 20, lease: Duration::from_secs(2), wait: Duration::from_millis(500) };
        let Ok(taken) = bus.take(take).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let all = told.published.lock().expect("the list").values().map(Vec::len).sum::<usize>();
        let ended = told.ended.lock().expect("the list").values().map(Vec::len).sum::<usize>();
        if taken.is_empty() && told.stop.load(Ordering::Relaxed) && ended >= all {
            return;
        }
        for delivery in taken {
            let event = delivery.event.expect("an event");
            told.taken.fetch_add(1, Ordering::Relaxed);
            // The effect, which the inbox makes happen once.
            let key = event.key().unwrap_or_default().to_owned();
            let before =
                told.ended.lock().expect("the list").get(&key).is_some_and(|ended| ended.contains(&event.id));
            if !before {
                note(&told.ended, &event);
            }
            let finish = Finish { lease: delivery.lease, outcome: Outcome::Succeeded(None) };
            // Where it is not known whether it was taken, it comes again.
            let _ = bus.finish(GROUP, vec![finish]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_that_it_acknowledged_and_work_goes_on_by_itself() {
    let kills = std::env::var("FOURFOLD_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(1);
    let Some(mut node) = Node::new() else {
        assert!(std::env::var_os("CI").is_none(), "nats-server is away and must be tested here");
        eprintln!("left out: a killed NATS (there is no nats-server)");
        return;
    };
    let url = format!("nats://127.0.0.1:{}", node.port);
    let options = BusOptions { url, patience: Duration::from_secs(2), migrate: true };
    let (bus, other) = (open(&options).await, open(&options).await);
    bus.ready().await.expect("it starts");
    listen(&bus, GROUP, &["shop.made"]).await;
    let told = Arc::new(Told::default());
    let publisher = tokio::spawn(publish(bus.clone(), told.clone()));
    let workers =
        [tokio::spawn(work(bus.clone(), told.clone())), tokio::spawn(work(other.clone(), told.clone()))];
    let mut longest = Duration::ZERO;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        node.kill();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (groups, taken) = (told.groups.load(Ordering::Relaxed), told.taken.load(Ordering::Relaxed));
        node.start_again();
        let began = Instant::now();
        while told.groups.load(Ordering::Relaxed) <= groups + 1
            || told.taken.load(Ordering::Relaxed) <= taken + 100
        {
            assert!(began.elapsed() < Duration::from_mins(1), "it does not go on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        longest = longest.max(began.elapsed());
    }
    told.stop.store(true, Ordering::Relaxed);
    publisher.await.expect("the publisher");
    for worker in workers {
        tokio::time::timeout(Duration::from_mins(3), worker).await.expect("all is taken").expect("a worker");
    }
    let (acknowledged, ended) =
        (told.published.lock().expect("the list"), told.ended.lock().expect("the list"));
    let all: usize = acknowledged.values().map(Vec::len).sum();
    eprintln!(
        "{kills} kills: {all} events acknowledged, {} given out, all ended in the order of their keys; \
         longest until both went on: {longest:?}",
        told.taken.load(Ordering::Relaxed)
    );
    assert_eq!(*acknowledged, *ended, "lost, or out of order");
    assert!(longest < Duration::from_secs(10), "it goes on within 10 seconds: {longest:?}");
}
