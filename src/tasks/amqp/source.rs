//! What comes in from one queue: prefetched, and waiting for a worker.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::line::{Open, refused};
use super::Held;
use super::dialect::Dialect;
use crate::tasks::broker::BrokerError;
use crate::tasks::message::{Message, Priority};

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
    fn add(&mut self, arrived: Arrived, priority: Priority) {
        let waiting = &mut self.waiting[class(priority)];
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
    /// With the attempts counting this one; or why it is none, and what came instead.
    pub(super) message: Result<Message, Unreadable>,
    /// Whether somebody had it before.
    #[cfg(feature = "celery")]
    pub(super) again: bool,
}

pub(super) struct Unreadable {
    /// The word for it.
    pub(super) code: &'static str,
    pub(super) why: String,
    pub(super) body: Vec<u8>,
    /// The name of the task and whom to tell, where so much could be read.
    #[cfg(feature = "celery")]
    pub(super) task: Option<(String, Box<crate::tasks::celery::Origin>)>,
}

impl Unreadable {
    pub(super) fn new(why: impl Into<String>, body: &[u8]) -> Self {
        Self {
            code: "unreadable",
            why: why.into(),
            body: body.to_vec(),
            #[cfg(feature = "celery")]
            task: None,
        }
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
            let priority = arrived.message.as_ref().map_or(Priority::Normal, |message| message.priority);
            state.waiting[class(priority)].push_front(arrived);
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
            let (dialect, queue) = (dialect.clone(), queue.to_owned());
            tokio::spawn(async move {
                let read = |delivery: &Delivery| dialect.read(&queue, delivery);
                source.receive(consumer, open, priority, &held, read).await;
            });
        }
        self.state().consumers = Some((open.number(), wanted));
        Ok(())
    }

    /// Ends with the connection.
    async fn receive(
        &self,
        mut consumer: Consumer,
        open: Arc<Open>,
        priority: Priority,
        held: &Held,
        read: impl Fn(&Delivery) -> Result<Message, Unreadable>,
    ) {
        while let Some(Ok(delivery)) = consumer.next().await {
            let arrived = Arrived {
                open: Arc::clone(&open),
                tag: delivery.delivery_tag,
                message: read(&delivery),
                #[cfg(feature = "celery")]
                again: delivery.redelivered,
            };
            self.state().add(arrived, priority);
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
