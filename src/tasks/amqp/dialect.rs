//! What messages look like, and what the queues are called: fourfold's own way, or Celery's.

#[cfg(feature = "celery")]
use std::sync::Arc;

use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable};
use lapin::BasicProperties;

#[cfg(feature = "celery")]
use super::celery::Celery;
use super::line::Open;
use super::publish::Parcel;
use super::queue_name;
use super::source::Unreadable;
use crate::tasks::broker::BrokerError;
use crate::tasks::message::{Message, Priority};

/// How often a message may come back, beside the attempts of its task, before its task is said to crash its workers: a worker
/// that dies also gives back what it had not begun.
const SPARE: u32 = 20;

#[derive(Clone)]
pub(super) enum Dialect {
    Own,
    #[cfg(feature = "celery")]
    Celery(Arc<Celery>),
}

impl Dialect {
    #[cfg(feature = "celery")]
    pub(super) fn celery(&self) -> Option<&Arc<Celery>> {
        match self {
            Self::Own => None,
            Self::Celery(celery) => Some(celery),
        }
    }

    /// The queues in `RabbitMQ` of a queue of tasks.
    pub(super) fn queues(&self, queue: &str) -> Vec<(Priority, String)> {
        match self {
            Self::Own => Priority::ALL.map(|priority| (priority, queue_name(queue, priority))).to_vec(),
            #[cfg(feature = "celery")]
            Self::Celery(_) => {
                vec![(Priority::Normal, crate::tasks::celery::queue_name(queue).to_owned())]
            }
        }
    }

    /// Makes the queues of a queue of tasks, once.
    pub(super) async fn declare(&self, open: &Open, queue: &str) -> Result<(), BrokerError> {
        for (_, name) in self.queues(queue) {
            match self {
                Self::Own => open.declare(&name, quorum()).await?,
                #[cfg(feature = "celery")]
                Self::Celery(_) => open.declare_unless_there(&name).await?,
            }
        }
        Ok(())
    }

    /// What came, with the attempts counting this one.
    pub(super) fn read(&self, queue: &str, delivery: &Delivery) -> Result<Message, Unreadable> {
        match self {
            Self::Own => own(delivery),
            #[cfg(feature = "celery")]
            Self::Celery(celery) => celery.read(queue, delivery),
        }
    }
}

/// A queue that is on the disks of most of the nodes before anything in it is confirmed.
fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    // Newer ones drop what was delivered 20 times. Who crashes workers is told apart and parked by the workers themselves.
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(100_000));
    arguments
}

/// A message as it goes between services like this one.
pub(super) fn parcel(message: &Message) -> Parcel {
    Parcel {
        queue: queue_name(&message.queue, message.priority),
        body: message.to_json().into_bytes(),
        properties: properties(message),
        may_be_lost: false,
    }
}

/// For people who look at the queue: all that matters is in the body.
fn properties(message: &Message) -> BasicProperties {
    let mut headers = FieldTable::default();
    if message.attempts > 0 {
        headers.insert("attempts".into(), AMQPValue::LongUInt(message.attempts));
    }
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
        .with_message_id(message.id.to_string().into())
        .with_type(message.name.as_str().into())
        .with_timestamp(message.created_at.timestamp().unsigned_abs())
        .with_headers(headers)
}

fn own(delivery: &Delivery) -> Result<Message, Unreadable> {
    let headers = delivery.properties.headers().as_ref();
    let returned = match headers.and_then(|headers| headers.inner().get("x-delivery-count")) {
        Some(AMQPValue::LongLongInt(count)) => u32::try_from(*count).unwrap_or_default(),
        Some(AMQPValue::LongInt(count)) => u32::try_from(*count).unwrap_or_default(),
        Some(AMQPValue::LongUInt(count)) => *count,
        _ => 0,
    };
    let read =
        std::str::from_utf8(&delivery.data).map_err(|_| "not UTF-8".to_owned()).and_then(Message::from_json);
    match read {
        Ok(mut message) => {
            let crashed = returned.saturating_sub(SPARE);
            message.attempts = message.attempts.saturating_add(1).saturating_add(crashed);
            Ok(message)
        }
        Err(why) => Err(Unreadable::new(why, &delivery.data)),
    }
}
