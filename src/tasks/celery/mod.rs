//! Celery's protocol, as its messages are: what goes to Python's workers and what comes from its producers, results both ways.
//! Which queues there are and what is done with a message is the affair of `amqp/celery/`.
//!
//! | part | where |
//! | --- | --- |
//! | a task as it is sent, and as it arrives | `outgoing.rs`, `incoming.rs` |
//! | what the end of a task that arrived needs | `origin.rs` |
//! | what is published at an end: results, chains, callbacks | `ends.rs`, `signature.rs` |
//! | what comes back of a task that was sent | `answer.rs` |
//! | arguments to payloads | `arguments.rs` |

mod answer;
mod arguments;
mod ends;
mod incoming;
mod origin;
mod outgoing;
mod signature;
#[cfg(test)]
mod tests;

pub(super) use answer::{Answered, answer};
pub(super) use ends::{Meta, ends, refusal};
pub(super) use incoming::{Refused, read};
pub(super) use origin::Origin;
pub(super) use outgoing::outgoing;

/// The queue that a queue of tasks is for Celery.
pub(super) fn queue_name(queue: &str) -> &str {
    if queue == "default" { "celery" } else { queue }
}
