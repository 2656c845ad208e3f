//! What was sent and has not ended: where its answers come in, and what still has to go out.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::send::is_sent;
use super::settings::Settings;
use crate::amqp::{Line, Open, refused};
use crate::tasks::broker::{Broker, BrokerError, BrokerOptions, Noted};
use crate::tasks::celery::{Answered, answer};
use crate::tasks::status::{TaskFilter, TaskState};
use crate::tasks::worker::pause;

/// How many answers are read at once.
const GROUP: usize = 256;
/// How often it is looked for what was left unsent, and for rows of queues that this process does not know of.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_FAR: Duration = Duration::from_mins(1);
/// How many rows that look sees.
const ROWS: usize = 10_000;

pub(super) struct Abroad {
    pub(super) ledger: Option<Arc<dyn Broker>>,
    pub(super) publishing: Arc<Line>,
    /// Of its own, so that answers wait for nothing else.
    answering: Line,
    queue: String,
    lasting: bool,
    pub(super) declares: bool,
    /// Whether results are looked for, and not only sent here.
    looks: bool,
    state: Mutex<State>,
    #[cfg(feature = "redis")]
    pub(super) results: Option<super::results::Results>,
}

#[derive(Default)]
struct State {
    /// The queues of rows that were used.
    queues: BTreeSet<String>,
    /// What this process knows to be without an answer, where results are not sent to it, and a hash of what was last seen.
    awaited: HashMap<Uuid, u64>,
    running: Option<Vec<JoinHandle<()>>>,
}

impl Abroad {
    pub(super) fn new(
        options: &BrokerOptions,
        settings: &Settings,
        ledger: Option<Arc<dyn Broker>>,
        publishing: &Arc<Line>,
    ) -> Result<Self, BrokerError> {
        Ok(Self {
            ledger,
            publishing: Arc::clone(publishing),
            answering: super::super::line(options, "answers")?,
            queue: settings.answers.clone(),
            lasting: settings.lasting,
            declares: options.migrate,
            looks: settings.results.is_some(),
            state: Mutex::default(),
            #[cfg(feature = "redis")]
            results: settings.results.as_deref().map(super::results::Results::new).transpose()?,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queue where answers come in.
    pub(super) fn answers(&self) -> &str {
        &self.queue
    }

    pub(super) fn uses(&self, queues: impl Iterator<Item = String>) {
        self.state().queues.extend(queues);
    }

    pub(super) fn used(&self) -> Vec<String> {
        self.state().queues.iter().cloned().collect()
    }

    pub(super) fn awaits(&self, ids: impl Iterator<Item = Uuid>) {
        if self.looks {
            let mut state = self.state();
            for id in ids {
                state.awaited.entry(id).or_default();
            }
        }
    }

    /// From the first use on: a program that only looks at tasks needs none of it.
    pub(super) fn start(self: &Arc<Self>) {
        let Some(ledger) = &self.ledger else { return };
        let mut state = self.state();
        if state.running.is_some() {
            return;
        }
        let (this, to) = (Arc::clone(self), Arc::clone(ledger));
        let reads = tokio::spawn(async move {
            let mut failures = 0;
            loop {
                match this.read(&to).await {
                    Ok(()) => failures = 0,
                    Err(why) => tracing::warn!(?why, "answers of Celery's workers wait"),
                }
                failures += 1;
                tokio::time::sleep(pause(failures)).await;
            }
        });
        let (this, to) = (Arc::clone(self), Arc::clone(ledger));
        let sends = tokio::spawn(async move { this.look(&to).await });
        #[allow(unused_mut, reason = "without Redis there is nothing more")]
        let mut running = vec![reads, sends];
        #[cfg(feature = "redis")]
        if self.results.is_some() {
            let (this, to) = (Arc::clone(self), Arc::clone(ledger));
            running.push(tokio::spawn(async move { this.look_at_results(&to).await }));
        }
        state.running = Some(running);
    }

    pub(super) async fn close(&self) {
        for running in self.state().running.take().unwrap_or_default() {
            running.abort();
        }
        self.answering.close().await;
    }

    /// Writes down answers as they come in, until the connection breaks.
    async fn read(&self, ledger: &Arc<dyn Broker>) -> Result<(), BrokerError> {
        let open = self.answering.open().await?;
        self.declare(&open).await?;
        let limit = u16::try_from(GROUP * 2).unwrap_or(u16::MAX);
        let channel = &open.channel;
        channel.basic_qos(limit, BasicQosOptions::default()).await.map_err(|error| refused(&error))?;
        let consumer = channel.basic_consume(
            self.queue.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let mut groups = consumer.await.map_err(|error| refused(&error))?.ready_chunks(GROUP);
        while let Some(group) = groups.next().await {
            let came: Vec<Delivery> = group.into_iter().filter_map(Result::ok).collect();
            let Some(last) = came.last().map(|delivery| delivery.delivery_tag) else { break };
            let answers = came.iter().filter_map(|delivery| {
                let correlation_id = delivery.properties.correlation_id().as_ref().map(ShortString::as_str);
                answer(&delivery.data, correlation_id)
            });
            if let Err(why) = self.note(ledger, answers.collect()).await {
                // They come again.
                open.close().await;
                return Err(why);
            }
            let options = BasicAckOptions { multiple: true };
            channel.basic_ack(last, options).await.map_err(|error| refused(&error))?;
        }
        open.close().await;
        Err(BrokerError::Unavailable("the connection to RabbitMQ broke".to_owned()))
    }

    async fn declare(&self, open: &Open) -> Result<(), BrokerError> {
        let mut arguments = FieldTable::default();
        let options = if self.lasting {
            // Answers are not marked as such that are to be kept, and a quorum queue keeps them all the same.
            arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
            QueueDeclareOptions::durable()
        } else {
            arguments.insert("x-expires".into(), AMQPValue::LongInt(86_400_000));
            QueueDeclareOptions { durable: true, auto_delete: true, ..QueueDeclareOptions::default() }
        };
        let declared = open.channel.queue_declare(self.queue.as_str().into(), options, arguments);
        declared.await.map_err(|error| refused(&error))?;
        Ok(())
    }

    #[cfg(feature = "redis")]
    pub(super) fn awaits_again(&self, ids: &[Uuid]) {
        self.state().awaited.extend(ids.iter().map(|id| (*id, 0)));
    }

    pub(super) async fn note(
        &self,
        ledger: &Arc<dyn Broker>,
        answers: Vec<Answered>,
    ) -> Result<(), BrokerError> {
        let ended: Vec<Uuid> =
            answers.iter().filter(|it| matches!(it.noted, Noted::Ended(_))).map(|it| it.id).collect();
        let notes: Vec<(Uuid, Noted)> = answers.into_iter().map(|it| (it.id, it.noted)).collect();
        if !notes.is_empty() {
            ledger.note(notes).await?;
        }
        let mut state = self.state();
        for id in ended {
            state.awaited.remove(&id);
        }
        Ok(())
    }

    /// Sends what was left unsent, again and again.
    async fn look(&self, ledger: &Arc<dyn Broker>) {
        let mut far = None;
        loop {
            if far.is_none_or(|since: tokio::time::Instant| since.elapsed() >= LOOK_FAR) {
                far = Some(tokio::time::Instant::now());
                if let Err(why) = self.find(ledger).await {
                    tracing::warn!(?why, "can't look for tasks that were not sent");
                }
            }
            if let Err(why) = self.send_rest(ledger).await {
                tracing::warn!(?why, "tasks wait until they can be sent");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Rows that others, or this process before its end, have written.
    async fn find(&self, ledger: &Arc<dyn Broker>) -> Result<(), BrokerError> {
        for state in [TaskState::Waiting, TaskState::Running] {
            let filter = TaskFilter { state: Some(state), limit: ROWS, ..TaskFilter::default() };
            let found = ledger.list(&filter).await?;
            let found: Vec<_> = found.into_iter().filter(|status| is_sent(&status.queue)).collect();
            self.awaits(found.iter().map(|status| status.id));
            self.uses(found.into_iter().map(|status| status.queue));
        }
        Ok(())
    }

    #[cfg(feature = "redis")]
    pub(super) fn awaited(&self) -> Vec<Uuid> {
        self.state().awaited.keys().copied().collect()
    }

    /// Whether a result says something that was not seen before.
    #[cfg(feature = "redis")]
    pub(super) fn is_new(&self, id: Uuid, data: &[u8]) -> bool {
        let hash = crate::text::fnv1a(data);
        self.state().awaited.insert(id, hash) != Some(hash)
    }

    #[cfg(not(feature = "redis"))]
    #[allow(clippy::unused_async, reason = "it has something to ask with Redis")]
    pub(super) async fn ask(&self, _id: Uuid) -> Result<(), BrokerError> {
        Ok(())
    }

    pub(super) async fn revoke(&self, id: Uuid) -> Result<(), BrokerError> {
        let body = json!({
            "method": "revoke",
            "arguments": {"task_id": id.to_string(), "terminate": false, "signal": "SIGTERM"},
            "destination": null, "pattern": null, "matcher": null,
        });
        self.publishing.tell_workers(&body.to_string()).await
    }
}
