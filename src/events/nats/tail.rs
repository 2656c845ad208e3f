//! Reading ahead: the events that a group comes to next, as they arrive.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::OrderedError as MessagesError;
use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use super::line::{Line, Mark, away};
use super::message;
use super::wire::Wire;
use crate::events::bus::BusError;
use crate::events::cloud::{CloudEvent, Unreadable};

/// How many are passed on at once at most, ..
const GROUP: usize = 128;
/// .. and how many such groups are read ahead.
const AHEAD: usize = 8;
/// How long it is not tried again after it went wrong.
const PAUSE: Duration = Duration::from_millis(250);

/// An event, or why it is none.
pub(super) type Read = Result<Arc<CloudEvent>, Unreadable>;

/// What comes next.
pub(super) enum Next {
    /// Events, and where they are.
    Events(Vec<(Mark, Read)>),
    /// The stream has lost what was read ahead: it is to be read anew from where the group is.
    Anew,
    /// The stream has lost what the group has come to.
    Lost,
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
        after: Mark,
    ) -> Self {
        let (sender, next) = mpsc::channel(AHEAD);
        let subjects = types.iter().map(|kind| line.place.events(kind)).collect();
        let (line, wake) = (Arc::clone(line), Arc::clone(wake));
        let reader = Reader { line, wake, subjects, after, further: false, sender };
        Self { types: types.to_vec(), began, next, reading: tokio::spawn(reader.go_to_the_end()) }
    }
}

struct Reader {
    line: Arc<Line>,
    wake: Arc<Notify>,
    subjects: Vec<String>,
    after: Mark,
    /// Whether it has read something: `after` is no place of the group any more.
    further: bool,
    sender: mpsc::Sender<Next>,
}

impl Reader {
    async fn go_to_the_end(mut self) {
        let line = Arc::clone(&self.line);
        while !self.sender.is_closed() {
            // The reader of a server that was started again is gone there, and the client would take up to 15 seconds to see it.
            let read = match line.reading().await {
                Ok(wire) => Box::pin(wire.unbroken(self.follow(wire))).await,
                Err(error) => Err(error),
            };
            if let Err(error) = read {
                tracing::debug!(?error, "events are not read at the moment");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Reads until something is wrong. It may be dropped anywhere, and reads on after what it has passed on.
    async fn follow(&mut self, wire: &Wire) -> Result<(), BusError> {
        let streams = self.line.streams().await?;
        if !streams.has(self.after).await? {
            self.pass_on(if self.further { Next::Anew } else { Next::Lost }).await;
            // Whoever reads this begins another one.
            return Ok(());
        }
        let mut config = pull::OrderedConfig {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.after.seq + 1 },
            ..pull::OrderedConfig::default()
        };
        match &self.subjects[..] {
            [subject] => config.filter_subject.clone_from(subject),
            subjects if self.line.filters_by_many() => config.filter_subjects = subjects.to_vec(),
            _ => config.filter_subject = self.line.place.subjects("events"),
        }
        let events = wire.context.get_stream_no_info(self.line.place.stream("events")).await;
        let events = events.map_err(|error| away(&error))?;
        let consumer = events.create_consumer(config).await.map_err(|error| away(&error))?;
        let mut messages = consumer.messages().await.map_err(|error| away(&error))?;
        while let Some(message) = messages.next().await {
            let (mut events, mut last, mut broken) = (Vec::with_capacity(GROUP), self.after, None);
            // What has arrived by now goes with it.
            let more = std::iter::from_fn(|| messages.next().now_or_never().flatten());
            for message in std::iter::once(message).chain(more).take(GROUP) {
                match self.read(message, last) {
                    Ok((mark, event)) => {
                        last = mark;
                        events.extend(event.map(|event| (mark, event)));
                    }
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                }
            }
            if !events.is_empty() && !self.pass_on(Next::Events(events)).await {
                break;
            }
            if last != self.after {
                (self.after, self.further) = (last, true);
            }
            if let Some(error) = broken {
                return Err(error);
            }
        }
        Ok(())
    }

    /// The event of a message, where the group listens to it and it is behind the last one, and how far that is.
    fn read(
        &self,
        message: Result<Message, MessagesError>,
        last: Mark,
    ) -> Result<(Mark, Option<Read>), BusError> {
        let message = message.map_err(|error| away(&error))?;
        let info = message.info().map_err(|error| away(&error))?;
        let mark = Mark::new(info.stream_sequence, info.published);
        if mark.seq <= last.seq {
            return Ok((last, None));
        }
        let (message, _) = message.split();
        let mine = self.subjects.iter().any(|subject| **subject == *message.subject);
        let read = || message::read(&message.headers.unwrap_or_default(), &message.payload).map(Arc::new);
        Ok((mark, mine.then(read)))
    }

    /// False where nobody reads any more.
    async fn pass_on(&self, next: Next) -> bool {
        let sent = self.sender.send(next).await.is_ok();
        self.wake.notify_waiters();
        sent
    }
}
