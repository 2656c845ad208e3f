//! A connection to `RabbitMQ` with one channel, made anew when it is asked for and broken.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use lapin::options::{
    BasicAckOptions, BasicNackOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};
use tokio::time::{Instant, timeout};

use crate::tasks::broker::{BrokerError, BrokerOptions};

/// After so many seconds without a sign of life, `RabbitMQ` gives what a worker holds to others, at the latest after twice
/// that.
const HEARTBEAT: u16 = 10;
/// How long it is not tried again after a connection could not be made.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Line {
    uri: AMQPUri,
    /// What `RabbitMQ` shows of it.
    name: &'static str,
    patience: Duration,
    current: tokio::sync::Mutex<Current>,
}

#[derive(Default)]
struct Current {
    open: Option<Arc<Open>>,
    failed: Option<(Instant, BrokerError)>,
}

/// A connection, and what was done on it.
pub(super) struct Open {
    number: u64,
    connection: Connection,
    pub(super) channel: Channel,
    declared: Mutex<HashSet<String>>,
    settled: tokio::sync::Mutex<Settled>,
}

/// Which deliveries of a channel are settled; they are numbered from 1.
#[derive(Default)]
struct Settled {
    /// All up to here.
    floor: u64,
    above: BTreeSet<u64>,
}

impl Settled {
    /// They are settled. The last that has no gap below it (of these, for `RabbitMQ` has forgotten the others), and those
    /// that have one.
    fn add(&mut self, tags: &[u64]) -> (Option<u64>, Vec<u64>) {
        self.above.extend(tags);
        while self.above.remove(&(self.floor + 1)) {
            self.floor += 1;
        }
        let floor = self.floor;
        let (above, below): (Vec<u64>, Vec<u64>) = tags.iter().copied().partition(|tag| *tag > floor);
        (below.into_iter().max(), above)
    }
}

impl Open {
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn is_up(&self) -> bool {
        self.channel.status().connected() && self.connection.status().connected()
    }

    /// Makes a queue, once.
    pub(super) async fn declare(&self, name: &str, arguments: FieldTable) -> Result<(), BrokerError> {
        if self.declared().contains(name) {
            return Ok(());
        }
        let declared = self.channel.queue_declare(name.into(), QueueDeclareOptions::durable(), arguments);
        declared.await.map_err(|error| refused(&error))?;
        self.declared().insert(name.to_owned());
        Ok(())
    }

    /// Makes a queue where there is none; one that is there stays as others have made it.
    #[cfg(feature = "celery")]
    pub(super) async fn declare_unless_there(&self, name: &str) -> Result<(), BrokerError> {
        if self.declared().contains(name) {
            return Ok(());
        }
        // A channel of its own, for it is closed where there is none.
        let channel = self.channel().await?;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        match channel.queue_declare(name.into(), passive, FieldTable::default()).await {
            Ok(_) => {
                // Where this fails the connection is broken, which is noticed next.
                let _ = channel.close(200, "done".into()).await;
                self.declared().insert(name.to_owned());
                Ok(())
            }
            Err(error) if is_missing(&error) => self.declare(name, FieldTable::default()).await,
            Err(error) => Err(refused(&error)),
        }
    }

    /// Another channel on the same connection.
    #[cfg(feature = "celery")]
    pub(super) async fn channel(&self) -> Result<Channel, BrokerError> {
        self.connection.create_channel().await.map_err(|error| refused(&error))
    }

    fn declared(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.declared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Acknowledges deliveries: what has no gap below it, at once. A delivery that this side has not seen yet is a gap.
    pub(super) async fn acknowledge(&self, tags: &[u64]) -> Result<(), lapin::Error> {
        // While they are sent: one that is settled already may not be settled again.
        let mut settled = self.settled.lock().await;
        let (last, above) = settled.add(tags);
        if let Some(last) = last {
            self.channel.basic_ack(last, BasicAckOptions { multiple: true }).await?;
        }
        let ack = |tag| self.channel.basic_ack(tag, BasicAckOptions::default());
        join_all(above.into_iter().map(ack)).await.into_iter().collect()
    }

    /// Gives a delivery back.
    pub(super) async fn give_back(&self, tag: u64) -> Result<(), lapin::Error> {
        let mut settled = self.settled.lock().await;
        let options = BasicNackOptions { requeue: true, multiple: false };
        self.channel.basic_nack(tag, options).await?;
        settled.add(&[tag]);
        Ok(())
    }

    pub(super) async fn close(&self) {
        // Where it is broken there is nothing to close.
        let _ = self.connection.close(200, "done".into()).await;
    }
}

impl Line {
    pub(super) fn new(options: &BrokerOptions, name: &'static str) -> Result<Self, BrokerError> {
        // Not the URL itself: it may hold a password.
        let mut uri: AMQPUri = options.url.parse().map_err(|error| {
            BrokerError::Unsupported(format!(
                "FOURFOLD_TASKS_URL must be as amqp://user:password@host:5672/vhost ({error})"
            ))
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        Ok(Self { uri, name, patience: options.patience, current: tokio::sync::Mutex::default() })
    }

    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    /// The connection; a new one where there is none.
    pub(super) async fn open(&self) -> Result<Arc<Open>, BrokerError> {
        let mut current = self.current.lock().await;
        if let Some(open) = current.open.as_ref().filter(|open| open.is_up()) {
            return Ok(Arc::clone(open));
        }
        if let Some((since, error)) = &current.failed
            && since.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        current.open = None;
        let made = timeout(self.patience, self.connect()).await.unwrap_or_else(|_| {
            Err(BrokerError::Unavailable(format!("RabbitMQ did not answer within {:?}", self.patience)))
        });
        match made {
            Ok(open) => {
                let open = Arc::new(open);
                *current = Current { open: Some(Arc::clone(&open)), failed: None };
                Ok(open)
            }
            Err(error) => {
                current.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Open, BrokerError> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let name = format!("fourfold {} {}", std::process::id(), self.name);
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = Connection::connect_uri(self.uri.clone(), properties);
        let connection = connection.await.map_err(|error| refused(&error))?;
        let channel = connection.create_channel().await.map_err(|error| refused(&error))?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(|error| refused(&error))?;
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let (declared, settled) = Default::default();
        Ok(Open { number, connection, channel, declared, settled })
    }

    pub(super) async fn close(&self) {
        if let Some(open) = self.current.lock().await.open.take() {
            open.close().await;
        }
    }
}

impl Open {
    /// The consumers that begin from now on get so many at once.
    pub(super) async fn prefetch(&self, count: usize) -> Result<(), BrokerError> {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let options = BasicQosOptions { global: false };
        self.channel.basic_qos(count, options).await.map_err(|error| refused(&error))
    }
}

/// Whether it says that there is no such thing.
#[cfg(feature = "celery")]
pub(super) fn is_missing(error: &lapin::Error) -> bool {
    matches!(error.kind(), lapin::ErrorKind::ProtocolError(error) if error.get_id() == 404)
}

pub(super) fn refused(error: &lapin::Error) -> BrokerError {
    let text = error.to_string();
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) if matches!(error.get_id(), 403 | 406 | 530) => {
            BrokerError::Internal(format!("RabbitMQ refuses: {text}"))
        }
        _ => BrokerError::Unavailable(format!("RabbitMQ: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_not_seen_is_settled_along_with_others() {
        let mut settled = Settled::default();
        assert_eq!(settled.add(&[1, 2, 4]), (Some(2), vec![4]));
        assert_eq!(settled.add(&[5]), (None, vec![5]));
        assert_eq!(settled.add(&[3]), (Some(3), vec![]), "what was settled alone is not said again");
        assert_eq!(settled.add(&[7, 6]), (Some(7), vec![]));
        assert_eq!(settled.add(&[]), (None, vec![]));
    }
}
