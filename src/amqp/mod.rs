//! What tasks and events on `RabbitMQ` share: connections that are made anew, and publishing with confirms.

mod line;
#[cfg(all(test, unix))]
pub(crate) mod node;
mod publish;

use lapin::types::{AMQPValue, FieldTable, ShortString};

pub(crate) use line::{Line, Open, is_missing, refused};
pub(crate) use publish::Parcel;

/// Why `RabbitMQ` did not do it.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// It is away, full or too slow; whether it was done is not known where it was underway. The text is for the log.
    Unavailable(String),
    /// It can't be done like that; the sentence says what can.
    Unsupported(String),
    /// A defect, or something in `RabbitMQ` is not as it should be. The text is for the log.
    Internal(String),
}

impl From<Failure> for crate::tasks::BrokerError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(why) => Self::Unavailable(why),
            Failure::Unsupported(sentence) => Self::Unsupported(sentence),
            Failure::Internal(why) => Self::Internal(why),
        }
    }
}

impl From<Failure> for crate::events::BusError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(why) => Self::Unavailable(why),
            Failure::Unsupported(sentence) => Self::Unsupported(sentence),
            Failure::Internal(why) => Self::Internal(why),
        }
    }
}

/// A name, as the protocol has room for it.
pub(crate) fn short(text: &str) -> Result<ShortString, Failure> {
    ShortString::try_new(text).map_err(|_| {
        Failure::Internal(format!("RabbitMQ takes no name of more than 255 bytes, such as {text}"))
    })
}

/// On the disks of most of the nodes before anything in it is confirmed.
pub(crate) fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    // Newer ones drop what was delivered 20 times. Who crashes workers is told apart and parked by the workers themselves.
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(100_000));
    arguments
}
