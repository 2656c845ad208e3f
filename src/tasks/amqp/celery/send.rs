//! What is sent, and what was left unsent.
//!
//! A row goes out in three steps: it is written, claimed, and marked as sent once `RabbitMQ` has confirmed its message. Where a
//! process dies in between, or `RabbitMQ` is away, the claim runs out and another one, or the same later, sends it.

use std::sync::Arc;
use std::time::Duration;

use super::super::{Amqp, is_kept};
use super::Celery;
use super::answers::Abroad;
use crate::amqp::{Line, Parcel};
use crate::tasks::broker::{Broker, BrokerError, Called, Claim, Claimed, Noted, Taken};
use crate::tasks::celery::outgoing;
use crate::tasks::message::Message;

/// How the queue of rows begins that were sent, or are to be.
const SENT: &str = "celery:";
/// What is shown as the worker of what was sent.
const WORKER: &str = "celery";
/// How long others leave alone what one is sending.
const LEASE: Duration = Duration::from_secs(20);
/// How many are sent at once of what was left.
const GROUP: usize = 256;

/// The queue of the rows of what goes to a queue.
pub(crate) fn sent_queue(queue: &str) -> String {
    format!("{SENT}{queue}")
}

/// Whether a row is one that was sent.
pub(super) fn is_sent(queue: &str) -> bool {
    queue.starts_with(SENT)
}

impl Amqp {
    pub(in super::super) async fn send_abroad(
        &self,
        celery: &Celery,
        messages: Vec<Message>,
    ) -> Result<Vec<Taken>, BrokerError> {
        let abroad = &celery.abroad;
        let (kept, others): (Vec<Message>, Vec<Message>) = messages.iter().cloned().partition(is_kept);
        let mut parcels = parcels(&others, "")?;
        let mut noted = Vec::new();
        let mut sending = Vec::new();
        if !kept.is_empty() {
            // What can't be sent at all must not become a row.
            self::parcels(&kept, "")?;
            let ledger = self.ledger()?;
            abroad.start();
            let rows = kept.iter().cloned().map(|message| Message {
                queue: sent_queue(&message.queue),
                // Its answer may come after its end.
                keep: true,
                ..message
            });
            noted = ledger.enqueue(rows.collect()).await?;
            abroad.uses(kept.iter().map(|message| sent_queue(&message.queue)));
            let new = kept.iter().zip(&noted).filter(|(_, taken)| **taken == Taken::New);
            let ids: Vec<_> = new.map(|(message, _)| message.id).collect();
            if !ids.is_empty() {
                let called = ledger.call(ids, claim("", GROUP), true).await?;
                let claimed = called.into_iter().filter_map(|called| match called {
                    Called::Claimed(claimed) => Some(claimed),
                    Called::NotNow | Called::Unknown => None,
                });
                sending.extend(claimed.map(unsent));
            }
        }
        parcels.extend(self::parcels(&sending, abroad.answers())?);
        let published = abroad.send(&parcels).await;
        match published {
            Ok(()) => abroad.sent(&sending).await?,
            // Its rows are there, and are sent later.
            Err(why) if others.is_empty() => tracing::warn!(?why, "tasks wait until they can be sent"),
            Err(why) => return Err(why),
        }
        let mut noted = noted.into_iter();
        let taken = |message: &Message| {
            if is_kept(message) { noted.next().unwrap_or(Taken::New) } else { Taken::New }
        };
        Ok(messages.iter().map(taken).collect())
    }
}

impl Abroad {
    /// Publishes; makes queues that are not there, as Celery's own producers do.
    pub(super) async fn send(&self, parcels: &[Parcel]) -> Result<(), BrokerError> {
        if self.declares {
            let open = self.publishing.open().await?;
            for parcel in parcels.iter().filter(|parcel| !parcel.may_be_lost) {
                open.declare_unless_there(&parcel.routing_key).await?;
            }
        }
        Ok(self.publishing.publish(parcels).await?)
    }

    /// They have been sent.
    async fn sent(&self, messages: &[Message]) -> Result<(), BrokerError> {
        let Some(ledger) = self.ledger.as_ref().filter(|_| !messages.is_empty()) else { return Ok(()) };
        self.awaits(messages.iter().map(|message| message.id));
        ledger.note(messages.iter().map(|message| (message.id, Noted::Sent(WORKER))).collect()).await
    }

    /// Sends what was left, by whomever.
    pub(super) async fn send_rest(&self, ledger: &Arc<dyn Broker>) -> Result<(), BrokerError> {
        for queue in self.used() {
            loop {
                let claimed = ledger.claim(claim(&queue, GROUP)).await?;
                let whole = claimed.len() == GROUP;
                let messages: Vec<Message> = claimed.into_iter().map(unsent).collect();
                self.send(&parcels(&messages, self.answers())?).await?;
                self.sent(&messages).await?;
                if !whole {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn claim(queue: &str, limit: usize) -> Claim<'_> {
    Claim { queue, limit, lease: LEASE, wait: Duration::ZERO, worker: "" }
}

/// As it was before it became a row.
fn unsent(claimed: Claimed) -> Message {
    let message = claimed.message;
    let queue = message.queue.strip_prefix(SENT).unwrap_or(&message.queue).to_owned();
    Message { queue, attempts: 0, ..message }
}

fn parcels(messages: &[Message], answers: &str) -> Result<Vec<Parcel>, BrokerError> {
    let parcels = messages.iter().map(|message| outgoing(message, answers));
    parcels.collect::<Result<_, _>>().map_err(BrokerError::Unsupported)
}

impl Line {
    /// A message to every worker of Celery, where there is one at all.
    pub(super) async fn tell_workers(&self, body: &str) -> Result<(), BrokerError> {
        use lapin::options::{BasicPublishOptions, ExchangeDeclareOptions};
        const WORKERS: &str = "celery.pidbox";
        let channel = self.open().await?.channel().await?;
        let there = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        let declared = channel.exchange_declare(
            WORKERS.into(),
            lapin::ExchangeKind::Fanout,
            there,
            lapin::types::FieldTable::default(),
        );
        if declared.await.is_err() {
            // No worker has ever been there, and the channel is closed.
            return Ok(());
        }
        let properties = lapin::BasicProperties::default()
            .with_content_type("application/json".into())
            .with_content_encoding("utf-8".into())
            .with_headers(lapin::types::FieldTable::default());
        let options = BasicPublishOptions::default();
        let sent = channel.basic_publish(WORKERS.into(), "".into(), options, body.as_bytes(), properties);
        sent.await.map_err(|error| crate::amqp::refused(&error))?;
        let _ = channel.close(200, "done".into()).await;
        Ok(())
    }
}
