//! Connections for what is beside the store: the tasks. Pipelined, prepared, connected again by themselves.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, NoTls, Row};

use super::failure::{self, Class};
use super::link::{Links, pause};
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
        Ok(Self { server, links })
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
        self.links.close();
    }
}

async fn query(
    session: &Session,
    text: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = session.statement(Key::Text(text.to_owned()), |_| (text.to_owned(), Vec::new())).await?;
    session.client.query(&statement, parameters).await
}
