//! What a server is told from outside: by the environment, or by builder methods.

use std::net::SocketAddr;
use std::time::Duration;

use crate::error::{Error, Result};

#[cfg(feature = "webhooks")]
mod webhooks;

/// How a server runs. [`Config::from_env`] reads it from the environment, `Config::from_file` (cargo feature `config-file`)
/// from a TOML file before that; every field may be set in code as well.
///
/// | variable | field | default |
/// | --- | --- | --- |
/// | `FOURFOLD_LISTEN` | `listen` | `127.0.0.1:8080` |
/// | `DATABASE_URL` | `database_url` | `sqlite:fourfold.db` |
/// | `FOURFOLD_MIGRATE` | `migrate` (`on`, `off`) | `off`; tables on SQLite are made at start all the same |
/// | `FOURFOLD_MAX_BODY_BYTES` | `max_body_bytes` | 1048576 |
/// | `FOURFOLD_REQUEST_TIMEOUT` | `request_timeout`, as `30s` or `500ms` | `30s` |
/// | `FOURFOLD_HEADER_TIMEOUT` | `header_timeout` | `10s` |
/// | `FOURFOLD_SHUTDOWN_GRACE` | `shutdown_grace` | `30s` |
/// | `FOURFOLD_MAX_CONCURRENCY` | `max_concurrency` | 1024 |
/// | `FOURFOLD_DESCRIBE` | `describe` (`on`, `off`) | `on` |
/// | `FOURFOLD_METRICS` | `metrics` (`on`, `off`) | `off` |
/// | `FOURFOLD_PAGE_SIZE` | `page_size` | 50 |
/// | `FOURFOLD_MAX_PAGE_SIZE` | `max_page_size` | 1000 |
/// | `FOURFOLD_DATABASE_CONNECTIONS` | `database_connections` | 4 |
/// | `FOURFOLD_DATABASE_PATIENCE` | `database_patience` | `5s` |
/// | `FOURFOLD_OUTBOX` | `outbox` (`on`, `off`) | `on` |
/// | `FOURFOLD_OUTBOX_RETENTION` | `outbox_retention` | `7d` |
/// | `FOURFOLD_IDEMPOTENCY_RETENTION` | `idempotency_retention` | `24h` |
/// | `FOURFOLD_EVENTS_URL` | `events_url` | that of the database |
/// | `FOURFOLD_EVENTS_SOURCE` | `events_source` | the package of the resource, as `/shop.order.v1` |
/// | `FOURFOLD_EVENTS_FORMAT` | `events_format` (`json`, `protobuf`) | `json` |
/// | `FOURFOLD_EVENTS_RETENTION` | `events_retention` | `7d` |
/// | `FOURFOLD_EVENT_CONCURRENCY` | `event_concurrency` | 16 |
/// | `FOURFOLD_EVENT_LEASE` | `event_lease` | `15s` |
/// | `FOURFOLD_WATCHERS` | `watchers` | 10000; 0: nothing can be watched |
/// | `FOURFOLD_WATCH_HEARTBEAT` | `watch_heartbeat` | `15s` |
/// | `FOURFOLD_WATCH_LIFETIME` | `watch_lifetime` | `1h` |
/// | `FOURFOLD_ROLE` | `role` (`all`, `server`, `worker`) | `all` |
/// | `FOURFOLD_TASKS_URL` | `tasks_url` | that of the database |
/// | `FOURFOLD_TASKS_PATH` | `tasks_path` | `/v1/tasks` |
/// | `FOURFOLD_TASK_QUEUES` | `task_queues`, as `orders=4,mail` | all that the service names |
/// | `FOURFOLD_TASK_CONCURRENCY` | `task_concurrency` | 16 |
/// | `FOURFOLD_TASK_LEASE` | `task_lease` | `15s` |
/// | `FOURFOLD_TASK_RETENTION` | `task_retention` | `24h` |
#[cfg_attr(
    feature = "webhooks",
    doc = "| `FOURFOLD_WEBHOOKS_ALLOW_PRIVATE` | `webhooks_allow_private` (`on`, `off`) | `off` |
| `FOURFOLD_WEBHOOK_<NAME>_URL`, `FOURFOLD_WEBHOOK_<NAME>_SECRET` | `webhook_endpoints`; several secrets with spaces between | |"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch with a variable of its own")]
pub struct Config {
    /// The address to serve on.
    pub listen: SocketAddr,
    /// The store: `sqlite:path`, `sqlite::memory:` or `postgres://..`.
    pub database_url: Secret,
    /// Whether tables are made and extended at start on PostgreSQL too.
    pub migrate: bool,
    /// The largest body or gRPC message that is read.
    pub max_body_bytes: usize,
    /// How long a request may take. A gRPC caller may wait for less (`grpc-timeout`), not for more.
    pub request_timeout: Duration,
    /// How long a connection may take to send a request's headers.
    pub header_timeout: Duration,
    /// How long running requests may go on when the server stops.
    pub shutdown_grace: Duration,
    /// How many requests run at once; more are refused with 503, or `UNAVAILABLE`. Health and reflection don't count.
    pub max_concurrency: usize,
    /// Whether the service says what it serves, to everybody: `/openapi.json`, `/asyncapi.json`, `/docs`, a page to read them
    /// and try it out, and gRPC reflection.
    pub describe: bool,
    /// Whether `/metrics` says how far events are behind, to everybody, in the text format of Prometheus.
    pub metrics: bool,
    /// How many rows a page has unless a request says otherwise.
    pub page_size: u32,
    /// The most rows a page can have.
    pub max_page_size: u32,
    /// Connections for reading and for lists, PostgreSQL.
    pub database_connections: usize,
    /// How long a write waits for a lock or a connection.
    pub database_patience: Duration,
    /// Whether each write leaves an event in the outbox table, in the same transaction.
    pub outbox: bool,
    /// How long events stay in the outbox: so far back a watch can begin.
    pub outbox_retention: Duration,
    /// How long the answers under idempotency keys are kept.
    pub idempotency_retention: Duration,
    /// What carries events: `memory:`, `sqlite:path`, `postgres://..`, `amqp://..`, `nats://..` or `redis://..`; where nothing is
    /// said, the database
    /// does, as soon as somebody listens.
    pub events_url: Option<Secret>,
    /// Who publishes events, as a URI reference; where nothing is said, the package of what they happen to.
    pub events_source: Option<String>,
    /// What the data of events is written in. Either is read.
    pub events_format: EventsFormat,
    /// How long the bus remembers events, for those who come late.
    pub events_retention: Duration,
    /// How many events of a group are worked on at once.
    pub event_concurrency: usize,
    /// How long an event is held by a process that gives no sign of life; then another one gets it.
    pub event_lease: Duration,
    /// How many watch at once in this process; with 0 nothing can be watched.
    pub watchers: usize,
    /// How often somebody who watches hears that nothing has happened, and how far that is.
    pub watch_heartbeat: Duration,
    /// How long one watch lasts; then the caller comes again from where it was, and is authenticated again.
    pub watch_lifetime: Duration,
    /// What this process does.
    pub role: Role,
    /// What carries tasks: `memory:`, `sqlite:path`, `postgres://..`, `amqp://..`, `celery+amqp://..` or `redis://..`; where
    /// nothing is said, the database does.
    pub tasks_url: Option<Secret>,
    /// Where callers look at tasks over HTTP.
    pub tasks_path: String,
    /// The queues that this process works off, and how many tasks of each run at once where it is not
    /// `task_concurrency`; where there are none, all that its resources and tasks name.
    pub task_queues: Vec<(String, Option<usize>)>,
    /// How many tasks of a queue run at once.
    pub task_concurrency: usize,
    /// How long a task is held by a worker that gives no sign of life; then another one gets it.
    pub task_lease: Duration,
    /// How long tasks that have ended can be looked at.
    pub task_retention: Duration,
    /// Whether webhooks may go to private addresses, there also over `http`.
    #[cfg(feature = "webhooks")]
    pub webhooks_allow_private: bool,
    /// Where webhooks go that the code leaves to the configuration, by their names in capital letters, with `_` for what is
    /// no letter and no digit.
    #[cfg(feature = "webhooks")]
    pub webhook_endpoints: std::collections::BTreeMap<String, crate::webhooks::Endpoint>,
}

/// The variable that names the file of [`Config::from_file`].
pub(crate) const FILE_VARIABLE: &str = "FOURFOLD_CONFIG";
/// What is said of a name that is no setting.
pub(crate) const UNKNOWN: &str = "is not a setting that the server knows";

/// What a process of a service does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It serves requests, works off tasks and listens to events.
    #[default]
    All,
    /// It serves requests; its tasks and the events that it listens to wait for workers elsewhere.
    Server,
    /// It works off tasks and listens to events, and serves no requests.
    Worker,
}

/// What the data of events is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventsFormat {
    /// JSON.
    #[default]
    Json,
    /// The message that the service's `.proto` file has for the event; needs the cargo feature `grpc`.
    Protobuf,
}

/// Text that `Debug` does not show: a database URL may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_url: "sqlite:fourfold.db".into(),
            migrate: false,
            max_body_bytes: 1 << 20,
            request_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            shutdown_grace: Duration::from_secs(30),
            max_concurrency: 1024,
            describe: true,
            metrics: false,
            page_size: 50,
            max_page_size: 1000,
            database_connections: 4,
            database_patience: Duration::from_secs(5),
            outbox: true,
            outbox_retention: Duration::from_hours(168),
            idempotency_retention: Duration::from_hours(24),
            events_url: None,
            events_source: None,
            events_format: EventsFormat::Json,
            events_retention: Duration::from_hours(168),
            event_concurrency: 16,
            event_lease: Duration::from_secs(15),
            watchers: 10_000,
            watch_heartbeat: Duration::from_secs(15),
            watch_lifetime: Duration::from_hours(1),
            role: Role::All,
            tasks_url: None,
            tasks_path: "/v1/tasks".to_owned(),
            task_queues: Vec::new(),
            task_concurrency: 16,
            task_lease: Duration::from_secs(15),
            task_retention: Duration::from_hours(24),
            #[cfg(feature = "webhooks")]
            webhooks_allow_private: false,
            #[cfg(feature = "webhooks")]
            webhook_endpoints: std::collections::BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads the environment. Everything that is wrong with it is in one error.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(environment())
    }

    fn from_variables(variables: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut config = Self::default();
        config.read(variables)?;
        Ok(config)
    }

    /// Sets what the environment says.
    pub(crate) fn read(&mut self, variables: impl Iterator<Item = (String, String)>) -> Result<()> {
        let mut wrong = Vec::new();
        #[cfg(feature = "webhooks")]
        let mut webhooks = webhooks::Said::default();
        for (name, value) in variables {
            if name != "DATABASE_URL" && (!name.starts_with("FOURFOLD_") || name == FILE_VARIABLE) {
                continue;
            }
            #[cfg(feature = "webhooks")]
            if webhooks.take(&name, &value) {
                continue;
            }
            match self.set(&name, value.trim()) {
                Ok(()) => {}
                // Another tool of the house may read it; a typing error should be seen all the same.
                Err(allowed) if allowed == UNKNOWN => tracing::warn!(variable = name, "{UNKNOWN}"),
                Err(allowed) => wrong.push(format!("{name}: {allowed}")),
            }
        }
        #[cfg(feature = "webhooks")]
        {
            self.webhook_endpoints = webhooks.endpoints(&mut wrong);
        }
        if wrong.is_empty() {
            return Ok(());
        }
        wrong.sort();
        Err(Error::internal(format!("the environment is not valid:\n  {}", wrong.join("\n  "))))
    }

    /// Sets one setting, by the name of its variable; the error says what is allowed.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> std::result::Result<(), String> {
        match name {
            "DATABASE_URL" => self.database_url = value.into(),
            "FOURFOLD_LISTEN" => {
                let example = "must be an address and a port, such as 127.0.0.1:8080 or [::1]:8080";
                self.listen = value.parse().map_err(|_| example.to_owned())?;
            }
            "FOURFOLD_MIGRATE" => self.migrate = switch(value)?,
            "FOURFOLD_MAX_BODY_BYTES" => self.max_body_bytes = number(value)?,
            "FOURFOLD_REQUEST_TIMEOUT" => self.request_timeout = span(value)?,
            "FOURFOLD_HEADER_TIMEOUT" => self.header_timeout = span(value)?,
            "FOURFOLD_SHUTDOWN_GRACE" => self.shutdown_grace = span(value)?,
            "FOURFOLD_MAX_CONCURRENCY" => self.max_concurrency = number(value)?,
            "FOURFOLD_DESCRIBE" => self.describe = switch(value)?,
            "FOURFOLD_METRICS" => self.metrics = switch(value)?,
            "FOURFOLD_PAGE_SIZE" => self.page_size = number(value)?,
            "FOURFOLD_MAX_PAGE_SIZE" => self.max_page_size = number(value)?,
            "FOURFOLD_DATABASE_CONNECTIONS" => self.database_connections = number(value)?,
            "FOURFOLD_DATABASE_PATIENCE" => self.database_patience = span(value)?,
            "FOURFOLD_OUTBOX" => self.outbox = switch(value)?,
            "FOURFOLD_OUTBOX_RETENTION" => self.outbox_retention = span(value)?,
            "FOURFOLD_IDEMPOTENCY_RETENTION" => self.idempotency_retention = span(value)?,
            "FOURFOLD_EVENTS_URL" => self.events_url = Some(value.into()),
            "FOURFOLD_EVENTS_SOURCE" => {
                let right = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
                if value.is_empty() || value.len() > 255 || !value.bytes().all(right) {
                    return Err(
                        "must be a URI reference, such as /shop/orders or https://shop.example/orders"
                            .to_owned(),
                    );
                }
                self.events_source = Some(value.to_owned());
            }
            "FOURFOLD_EVENTS_FORMAT" => {
                self.events_format = match value {
                    "json" => EventsFormat::Json,
                    "protobuf" => EventsFormat::Protobuf,
                    _ => return Err("must be json or protobuf".to_owned()),
                };
            }
            "FOURFOLD_EVENTS_RETENTION" => self.events_retention = span(value)?,
            "FOURFOLD_EVENT_CONCURRENCY" => self.event_concurrency = number(value)?,
            "FOURFOLD_EVENT_LEASE" => self.event_lease = lease(value)?,
            "FOURFOLD_WATCHERS" => {
                self.watchers = value.parse().map_err(|_| "must be a whole number".to_owned())?;
            }
            "FOURFOLD_WATCH_HEARTBEAT" => self.watch_heartbeat = span(value)?,
            "FOURFOLD_WATCH_LIFETIME" => self.watch_lifetime = span(value)?,
            "FOURFOLD_ROLE" => {
                self.role = match value {
                    "all" => Role::All,
                    "server" => Role::Server,
                    "worker" => Role::Worker,
                    _ => return Err("must be all, server or worker".to_owned()),
                };
            }
            "FOURFOLD_TASKS_URL" => self.tasks_url = Some(value.into()),
            "FOURFOLD_TASKS_PATH" => self.tasks_path = path(value)?,
            "FOURFOLD_TASK_QUEUES" => self.task_queues = queues(value)?,
            "FOURFOLD_TASK_CONCURRENCY" => self.task_concurrency = number(value)?,
            "FOURFOLD_TASK_LEASE" => self.task_lease = lease(value)?,
            "FOURFOLD_TASK_RETENTION" => self.task_retention = span(value)?,
            #[cfg(feature = "webhooks")]
            "FOURFOLD_WEBHOOKS_ALLOW_PRIVATE" => self.webhooks_allow_private = switch(value)?,
            _ => return Err(UNKNOWN.to_owned()),
        }
        Ok(())
    }
}

/// The variables of the environment that are text.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn path(value: &str) -> std::result::Result<String, String> {
    let plain = |segment: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !segment.is_empty() && segment.bytes().all(known)
    };
    match value.strip_prefix('/') {
        Some(rest) if rest.split('/').all(plain) => Ok(value.to_owned()),
        _ => Err("must be a path such as /v1/tasks".to_owned()),
    }
}

fn queues(value: &str) -> std::result::Result<Vec<(String, Option<usize>)>, String> {
    let queue = |text: &str| {
        let (name, limit) = text.split_once('=').map_or((text, None), |(name, limit)| (name, Some(limit)));
        let name = name.trim();
        if name.is_empty() {
            return Err(
                "must be names of queues, each with a limit if one is meant: orders=4,mail".to_owned()
            );
        }
        Ok((name.to_owned(), limit.map(|limit| number(limit.trim())).transpose()?))
    };
    value.split(',').map(queue).collect()
}

fn switch(value: &str) -> std::result::Result<bool, String> {
    match value {
        "on" | "true" | "1" => Ok(true),
        "off" | "false" | "0" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

fn number<N: std::str::FromStr + PartialOrd + From<u8>>(value: &str) -> std::result::Result<N, String> {
    let wrong = || "must be a whole number above 0".to_owned();
    let number: N = value.parse().map_err(|_| wrong())?;
    if number > N::from(0) { Ok(number) } else { Err(wrong()) }
}

fn span(value: &str) -> std::result::Result<Duration, String> {
    let wrong = || "must be a span of time such as 500ms, 30s, 5m, 24h or 7d".to_owned();
    let digits = value.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
    let (count, unit) = value.split_at(digits);
    let count: u64 = count.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let millis = count.checked_mul(millis).filter(|millis| *millis > 0).ok_or_else(wrong)?;
    Ok(Duration::from_millis(millis))
}

fn lease(value: &str) -> std::result::Result<Duration, String> {
    let lease = span(value)?;
    if lease < Duration::from_secs(1) {
        return Err("must be a second at least: heartbeats take a third of it".to_owned());
    }
    Ok(lease)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config> {
        Config::from_variables(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn every_variable_sets_its_field() {
        let config = read(&[
            ("FOURFOLD_LISTEN", "[::1]:9000"),
            ("DATABASE_URL", "postgres://db/shop"),
            ("FOURFOLD_REQUEST_TIMEOUT", "500ms"),
            ("FOURFOLD_OUTBOX_RETENTION", "2d"),
            ("FOURFOLD_OUTBOX", "off"),
            ("FOURFOLD_ROLE", "worker"),
            ("FOURFOLD_EVENTS_FORMAT", "protobuf"),
            ("FOURFOLD_TASKS_URL", "postgres://db/tasks"),
            ("FOURFOLD_TASK_QUEUES", "orders=4, mail"),
        ])
        .unwrap();
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.database_url.0, "postgres://db/shop");
        assert_eq!(config.request_timeout, Duration::from_millis(500));
        assert_eq!(config.outbox_retention, Duration::from_hours(48));
        assert!(!config.outbox);
        assert_eq!(config.role, Role::Worker);
        assert_eq!(config.events_format, EventsFormat::Protobuf);
        assert_eq!(config.tasks_url, Some("postgres://db/tasks".into()));
        assert_eq!(config.task_queues, [("orders".to_owned(), Some(4)), ("mail".to_owned(), None)]);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let error = read(&[
            ("FOURFOLD_LISTEN", "80"),
            ("FOURFOLD_PAGE_SIZE", "0"),
            ("FOURFOLD_MIGRATE", "maybe"),
            ("FOURFOLD_ROLE", "both"),
            ("FOURFOLD_EVENTS_FORMAT", "avro"),
            ("FOURFOLD_TASK_QUEUES", "orders=none"),
            ("FOURFOLD_TASKS_PATH", "v1/tasks"),
        ])
        .unwrap_err()
        .to_string();
        for name in ["LISTEN", "PAGE_SIZE", "MIGRATE", "ROLE", "EVENTS_FORMAT", "TASK_QUEUES", "TASKS_PATH"] {
            assert!(error.contains(&format!("FOURFOLD_{name}: ")), "{error}");
        }
    }

    #[cfg(feature = "webhooks")]
    #[test]
    fn endpoints_have_variables_by_their_names() {
        let config = read(&[
            ("FOURFOLD_WEBHOOK_NEW_PARTNERS_URL", "https://partner.example/t0ken"),
            ("FOURFOLD_WEBHOOK_NEW_PARTNERS_SECRET", "whsec_one whsec_other"),
            ("FOURFOLD_WEBHOOKS_ALLOW_PRIVATE", "on"),
        ])
        .unwrap();
        assert!(config.webhooks_allow_private);
        let endpoint = crate::webhooks::Endpoint::new("https://partner.example/t0ken", "whsec_one")
            .id("configured")
            .also_signed_with("whsec_other");
        assert_eq!(config.webhook_endpoints.get("NEW_PARTNERS"), Some(&endpoint));
        let shown = format!("{config:?}");
        assert!(!shown.contains("t0ken") && !shown.contains("whsec"), "{shown}");
        let half =
            [("FOURFOLD_WEBHOOK_A_URL", "https://a.example"), ("FOURFOLD_WEBHOOK_B_SECRET", "whsec_b")];
        let error = read(&half).unwrap_err().to_string();
        assert!(
            error.contains("FOURFOLD_WEBHOOK_A_SECRET: ") && error.contains("FOURFOLD_WEBHOOK_B_URL: "),
            "{error}"
        );
    }

    #[test]
    fn a_password_in_the_url_is_not_in_debug() {
        let config = read(&[("DATABASE_URL", "postgres://a:s3cret@db/shop")]).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
