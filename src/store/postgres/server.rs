//! Where the server is and how to connect to it.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};

use super::failure;
use super::session::Session;
use crate::store::StoreOptions;
use crate::{Error, Result};

/// How long a list may run on the server: longer than any caller waits. It ends what outlived a process that died.
const LIST_LIMIT: Duration = Duration::from_mins(1);
/// How long a group of writes waits for a lock before its members are run apart.
const GROUP_LOCK: Duration = Duration::from_millis(250);
/// How long until a connection without an answer on the network's level counts as broken.
const DEAD_PEER: Duration = Duration::from_secs(30);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Point reads, pipelined.
    Read,
    /// Groups of writes, pipelined.
    Write,
    /// One list at a time.
    List,
    /// One transaction at a time.
    Transaction,
    /// One transaction at a time, of point statements.
    Bus,
    /// Looking at and changing the tables.
    Migrate,
}

/// A server. It knows the password and never shows it.
pub(super) struct Server {
    config: Config,
    /// `host:port`, for messages.
    pub(super) address: String,
    /// How long something may wait for a connection or a lock.
    pub(super) patience: Duration,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Reads the URL.
    pub(super) fn new(options: &StoreOptions) -> Result<Self> {
        // The parser's own messages can quote a part of a password that is not percent-encoded.
        let unreadable = "DATABASE_URL is not a PostgreSQL URL: write postgres://user:password@host:5432/database, \
                          with the special characters of user and password percent-encoded";
        let verifies = options.url.contains("sslmode=verify");
        let config = options.url.parse::<Config>();
        if verifies || config.as_ref().is_ok_and(|config| config.get_ssl_mode() == SslMode::Require) {
            return Err(Error::failed_precondition(
                "DATABASE_URL asks for TLS by sslmode, and this build has none for PostgreSQL: write sslmode=disable \
                 or leave it out, and connect over a trusted network, a Unix socket or a local TLS proxy",
            ));
        }
        let mut config = config.map_err(|_| Error::failed_precondition(unreadable))?;
        let Some(address) = address(&config) else {
            return Err(Error::failed_precondition(unreadable));
        };
        if config.get_application_name().is_none() {
            config.application_name("fourfold");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.patience);
        }
        config.keepalives_idle(DEAD_PEER).tcp_user_timeout(DEAD_PEER);
        Ok(Self { config, address, patience: options.patience })
    }

    /// A new connection, and the task that drives it. The error text is for the log.
    pub(super) async fn connect(
        &self,
        purpose: Purpose,
    ) -> std::result::Result<(Session, JoinHandle<()>), String> {
        let failed = |reason: String| format!("can't connect to PostgreSQL at {}: {reason}", self.address);
        let connect = async {
            let (client, connection) = self.config.connect(NoTls).await?;
            let driver = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(error = failure::describe(&error), "a connection to PostgreSQL broke");
                }
            });
            let abort = driver.abort_handle();
            client.batch_execute(&self.settings(purpose)).await?;
            let pid = client.query_one_scalar("SELECT pg_backend_pid()", &[]).await?;
            Ok((Session::new(client, pid, abort), driver))
        };
        match tokio::time::timeout(self.patience, connect).await {
            Ok(Ok(connected)) => Ok(connected),
            Ok(Err(error)) => Err(failed(failure::describe(&error))),
            Err(_) => Err(failed("it does not answer".to_owned())),
        }
    }

    /// For a connection that only listens.
    pub(super) fn listening(&self) -> &Config {
        &self.config
    }

    fn settings(&self, purpose: Purpose) -> String {
        let limits = |lock: Duration, statement: Duration| {
            format!(
                "SET lock_timeout = {}; SET statement_timeout = {};",
                lock.as_millis(),
                statement.as_millis()
            )
        };
        // Point statements: one plan for ever, by index also while the table is small, never compiled.
        let point = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;";
        let twice = self.patience.saturating_mul(2);
        let own = match purpose {
            Purpose::Read | Purpose::Bus => limits(self.patience, twice) + point,
            Purpose::Write => limits(self.patience.min(GROUP_LOCK), twice) + point,
            // The user's own statements come here too, so only the limits.
            Purpose::Transaction => limits(self.patience, twice),
            // A filter's plan depends on its values.
            Purpose::List => limits(self.patience, LIST_LIMIT) + "SET plan_cache_mode = force_custom_plan;",
            Purpose::Migrate => limits(self.patience.max(Duration::from_secs(10)), Duration::ZERO),
        };
        format!(
            "SET default_transaction_isolation = 'read committed'; SET client_min_messages = warning; \
             SET standard_conforming_strings = on; {own}"
        )
    }
}

fn address(config: &Config) -> Option<String> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let host = match (config.get_hosts().first(), config.get_hostaddrs().first()) {
        (Some(Host::Tcp(name)), _) => name.clone(),
        #[cfg(unix)]
        (Some(Host::Unix(path)), _) => path.display().to_string(),
        (None, Some(address)) => address.to_string(),
        (None, None) => return None,
    };
    Some(format!("{host}:{port}"))
}
