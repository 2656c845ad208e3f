//! Reading ahead: the events that a group comes to next, as they arrive.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::line::{Line, away};
use super::message::Arrived;
use crate::events::bus::BusError;

/// How many are read ahead.
const AHEAD: usize = 1024;
/// How long it is not tried again after it went wrong.
const PAUSE: Duration = Duration::from_millis(250);

/// What comes next.
pub(super) enum Next {
    /// An event, by its place.
    Event(u64, Box<Arrived>),
    /// The stream ends there, and the group was further.
    EndsAt(u64),
}

/// A reader of the stream of events, for what a group listened to when it began.
pub(super) struct Tail {
    pub(super) types: Vec<String>,
    /// Changes with each new beginning of the group.
    pub(super) began: i64,
    pub(super) next: mpsc::Receiver<Next>,
    reading: JoinHandle<()>,
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Tail {
    /// Begins after a place.
    pub(super) fn start(
        line: &Arc<Line>,
        wake: &Arc<Notify>,
        types: &[String],
        began: i64,
        after: u64,
    ) -> Self {
        let (sender, next) = mpsc::channel(AHEAD);
        let subjects = types.iter().map(|kind| line.place.events(kind)).collect();
        let reader = Reader { line: Arc::clone(line), wake: Arc::clone(wake), subjects, after, sender };
        Self { types: types.to_vec(), began, next, reading: tokio::spawn(reader.go_to_the_end()) }
    }
}

struct Reader {
    line: Arc<Line>,
    wake: Arc<Notify>,
    subjects: Vec<String>,
    after: u64,
    sender: mpsc::Sender<Next>,
}

impl Reader {
    async fn go_to_the_end(mut self) {
        while !self.sender.is_closed() {
            if let Err(error) = self.follow().await {
                tracing::debug!(?error, "events are not read at the moment");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Reads until something is wrong.
    async fn follow(&mut self) -> Result<(), BusError> {
        let streams = self.line.streams().await?;
        let last = streams.last().await?;
        if last < self.after {
            self.pass_on(Next::EndsAt(last)).await;
            self.after = last;
        }
        let mut config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.after + 1 },
            ..pull::OrderedConfig::default()
        };
        match &self.subjects[..] {
            [subject] => config.filter_subject.clone_from(subject),
            subjects if self.line.filters_by_many() => config.filter_subjects = subjects.to_vec(),
            _ => config.filter_subject = self.line.place.subjects("events"),
        }
        let consumer = streams.events.create_consumer(config).await.map_err(|error| away(&error))?;
        let mut messages = consumer.messages().await.map_err(|error| away(&error))?;
        let connects = || self.line.client().statistics().connects.load(Ordering::Relaxed);
        let before = connects();
        loop {
            let Ok(message) = timeout(PAUSE, messages.next()).await else {
                // A server that was started again knows no consumer of before, and only a missed heartbeat would say so.
                if connects() != before {
                    return Ok(());
                }
                continue;
            };
            let Some(message) = message else { break };
            let message = message.map_err(|error| away(&error))?;
            let seq = message.info().map_err(|error| away(&error))?.stream_sequence;
            if seq <= self.after {
                continue;
            }
            self.after = seq;
            let (message, _) = message.split();
            if !self.subjects.iter().any(|subject| **subject == *message.subject) {
                continue;
            }
            let arrived = Arrived::new(message.headers.unwrap_or_default(), message.payload);
            if !self.pass_on(Next::Event(seq, Box::new(arrived))).await {
                break;
            }
        }
        Ok(())
    }

    /// False where nobody reads any more.
    async fn pass_on(&self, next: Next) -> bool {
        let sent = self.sender.send(next).await.is_ok();
        self.wake.notify_waiters();
        sent
    }
}
