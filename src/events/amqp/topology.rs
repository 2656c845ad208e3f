//! What there is in `RabbitMQ`: the exchange, the stream of all events, and a queue for each group.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, ExchangeKind};
use tokio::time::Instant;

use super::Shared;
use super::held::{Known, Label};
use super::message;
use crate::amqp::{Failure, Open, Parcel, is_missing, quorum, refused, short};
use crate::descriptor::BoxFuture;
use crate::events::bus::{BusError, Start};

/// On the first message of a queue: the group begins with what was published before.
const BEGIN: &str = "fourfold-begin";
/// At the end of what somebody reads of the stream.
const END: &str = "fourfold-end";
/// How often it is tried to have one's turn.
const TURN: Duration = Duration::from_millis(50);
/// The stream forgets whole segments; the usual ones have 500 MB.
const SEGMENT: i64 = 50_000_000;

/// A message that is no event: what the bus says to itself. Such come straight to a queue, never by the exchange.
pub(super) enum Word {
    Begin(Start),
    End(String),
}

impl Word {
    fn headers(&self) -> FieldTable {
        let (name, value) = match self {
            Self::Begin(Start::At(moment)) => (BEGIN, AMQPValue::LongLongInt(moment.timestamp_micros())),
            Self::Begin(Start::Beginning | Start::Now) => (BEGIN, AMQPValue::LongLongInt(i64::MIN)),
            Self::End(mark) => (END, AMQPValue::LongString(mark.as_str().into())),
        };
        let mut headers = FieldTable::default();
        headers.insert(name.into(), value);
        headers
    }

    pub(super) fn read(delivery: &lapin::message::Delivery) -> Option<Self> {
        if !delivery.exchange.as_str().is_empty() {
            return None;
        }
        if let Some(AMQPValue::LongString(mark)) = message::header(&delivery.properties, END) {
            return Some(Self::End(mark.to_string()));
        }
        let Some(AMQPValue::LongLongInt(from)) = message::header(&delivery.properties, BEGIN) else {
            return None;
        };
        let moment = DateTime::<Utc>::from_timestamp_micros(*from).filter(|_| *from != i64::MIN);
        Some(Self::Begin(moment.map_or(Start::Beginning, Start::At)))
    }
}

fn passive() -> QueueDeclareOptions {
    QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() }
}

impl Shared {
    /// The connection that publishes, with the exchange and the stream made or found.
    pub(super) async fn ready(&self) -> Result<Arc<Open>, BusError> {
        let open = self.publishing.open().await?;
        // Connections are numbered from 0.
        if self.prepared.load(Ordering::Acquire) != open.number() + 1 {
            let prepared = if self.declares { self.declare(&open).await } else { self.find(&open).await };
            prepared?;
            self.prepared.store(open.number() + 1, Ordering::Release);
        }
        Ok(open)
    }

    async fn declare(&self, open: &Open) -> Result<(), Failure> {
        let (exchange, log) = (self.place.exchange.as_str(), self.place.log());
        let mut channel = open.channel().await?;
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let (kind, none) = (ExchangeKind::Topic, FieldTable::default());
        let declared = channel.exchange_declare(exchange.into(), kind, options, none.clone()).await;
        declared.map_err(|error| refused(&error))?;
        // One that is there stays as it was made, or as somebody has made it anew.
        if let Err(error) = channel.queue_declare(log.as_str().into(), passive(), none.clone()).await {
            if !is_missing(&error) {
                return Err(refused(&error));
            }
            channel = open.channel().await?;
            let mut arguments = FieldTable::default();
            arguments.insert("x-queue-type".into(), AMQPValue::LongString("stream".into()));
            let age = format!("{}s", self.retention.as_secs().max(1));
            arguments.insert("x-max-age".into(), AMQPValue::LongString(age.into()));
            arguments.insert("x-stream-max-segment-size-bytes".into(), AMQPValue::LongLongInt(SEGMENT));
            let declared =
                channel.queue_declare(log.as_str().into(), QueueDeclareOptions::durable(), arguments);
            declared.await.map_err(|error| refused(&error))?;
        }
        let options = QueueBindOptions::default();
        let bound = channel.queue_bind(log.as_str().into(), exchange.into(), "#".into(), options, none);
        bound.await.map_err(|error| refused(&error))?;
        end(&channel).await;
        Ok(())
    }

    async fn find(&self, open: &Open) -> Result<(), Failure> {
        let missing = |what: String, error: &lapin::Error| {
            if !is_missing(error) {
                return refused(error);
            }
            Failure::Internal(format!(
                "RabbitMQ has no {what}, which the events need: start with FOURFOLD_MIGRATE=on to have it made"
            ))
        };
        let channel = open.channel().await?;
        let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        let (exchange, none) = (self.place.exchange.as_str(), FieldTable::default());
        let found =
            channel.exchange_declare(exchange.into(), ExchangeKind::Topic, options, none.clone()).await;
        found.map_err(|error| missing(format!("exchange {exchange}"), &error))?;
        let log = self.place.log();
        let found = channel.queue_declare(log.as_str().into(), passive(), none).await;
        found.map_err(|error| missing(format!("stream {log}"), &error))?;
        end(&channel).await;
        Ok(())
    }

    pub(super) fn queue(&self, group: &str, label: &Label) -> String {
        self.place.queue(group, &label.epoch, label.round)
    }

    /// Makes the queue of a group, unless it is there: what was published from the start on comes first, then what is published
    /// from now on.
    pub(super) async fn make_queue(&self, group: &str, known: &Known, start: Start) -> Result<(), BusError> {
        let open = self.ready().await?;
        let (channel, queue) = (open.channel().await?, self.queue(group, &known.label));
        let mut arguments = quorum();
        // One process feeds the group, so that the order stays; where it is gone another goes on.
        arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
        let declared =
            channel.queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), arguments);
        declared.await.map_err(|error| refused(&error))?;
        if start != Start::Now {
            // Before it is bound: whatever comes in after this is also in the stream by the time that this is read.
            self.say(&queue, &Word::Begin(start)).await?;
        }
        self.bind(&channel, &queue, &known.types).await?;
        end(&channel).await;
        Ok(())
    }

    async fn bind(&self, channel: &Channel, queue: &str, types: &[String]) -> Result<(), Failure> {
        for kind in types {
            let key = short(kind)?;
            let (exchange, options) = (self.place.exchange.as_str(), QueueBindOptions::default());
            let bound =
                channel.queue_bind(queue.into(), exchange.into(), key, options, FieldTable::default());
            bound.await.map_err(|error| refused(&error))?;
        }
        Ok(())
    }

    /// The queue of a group gets no more events of these types.
    pub(super) async fn unbind(&self, queue: &str, types: Vec<String>) -> Result<(), BusError> {
        let channel = self.ready().await?.channel().await?;
        for kind in types {
            let (key, exchange) = (short(&kind)?, self.place.exchange.as_str());
            let unbound = channel.queue_unbind(queue.into(), exchange.into(), key, FieldTable::default());
            unbound.await.map_err(|error| refused(&error))?;
        }
        end(&channel).await;
        Ok(())
    }

    pub(super) async fn delete_queue(&self, queue: &str) -> Result<(), BusError> {
        let channel = self.ready().await?.channel().await?;
        let deleted = channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await;
        end(&channel).await;
        match deleted {
            Err(error) if !is_missing(&error) => Err(refused(&error).into()),
            _ => Ok(()),
        }
    }

    /// How many messages wait in a queue; `None` where there is none.
    pub(super) async fn depth(&self, channel: &Channel, queue: &str) -> Result<Option<u32>, BusError> {
        match channel.queue_declare(queue.into(), passive(), FieldTable::default()).await {
            Ok(found) => Ok(Some(found.message_count())),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(refused(&error).into()),
        }
    }

    /// Puts a word straight into a queue.
    pub(super) async fn say(&self, queue: &str, word: &Word) -> Result<(), BusError> {
        let properties = BasicProperties::default().with_headers(word.headers()).with_delivery_mode(2);
        let parcel = Parcel {
            exchange: String::new(),
            routing_key: queue.to_owned(),
            body: Vec::new(),
            properties,
            may_be_lost: false,
        };
        Ok(self.publishing.publish(&[parcel]).await?)
    }

    /// Does something to a group while nobody else does: begins it, sets it back or forgets it. It is done to its end also
    /// where nobody waits for it any more.
    pub(super) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        group: &str,
        work: impl FnOnce(Arc<Self>, String) -> BoxFuture<'static, Result<T, BusError>> + Send + 'static,
    ) -> Result<T, BusError> {
        let (shared, group) = (Arc::clone(self), group.to_owned());
        let done = tokio::spawn(async move {
            // Of this process; that of RabbitMQ tells connections apart.
            let _mine = shared.turn.lock().await;
            let open = shared.ready().await?;
            let turn = shared.place.turn(&group);
            shared.wait_for_turn(&open, &turn).await?;
            let done = work(Arc::clone(&shared), group).await;
            if let Ok(channel) = open.channel().await {
                // Where it fails the connection is broken, and the turn ends with it.
                let _ = channel.queue_delete(turn.into(), QueueDeleteOptions::default()).await;
                end(&channel).await;
            }
            done
        });
        done.await.unwrap_or_else(|panic| Err(BusError::Internal(panic.to_string())))
    }

    async fn wait_for_turn(&self, open: &Open, turn: &str) -> Result<(), BusError> {
        const LOCKED: u16 = 405;
        let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        let deadline = Instant::now() + self.publishing.patience();
        loop {
            let channel = open.channel().await?;
            match channel.queue_declare(turn.into(), options, FieldTable::default()).await {
                Ok(_) => {
                    end(&channel).await;
                    return Ok(());
                }
                Err(error) => match error.kind() {
                    lapin::ErrorKind::ProtocolError(said)
                        if said.get_id() == LOCKED && Instant::now() < deadline =>
                    {
                        tokio::time::sleep(TURN).await;
                    }
                    _ => return Err(refused(&error).into()),
                },
            }
        }
    }
}

/// Closes a channel. Where that fails the connection is broken, which is noticed next.
pub(super) async fn end(channel: &Channel) {
    let _ = channel.close(200, "done".into()).await;
}
