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

use super::Failure;

/// After so many seconds without a sign of life, `RabbitMQ` gives what a worker holds to others, at the latest after twice
/// that.
const HEARTBEAT: u16 = 10;
/// How long it is not tried again after a connection could not be made.
const PAUSE: Duration = Duration::from_millis(500);
/// How long an acknowledgement waits for one below it.
const GAP: Duration = Duration::from_millis(2);

pub(crate) struct Line {
    uri: AMQPUri,
    /// What `RabbitMQ` shows of it.
    name: &'static str,
    patience: Duration,
    current: tokio::sync::Mutex<Current>,
}

#[derive(Default)]
struct Current {
    open: Option<Arc<Open>>,
    failed: Option<(Instant, Failure)>,
}

/// A connection, and what was done on it.
pub(crate) struct Open {
    number: u64,
    connection: Connection,
    pub(crate) channel: Channel,
    declared: Mutex<HashSet<String>>,
    settled: tokio::sync::Mutex<Settled>,
}

/// Which deliveries of a channel are settled; they are numbered from 1.
#[derive(Default)]
struct Settled {
    /// All up to here.
    floor: u64,
    /// Above it, where one below is not settled yet: `RabbitMQ` knows.
    told: BTreeSet<u64>,
    /// The same, and it does not know.
    kept: BTreeSet<u64>,
}

impl Settled {
    /// They are settled. The last that has no gap below it, of those that `RabbitMQ` does not know of: it has forgotten the
    /// others.
    fn add(&mut self, tags: &[u64]) -> Option<u64> {
        self.kept.extend(tags);
        let mut last = None;
        loop {
            let next = self.floor + 1;
            if self.kept.remove(&next) {
                last = Some(next);
            } else if !self.told.remove(&next) {
                return last;
            }
            self.floor = next;
        }
    }

    /// Those that have a gap below them, to be told one by one.
    fn tell(&mut self) -> Vec<u64> {
        let kept: Vec<u64> = std::mem::take(&mut self.kept).into_iter().collect();
        self.told.extend(&kept);
        kept
    }
}

impl Open {
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn is_up(&self) -> bool {
        self.channel.status().connected() && self.connection.status().connected()
    }

    /// Makes a queue, once.
    pub(crate) async fn declare(&self, name: &str, arguments: FieldTable) -> Result<(), Failure> {
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
    pub(crate) async fn declare_unless_there(&self, name: &str) -> Result<(), Failure> {
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
    pub(crate) async fn channel(&self) -> Result<Channel, Failure> {
        self.connection.create_channel().await.map_err(|error| refused(&error))
    }

    fn declared(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.declared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Acknowledges deliveries, at once where there is no gap below them; a delivery that this side has not seen yet is a
    /// gap. The others wait a moment for it to close: to a quorum queue each acknowledgement is an entry in its log.
    pub(crate) async fn acknowledge(self: &Arc<Self>, tags: &[u64]) -> Result<(), lapin::Error> {
        // While they are sent: one that is settled already may not be settled again.
        let mut settled = self.settled.lock().await;
        let waits = !settled.kept.is_empty();
        if let Some(last) = settled.add(tags) {
            self.channel.basic_ack(last, BasicAckOptions { multiple: true }).await?;
        }
        if !settled.kept.is_empty() && !waits {
            let open = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(GAP).await;
                // Where it fails they come again.
                let _ = open.tell().await;
            });
        }
        Ok(())
    }

    async fn tell(&self) -> Result<(), lapin::Error> {
        let mut settled = self.settled.lock().await;
        let ack = |tag| self.channel.basic_ack(tag, BasicAckOptions::default());
        join_all(settled.tell().into_iter().map(ack)).await.into_iter().collect()
    }

    /// Gives a delivery back.
    pub(crate) async fn give_back(&self, tag: u64) -> Result<(), lapin::Error> {
        let mut settled = self.settled.lock().await;
        let options = BasicNackOptions { requeue: true, multiple: false };
        self.channel.basic_nack(tag, options).await?;
        settled.told.insert(tag);
        Ok(())
    }

    pub(crate) async fn close(&self) {
        // Where it is broken there is nothing to tell, and nothing to close.
        let _ = self.tell().await;
        let _ = self.connection.close(200, "done".into()).await;
    }
}

impl Line {
    /// `variable` is where the URL was said.
    pub(crate) fn new(
        url: &str,
        variable: &str,
        patience: Duration,
        name: &'static str,
    ) -> Result<Self, Failure> {
        // Not the URL itself: it may hold a password.
        let mut uri: AMQPUri = url.parse().map_err(|error| {
            Failure::Unsupported(format!(
                "{variable} must be as amqp://user:password@host:5672/vhost ({error})"
            ))
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        Ok(Self { uri, name, patience, current: tokio::sync::Mutex::default() })
    }

    pub(crate) const fn patience(&self) -> Duration {
        self.patience
    }

    /// The connection; a new one where there is none.
    pub(crate) async fn open(&self) -> Result<Arc<Open>, Failure> {
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
            Err(Failure::Unavailable(format!("RabbitMQ did not answer within {:?}", self.patience)))
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

    async fn connect(&self) -> Result<Open, Failure> {
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

    pub(crate) async fn close(&self) {
        if let Some(open) = self.current.lock().await.open.take() {
            open.close().await;
        }
    }
}

impl Open {
    /// The consumers that begin from now on get so many at once.
    pub(crate) async fn prefetch(&self, count: usize) -> Result<(), Failure> {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let options = BasicQosOptions { global: false };
        self.channel.basic_qos(count, options).await.map_err(|error| refused(&error))
    }
}

/// Whether it says that there is no such thing.
pub(crate) fn is_missing(error: &lapin::Error) -> bool {
    matches!(error.kind(), lapin::ErrorKind::ProtocolError(error) if error.get_id() == 404)
}

pub(crate) fn refused(error: &lapin::Error) -> Failure {
    let text = error.to_string();
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) if matches!(error.get_id(), 403 | 406 | 530) => {
            Failure::Internal(format!("RabbitMQ refuses: {text}"))
        }
        _ => Failure::Unavailable(format!("RabbitMQ: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_not_seen_is_settled_along_with_others() {
        let mut settled = Settled::default();
        assert_eq!(settled.add(&[1, 2, 4]), Some(2));
        assert_eq!(settled.tell(), [4]);
        assert_eq!(settled.add(&[5]), None);
        assert_eq!(settled.add(&[7]), None);
        assert_eq!(settled.add(&[3]), Some(5), "what is told already is passed over");
        assert_eq!(settled.tell(), [7]);
        assert_eq!(settled.add(&[6]), Some(6), "what was told alone is not told again");
        assert_eq!((settled.floor, settled.add(&[]), settled.tell()), (7, None, vec![]));
    }
}
