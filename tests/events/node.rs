//! Servers of a test's own that carry events, each in a folder and at a port of its own, which may be killed.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fourfold::Uuid;
use tokio::time::Instant;

const LONGEST_START: Duration = Duration::from_mins(2);
/// Where Debian and others put it; the one in the path may want to be another user.
const RABBITMQ: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// What carries events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each is behind a feature")]
pub(crate) enum Kind {
    Nats,
    Redis,
    RabbitMq,
}

pub(crate) struct Node {
    kind: Kind,
    folder: PathBuf,
    port: u16,
    /// Of Erlang's name server, which outlives a node of `RabbitMQ`, and of what joins its nodes.
    erlang: [u16; 2],
    process: Child,
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

impl Node {
    /// One that answers. `None` where its program is not there; in CI that is a failure.
    pub(crate) async fn start(kind: Kind) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("fourfold-test-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let (port, erlang) = (free_port(), [free_port(), free_port()]);
        match command(kind, &folder, port, erlang).spawn() {
            Ok(process) => {
                let node = Self { kind, folder, port, erlang, process };
                node.answers().await;
                Some(node)
            }
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "{kind:?} must be tested here: {error}");
                eprintln!("left out: a {kind:?} of the test's own ({error})");
                std::fs::remove_dir_all(folder).expect("the folder goes away");
                None
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        let port = self.port;
        match self.kind {
            Kind::Nats => format!("nats://127.0.0.1:{port}"),
            Kind::Redis => format!("redis://127.0.0.1:{port}"),
            Kind::RabbitMq => format!("amqp://guest:guest@127.0.0.1:{port}"),
        }
    }

    /// SIGKILL, to all that it has started.
    pub(crate) fn kill(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.wait();
    }

    /// Lets it start again, with what is in its folder.
    pub(crate) async fn start_again(&mut self) {
        self.process = command(self.kind, &self.folder, self.port, self.erlang).spawn().expect("it starts");
        self.answers().await;
    }

    async fn answers(&self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < LONGEST_START, "{:?} does not start", self.kind);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if self.kind == Kind::RabbitMq {
            let mut names = Command::new("epmd");
            let _ =
                names.args(["-port", &self.erlang[0].to_string(), "-kill"]).stdout(Stdio::null()).status();
        }
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What an answer says is safe is on the disk, or a kill of the machine would be another story than one of the process.
fn command(kind: Kind, folder: &Path, port: u16, [names, joins]: [u16; 2]) -> Command {
    let port = port.to_string();
    let mut command = match kind {
        Kind::Nats => {
            let mut nats = Command::new("nats-server");
            nats.args(["-js", "-a", "127.0.0.1", "-p", &port, "-sd"]).arg(folder);
            nats
        }
        Kind::Redis => {
            let mut redis = Command::new("redis-server");
            redis.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--dir"]).arg(folder);
            redis.args(["--appendonly", "yes", "--appendfsync", "always"]);
            redis
        }
        Kind::RabbitMq => {
            let mut rabbitmq = Command::new(RABBITMQ);
            rabbitmq
                .env("HOME", folder)
                .env("ERL_EPMD_PORT", names.to_string())
                .env("RABBITMQ_DIST_PORT", joins.to_string())
                .env("RABBITMQ_NODENAME", format!("f{port}@localhost"))
                .env("RABBITMQ_NODE_PORT", port)
                .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
                .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
                .env("RABBITMQ_LOG_BASE", folder.join("log"))
                .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
                .env("RABBITMQ_PID_FILE", folder.join("pid"))
                .env("RABBITMQ_CONFIG_FILE", folder.join("none"));
            rabbitmq
        }
    };
    command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command
}
