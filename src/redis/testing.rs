//! Where the tests find Redis: the one that is there, or one of a test's own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::tasks::conformance::kills;

const PROGRAM: &str = "redis-server";
/// Where the one that is there is, unless `FOURFOLD_TEST_REDIS_URL` says otherwise.
const USUAL: &str = "redis://127.0.0.1:6379";

pub(crate) fn server() -> String {
    std::env::var("FOURFOLD_TEST_REDIS_URL").unwrap_or_else(|_| USUAL.to_owned())
}

pub(crate) async fn connection(url: &str) -> redis::RedisResult<MultiplexedConnection> {
    // The machine may be busy, and what is asked for large.
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_mins(1)));
    redis::Client::open(url)?.get_multiplexed_async_connection_with_config(&patient).await
}

/// A command, for its effect.
pub(crate) async fn run(connection: &mut MultiplexedConnection, words: &[&str]) {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).exec_async(connection).await.expect("it is done");
}

/// All keys and what they hold.
pub(crate) async fn dump(mut connection: MultiplexedConnection) -> Vec<(String, Vec<u8>)> {
    let keys = redis::cmd("KEYS").arg("*").query_async(&mut connection).await;
    let mut keys: Vec<String> = keys.expect("the keys");
    keys.sort_unstable();
    let mut all = Vec::new();
    for key in keys {
        let bytes = redis::cmd("DUMP").arg(&key).query_async(&mut connection).await.expect("its bytes");
        all.push((key, bytes));
    }
    all
}

/// A prefix of a test's own. `None` where there is no Redis; in CI that is a failure.
pub(crate) async fn place() -> Option<Spot> {
    let prefix = format!("fourfold-test-{}", Uuid::now_v7().simple());
    let spot = Spot { url: format!("{}?prefix={prefix}", server()), prefix };
    let Err(error) = connection(&server()).await else { return Some(spot) };
    let must = std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_REDIS_URL").is_some();
    assert!(!must, "Redis is away and must be tested here: {error}");
    eprintln!("left out: Redis ({error})");
    None
}

pub(crate) struct Spot {
    pub(crate) url: String,
    pub(crate) prefix: String,
}

impl Spot {
    /// Takes away all keys of the test.
    pub(crate) async fn clear(self) {
        let mut connection = connection(&server()).await.expect("Redis");
        let pattern = format!("{{{}}}:*", self.prefix);
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(pattern).query_async(&mut connection).await.expect("the keys");
        for some in keys.chunks(1000) {
            redis::cmd("DEL").arg(some).exec_async(&mut connection).await.expect("they go away");
        }
    }
}

/// With an append-only file that is on the disk before anything is answered.
pub(crate) const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

/// A server in a folder of its own, which goes away with it.
pub(crate) struct Node {
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
    settings: Vec<String>,
    process: Option<Child>,
}

impl Node {
    /// One that answers. `None` where there is no Redis here; in CI that is a failure.
    pub(crate) async fn start(settings: &[&str]) -> Option<Self> {
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

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) async fn connection(&self) -> MultiplexedConnection {
        connection(&self.url()).await.expect("a connection")
    }

    /// Where the commands are since the server began.
    pub(crate) fn commands(&self) -> PathBuf {
        let folder = self.folder.join("appendonlydir");
        let files = std::fs::read_dir(folder).expect("the folder of the append-only file");
        let files = files.map(|file| file.expect("a file").path());
        files.into_iter().find(|file| file.to_string_lossy().ends_with(".incr.aof")).expect("the commands")
    }

    pub(crate) fn begin(&mut self) {
        self.process = Some(spawn(&self.folder, self.port, &self.settings));
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("SIGKILL");
            process.wait().expect("it has ended");
        }
    }

    /// Waits until it has read its files.
    pub(crate) async fn answers(&self) {
        let begin = Instant::now();
        loop {
            if let Ok(mut connection) = connection(&self.url()).await
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
