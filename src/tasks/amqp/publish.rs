//! Publishing tasks.

use super::{Amqp, dialect};
use crate::amqp::Parcel;
use crate::tasks::broker::BrokerError;
use crate::tasks::message::Message;

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
        Ok(self.publishing.publish(&parcels).await?)
    }
}
