//! A `RabbitMQ` of a test's own, which may be killed.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::tasks::conformance::kills::{self, Node as _, answers, free_port};

/// Where Debian and others put it; the one in the path may want to be another user.
const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// A node of our own, in a folder of its own.
pub(crate) struct Node {
    folder: PathBuf,
    pub(crate) port: u16,
    /// Of the name server, which outlives the node and is its own, too.
    names: u16,
    process: Child,
}

impl Node {
    /// `None` where there is no `RabbitMQ`; in CI that is a failure.
    pub(crate) async fn new() -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            let must = std::env::var_os("CI").is_some();
            assert!(!must, "RabbitMQ must be tested here, and is not at {PROGRAM}");
            eprintln!("left out: killing RabbitMQ ({PROGRAM} is not there)");
            return None;
        }
        let folder = std::env::temp_dir().join(format!("fourfold-rabbitmq-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let (port, names) = (free_port(), free_port());
        let process = start(&folder, port, names);
        answers(port).await;
        Some(Self { folder, port, names, process })
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
        Box::pin(answers(self.port))
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
