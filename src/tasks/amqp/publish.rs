//! Publishing: all of a group is on its way before the first is waited for, and each is confirmed.

use futures_util::future::join_all;
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Confirmation};
use tokio::time::timeout;

use super::line::{Open, refused};
use super::{Amqp, queue_name};
use crate::tasks::broker::BrokerError;
use crate::tasks::message::Message;

impl Amqp {
    /// Comes back when all of them are as safe as `RabbitMQ` makes them.
    pub(super) async fn publish(&self, messages: &[Message]) -> Result<(), BrokerError> {
        if messages.is_empty() {
            return Ok(());
        }
        let open = self.publishing.open().await?;
        let all = async {
            if self.declares {
                for of_one in messages.chunk_by(|one, other| one.queue == other.queue) {
                    open.declare(&of_one[0].queue).await?;
                }
            }
            let sent = join_all(messages.iter().map(|message| send(&open, message))).await;
            sent.into_iter().collect()
        };
        timeout(self.publishing.patience(), all).await.unwrap_or_else(|_| {
            let sentence = format!("RabbitMQ did not confirm within {:?}", self.publishing.patience());
            Err(BrokerError::Unavailable(sentence))
        })
    }
}

async fn send(open: &Open, message: &Message) -> Result<(), BrokerError> {
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    let queue = queue_name(&message.queue, message.priority);
    let body = message.to_json();
    let sent =
        open.channel.basic_publish("".into(), queue.into(), options, body.as_bytes(), properties(message));
    let confirmed = sent.await.map_err(|error| refused(&error))?.await.map_err(|error| refused(&error))?;
    match confirmed {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Ack(Some(_)) => Err(BrokerError::Unavailable(format!(
            "RabbitMQ has no queue fourfold.{}: a service that works it off makes it when it starts with FOURFOLD_MIGRATE=on",
            message.queue
        ))),
        Confirmation::Nack(_) => Err(BrokerError::Unavailable("RabbitMQ did not take the task".to_owned())),
        Confirmation::NotRequested => Err(BrokerError::Internal("the channel has no confirms".to_owned())),
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
