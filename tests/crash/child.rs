//! Servers in processes of their own: this test binary, started again.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use fourfold::{Result, Server, Uuid};
use tokio::sync::oneshot;

use crate::engines;

/// Makes the process a server: `start`, or `run` as a program of a user's would.
const ROLE: &str = "FOURFOLD_TEST_ROLE";
const LISTENS: &str = "the server listens on ";
const LONGEST_START: Duration = Duration::from_mins(1);

/// No test of its own: what the other tests start.
#[test]
fn the_server() {
    let Ok(role) = std::env::var(ROLE) else { return };
    // Where the test is gone, its server goes too.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
    if std::env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(serve(&role)).expect("the server serves");
}

async fn serve(role: &str) -> Result<()> {
    let server = crate::resources::all(Server::from_env()?);
    if role == "run" {
        return server.run().await;
    }
    let running = server.start().await?;
    println!("\n{LISTENS}{}", running.address());
    std::future::pending().await
}

/// A database of a test.
pub(crate) struct Place {
    pub url: String,
    /// What carries its tasks, where it is not the database.
    pub tasks: Option<String>,
    /// What carries its events, where it is not the database.
    pub events: Option<String>,
    kept: Kept,
}

enum Kept {
    Folder(PathBuf),
    #[cfg(feature = "postgres")]
    Database(String),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-test-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self {
            url: format!("sqlite:{}", folder.join("test.db").display()),
            tasks: None,
            events: None,
            kept: Kept::Folder(folder),
        }
    }

    /// `None` where there is no PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) async fn postgres() -> Option<Self> {
        let (name, url) = engines::postgres::database().await?;
        Some(Self { url, tasks: None, events: None, kept: Kept::Database(name) })
    }

    /// Rows on SQLite, tasks on Redis.
    #[cfg(feature = "redis")]
    #[allow(dead_code, reason = "not every target of tests is about tasks")]
    pub(crate) async fn redis() -> Option<Self> {
        Some(Self { tasks: Some(Self::on_redis().await?), ..Self::sqlite() })
    }

    /// The URL of Redis, with a prefix of its own. `None` where there is no Redis; in CI that is a failure.
    #[cfg(feature = "redis")]
    #[allow(dead_code, reason = "not every target of tests is about tasks or events")]
    pub(crate) async fn on_redis() -> Option<String> {
        let said = std::env::var("FOURFOLD_TEST_REDIS_URL");
        let server = said.clone().unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
        if let Err(error) = keys(&server, "nothing").await {
            let must = std::env::var_os("CI").is_some() || said.is_ok();
            assert!(!must, "Redis is away and must be tested here: {error}");
            eprintln!("left out: Redis ({error})");
            return None;
        }
        Some(format!("{server}?prefix=fourfold-test-{}", Uuid::now_v7().simple()))
    }

    /// With its events on another engine.
    #[allow(dead_code, reason = "not every target of tests is about events")]
    pub(crate) fn with_events(self, url: String) -> Self {
        Self { events: Some(url), ..self }
    }

    /// The file of an SQLite database.
    pub(crate) fn file(&self) -> PathBuf {
        PathBuf::from(self.url.trim_start_matches("sqlite:"))
    }

    /// Waits until what a killed server had sent to its database has come to an end.
    pub(crate) async fn quiet(&self) {
        #[cfg(feature = "postgres")]
        if let Kept::Database(name) = &self.kept {
            let sql = format!(
                "DO $$ BEGIN FOR n IN 1..2000 LOOP \
                 PERFORM pg_stat_clear_snapshot(); \
                 EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '{name}'); \
                 PERFORM pg_sleep(0.005); END LOOP; END $$"
            );
            engines::postgres::administer(&sql).await.expect("the server of PostgreSQL says who is there");
        }
    }

    pub(crate) async fn clear(self) {
        #[cfg(feature = "redis")]
        for (server, prefix) in
            [&self.tasks, &self.events].into_iter().flatten().filter_map(|url| url.split_once("?prefix="))
        {
            let (mut connection, keys) = keys(server, &format!("{{{prefix}}}:*")).await.expect("Redis");
            for some in keys.chunks(1000) {
                redis::cmd("DEL").arg(some).exec_async(&mut connection).await.expect("the keys go away");
            }
        }
        match self.kept {
            Kept::Folder(folder) => std::fs::remove_dir_all(folder).expect("the folder goes away"),
            #[cfg(feature = "postgres")]
            Kept::Database(name) => engines::postgres::drop_database(&name).await,
        }
    }
}

/// A connection to Redis, and the keys there that match a pattern.
#[cfg(feature = "redis")]
async fn keys(
    server: &str,
    pattern: &str,
) -> redis::RedisResult<(redis::aio::MultiplexedConnection, Vec<String>)> {
    let settings = redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(10)));
    let client = redis::Client::open(server)?;
    let mut connection = client.get_multiplexed_async_connection_with_config(&settings).await?;
    let keys = redis::cmd("KEYS").arg(pattern).query_async(&mut connection).await?;
    Ok((connection, keys))
}

/// A server process. It is killed with this, at the latest.
pub(crate) struct Child {
    process: std::process::Child,
    address: Option<oneshot::Receiver<SocketAddr>>,
}

impl Child {
    /// A server on a place, with settings beyond the usual. It is starting.
    pub(crate) fn spawn(place: &Place, settings: &[(&str, &str)]) -> Self {
        let mut command = this_binary();
        if let Some(tasks) = &place.tasks {
            command.env("FOURFOLD_TASKS_URL", tasks);
        }
        if let Some(events) = &place.events {
            command.env("FOURFOLD_EVENTS_URL", events);
        }
        Self::spawn_by(command, &place.url, settings)
    }

    /// As `spawn`, by a command that runs this binary in a way of its own.
    pub(crate) fn spawn_by(mut command: Command, url: &str, settings: &[(&str, &str)]) -> Self {
        command.env(ROLE, "start").env("FOURFOLD_LISTEN", "127.0.0.1:0").env("FOURFOLD_MIGRATE", "on");
        command.env("DATABASE_URL", url).envs(settings.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the binary starts again");
        let output = process.stdout.take().expect("its output");
        let (said, address) = oneshot::channel();
        std::thread::spawn(move || {
            let mut said = Some(said);
            // To the end, so that the server never waits for a reader.
            for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
                let Some(address) = line.strip_prefix(LISTENS) else { continue };
                if let Some(said) = said.take() {
                    let _ = said.send(address.parse().expect("an address"));
                }
            }
        });
        Self { process, address: Some(address) }
    }

    /// A server that is run as a program would: it listens where it is told and stops on SIGTERM.
    pub(crate) fn run(place: &Place, listen: SocketAddr, settings: &[(&str, &str)]) -> Self {
        let listen = listen.to_string();
        let mut all = vec![(ROLE, "run"), ("FOURFOLD_LISTEN", listen.as_str())];
        all.extend_from_slice(settings);
        Self::spawn(place, &all)
    }

    /// Where it listens, once it does.
    pub(crate) async fn address(&mut self) -> SocketAddr {
        let address = self.address.take().expect("asked once");
        let said = tokio::time::timeout(LONGEST_START, address).await.expect("the server starts in time");
        said.expect("the server starts")
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(sent.expect("kill").success(), "the server is there to be told");
    }

    /// How it ended, once it has.
    pub(crate) async fn ended(&mut self, at_most: Duration) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("a child") {
                return status;
            }
            assert!(since.elapsed() < at_most, "the server still runs after {at_most:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// This binary as a server.
pub(crate) fn this_binary() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the path of this binary"));
    command.args(ARGUMENTS);
    command
}

/// What makes the test binary run the server and nothing else.
pub(crate) const ARGUMENTS: [&str; 4] = ["--exact", "child::the_server", "--nocapture", "--test-threads=1"];
