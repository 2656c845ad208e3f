//! Events: what happened, told to whoever listens, in this service and in others.
//!
//! | part | where |
//! | --- | --- |
//! | what is written by hand and by the derive macros | [`Event`](trait@Event), [`Publish`], the event types of a resource |
//! | one event as it travels | [`CloudEvent`] |
//! | what carries events, one trait over the engines | `bus.rs` and a module an engine |
//! | from the outbox to the bus | `publish.rs`, `relay.rs` |
//! | who listens | `subscribe.rs`, `run.rs`, [`Subscription`] |
//! | what can be seen and done of it | [`Events`] |

#[cfg(feature = "amqp")]
mod amqp;
#[cfg(feature = "rest")]
pub(crate) mod background;
mod bus;
#[cfg(any(feature = "amqp", feature = "nats", feature = "redis"))]
mod carry;
mod cloud;
#[cfg(test)]
mod conformance;
mod event;
mod format;
mod handle;
mod memory;
#[cfg(feature = "nats")]
mod nats;
mod open;
mod order;
#[cfg(feature = "postgres")]
mod postgres;
pub(crate) mod publish;
#[cfg(feature = "redis")]
mod redis;
mod relay;
mod run;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod status;
mod subscribe;
#[cfg(all(test, feature = "derive", feature = "rest", feature = "sqlite"))]
mod tests;
mod turns;

pub use bus::Start;
pub use cloud::{CloudEvent, Data, JSON, PROTOBUF, STRUCTURED, Unreadable, from_header_value, header_value};
pub use event::{Changed, Event, Publish};
pub use handle::Events;
pub use run::Delivered;
pub use status::{DeadLetter, GroupStatus, Lag};
pub use subscribe::{Listener, Subscription};

#[doc(hidden)]
pub use event::{Happened, body, happened, messages, unknown_event, which};

#[cfg(feature = "amqp")]
pub(crate) use bus::BusError;
pub(crate) use event::told;
#[cfg(feature = "rest")]
pub(crate) use handle::lag;
pub(crate) use publish::Pending;
#[cfg(feature = "webhooks")]
pub(crate) use {format::in_json, subscribe::Hear};
