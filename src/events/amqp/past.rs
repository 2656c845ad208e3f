//! What was published before a group began: it is read from the stream of all events.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer};
use tokio::time::timeout;
use uuid::Uuid;

use super::Shared;
use super::feed::{GROUP, Sink};
use super::message;
use super::topology::{Word, end};
use crate::amqp::{Open, refused};
use crate::events::bus::{BusError, Start};

/// How many messages are on their way at once.
const AHEAD: u16 = 1_000;
/// How far before a moment reading begins: the stream goes by the clock of the server, and by seconds.
const BEFORE: TimeDelta = TimeDelta::minutes(2);
/// After so long without a message something is wrong: the end is there.
const SILENCE: Duration = Duration::from_secs(30);

/// How far the stream was read for a group. Who has to read it again, because a connection broke, goes on from there.
pub(super) struct Progress {
    queue: String,
    next: i64,
}

/// What of the stream a group gets.
struct Wanted<'a> {
    exchange: &'a str,
    types: &'a [String],
    from: Option<DateTime<Utc>>,
}

impl Wanted<'_> {
    fn has(&self, delivery: &Delivery) -> bool {
        let (exchange, key) = (delivery.exchange.as_str(), delivery.routing_key.as_str());
        exchange == self.exchange
            && self.types.iter().any(|kind| kind == key)
            // What does not say when it was published may be of then.
            && self.from.is_none_or(|from| message::published(delivery).is_none_or(|moment| moment >= from))
    }
}

impl Shared {
    /// Reads what was published until now, and before the queue of the group was bound.
    pub(super) async fn read_past(
        &self,
        open: &Open,
        sink: &Sink<'_>,
        start: Start,
        progress: &mut Option<Progress>,
    ) -> Result<(), BusError> {
        let mark = Uuid::new_v4().to_string();
        let channel = open.channel().await?;
        let known = progress.as_ref().filter(|progress| progress.queue == sink.queue);
        let offset = match (known, start) {
            (Some(progress), _) => AMQPValue::LongLongInt(progress.next),
            (None, Start::At(moment)) => {
                let seconds = moment.checked_sub_signed(BEFORE).unwrap_or_default().timestamp();
                AMQPValue::Timestamp(u64::try_from(seconds).unwrap_or_default())
            }
            (None, Start::Beginning | Start::Now) => AMQPValue::LongString("first".into()),
        };
        let mut consumer = self.consume_log(&channel, offset).await?;
        // Afterwards: who begins at a moment after the last message gets what comes from then on.
        self.say(&self.place.log(), &Word::End(mark.clone())).await?;
        let from = if let Start::At(moment) = start { Some(moment) } else { None };
        let wanted = Wanted {
            exchange: &self.place.exchange,
            types: &sink.known.types,
            from: from.max(self.forgotten()),
        };
        loop {
            let Ok(next) = timeout(SILENCE, consumer.next()).await else {
                return Err(BusError::Unavailable("RabbitMQ says nothing more of its stream".to_owned()));
            };
            let mut came = Vec::new();
            let mut next = Some(next);
            while let Some(message) = next {
                let Some(message) = message else {
                    return Err(BusError::Unavailable("the stream can't be read any more".to_owned()));
                };
                came.push(message.map_err(|error| refused(&error))?);
                next = if came.len() < GROUP { consumer.next().now_or_never() } else { None };
            }
            let (mut events, mut ends) = (Vec::new(), false);
            let last = came.last().map(|delivery| (delivery.delivery_tag, offset_of(delivery)));
            for delivery in came {
                ends |= matches!(Word::read(&delivery), Some(Word::End(found)) if found == mark);
                if !ends && wanted.has(&delivery) {
                    events.push(delivery);
                }
            }
            if !sink.take(events).await? || ends {
                break;
            }
            if let Some((tag, offset)) = last {
                let options = BasicAckOptions { multiple: true };
                channel.basic_ack(tag, options).await.map_err(|error| refused(&error))?;
                if let Some(offset) = offset {
                    *progress = Some(Progress { queue: sink.queue.to_owned(), next: offset + 1 });
                }
            }
        }
        *progress = None;
        end(&channel).await;
        Ok(())
    }

    async fn consume_log(&self, channel: &Channel, offset: AMQPValue) -> Result<Consumer, BusError> {
        let qos = channel.basic_qos(AHEAD, BasicQosOptions::default());
        qos.await.map_err(|error| refused(&error))?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-stream-offset".into(), offset);
        let (log, options) = (self.place.log(), BasicConsumeOptions::default());
        let consumer = channel.basic_consume(log.into(), "".into(), options, arguments).await;
        Ok(consumer.map_err(|error| refused(&error))?)
    }
}

fn offset_of(delivery: &Delivery) -> Option<i64> {
    match message::header(&delivery.properties, "x-stream-offset") {
        Some(AMQPValue::LongLongInt(offset)) => Some(*offset),
        _ => None,
    }
}
