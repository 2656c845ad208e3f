//! Everything that waits to be written, as one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::refused;
use crate::store::StoreError;
use crate::store::sqlite::Sqlite;
use crate::tasks::broker::BrokerError;

/// How many pieces of work one transaction takes at most.
const MOST: usize = 256;
/// How many may wait.
const WAITING: usize = 10_000;

/// A piece of work. It may run again, alone, where another one spoiled the transaction.
type Work = Box<dyn Fn(&Connection) -> rusqlite::Result<()> + Send>;

struct Piece {
    work: Work,
    done: oneshot::Sender<Result<(), BrokerError>>,
}

/// The door to the one who groups.
#[derive(Clone, Debug)]
pub(super) struct Group {
    queue: mpsc::Sender<Piece>,
}

impl Group {
    pub(super) fn start(sqlite: Sqlite) -> Self {
        let (queue, mut waiting) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let mut pieces = Vec::new();
                if waiting.recv_many(&mut pieces, MOST).await == 0 {
                    return;
                }
                write(&sqlite, pieces).await;
            }
        });
        Self { queue }
    }

    /// Does the work in a transaction, with others'.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let work: Work = Box::new(move |connection| {
            let result = work(connection)?;
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            Ok(())
        });
        let (done, told) = oneshot::channel();
        self.queue.try_send(Piece { work, done }).map_err(|error| {
            BrokerError::Unavailable(match error {
                mpsc::error::TrySendError::Full(_) => format!("{WAITING} groups of tasks wait already"),
                mpsc::error::TrySendError::Closed(_) => "the task broker is closed".to_owned(),
            })
        })?;
        let closed = || BrokerError::Unavailable("the task broker was closed".to_owned());
        told.await.map_err(|_| closed())??;
        let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.ok_or_else(closed)
    }
}

async fn write(sqlite: &Sqlite, pieces: Vec<Piece>) {
    let pieces = Arc::new(Mutex::new(pieces));
    let work = Arc::clone(&pieces);
    let result = sqlite
        .write(move |connection| {
            let pieces = work.lock().unwrap_or_else(PoisonError::into_inner);
            match together(connection, &pieces) {
                Ok(()) => Ok(None),
                Err(_) if pieces.len() > 1 => Ok(Some(apart(connection, &pieces))),
                Err(error) => Err(failed(&error)),
            }
        })
        .await;
    let pieces = std::mem::take(&mut *pieces.lock().unwrap_or_else(PoisonError::into_inner));
    match result {
        Ok(None) => {
            for piece in pieces {
                told(piece, Ok(()));
            }
        }
        Ok(Some(results)) => {
            for (piece, result) in pieces.into_iter().zip(results) {
                told(piece, result);
            }
        }
        Err(error) => {
            let error = refused(error);
            for piece in pieces {
                told(piece, Err(error.clone()));
            }
        }
    }
}

fn told(piece: Piece, result: Result<(), BrokerError>) {
    // Nobody may be waiting any more.
    let _ = piece.done.send(result);
}

fn together(connection: &mut Connection, pieces: &[Piece]) -> rusqlite::Result<()> {
    let transaction = crate::store::sqlite::immediate(connection)?;
    for piece in pieces {
        (piece.work)(&transaction)?;
    }
    transaction.commit()
}

fn apart(connection: &mut Connection, pieces: &[Piece]) -> Vec<Result<(), BrokerError>> {
    let mut results = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let result = together(connection, std::slice::from_ref(piece));
        results.push(result.map_err(|error| refused(failed(&error))));
    }
    results
}

fn failed(error: &rusqlite::Error) -> StoreError {
    crate::store::sqlite::failure(error)
}
