//! From the queue of a group to its ledger.
//!
//! Every process of a group consumes from the group's queue, and `RabbitMQ` gives to one of them at a time. What comes in is
//! written in the ledger in its order and acknowledged afterwards, so it may be written twice, also by two processes at once,
//! of which each begins where nothing is missing before it: the ledger knows what it has, and the order stays.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::Shared;
use super::held::Known;
use super::message::Arrived;
use super::past::Progress;
use super::topology::{Word, end};
use crate::amqp::{Open, refused};
use crate::events::bus::BusError;
use crate::events::cloud::CloudEvent;
use crate::tasks::pause;

/// How many messages are on their way at once.
const AHEAD: u16 = 2_000;
/// How many are written at once.
pub(super) const GROUP: usize = 500;
/// How often it is looked for whether the group was set back or forgotten.
const LOOK: Duration = Duration::from_millis(500);

/// What feeds a group, as long as it is kept.
pub(super) struct Feed {
    /// Whether what was there when it began is in the ledger, as far as can be known.
    settled: Arc<watch::Sender<bool>>,
    changed: Arc<Notify>,
    feeding: JoinHandle<()>,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.feeding.abort();
    }
}

impl Feed {
    pub(super) fn start(shared: &Arc<Shared>, group: &str) -> Self {
        let (settled, changed) = (Arc::new(watch::Sender::new(false)), Arc::new(Notify::new()));
        let feeder = Feeder {
            shared: Arc::clone(shared),
            group: group.to_owned(),
            settled: Arc::clone(&settled),
            changed: Arc::clone(&changed),
            progress: None,
        };
        Self { settled, changed, feeding: tokio::spawn(feeder.go_on()) }
    }

    pub(super) fn is_settled(&self) -> bool {
        *self.settled.borrow()
    }

    /// Waits until it is, but not for ever.
    pub(super) async fn settle(&self, patience: Duration) {
        let mut settled = self.settled.subscribe();
        // Where it takes longer the group has what the ledger has.
        let _ = timeout(patience, settled.wait_for(|settled| *settled)).await;
    }

    /// The group was set back.
    pub(super) fn begin_anew(&self) {
        self.settled.send_replace(false);
        self.changed.notify_one();
    }
}

struct Feeder {
    shared: Arc<Shared>,
    group: String,
    settled: Arc<watch::Sender<bool>>,
    changed: Arc<Notify>,
    progress: Option<Progress>,
}

/// Where what comes in is written.
pub(super) struct Sink<'a> {
    shared: &'a Shared,
    group: &'a str,
    pub(super) known: &'a Known,
    pub(super) queue: &'a str,
}

impl Sink<'_> {
    /// Whether the group is still where it was.
    async fn is_current(&self) -> Result<bool, BusError> {
        Ok(self.shared.known(self.group).await?.is_some_and(|known| known.label == self.known.label))
    }

    /// Writes them; false where the group has been set back or forgotten meanwhile. While the ledger is away it waits: what
    /// is given back is counted, and `RabbitMQ` drops what came back too often.
    pub(super) async fn take(&self, deliveries: Vec<Delivery>) -> Result<bool, BusError> {
        let hold = |it: Delivery| self.known.label.hold(Arrived::new(&it.properties, it.data));
        let events: Vec<CloudEvent> = deliveries.into_iter().map(hold).collect();
        let mut failures = 0;
        while let Err(why) = self.write(&events).await {
            failures += 1;
            tracing::warn!(group = self.group, ?why, "events can't be written in the ledger at the moment");
            tokio::time::sleep(pause(failures)).await;
            if matches!(self.is_current().await, Ok(false)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn write(&self, held: &[CloudEvent]) -> Result<(), BusError> {
        if held.is_empty() {
            return Ok(());
        }
        let ledger = &self.shared.ledger;
        match ledger.publish(held.to_vec()).await {
            Err(BusError::Internal(_)) => {}
            told => return told,
        }
        // One of them is at fault, or something else is.
        for event in held {
            if let Err(BusError::Internal(why)) = ledger.publish(vec![event.clone()]).await {
                tracing::error!(group = self.group, why, "an event that the database does not take");
                ledger.publish(vec![self.known.label.refused(event, &why)]).await?;
            }
        }
        Ok(())
    }
}

impl Feeder {
    async fn go_on(mut self) {
        let mut failures = 0;
        loop {
            let begun = Instant::now();
            match self.follow().await {
                Ok(()) => failures = 0,
                Err(error) => {
                    tracing::warn!(group = self.group, ?error, "no events come in at the moment");
                    // What is in the ledger goes on.
                    self.settled.send_replace(true);
                    failures = if begun.elapsed() > LOOK { 1 } else { failures + 1 };
                    tokio::select! {
                        () = tokio::time::sleep(pause(failures)) => {}
                        () = self.changed.notified() => {}
                    }
                }
            }
        }
    }

    /// Feeds the group until it is set back, or something is wrong.
    async fn follow(&mut self) -> Result<(), BusError> {
        let shared = Arc::clone(&self.shared);
        let group = self.group.clone();
        let known = shared.known(&group).await?.ok_or(BusError::NoGroup)?;
        let queue = shared.queue(&group, &known.label);
        let sink = Sink { shared: &shared, group: &group, known: &known, queue: &queue };
        let open = shared.consuming.open().await?;
        let mut channel = open.channel().await?;
        let mut waiting = shared.depth(&channel, &queue).await?;
        if waiting.is_none() {
            if !sink.is_current().await? {
                return Ok(());
            }
            tracing::warn!(
                group,
                queue,
                "the group has no queue: it is made anew, and what it missed comes from the stream"
            );
            shared.make_queue(&group, &known, known.since).await?;
            channel = open.channel().await?;
            waiting = Some(1);
        }
        if let Some(before) = known.label.before() {
            // Whoever set the group back may have ended half-way.
            shared.delete_queue(&shared.queue(&group, &before)).await?;
        }
        let consumer = consume(&channel, &queue).await?;
        let goes_on = self.receive(&sink, &open, &channel, consumer, waiting.unwrap_or_default()).await;
        end(&channel).await;
        if goes_on? {
            return Ok(());
        }
        // Where it fails another process of the group does it, or it is not there any more.
        let _ = shared.delete_queue(&queue).await;
        Ok(())
    }

    /// True where the queue is still that of the group.
    async fn receive(
        &mut self,
        sink: &Sink<'_>,
        open: &Open,
        channel: &Channel,
        mut consumer: Consumer,
        waiting: u32,
    ) -> Result<bool, BusError> {
        let mut waiting = usize::try_from(waiting).unwrap_or(usize::MAX);
        if waiting == 0 {
            self.settled.send_replace(true);
        }
        let mut looked = Instant::now();
        loop {
            let next = tokio::select! {
                next = consumer.next() => Some(next),
                () = tokio::time::sleep_until(looked + LOOK) => None,
                () = self.changed.notified() => None,
            };
            if next.is_none() || looked.elapsed() >= LOOK {
                if !sink.is_current().await? {
                    return Ok(false);
                }
                looked = Instant::now();
            }
            let Some(next) = next else {
                // Another process of the group has them.
                self.settled.send_replace(true);
                continue;
            };
            let mut came = Vec::new();
            let mut next = Some(next);
            while let Some(message) = next {
                let Some(message) = message else {
                    return Err(BusError::Unavailable(
                        "the queue of the group can't be read any more".to_owned(),
                    ));
                };
                came.push(message.map_err(|error| refused(&error))?);
                next = if came.len() < GROUP { consumer.next().now_or_never() } else { None };
            }
            waiting = waiting.saturating_sub(came.len());
            if !self.pass_on(sink, open, channel, came).await? {
                return Ok(false);
            }
            if waiting == 0 {
                self.settled.send_replace(true);
            }
        }
    }

    async fn pass_on(
        &mut self,
        sink: &Sink<'_>,
        open: &Open,
        channel: &Channel,
        came: Vec<Delivery>,
    ) -> Result<bool, BusError> {
        let Some(last) = came.last().map(|delivery| delivery.delivery_tag) else { return Ok(true) };
        let mut events = Vec::new();
        for delivery in came {
            let Some(Word::Begin(start)) = Word::read(&delivery) else {
                events.push(delivery);
                continue;
            };
            if !sink.take(std::mem::take(&mut events)).await? {
                return Ok(false);
            }
            self.shared.read_past(open, sink, start, &mut self.progress).await?;
        }
        if !sink.take(events).await? {
            return Ok(false);
        }
        let options = BasicAckOptions { multiple: true };
        channel.basic_ack(last, options).await.map_err(|error| refused(&error))?;
        Ok(true)
    }
}

async fn consume(channel: &Channel, queue: &str) -> Result<Consumer, BusError> {
    let qos = channel.basic_qos(AHEAD, BasicQosOptions::default());
    qos.await.map_err(|error| refused(&error))?;
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await;
    Ok(consumer.map_err(|error| refused(&error))?)
}
