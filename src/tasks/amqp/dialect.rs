//! What messages look like, and what the queues are called: fourfold's own way, or Celery's.

#[cfg(feature = "celery")]
use std::sync::Arc;

use lapin::BasicProperties;

#[cfg(feature = "celery")]
use super::celery::Celery;
use super::queue_name;
use super::source::Arrived;
use crate::amqp::{Open, Parcel, quorum};
use crate::tasks::broker::{BrokerError, Claimed, Lease};
use crate::tasks::message::{Message, Priority};

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

    /// What was found by its row.
    pub(super) fn found(&self, claimed: Vec<Claimed>) -> Vec<Claimed> {
        match self {
            Self::Own => claimed,
            #[cfg(feature = "celery")]
            Self::Celery(celery) => celery.found(claimed),
        }
    }

    /// What is held, which could be read when it came.
    #[cfg_attr(not(feature = "celery"), allow(unused_variables, reason = "the message says it"))]
    pub(super) fn message_of(&self, lease: Lease, arrived: &Arrived) -> Option<Message> {
        match self {
            Self::Own => arrived.read().ok(),
            #[cfg(feature = "celery")]
            Self::Celery(celery) => celery.message_of(lease),
        }
    }
}

/// A message as it goes between services like this one.
pub(super) fn parcel(message: &Message) -> Parcel {
    Parcel {
        exchange: String::new(),
        routing_key: queue_name(&message.queue, message.priority),
        body: message.to_json().into_bytes(),
        properties: properties(message),
        may_be_lost: false,
    }
}

/// For people who look at the queue: all that matters is in the body.
fn properties(message: &Message) -> BasicProperties {
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
        .with_message_id(message.id.to_string().into())
        .with_type(message.name.as_str().into())
}
