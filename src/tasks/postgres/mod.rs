//! PostgreSQL: tasks in a table, for more than one machine.
//!
//! Groups by `unnest`, prepared statements, `FOR UPDATE SKIP LOCKED`; leases by the clock of the database. `NOTIFY` only
//! wakes up: it is sent apart from what it is about and not for every group, and whoever waits looks by itself as well.

mod broker;
mod look;
#[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
mod note;
mod rows;
mod schema;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::broker::{Broker, BrokerError, BrokerOptions, Taken};
use super::message::Message;
use crate::descriptor::BoxFuture;
use crate::store::StoreError;
use crate::store::postgres::Line;
use crate::store::postgres::wake::{self, Wakes};

/// Two keep the server busy while one waits for its disk; the others are for who looks.
const CONNECTIONS: usize = 4;

/// The engine.
#[derive(Debug)]
pub(crate) struct PostgresTasks {
    line: Arc<Line>,
    wakes: Arc<Wakes>,
    listening: Vec<JoinHandle<()>>,
}

pub(crate) fn open(options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async move { Ok(Arc::new(PostgresTasks::open(options, true).await?) as Arc<dyn Broker>) })
}

impl PostgresTasks {
    async fn open(options: &BrokerOptions, claims: bool) -> Result<Self, BrokerError> {
        let line = Line::open(&options.url, options.patience, CONNECTIONS).await;
        let line = Arc::new(line.map_err(|error| BrokerError::Internal(error.to_string()))?);
        schema::prepare(&line, options.migrate).await?;
        let wakes = Arc::new(Wakes::new("fourfold_tasks"));
        let listening = if claims {
            vec![
                tokio::spawn(wake::listen(Arc::clone(&line), Arc::clone(&wakes))),
                tokio::spawn(wake::tell(Arc::clone(&line), Arc::clone(&wakes))),
            ]
        } else {
            Vec::new()
        };
        Ok(Self { line, wakes, listening })
    }

    /// Writes messages, and says of each what became of it.
    async fn write_down(&self, messages: &[Message]) -> Result<Vec<Taken>, BrokerError> {
        let mut taken = vec![None; messages.len()];
        // Whoever held a key may have ended between the two statements.
        for _ in 0..5 {
            let rest: Vec<usize> = (0..messages.len()).filter(|index| taken[*index].is_none()).collect();
            if rest.is_empty() {
                break;
            }
            let group: Vec<&Message> = rest.iter().map(|index| &messages[*index]).collect();
            let columns = rows::Columns::of(&group);
            let rows = self.line.query(rows::INSERT, &columns.parameters()).await.map_err(refused)?;
            let mut written: Vec<uuid::Uuid> = rows.iter().map(|row| row.get(0)).collect();
            for index in &rest {
                let found = written.iter().position(|id| *id == messages[*index].id);
                if let Some(found) = found {
                    written.swap_remove(found);
                    taken[*index] = Some(Taken::New);
                }
            }
            let rest: Vec<usize> = rest.into_iter().filter(|index| taken[*index].is_none()).collect();
            if !rest.is_empty() {
                self.known(messages, &rest, &mut taken).await?;
            }
        }
        let unsettled = || BrokerError::Unavailable("a unique key kept changing hands".to_owned());
        taken.into_iter().map(|taken| taken.ok_or_else(unsettled)).collect()
    }

    async fn known(
        &self,
        messages: &[Message],
        which: &[usize],
        taken: &mut [Option<Taken>],
    ) -> Result<(), BrokerError> {
        let ids: Vec<uuid::Uuid> = which.iter().map(|index| messages[*index].id).collect();
        let keys: Vec<&str> =
            which.iter().filter_map(|index| messages[*index].unique_key.as_deref()).collect();
        let text = "SELECT id, CASE WHEN state < 2 THEN unique_key END, fingerprint FROM fourfold_tasks \
                    WHERE id = ANY($1) OR (unique_key = ANY($2) AND unique_key IS NOT NULL AND state < 2)";
        let rows = self.line.query(text, &[&ids, &keys]).await.map_err(refused)?;
        for index in which {
            let message = &messages[*index];
            let by_id = rows.iter().find(|row| row.get::<_, uuid::Uuid>(0) == message.id);
            let by_key = || {
                let key = message.unique_key.as_deref()?;
                rows.iter().find(|row| row.get::<_, Option<&str>>(1) == Some(key))
            };
            taken[*index] =
                by_id.or_else(by_key).map(|row| Taken::Known { id: row.get(0), fingerprint: row.get(2) });
        }
        Ok(())
    }
}

impl Drop for PostgresTasks {
    fn drop(&mut self) {
        for task in &self.listening {
            task.abort();
        }
        self.line.close();
    }
}

fn refused(error: StoreError) -> BrokerError {
    match error {
        StoreError::Unavailable(why) | StoreError::Unknown(why) => BrokerError::Unavailable(why),
        other => BrokerError::Internal(format!("{other:?}")),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn unreadable(error: tokio_postgres::Error) -> BrokerError {
    BrokerError::Internal(format!("a row of fourfold_tasks can't be read: {error}"))
}
