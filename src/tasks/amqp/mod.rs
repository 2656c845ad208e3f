//! RabbitMQ: it carries tasks, and the database keeps what can be asked about them.
//!
//! A task whose state anybody may ask for is a row in the table of tasks of the database, as it is with the engine of that
//! database; its message only says that it is there. So it has a lease, a token, a moment and a unique key like any other,
//! and it is not lost where its message is: whoever works a queue off also looks at the rows of it. A task that nobody asks
//! about (`forget`) is nothing but a message: confirmed when it is taken, acknowledged when it is done.
//!
//! | part | where |
//! | --- | --- |
//! | connections, publishing with confirms | `crate::amqp` |
//! | what comes in | `source.rs` |
//! | what messages look like | `dialect.rs` |
//! | the broker over both | `broker.rs` |
//! | the same for Celery's messages | `celery/` |

mod broker;
#[cfg(feature = "celery")]
mod celery;
mod dialect;
mod publish;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::broker::{Broker, BrokerError, BrokerOptions, Lease};
use super::message::{Message, Priority};
use crate::amqp::{Line, Open};
use crate::descriptor::BoxFuture;
use dialect::Dialect;
use source::{Arrived, Source};

/// The engine.
pub(crate) struct Amqp {
    publishing: Arc<Line>,
    /// Of its own, because `RabbitMQ` makes publishers wait where it is short of memory, and they must not hold up acks.
    consuming: Line,
    ledger: Option<Arc<dyn Broker>>,
    sources: Mutex<HashMap<String, Arc<Source>>>,
    held: Held,
    declares: bool,
    dialect: Dialect,
}

/// What this process holds that is nothing but a message.
#[derive(Clone, Default)]
struct Held {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    tasks: Mutex<HashMap<Lease, Arc<Holding>>>,
    last: AtomicI64,
}

struct Holding {
    arrived: Arrived,
    source: Arc<Source>,
}

impl Held {
    fn tasks(&self) -> MutexGuard<'_, HashMap<Lease, Arc<Holding>>> {
        self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tokens are below 0; those of rows are above.
    fn put(&self, began: Vec<(Uuid, Arrived)>, source: &Arc<Source>) -> Vec<Lease> {
        source.held.fetch_add(began.len(), Ordering::Relaxed);
        let mut tasks = self.tasks();
        let hold = |(id, arrived)| {
            let lease = Lease { id, token: -1 - self.inner.last.fetch_add(1, Ordering::Relaxed) };
            tasks.insert(lease, Arc::new(Holding { arrived, source: Arc::clone(source) }));
            lease
        };
        began.into_iter().map(hold).collect()
    }

    /// Those that are still held by a connection that is there.
    fn get(&self, leases: &[Lease]) -> Vec<Option<Arc<Holding>>> {
        let tasks = self.tasks();
        let held = |lease| tasks.get(lease).filter(|holding| holding.arrived.open.is_up()).cloned();
        leases.iter().map(held).collect()
    }

    fn remove(&self, leases: &[Lease]) {
        let mut tasks = self.tasks();
        for lease in leases {
            if let Some(holding) = tasks.remove(lease) {
                holding.source.held.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// A connection is gone, and what it held belongs to others.
    fn lose(&self, open: &Open) {
        self.tasks().retain(|_, holding| {
            let stays = holding.arrived.open.number() != open.number();
            if !stays {
                holding.source.held.fetch_sub(1, Ordering::Relaxed);
            }
            stays
        });
    }
}

/// Opens one. Its ledger is the engine of the database; without one it carries tasks that nobody asks about.
pub(crate) fn open(options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async move {
        let ledger = match &options.ledger {
            Some(url) if ["amqp", "celery", "redis"].iter().any(|scheme| url.starts_with(scheme)) => {
                let sentence = "the database keeps the state of tasks that RabbitMQ carries: it must be one";
                return Err(BrokerError::Unsupported(sentence.to_owned()));
            }
            Some(url) => {
                let options = BrokerOptions { url: url.clone(), ledger: None, ..options.clone() };
                Some(super::open(&options).await?)
            }
            None => None,
        };
        #[cfg(feature = "celery")]
        let (options, settings) = &celery::Settings::of(options)?;
        let publishing = Arc::new(line(options, "publishing")?);
        #[cfg(feature = "celery")]
        let dialect = match settings {
            Some(settings) => {
                let ledger = ledger.clone();
                Dialect::Celery(Arc::new(celery::Celery::open(options, settings, ledger, &publishing)?))
            }
            None => Dialect::Own,
        };
        #[cfg(not(feature = "celery"))]
        let dialect = Dialect::Own;
        let broker = Amqp {
            publishing,
            consuming: line(options, "working")?,
            ledger,
            sources: Mutex::default(),
            held: Held::default(),
            declares: options.migrate,
            dialect,
        };
        Ok(Arc::new(broker) as Arc<dyn Broker>)
    })
}

/// A connection for tasks.
fn line(options: &BrokerOptions, name: &'static str) -> Result<Line, BrokerError> {
    Ok(Line::new(&options.url, "FOURFOLD_TASKS_URL", options.patience, name)?)
}

/// The queue in `RabbitMQ` of a queue of tasks: one for each priority, for quorum queues know none.
fn queue_name(queue: &str, priority: Priority) -> String {
    match priority {
        Priority::Normal => format!("fourfold.{queue}"),
        other => format!("fourfold.{queue}.{}", other.name()),
    }
}

/// Whether it is a row of the ledger; else it is nothing but a message.
fn is_kept(message: &Message) -> bool {
    message.keep || message.unique_key.is_some()
}

impl fmt::Debug for Amqp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Amqp").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}
