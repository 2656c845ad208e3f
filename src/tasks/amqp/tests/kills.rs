//! `RabbitMQ` is killed while tasks are enqueued and worked off: what was confirmed is not lost, and work goes on by itself.
//! `FOURFOLD_TEST_KILLS=20` is the run in full.

use std::collections::HashSet;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{claim, message, options};
use crate::tasks::broker::{Broker, Claim, Finish, Outcome, Taken};

/// Where Debian and others put it; the one in the path may want to be another user.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// A node of our own, in a folder of its own.
struct Node {
    folder: PathBuf,
    port: u16,
    /// Of the name server, which outlives the node and is its own, too.
    names: u16,
    process: Child,
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

impl Node {
    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-rabbitmq-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let (port, names) = (free_port(), free_port());
        let process = start(&folder, port, names);
        let node = Self { folder, port, names, process };
        node.answers().await;
        node
    }

    async fn answers(&self) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begin.elapsed() < Duration::from_mins(2), "RabbitMQ does not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn kill(&mut self) {
        // All of its group, or the machine that runs it lives on.
        let group = format!("-{}", self.process.id());
        let killed = Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill");
        assert!(killed.success());
        self.process.wait().expect("it has ended");
    }

    async fn start_again(&mut self) {
        self.process = start(&self.folder, self.port, self.names);
        self.answers().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        let _ = Command::new("epmd")
            .args(["-port", &self.names.to_string(), "-kill"])
            .stdout(Stdio::null())
            .status();
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn start(folder: &Path, port: u16, names: u16) -> Child {
    let name = format!("f{port}@localhost");
    let mut command = Command::new(PROGRAM);
    command
        .env("HOME", folder)
        .env("ERL_EPMD_PORT", names.to_string())
        .env("RABBITMQ_DIST_PORT", free_port().to_string())
        .env("RABBITMQ_NODENAME", name)
        .env("RABBITMQ_NODE_PORT", port.to_string())
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        .env("RABBITMQ_CONFIG_FILE", folder.join("none"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    command.spawn().expect("RabbitMQ starts")
}

/// What goes on while the node is killed.
#[derive(Default)]
struct Seen {
    confirmed: Mutex<HashSet<Uuid>>,
    done: Mutex<Vec<(Instant, Uuid)>>,
    stop: AtomicBool,
}

impl Seen {
    fn confirmed(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.confirmed.lock().expect("the list")
    }

    fn done(&self) -> MutexGuard<'_, Vec<(Instant, Uuid)>> {
        self.done.lock().expect("the list")
    }

    fn lost(&self) -> usize {
        let done: HashSet<Uuid> = self.done().iter().map(|(_, id)| *id).collect();
        self.confirmed().difference(&done).count()
    }
}

async fn produce(broker: Arc<dyn Broker>, seen: Arc<Seen>, queue: String, keep: bool) {
    while !seen.stop.load(Ordering::Relaxed) {
        let group: Vec<_> = (0..20).map(|_| message(&queue, keep)).collect();
        let ids: Vec<Uuid> = group.iter().map(|message| message.id).collect();
        if let Ok(taken) = broker.enqueue(group).await {
            assert!(taken.iter().all(|taken| *taken == Taken::New));
            seen.confirmed().extend(ids);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn work(broker: Arc<dyn Broker>, seen: Arc<Seen>, queue: String, ended: Arc<AtomicBool>) {
    while !ended.load(Ordering::Relaxed) {
        let wanted = Claim { limit: 50, wait: Duration::from_millis(300), ..claim(&queue) };
        let Ok(claimed) = broker.claim(wanted).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let now = Instant::now();
        let ids = claimed.iter().map(|claimed| (now, claimed.lease.id));
        seen.done().extend(ids);
        let ends = claimed.iter().map(|it| Finish { lease: it.lease, outcome: Outcome::Succeeded(None) });
        // What was not told comes again.
        let _ = broker.finish(ends.collect()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_confirmed_is_lost_where_rabbitmq_is_killed() {
    if !Path::new(PROGRAM).exists() {
        let must = std::env::var_os("CI").is_some();
        assert!(!must, "RabbitMQ must be tested here, and is not at {PROGRAM}");
        eprintln!("left out: killing RabbitMQ ({PROGRAM} is not there)");
        return;
    }
    let kills =
        std::env::var("FOURFOLD_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(2_usize);
    let mut node = Node::new().await;
    let url = format!("amqp://guest:guest@127.0.0.1:{}", node.port);
    let all = [Arc::new(Seen::default()), Arc::new(Seen::default())];
    let ended = Arc::new(AtomicBool::new(false));
    let mut producers = Vec::new();
    let mut workers = Vec::new();
    let ledger = format!("memory:{}", Uuid::new_v4());
    for (keep, seen) in [false, true].into_iter().zip(&all) {
        let queue = format!("killed-{keep}");
        let broker = super::super::open(&options(url.clone(), Some(ledger.clone()))).await.expect("it opens");
        producers.push(tokio::spawn(produce(Arc::clone(&broker), Arc::clone(seen), queue.clone(), keep)));
        let broker = super::super::open(&options(url.clone(), Some(ledger.clone()))).await.expect("it opens");
        workers.push(tokio::spawn(work(broker, Arc::clone(seen), queue, Arc::clone(&ended))));
    }
    let mut longest = Duration::ZERO;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_secs(2)).await;
        node.kill();
        node.start_again().await;
        let back = Instant::now();
        let before = [all[0].confirmed().len(), all[1].confirmed().len()];
        // Both ways in work again, for messages alone and for those with rows.
        let goes_on = || {
            let mut both = all.iter().zip(before);
            both.all(|(seen, before)| {
                seen.confirmed().len() >= before + 100
                    && seen.done().last().is_some_and(|(when, _)| *when > back)
            })
        };
        while !goes_on() {
            assert!(back.elapsed() < Duration::from_secs(30), "it does not go on by itself");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        longest = longest.max(back.elapsed());
    }
    for seen in &all {
        seen.stop.store(true, Ordering::Relaxed);
    }
    for producer in producers {
        producer.await.expect("it produces");
    }
    let begin = Instant::now();
    let lost = loop {
        let lost: usize = all.iter().map(|seen| seen.lost()).sum();
        if lost == 0 || begin.elapsed() > Duration::from_mins(1) {
            break lost;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    ended.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.expect("it works");
    }
    let confirmed: usize = all.iter().map(|seen| seen.confirmed().len()).sum();
    let attempts: usize = all.iter().map(|seen| seen.done().len()).sum();
    println!(
        "RabbitMQ killed {kills} times: {confirmed} confirmed, {attempts} attempts, {lost} lost; work went on after \
         {longest:.1?} at most"
    );
    assert_eq!(lost, 0, "confirmed and lost");
    assert!(longest < Duration::from_secs(10), "work went on after {longest:?}");
}
