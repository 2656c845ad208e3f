//! One task as it travels from who enqueues it to who runs it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::context::Principal;

/// How soon a task runs among those whose time has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// When nothing else waits.
    Low,
    /// In turn.
    #[default]
    Normal,
    /// Before all others.
    High,
}

impl Priority {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// All, the soonest first.
    pub(crate) const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// A number to sort by: more is sooner.
    pub(crate) const fn rank(self) -> i16 {
        match self {
            Self::Low => 0,
            Self::Normal => 1,
            Self::High => 2,
        }
    }

    pub(crate) const fn from_rank(rank: i16) -> Self {
        match rank {
            i16::MIN..=0 => Self::Low,
            1 => Self::Normal,
            2.. => Self::High,
        }
    }
}

/// One task as it travels. What an engine keeps beside it (state, lease, result) is in its own rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// Known before it is enqueued; also the key under which its effect happens once.
    pub(crate) id: Uuid,
    /// `order.create`.
    pub(crate) name: String,
    /// Which workers take it.
    pub(crate) queue: String,
    /// A JSON object, as text. It may hold what is `input_only`: never log or show it.
    pub(crate) payload: String,
    /// How soon.
    pub(crate) priority: Priority,
    /// Not before this.
    pub(crate) run_at: Option<DateTime<Utc>>,
    /// Not begun after this.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// While a task with this key waits or runs, no other with it is taken.
    pub(crate) unique_key: Option<String>,
    /// Whether its state and result can be looked at, also after its end.
    pub(crate) keep: bool,
    /// How often and when it is tried.
    pub(crate) retry: RetryPolicy,
    /// In whose name it runs; nobody's where there is none.
    pub(crate) caller: Option<Caller>,
    /// The W3C trace parent of the request that it came from.
    pub(crate) trace_parent: Option<String>,
    /// What the end of a task needs that came by another protocol, as that protocol's engine wrote it.
    pub(crate) foreign: Option<String>,
    /// When it was enqueued.
    pub(crate) created_at: DateTime<Utc>,
    /// How many attempts have begun, with the one that a worker holds.
    pub(crate) attempts: u32,
}

impl Message {
    /// A task that asks for nothing beyond what is usual.
    pub(crate) fn new(queue: &str, name: &str, payload: String) -> Self {
        Self {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            queue: queue.to_owned(),
            payload,
            priority: Priority::Normal,
            run_at: None,
            expires_at: None,
            unique_key: None,
            keep: true,
            retry: RetryPolicy::default(),
            caller: None,
            trace_parent: None,
            foreign: None,
            created_at: Utc::now(),
            attempts: 0,
        }
    }
}

/// How often and when a task is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    /// How often at most, the first attempt included.
    pub(crate) attempts: u32,
    /// The pause after the first attempt; it doubles with each further one.
    pub(crate) backoff: Duration,
    /// The longest pause.
    pub(crate) backoff_max: Duration,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 6,
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_mins(10),
            timeout: Duration::from_mins(1),
        }
    }
}

/// A principal in a message. Who can write to the broker can be anybody: a broker is as trusted as the database.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// The idempotency key of the request that the task came from: its effect has one key with that of a request that
    /// was not to be carried out later. Else the task's id is the key.
    pub(crate) key: Option<String>,
}

impl Message {
    /// Tells two requests under one id apart: a hash of what is asked for.
    pub(crate) fn fingerprint(&self) -> i64 {
        let mut text = self.name.clone().into_bytes();
        text.push(0);
        text.extend_from_slice(self.payload.as_bytes());
        crate::text::fnv1a(&text).cast_signed()
    }

    /// Whether it is too late to begin.
    pub(crate) fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}
