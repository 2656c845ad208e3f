//! `RabbitMQ` is killed while tasks are enqueued and worked off: what was confirmed is not lost, and work goes on by itself.
//! `FOURFOLD_TEST_KILLS=20` is the run in full.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use uuid::Uuid;

use super::{message, options};
use crate::descriptor::BoxFuture;
use crate::tasks::conformance::kills::{self, Node as _, Way, free_port};

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

impl Node {
    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-rabbitmq-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let (port, names) = (free_port(), free_port());
        let process = start(&folder, port, names);
        kills::answers(port).await;
        Self { folder, port, names, process }
    }
}

impl kills::Node for Node {
    fn kill(&mut self) {
        // All of its group, or the machine that runs it lives on.
        let group = format!("-{}", self.process.id());
        let killed = Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill");
        assert!(killed.success());
        self.process.wait().expect("it has ended");
    }

    fn start_again(&mut self) -> BoxFuture<'_, ()> {
        self.process = start(&self.folder, self.port, self.names);
        Box::pin(kills::answers(self.port))
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

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_confirmed_is_lost_where_rabbitmq_is_killed() {
    if !Path::new(PROGRAM).exists() {
        let must = std::env::var_os("CI").is_some();
        assert!(!must, "RabbitMQ must be tested here, and is not at {PROGRAM}");
        eprintln!("left out: killing RabbitMQ ({PROGRAM} is not there)");
        return;
    }
    let kills = kills::kills(2);
    let mut node = Node::new().await;
    let url = format!("amqp://guest:guest@127.0.0.1:{}", node.port);
    let ledger = format!("memory:{}", Uuid::new_v4());
    let open =
        async || super::super::open(&options(url.clone(), Some(ledger.clone()))).await.expect("it opens");
    let mut ways = Vec::new();
    // Messages alone, and tasks with rows.
    for (queue, message) in [
        ("killed-false", (|queue| message(queue, false)) as fn(&str) -> _),
        ("killed-true", |queue| message(queue, true)),
    ] {
        let queue = queue.to_owned();
        ways.push(Way { enqueues: open().await, works: open().await, queue, message });
    }
    let seen = kills::survive(&mut node, ways, kills).await;
    println!(
        "RabbitMQ killed {kills} times: {} confirmed, {} attempts, {} lost; work went on after {:.1?} at most",
        seen.confirmed, seen.attempts, seen.lost, seen.longest
    );
    assert_eq!(seen.lost, 0, "confirmed and lost");
    assert!(seen.longest < Duration::from_secs(10), "work went on after {:?}", seen.longest);
}
