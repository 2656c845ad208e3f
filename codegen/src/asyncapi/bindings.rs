//! What the binding of AMQP 0-9-1 has words for: how events travel on RabbitMQ.
//!
//! The other bindings have none that would be true here. NATS's knows the name of a queue group, and a group of subscribers is a
//! journal there; Redis's is empty, and a database has none.

use serde::Serialize;

const VERSION: &str = "0.3.0";
/// The exchange of the bus, unless `FOURFOLD_EVENTS_URL` names another.
const EXCHANGE: &str = "fourfold.events";
/// It is on the disk.
const PERSISTENT: u8 = 2;

/// What a part of a document says of one protocol.
#[derive(Debug, Serialize)]
pub(super) struct Bindings<T> {
    amqp: Versioned<T>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Versioned<T> {
    #[serde(flatten)]
    binding: T,
    binding_version: &'static str,
}

impl<T> Bindings<T> {
    fn of(binding: T) -> Self {
        Self { amqp: Versioned { binding, binding_version: VERSION } }
    }
}

/// The address of the channel is a routing key.
#[derive(Debug, Serialize)]
pub(super) struct Channel {
    is: &'static str,
    exchange: Exchange,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Exchange {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    durable: bool,
    auto_delete: bool,
}

/// Of every channel.
pub(super) fn channel() -> Bindings<Channel> {
    let exchange = Exchange { name: EXCHANGE, kind: "topic", durable: true, auto_delete: false };
    Bindings::of(Channel { is: "routingKey", exchange })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_mode: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mandatory: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack: Option<bool>,
}

/// Of what is published here, or listened to.
pub(super) fn operation(sent: bool) -> Bindings<Operation> {
    Bindings::of(if sent {
        Operation { delivery_mode: Some(PERSISTENT), mandatory: Some(true), timestamp: Some(true), ack: None }
    } else {
        Operation { delivery_mode: None, mandatory: None, timestamp: None, ack: Some(true) }
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    message_type: String,
}

/// Of events of a type, as they are published here.
pub(super) fn message(kind: &str) -> Bindings<Message> {
    Bindings::of(Message { message_type: kind.to_owned() })
}
