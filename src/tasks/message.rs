//! One task as it travels from who enqueues it to who runs it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};
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

    /// The whole message, for engines that carry text.
    pub(crate) fn to_json(&self) -> String {
        // A map whose keys are text is never refused.
        serde_json::to_string(&Wire(self)).unwrap_or_default()
    }

    /// The message of a text; says what is wrong with one that is none.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let needed = |name: &str| text(name).ok_or_else(|| format!("`{name}` is missing or not text"));
        let time = |name: &str| match &value[name] {
            Value::Null => Ok(None),
            Value::String(text) => match DateTime::parse_from_rfc3339(text) {
                Ok(time) => Ok(Some(time.to_utc())),
                Err(_) => Err(format!("`{name}` is not a time as RFC 3339 writes it")),
            },
            _ => Err(format!("`{name}` is not text")),
        };
        let span =
            |name: &str, otherwise: Duration| value[name].as_u64().map_or(otherwise, Duration::from_millis);
        let usual = RetryPolicy::default();
        let count = |name: &str, otherwise: u32| {
            value[name].as_u64().map_or(otherwise, |count| u32::try_from(count).unwrap_or(u32::MAX))
        };
        let rank = value["priority"].as_i64().and_then(|rank| i16::try_from(rank).ok());
        Ok(Self {
            id: needed("id")?.parse().map_err(|_| "`id` is not a UUID".to_owned())?,
            name: needed("name")?,
            queue: needed("queue")?,
            payload: needed("payload")?,
            priority: rank.map_or(Priority::Normal, Priority::from_rank),
            run_at: time("run_at")?,
            expires_at: time("expires_at")?,
            unique_key: text("unique_key"),
            keep: value["keep"].as_bool().unwrap_or(true),
            retry: RetryPolicy {
                attempts: count("attempts_max", usual.attempts).max(1),
                backoff: span("backoff_ms", usual.backoff),
                backoff_max: span("backoff_max_ms", usual.backoff_max),
                timeout: span("timeout_ms", usual.timeout),
            },
            caller: Caller::from_json(&value["caller"]),
            trace_parent: text("trace_parent"),
            foreign: text("foreign"),
            created_at: time("created_at")?.unwrap_or_else(Utc::now),
            attempts: count("attempts", 0),
        })
    }
}

/// Written member by member: building a tree of values first takes several times as long.
struct Wire<'a>(&'a Message);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(message) = self;
        let time = |time: &Option<DateTime<Utc>>| time.as_ref().map(crate::text::format_timestamp);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", message.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))?;
        map.serialize_entry("name", &message.name)?;
        map.serialize_entry("queue", &message.queue)?;
        map.serialize_entry("payload", &message.payload)?;
        map.serialize_entry("priority", &message.priority.rank())?;
        map.serialize_entry("run_at", &time(&message.run_at))?;
        map.serialize_entry("expires_at", &time(&message.expires_at))?;
        map.serialize_entry("unique_key", &message.unique_key)?;
        map.serialize_entry("keep", &message.keep)?;
        map.serialize_entry("attempts_max", &message.retry.attempts)?;
        map.serialize_entry("backoff_ms", &millis(message.retry.backoff))?;
        map.serialize_entry("backoff_max_ms", &millis(message.retry.backoff_max))?;
        map.serialize_entry("timeout_ms", &millis(message.retry.timeout))?;
        map.serialize_entry("caller", &message.caller.as_ref().map(Caller::to_json))?;
        map.serialize_entry("trace_parent", &message.trace_parent)?;
        if message.foreign.is_some() {
            map.serialize_entry("foreign", &message.foreign)?;
        }
        map.serialize_entry("created_at", &crate::text::format_timestamp(&message.created_at))?;
        map.serialize_entry("attempts", &message.attempts)?;
        map.end()
    }
}

impl Caller {
    pub(crate) fn to_json(&self) -> Value {
        let Self { principal, key } = self;
        json!({"id": principal.id(), "roles": principal.roles(), "claims": principal.claims(), "key": key})
    }

    /// `None` for null and for what is no principal: nobody's name.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let value = value.as_object()?;
        let id = value.get("id").and_then(Value::as_str);
        let mut principal = id.map_or_else(Principal::anonymous, Principal::new);
        for role in value.get("roles").and_then(Value::as_array).into_iter().flatten() {
            principal = principal.with_role(role.as_str()?);
        }
        for (name, claim) in value.get("claims").and_then(Value::as_object).into_iter().flatten() {
            principal = principal.with_claim(name, claim.clone());
        }
        Some(Self { principal, key: value.get("key").and_then(Value::as_str).map(str::to_owned) })
    }
}

pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: Uuid::now_v7(),
            name: "order.create".to_owned(),
            queue: "orders".to_owned(),
            payload: r#"{"data":{"note":"Zo\u00eb"}}"#.to_owned(),
            priority: Priority::High,
            run_at: Some("2026-11-24T10:00:00.000001Z".parse().unwrap()),
            expires_at: None,
            unique_key: Some("once".to_owned()),
            keep: false,
            retry: RetryPolicy { attempts: 3, ..RetryPolicy::default() },
            caller: Some(Caller {
                principal: Principal::new("ada").with_role("admin").with_claim("tenant", 7),
                key: Some("signup-1".to_owned()),
            }),
            trace_parent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
            foreign: Some("{}".to_owned()),
            created_at: "2026-11-24T09:00:00Z".parse().unwrap(),
            attempts: 2,
        }
    }

    #[test]
    fn a_message_survives_its_text() {
        let message = message();
        assert_eq!(Message::from_json(&message.to_json()), Ok(message));
    }

    #[test]
    fn what_is_no_message_says_why() {
        for (text, why) in [
            ("", "not JSON"),
            ("[]", "`id`"),
            (r#"{"id":"x"}"#, "not a UUID"),
            (r#"{"id":"0198c0de-0000-7000-8000-000000000000"}"#, "`name`"),
        ] {
            let error = Message::from_json(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
