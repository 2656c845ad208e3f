//! Units with statements of the user's own: a transaction on a connection of their own.

use std::sync::Arc;

use tokio::time::{sleep, timeout};
use tokio_postgres::types::ToSql;

use super::Shared;
use super::batch::{self, Verb};
use super::cells::Loose;
use super::failure::{self, Class};
use super::link::pause;
use super::session::{Key, Session};
use super::writer::repeated;
use crate::store::{StoreError, Unit};

const TRIES: u32 = 6;

/// How a try ended that did not commit.
enum Ended {
    /// The row had moved.
    Lost,
    /// A statement failed, and what can be said of it.
    Failed(tokio_postgres::Error),
    /// Whether the commit took place is not known.
    Unknown(String),
}

/// Commits a unit. To be run in a task of its own: it should not end half-way because a caller went away.
pub(super) async fn run(shared: &Arc<Shared>, unit: Unit) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        let lease = shared.transactions.lease().await?;
        let limit = shared.server.patience.saturating_mul(3);
        let ended = match timeout(limit, attempt(&lease.session, &unit)).await {
            Ok(Ok(())) => {
                lease.give_back();
                return Ok(());
            }
            Ok(Err(ended)) => ended,
            // Dropping the lease closes the connection.
            Err(_) => return Err(StoreError::Unknown("PostgreSQL did not answer in time".to_owned())),
        };
        let error = match ended {
            Ended::Unknown(why) => return Err(StoreError::Unknown(why)),
            Ended::Lost => StoreError::LostRace,
            Ended::Failed(error) => match failure::class(&error) {
                // It broke before COMMIT was sent, so nothing was written.
                Class::Broken => return Err(StoreError::Unavailable(failure::describe(&error))),
                Class::Conflict if tries < TRIES => {
                    tries += 1;
                    sleep(pause(tries)).await;
                    continue;
                }
                Class::Stale if tries < TRIES => {
                    tries += 1;
                    continue;
                }
                class => {
                    if class == Class::Refused {
                        shared.write_failed();
                    }
                    let (descriptor, verb) = batch::target(&unit);
                    failure::write(&error, descriptor, verb == Verb::Delete, &shared.resources())
                }
            },
        };
        if lease.session.client.batch_execute("ROLLBACK").await.is_err() {
            return Err(error);
        }
        let error = repeated(&lease.session, &unit, error).await;
        lease.give_back();
        return Err(error);
    }
}

async fn attempt(session: &Session, unit: &Unit) -> Result<(), Ended> {
    session.client.batch_execute("BEGIN").await.map_err(Ended::Failed)?;
    let written = batch::write(session, &[unit]).await.map_err(|fault| Ended::Failed(fault.error))?;
    if written != [true] {
        return Err(Ended::Lost);
    }
    for statement in &unit.statements {
        let prepared = session
            .statement(Key::Text(statement.sql.clone()), |_| (statement.sql.clone(), Vec::new()))
            .await
            .map_err(Ended::Failed)?;
        let cells: Vec<Loose<'_>> = statement.parameters.iter().map(Loose).collect();
        let parameters: Vec<&(dyn ToSql + Sync)> =
            cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect();
        session.client.execute(&prepared, &parameters).await.map_err(Ended::Failed)?;
    }
    session.client.batch_execute("COMMIT").await.map_err(|error| match failure::class(&error) {
        Class::Broken => Ended::Unknown(failure::describe(&error)),
        _ => Ended::Failed(error),
    })
}
