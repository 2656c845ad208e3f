//! What comes in from one queue: prefetched, and waiting for a worker.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{FutureExt as _, StreamExt as _};
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::BasicConsumeOptions;
use lapin::types::{AMQPValue, FieldTable};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Held;
use super::dialect::Dialect;
use crate::amqp::{Open, refused};
use crate::tasks::broker::BrokerError;
use crate::tasks::message::{Message, Priority};

/// How often a message may come back, beside the attempts of its task, before its task is said to crash its workers: a worker
/// that dies also gives back what it had not begun.
const SPARE: u32 = 20;
/// How many are taken in at once.
const TOGETHER: usize = 256;

#[derive(Default)]
pub(super) struct Source {
    state: Mutex<State>,
    pub(super) arrived: Notify,
    /// How many of its messages are held, begun and not acknowledged.
    pub(super) held: AtomicUsize,
    asked: AtomicUsize,
    /// One at a time makes consumers.
    making: tokio::sync::Mutex<()>,
}

/// A claim that is underway.
pub(super) struct Asking {
    source: Arc<Source>,
    limit: usize,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.source.asked.fetch_sub(self.limit, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct State {
    waiting: [VecDeque<Arrived>; Priority::ALL.len()],
    /// The connection that the consumers are on, and how many tasks they fetch in all.
    consumers: Option<(u64, usize)>,
    /// When the rows of the queue were last looked at.
    looked: Option<Instant>,
}

impl State {
    /// In the order of delivery, which several consumers of one queue see each in part.
    fn add(&mut self, arrived: Arrived) {
        let waiting = &mut self.waiting[class(arrived.priority)];
        let later =
            |other: &&Arrived| other.open.number() == arrived.open.number() && other.tag > arrived.tag;
        let place = waiting.len() - waiting.iter().rev().take_while(later).count();
        waiting.insert(place, arrived);
    }
}

/// A message that nobody has begun.
pub(super) struct Arrived {
    pub(super) open: Arc<Open>,
    pub(super) tag: u64,
    pub(super) priority: Priority,
    pub(super) body: Vec<u8>,
    /// How often it came before.
    returned: u32,
    #[cfg(feature = "celery")]
    pub(super) properties: lapin::BasicProperties,
    /// Whether somebody had it before.
    #[cfg(feature = "celery")]
    pub(super) again: bool,
}

impl Arrived {
    /// What it says, with the attempts counting this one; or why it says nothing.
    pub(super) fn read(&self) -> Result<Message, String> {
        let text = std::str::from_utf8(&self.body).map_err(|_| "not UTF-8".to_owned())?;
        let mut message = Message::from_json(text)?;
        let crashed = self.returned.saturating_sub(SPARE);
        message.attempts = message.attempts.saturating_add(1).saturating_add(crashed);
        Ok(message)
    }
}

impl Source {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is there, the most urgent first.
    pub(super) fn take(&self, limit: usize) -> Vec<Arrived> {
        let mut state = self.state();
        let mut taken = Vec::new();
        for waiting in &mut state.waiting {
            while taken.len() < limit
                && let Some(arrived) = waiting.pop_front()
            {
                taken.push(arrived);
            }
        }
        taken
    }

    /// Puts back what could not be begun.
    pub(super) fn put_back(&self, arrived: Vec<Arrived>) {
        let mut state = self.state();
        for arrived in arrived.into_iter().rev() {
            state.waiting[class(arrived.priority)].push_front(arrived);
        }
    }

    /// Whether it is time to look at the rows of the queue.
    pub(super) fn look_now(&self, every: std::time::Duration) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        let due = state.looked.is_none_or(|looked| now.duration_since(looked) >= every);
        if due {
            state.looked = Some(now);
        }
        due
    }

    /// There was more than was taken: the next look is at once.
    pub(super) fn look_again(&self) {
        self.state().looked = None;
    }

    /// Says that somebody wants so many, until it is dropped.
    pub(super) fn ask(self: &Arc<Self>, limit: usize) -> Asking {
        self.asked.fetch_add(limit, Ordering::Relaxed);
        Asking { source: Arc::clone(self), limit }
    }

    /// Sees to it that as many messages come in on this connection as are asked for, beside those that are held.
    pub(super) async fn consume(
        self: &Arc<Self>,
        open: &Arc<Open>,
        queue: &str,
        held: &Held,
        dialect: &Dialect,
    ) -> Result<(), BrokerError> {
        let wanted = self.asked.load(Ordering::Relaxed) + self.held.load(Ordering::Relaxed);
        if self.fetched(open) >= wanted {
            return Ok(());
        }
        let (source, open, queue, held) =
            (Arc::clone(self), Arc::clone(open), queue.to_owned(), held.clone());
        let dialect = dialect.clone();
        // Of its own, for where nobody waits for it any more a consumer would take messages that nobody sees.
        let made = tokio::spawn(async move { source.make(&open, &queue, wanted, &held, &dialect).await });
        made.await.unwrap_or_else(|panic| Err(BrokerError::Internal(panic.to_string())))
    }

    /// How many the consumers on this connection fetch.
    fn fetched(&self, open: &Open) -> usize {
        match self.state().consumers {
            Some((number, fetched)) if number == open.number() => fetched,
            _ => 0,
        }
    }

    async fn make(
        self: &Arc<Self>,
        open: &Arc<Open>,
        queue: &str,
        wanted: usize,
        held: &Held,
        dialect: &Dialect,
    ) -> Result<(), BrokerError> {
        let _one = self.making.lock().await;
        let there = self.fetched(open);
        if there >= wanted {
            return Ok(());
        }
        // No more than can begin: others may have room for the next ones.
        open.prefetch(wanted - there).await?;
        for (priority, name) in dialect.queues(queue) {
            let consumer = open.channel.basic_consume(
                name.into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            );
            let consumer = consumer.await.map_err(|error| refused(&error))?;
            let (source, open, held) = (Arc::clone(self), Arc::clone(open), held.clone());
            tokio::spawn(async move { source.receive(consumer, open, priority, &held).await });
        }
        self.state().consumers = Some((open.number(), wanted));
        Ok(())
    }

    /// Ends with the connection.
    async fn receive(&self, mut consumer: Consumer, open: Arc<Open>, priority: Priority, held: &Held) {
        while let Some(Ok(delivery)) = consumer.next().await {
            let mut came = vec![arrived(delivery, &open, priority)];
            // What is there already comes with it.
            while came.len() < TOGETHER
                && let Some(Some(Ok(delivery))) = consumer.next().now_or_never()
            {
                came.push(arrived(delivery, &open, priority));
            }
            let mut state = self.state();
            for arrived in came {
                state.add(arrived);
            }
            drop(state);
            self.arrived.notify_one();
        }
        held.lose(&open);
        for waiting in &mut self.state().waiting {
            waiting.retain(|arrived| arrived.open.number() != open.number());
        }
        self.arrived.notify_waiters();
        // A queue that was deleted ends its consumers alone: the connection is made anew, so that they are, too.
        open.close().await;
    }
}

/// The most urgent first.
fn class(priority: Priority) -> usize {
    Priority::ALL.iter().position(|it| *it == priority).unwrap_or_default()
}

fn arrived(delivery: Delivery, open: &Arc<Open>, priority: Priority) -> Arrived {
    let headers = delivery.properties.headers().as_ref();
    let returned = match headers.and_then(|headers| headers.inner().get("x-delivery-count")) {
        Some(AMQPValue::LongLongInt(count)) => u32::try_from(*count).unwrap_or_default(),
        Some(AMQPValue::LongInt(count)) => u32::try_from(*count).unwrap_or_default(),
        Some(AMQPValue::LongUInt(count)) => *count,
        _ => 0,
    };
    Arrived {
        open: Arc::clone(open),
        tag: delivery.delivery_tag,
        priority,
        body: delivery.data,
        returned,
        #[cfg(feature = "celery")]
        properties: delivery.properties,
        #[cfg(feature = "celery")]
        again: delivery.redelivered,
    }
}
