//! Results in Redis, as Celery's workers keep them there: a key a task, and who waits is told.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::answers::Abroad;
use crate::tasks::broker::{Broker, BrokerError};
use crate::tasks::celery::{Meta, answer};

/// How long a result is kept.
const KEPT: u64 = 86_400;
/// How often it is looked for results.
const LOOK: Duration = Duration::from_millis(200);
/// How many are asked for at once.
const GROUP: usize = 500;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Results {
    client: redis::Client,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Results {
    pub(super) fn new(url: &str) -> Result<Self, BrokerError> {
        // Not the URL itself: it may hold a password.
        let client = redis::Client::open(url).map_err(|error| {
            BrokerError::Unsupported(format!(
                "`result_backend` in FOURFOLD_TASKS_URL must be as redis://user:password@host:6379/0 ({})",
                error.category()
            ))
        })?;
        Ok(Self { client, connection: Mutex::default() })
    }

    /// Asks the server, on a connection that is made anew after one that failed.
    async fn ask<T: redis::FromRedisValue>(&self, pipe: &redis::Pipeline) -> Result<T, BrokerError> {
        let mut current = self.connection.lock().await;
        let mut connection = if let Some(connection) = current.take() {
            connection
        } else {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(PATIENCE))
                .set_response_timeout(Some(PATIENCE));
            let made = self.client.get_multiplexed_async_connection_with_config(&config).await;
            made.map_err(|error| away(&error))?
        };
        *current = Some(connection.clone());
        drop(current);
        let answer = pipe.query_async(&mut connection).await;
        if answer.is_err() {
            self.connection.lock().await.take();
        }
        answer.map_err(|error| away(&error))
    }

    pub(super) async fn store(&self, metas: &[Meta]) -> Result<(), BrokerError> {
        if metas.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for meta in metas {
            let key = key(&meta.id);
            pipe.atomic().set_ex(&key, &meta.json, KEPT).ignore().publish(&key, &meta.json).ignore();
        }
        self.ask(&pipe).await
    }

    async fn get(&self, ids: &[Uuid]) -> Result<Vec<Option<Vec<u8>>>, BrokerError> {
        let mut pipe = redis::pipe();
        for id in ids {
            pipe.get(key(&id.to_string()));
        }
        self.ask(&pipe).await
    }
}

fn key(id: &str) -> String {
    format!("celery-task-meta-{id}")
}

fn away(error: &redis::RedisError) -> BrokerError {
    BrokerError::Unavailable(format!("Redis, where Celery's results are: {error}"))
}

impl Abroad {
    /// Looks for one result.
    pub(super) async fn ask(&self, id: Uuid) -> Result<(), BrokerError> {
        let (Some(results), Some(ledger)) = (&self.results, &self.ledger) else { return Ok(()) };
        let found = match results.get(&[id]).await {
            Ok(found) => found,
            Err(why) => {
                // What is known of it is told all the same.
                tracing::warn!(?why, "can't look for a result");
                return Ok(());
            }
        };
        self.note_results(ledger, &[id], found).await
    }

    async fn note_results(
        &self,
        ledger: &Arc<dyn Broker>,
        ids: &[Uuid],
        found: Vec<Option<Vec<u8>>>,
    ) -> Result<(), BrokerError> {
        let found = ids.iter().zip(found).filter_map(|(id, data)| Some((*id, data?)));
        let new = found.filter(|(id, data)| self.is_new(*id, data));
        let answers = new.filter_map(|(id, data)| answer(&data, None).filter(|answer| answer.id == id));
        let noted = self.note(ledger, answers.collect()).await;
        if noted.is_err() {
            // What was not written down is new the next time.
            self.awaits_again(ids);
        }
        noted
    }

    /// Looks for the results of what has none, again and again.
    pub(super) async fn look_at_results(&self, ledger: &Arc<dyn Broker>) {
        let Some(results) = &self.results else { return };
        loop {
            tokio::time::sleep(LOOK).await;
            for ids in self.awaited().chunks(GROUP) {
                let noted = async { self.note_results(ledger, ids, results.get(ids).await?).await };
                if let Err(why) = noted.await {
                    tracing::warn!(?why, "results of Celery's workers wait");
                    tokio::time::sleep(PATIENCE).await;
                    break;
                }
            }
        }
    }
}
