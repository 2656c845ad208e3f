//! NATS is killed while events are published and taken.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use uuid::Uuid;

use super::open;
use crate::descriptor::BoxFuture;
use crate::events::bus::BusOptions;
use crate::events::conformance::kills::survive;
use crate::tasks::conformance::kills::{self, Node as _};

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
        let port = kills::free_port();
        Some(Self { process: start(&folder, port)?, folder, port })
    }
}

impl kills::Node for Node {
    fn kill(&mut self) {
        self.process.kill().expect("it is killed");
        self.process.wait().expect("it has ended");
    }

    fn start_again(&mut self) -> BoxFuture<'_, ()> {
        self.process = start(&self.folder, self.port).expect("it starts");
        Box::pin(std::future::ready(()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_that_it_acknowledged_and_work_goes_on_by_itself() {
    let Some(mut node) = Node::new() else {
        assert!(std::env::var_os("CI").is_none(), "nats-server is away and must be tested here");
        eprintln!("left out: a killed NATS (there is no nats-server)");
        return;
    };
    let url = format!("nats://127.0.0.1:{}", node.port);
    let options = BusOptions { patience: Duration::from_secs(2), ..BusOptions::at(url) };
    let buses = [open(&options).await, open(&options).await];
    let longest = survive(&mut node, buses, kills::kills(1)).await;
    assert!(longest < kills::goes_on_within(), "it goes on after {longest:?}");
}
