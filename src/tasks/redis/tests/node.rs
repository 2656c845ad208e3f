//! A Redis of a test's own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::tasks::conformance::kills;

const PROGRAM: &str = "redis-server";

/// With an append-only file that is on the disk before anything is answered.
pub(super) const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

/// A server in a folder of its own, which goes away with it.
pub(super) struct Node {
    pub(super) folder: PathBuf,
    pub(super) port: u16,
    settings: Vec<String>,
    process: Option<Child>,
}

impl Node {
    /// One that answers. `None` where there is no Redis here; in CI that is a failure.
    pub(super) async fn start(settings: &[&str]) -> Option<Self> {
        let there = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).status();
        if let Err(error) = there {
            assert!(std::env::var_os("CI").is_none(), "Redis must be tested here: {PROGRAM}: {error}");
            eprintln!("left out: a Redis of the test's own ({PROGRAM}: {error})");
            return None;
        }
        let folder = std::env::temp_dir().join(format!("fourfold-redis-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let settings = settings.iter().map(|&one| one.to_owned()).collect();
        let mut node = Self { folder, port: kills::free_port(), settings, process: None };
        node.begin();
        node.answers().await;
        Some(node)
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) async fn connection(&self) -> MultiplexedConnection {
        super::connection(&self.url()).await.expect("a connection")
    }

    pub(super) fn begin(&mut self) {
        self.process = Some(spawn(&self.folder, self.port, &self.settings));
    }

    pub(super) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("SIGKILL");
            process.wait().expect("it has ended");
        }
    }

    /// Waits until it has read its files.
    pub(super) async fn answers(&self) {
        let begin = Instant::now();
        loop {
            if let Ok(mut connection) = super::connection(&self.url()).await
                && redis::cmd("PING").exec_async(&mut connection).await.is_ok()
            {
                return;
            }
            assert!(begin.elapsed() < Duration::from_mins(1), "Redis does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl kills::Node for Node {
    fn kill(&mut self) {
        self.stop();
    }

    fn start_again(&mut self) -> BoxFuture<'_, ()> {
        self.begin();
        Box::pin(self.answers())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(folder: &Path, port: u16, settings: &[String]) -> Child {
    Command::new(PROGRAM)
        .current_dir(folder)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--daemonize", "no"])
        .args(settings)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Redis starts")
}
