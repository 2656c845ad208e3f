//! What the engines that keep a log share.

use uuid::Uuid;

use super::cloud::CloudEvent;

/// What events are given out one after the other by. The same id of two sources is two things.
pub(crate) fn key(event: &CloudEvent) -> Option<String> {
    event.key().map(|key| format!("{} {key}", event.source))
}

/// A place in the log as the id of a lease.
pub(crate) fn lease_id(seq: i64) -> Uuid {
    Uuid::from_u128(u128::from(seq.unsigned_abs()))
}

/// The place in the log that the id of a lease stands for.
pub(crate) fn place(id: Uuid) -> i64 {
    i64::try_from(id.as_u128()).unwrap_or(-1)
}

/// The round in which a group came to what has this token.
#[cfg(feature = "amqp")]
pub(crate) const fn round_of(token: i64) -> i64 {
    token >> 32
}

/// The token before the first delivery: what was given out before a group was set back is told apart by it.
pub(crate) const fn first_token(round: i64) -> i64 {
    round << 32
}
