//! Units with statements of the user's own: a transaction on a connection of their own.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

use super::Shared;
use super::batch::{self, Verb};
use super::cells::Loose;
use super::failure::{self, Class};
use super::link::pause;
use super::pool::Lease;
use super::session::{Key, Session};
use super::writer::repeated;
use crate::store::{Statement, StoreError, Unit};

/// How often a transaction that met a deadlock is tried.
const TRIES: u32 = 6;

/// How a try ended that did not commit.
enum Ended {
    /// The row had moved.
    Lost,
    /// A statement failed.
    Failed(Error),
    /// The server did not answer, but COMMIT was not sent yet.
    Silent,
    /// Whether the commit took place is not known.
    Unknown(String),
}

const SILENT: &str = "PostgreSQL did not answer in time";

/// Commits a unit. To be run in a task of its own: it should not end half-way because a caller went away.
pub(super) async fn run(shared: &Arc<Shared>, unit: Unit) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        // A lease that is dropped closes its connection, and with it what is open on it.
        let lease = shared.transactions.lease().await?;
        let ended = match attempt(&lease.session, &unit, lease.patience().saturating_mul(3)).await {
            Ok(()) => {
                lease.give_back();
                return Ok(());
            }
            Err(ended) => ended,
        };
        let error = match ended {
            Ended::Unknown(why) => return Err(StoreError::Unknown(why)),
            Ended::Silent => return Err(StoreError::Unavailable(SILENT.to_owned())),
            Ended::Lost => StoreError::LostRace,
            Ended::Failed(error) => match failure::class(&error) {
                // Before COMMIT was sent, so nothing was written. The connection may have been idle for long.
                Class::Broken | Class::Stale if tries == 1 => {
                    tries += 1;
                    continue;
                }
                Class::Broken => return Err(StoreError::Unavailable(failure::describe(&error))),
                Class::Conflict if tries < TRIES => {
                    roll_back(lease).await;
                    sleep(pause(tries)).await;
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
        let Some(lease) = roll_back(lease).await else { return Err(error) };
        let error = repeated(&lease.session, &unit, error, lease.patience()).await;
        lease.give_back();
        return Err(error);
    }
}

async fn roll_back(lease: Lease) -> Option<Lease> {
    let done = timeout(lease.patience(), lease.session.client.batch_execute("ROLLBACK")).await;
    matches!(done, Ok(Ok(()))).then_some(lease)
}

async fn attempt(session: &Session, unit: &Unit, limit: Duration) -> Result<(), Ended> {
    let statements = timeout(limit, statements(session, unit)).await;
    statements.unwrap_or(Err(Ended::Silent))?;
    match timeout(limit, session.client.batch_execute("COMMIT")).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if failure::class(&error) == Class::Broken => {
            Err(Ended::Unknown(failure::describe(&error)))
        }
        Ok(Err(error)) => Err(Ended::Failed(error)),
        Err(_) => Err(Ended::Unknown(SILENT.to_owned())),
    }
}

async fn statements(session: &Session, unit: &Unit) -> Result<(), Ended> {
    session.client.batch_execute("BEGIN").await.map_err(Ended::Failed)?;
    let written = batch::write(session, &[unit]).await.map_err(|fault| Ended::Failed(fault.error))?;
    if written != [true] {
        return Err(Ended::Lost);
    }
    for statement in &unit.statements {
        execute(session, statement).await.map_err(Ended::Failed)?;
    }
    Ok(())
}

async fn execute(session: &Session, statement: &Statement) -> Result<(), Error> {
    let text = &statement.sql;
    let prepared = session.statement(Key::Text(text.clone()), |_| (text.clone(), Vec::new())).await?;
    let cells: Vec<Loose<'_>> = statement.parameters.iter().map(Loose).collect();
    let parameters: Vec<&(dyn ToSql + Sync)> = cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect();
    session.client.execute(&prepared, &parameters).await.map(|_| ())
}
