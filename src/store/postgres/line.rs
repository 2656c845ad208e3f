//! Connections for what is beside the store: tasks and events. Pipelined, prepared, connected again by themselves.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, NoTls, Row};

use super::failure::{self, Class};
use super::link::{Links, pause};
use super::pool::{Lease, Pool};
use super::server::{Purpose, Server};
use super::session::{Key, Session};
use crate::store::{StoreError, StoreOptions};

/// How often a statement that met a deadlock is tried.
const TRIES: u32 = 6;
/// How long `open` waits for the first connections, so that calls right after it find them.
const FIRST_TRY: Duration = Duration::from_secs(1);

/// A few connections to a database.
pub(crate) struct Line {
    server: Arc<Server>,
    links: Links,
    transactions: Arc<Pool>,
}

/// Statements that are committed together. What is not committed is rolled back when it is dropped.
pub(crate) struct Transaction {
    lease: Lease,
}

impl Transaction {
    pub(crate) async fn query(
        &self,
        text: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let limit = self.lease.patience().saturating_mul(3);
        match timeout(limit, query(&self.lease.session, text, parameters)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => Err(failure::read(&error)),
            Err(_) => Err(StoreError::Unavailable("PostgreSQL did not answer in time".to_owned())),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.end("COMMIT").await
    }

    pub(crate) async fn roll_back(self) -> Result<(), StoreError> {
        self.end("ROLLBACK").await
    }

    async fn end(self, how: &str) -> Result<(), StoreError> {
        let limit = self.lease.patience().saturating_mul(3);
        match timeout(limit, self.lease.session.client.batch_execute(how)).await {
            Ok(Ok(())) => {
                self.lease.give_back();
                Ok(())
            }
            Ok(Err(error)) => Err(failure::read(&error)),
            Err(_) => Err(StoreError::Unknown("PostgreSQL did not answer in time".to_owned())),
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.server.address).finish()
    }
}

impl Line {
    pub(crate) async fn open(url: &str, patience: Duration, count: usize) -> crate::Result<Self> {
        let options = StoreOptions { url: url.to_owned(), patience, connections: count };
        let server = Arc::new(Server::new(&options)?);
        let links = Links::open(&server, Purpose::Write, count);
        links.tried(FIRST_TRY).await;
        let transactions = Pool::new(&server, Purpose::Bus, count);
        Ok(Self { server, links, transactions })
    }

    /// Runs a statement, which has to be one whole: it is committed when this comes back. What met a deadlock is run again.
    pub(crate) async fn query(
        &self,
        text: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let limit = self.server.patience.saturating_mul(3);
        let mut tries = 1;
        loop {
            let session = self.links.pick()?;
            let error = match timeout(limit, query(&session, text, parameters)).await {
                Ok(Ok(rows)) => return Ok(rows),
                Ok(Err(error)) => error,
                Err(_) => {
                    session.abandon();
                    return Err(StoreError::Unavailable("PostgreSQL did not answer in time".to_owned()));
                }
            };
            match failure::class(&error) {
                Class::Conflict | Class::Locked if tries < TRIES => sleep(pause(tries)).await,
                Class::Stale if tries == 1 => session.forget(),
                _ => return Err(failure::read(&error)),
            }
            tries += 1;
        }
    }

    /// Begins a transaction. Where `lax`, a crash of the server may undo it after it was committed, but nothing that builds
    /// on it is kept then either.
    pub(crate) async fn begin(&self, lax: bool) -> Result<Transaction, StoreError> {
        let begin = if lax { "BEGIN; SET LOCAL synchronous_commit = off" } else { "BEGIN" };
        loop {
            let lease = self.transactions.lease().await?;
            match timeout(self.server.patience, lease.session.client.batch_execute(begin)).await {
                Ok(Ok(())) => return Ok(Transaction { lease }),
                // It was idle for long, maybe. Each try uses one up, and what comes next is new.
                Ok(Err(_)) if lease.session.is_closed() => {}
                Ok(Err(error)) => return Err(failure::read(&error)),
                Err(_) => {
                    return Err(StoreError::Unavailable("PostgreSQL did not answer in time".to_owned()));
                }
            }
        }
    }

    /// Runs statements on a connection of their own that may wait for locks: to make tables.
    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), StoreError> {
        let connected = self.server.connect(Purpose::Migrate).await;
        let (session, _driver) = connected.map_err(StoreError::Unavailable)?;
        session.client.batch_execute(sql).await.map_err(|error| failure::read(&error))
    }

    /// Calls back for each notification on a channel, for as long as the connection lives.
    pub(crate) async fn listen(&self, channel: &str, heard: impl Fn(&str)) -> Result<(), StoreError> {
        let away = |error: &tokio_postgres::Error| StoreError::Unavailable(failure::describe(error));
        let connect = self.server.listening().connect(NoTls);
        let connected = timeout(self.server.patience, connect).await;
        let (client, mut connection) = connected
            .map_err(|_| StoreError::Unavailable("PostgreSQL did not answer in time".to_owned()))?
            .map_err(|error| away(&error))?;
        let text = format!("LISTEN {channel}");
        let listening = client.batch_execute(&text);
        tokio::pin!(listening);
        let mut listens = false;
        loop {
            let message = std::future::poll_fn(|cx| connection.poll_message(cx));
            tokio::select! {
                done = &mut listening, if !listens => {
                    done.map_err(|error| away(&error))?;
                    listens = true;
                }
                message = message => match message {
                    Some(Ok(AsyncMessage::Notification(notification))) => heard(notification.payload()),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(away(&error)),
                    None => return Ok(()),
                },
            }
        }
    }

    pub(crate) fn close(&self) {
        self.transactions.close();
        self.links.close();
    }
}

async fn query(
    session: &Session,
    text: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = session.statement(Key::Text(text.to_owned()), |_| (text.to_owned(), Vec::new())).await?;
    session.query(&statement, parameters).await
}
