//! Publishing: all of a group is on its way before the first is waited for, and each is confirmed.

use futures_util::future::join_all;
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Confirmation};
use tokio::time::timeout;

use super::line::{Line, Open, refused};
use super::{Failure, short};

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// Empty for the one that has every queue under its name.
    pub(crate) exchange: String,
    pub(crate) routing_key: String,
    pub(crate) body: Vec<u8>,
    pub(crate) properties: BasicProperties,
    /// Whether it may be lost where no queue gets it: who waited for it may be gone.
    pub(crate) may_be_lost: bool,
}

impl Line {
    /// Comes back when all of them are as safe as `RabbitMQ` makes them. They are sent in their order.
    pub(crate) async fn publish(&self, parcels: &[Parcel]) -> Result<(), Failure> {
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
            Err(Failure::Unavailable(sentence))
        })
    }
}

async fn send(open: &Open, parcel: &Parcel) -> Result<(), Failure> {
    let Parcel { exchange, routing_key, body, properties, may_be_lost } = parcel;
    let options = BasicPublishOptions { mandatory: !may_be_lost, immediate: false };
    let (exchange, key) = (short(exchange)?, short(routing_key)?);
    let sent = open.channel.basic_publish(exchange, key, options, body, properties.clone());
    let confirmed = sent.await.map_err(|error| refused(&error))?.await.map_err(|error| refused(&error))?;
    match confirmed {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Ack(Some(_)) if !parcel.exchange.is_empty() => Err(Failure::Unavailable(format!(
            "no queue in RabbitMQ gets what is published to {}",
            parcel.exchange
        ))),
        Confirmation::Ack(Some(_)) => Err(Failure::Unavailable(format!(
            "RabbitMQ has no queue {routing_key}: a service that works it off makes it when it starts with FOURFOLD_MIGRATE=on"
        ))),
        Confirmation::Nack(_) => {
            Err(Failure::Unavailable("RabbitMQ did not take what was published".to_owned()))
        }
        Confirmation::NotRequested => Err(Failure::Internal("the channel has no confirms".to_owned())),
    }
}
