//! Publishing: all of a group is on its way before the first is waited for, and each is confirmed.

use futures_util::future::join_all;
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Confirmation};
use tokio::time::timeout;

use super::line::{Line, Open, refused};
use super::{Amqp, dialect};
use crate::tasks::broker::BrokerError;
use crate::tasks::message::Message;

/// A message on its way to a queue.
#[derive(Clone, Debug)]
pub(in crate::tasks) struct Parcel {
    /// As it is called in `RabbitMQ`.
    pub(in crate::tasks) queue: String,
    pub(in crate::tasks) body: Vec<u8>,
    pub(in crate::tasks) properties: BasicProperties,
    /// Whether it may be lost where there is no such queue: who waited for it may be gone.
    pub(in crate::tasks) may_be_lost: bool,
}

impl Amqp {
    /// Comes back when all of them are as safe as `RabbitMQ` makes them.
    pub(super) async fn publish(&self, messages: &[Message]) -> Result<(), BrokerError> {
        if messages.is_empty() {
            return Ok(());
        }
        if self.declares {
            let open = self.publishing.open().await?;
            for of_one in messages.chunk_by(|one, other| one.queue == other.queue) {
                self.dialect.declare(&open, &of_one[0].queue).await?;
            }
        }
        let parcels: Vec<Parcel> = messages.iter().map(dialect::parcel).collect();
        self.publishing.publish(&parcels).await
    }
}

impl Line {
    pub(super) async fn publish(&self, parcels: &[Parcel]) -> Result<(), BrokerError> {
        if parcels.is_empty() {
            return Ok(());
        }
        let open = self.open().await?;
        let all = async {
            let sent = join_all(parcels.iter().map(|parcel| send(&open, parcel))).await;
            sent.into_iter().collect()
        };
        timeout(self.patience(), all).await.unwrap_or_else(|_| {
            let sentence = format!("RabbitMQ did not confirm within {:?}", self.patience());
            Err(BrokerError::Unavailable(sentence))
        })
    }
}

async fn send(open: &Open, parcel: &Parcel) -> Result<(), BrokerError> {
    let Parcel { queue, body, properties, may_be_lost } = parcel;
    let options = BasicPublishOptions { mandatory: !may_be_lost, immediate: false };
    let sent =
        open.channel.basic_publish("".into(), queue.as_str().into(), options, body, properties.clone());
    let confirmed = sent.await.map_err(|error| refused(&error))?.await.map_err(|error| refused(&error))?;
    match confirmed {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Ack(Some(_)) => Err(BrokerError::Unavailable(format!(
            "RabbitMQ has no queue {queue}: a service that works it off makes it when it starts with FOURFOLD_MIGRATE=on"
        ))),
        Confirmation::Nack(_) => Err(BrokerError::Unavailable("RabbitMQ did not take the task".to_owned())),
        Confirmation::NotRequested => Err(BrokerError::Internal("the channel has no confirms".to_owned())),
    }
}
