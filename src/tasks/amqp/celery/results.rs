//! Results in Redis, as Celery's workers keep them there: a key a task, and who waits is told.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncCommands as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::OnceCell;
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
    connection: OnceCell<ConnectionManager>,
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
        Ok(Self { client, connection: OnceCell::new() })
    }

    async fn connection(&self) -> Result<ConnectionManager, BrokerError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let made = self.connection.get_or_try_init(|| async {
            self.client.get_connection_manager_with_config(config).await.map_err(|error| away(&error))
        });
        made.await.cloned()
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
        let mut connection = self.connection().await?;
        pipe.query_async::<()>(&mut connection).await.map_err(|error| away(&error))
    }

    async fn get(&self, ids: &[Uuid]) -> Result<Vec<Option<Vec<u8>>>, BrokerError> {
        let keys: Vec<String> = ids.iter().map(|id| key(&id.to_string())).collect();
        let mut connection = self.connection().await?;
        connection.mget(keys).await.map_err(|error| away(&error))
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
