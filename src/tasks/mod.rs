//! Tasks: operations that run later, elsewhere, by the same pipeline; and what a service does beside its resources.
//!
//! | part | where |
//! | --- | --- |
//! | what is written by hand and by the derive macros | [`Task`], [`Handler`], the `tasks` function of a resource |
//! | one task as it travels | `message.rs`, and as text `text.rs` |
//! | what carries tasks, one trait over the engines | `broker.rs` and a module an engine |
//! | who enqueues | `enqueue.rs`, [`Tasks`] |
//! | who works | `worker/` |

#[cfg(feature = "amqp")]
mod amqp;
#[cfg(feature = "rest")]
pub(crate) mod background;
mod broker;
#[cfg(feature = "celery")]
mod celery;
#[cfg(test)]
pub(crate) mod conformance;
mod enqueue;
mod handler;
mod intake;
mod memory;
mod message;
mod open;
mod operations;
#[cfg(feature = "postgres")]
mod postgres;
pub(crate) mod producers;
#[cfg(feature = "redis")]
mod redis;
mod registry;
mod relay;
mod run;
#[cfg(feature = "cron")]
mod schedule;
#[cfg(feature = "sqlite")]
mod sqlite;
mod status;
mod text;
mod worker;

pub use enqueue::{Enqueue, Enqueued, TaskSink, Tasks};
pub use handler::{Handler, Task, TaskOutput};
pub use message::Priority;
pub use status::{Failure, TaskFilter, TaskState, TaskStatus};

#[doc(hidden)]
pub use handler::run_task;

pub(crate) use broker::{Answer as BrokerAnswer, BrokerError, Claim, Finish, Lease, Outcome};
pub(crate) use message::{Message, RetryPolicy};
pub(crate) use open::open;
pub(crate) use operations::{enqueue_operation, payload_of_change, payload_of_create};
#[cfg(feature = "webhooks")]
pub(crate) use run::chance;
pub(crate) use run::next_attempt;
pub(crate) use worker::{Beyond, Options, Piece, Terms, Work, Worker, pause};
