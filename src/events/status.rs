//! What can be seen of the bus.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::cloud::CloudEvent;
use crate::tasks::Failure;

/// What can be seen of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupStatus {
    /// Its name.
    pub name: String,
    /// The types of events that it gets.
    pub types: Vec<String>,
    /// How many events of the bus it has not come to yet, of whatever type.
    pub behind: u64,
    /// How many it has come to and not ended: given out, waiting to be tried again, or waiting for one before them.
    pub open: u64,
    /// How many it gave up.
    pub dead: u64,
}

/// An event that a group gave up.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The event's id; of what could not be read, how the bus knows it.
    pub id: String,
    /// The event; `None` where it could not be read.
    pub event: Option<CloudEvent>,
    /// Why it was given up.
    pub error: Failure,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}

/// How far the relay is behind the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lag {
    /// How many events wait in the outbox; PostgreSQL counts 100,000 at most.
    pub waiting: u64,
    /// How long the oldest of them has waited.
    pub oldest: Option<Duration>,
}
