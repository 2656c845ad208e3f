//! A task as text: for engines that carry it, and for the outbox.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::message::{Caller, Message, Priority, RetryPolicy};
use crate::context::Principal;

impl Message {
    /// The whole message.
    pub(crate) fn to_json(&self) -> String {
        // A map whose keys are text is never refused.
        serde_json::to_string(&Wire(self)).unwrap_or_default()
    }

    /// The message of a text; says what is wrong with one that is none.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let members: Members<'_> =
            serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
        let usual = RetryPolicy::default();
        let rank = members.priority.whole().and_then(|rank| i16::try_from(rank).ok());
        Ok(Self {
            id: members.id.needed("id")?.parse().map_err(|_| "`id` is not a UUID".to_owned())?,
            name: members.name.needed("name")?.into_owned(),
            queue: members.queue.needed("queue")?.into_owned(),
            payload: members.payload.needed("payload")?.into_owned(),
            priority: rank.map_or(Priority::Normal, Priority::from_rank),
            run_at: members.run_at.time("run_at")?,
            expires_at: members.expires_at.time("expires_at")?,
            unique_key: members.unique_key.text(),
            keep: members.keep.flag().unwrap_or(true),
            retry: RetryPolicy {
                attempts: members.attempts_max.count().unwrap_or(usual.attempts).max(1),
                backoff: members.backoff_ms.span().unwrap_or(usual.backoff),
                backoff_max: members.backoff_max_ms.span().unwrap_or(usual.backoff_max),
                timeout: members.timeout_ms.span().unwrap_or(usual.timeout),
            },
            caller: members.caller.as_ref().and_then(Caller::from_json),
            trace_parent: members.trace_parent.text(),
            foreign: members.foreign.text(),
            created_at: members.created_at.time("created_at")?.unwrap_or_else(Utc::now),
            attempts: members.attempts.count().unwrap_or_default(),
        })
    }
}

/// Written member by member, and read so: building a tree of values first takes several times as long.
struct Wire<'a>(&'a Message);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(message) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", message.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))?;
        map.serialize_entry("name", &message.name)?;
        map.serialize_entry("queue", &message.queue)?;
        map.serialize_entry("payload", &message.payload)?;
        map.serialize_entry("priority", &message.priority.rank())?;
        for (name, time) in [("run_at", &message.run_at), ("expires_at", &message.expires_at)] {
            if let Some(time) = time {
                map.serialize_entry(name, &crate::text::format_timestamp(time))?;
            }
        }
        let texts = [
            ("unique_key", &message.unique_key),
            ("trace_parent", &message.trace_parent),
            ("foreign", &message.foreign),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        map.serialize_entry("keep", &message.keep)?;
        map.serialize_entry("attempts_max", &message.retry.attempts)?;
        map.serialize_entry("backoff_ms", &millis(message.retry.backoff))?;
        map.serialize_entry("backoff_max_ms", &millis(message.retry.backoff_max))?;
        map.serialize_entry("timeout_ms", &millis(message.retry.timeout))?;
        if let Some(caller) = &message.caller {
            map.serialize_entry("caller", &caller.to_json())?;
        }
        map.serialize_entry("created_at", &crate::text::format_timestamp(&message.created_at))?;
        map.serialize_entry("attempts", &message.attempts)?;
        map.end()
    }
}

/// What a text may have.
#[derive(Default)]
struct Members<'a> {
    id: Member<'a>,
    name: Member<'a>,
    queue: Member<'a>,
    payload: Member<'a>,
    priority: Member<'a>,
    run_at: Member<'a>,
    expires_at: Member<'a>,
    unique_key: Member<'a>,
    keep: Member<'a>,
    attempts_max: Member<'a>,
    backoff_ms: Member<'a>,
    backoff_max_ms: Member<'a>,
    timeout_ms: Member<'a>,
    caller: Option<Value>,
    trace_parent: Member<'a>,
    foreign: Member<'a>,
    created_at: Member<'a>,
    attempts: Member<'a>,
}

impl<'a> Members<'a> {
    fn place(&mut self, name: &str) -> Option<&mut Member<'a>> {
        Some(match name {
            "id" => &mut self.id,
            "name" => &mut self.name,
            "queue" => &mut self.queue,
            "payload" => &mut self.payload,
            "priority" => &mut self.priority,
            "run_at" => &mut self.run_at,
            "expires_at" => &mut self.expires_at,
            "unique_key" => &mut self.unique_key,
            "keep" => &mut self.keep,
            "attempts_max" => &mut self.attempts_max,
            "backoff_ms" => &mut self.backoff_ms,
            "backoff_max_ms" => &mut self.backoff_max_ms,
            "timeout_ms" => &mut self.timeout_ms,
            "trace_parent" => &mut self.trace_parent,
            "foreign" => &mut self.foreign,
            "created_at" => &mut self.created_at,
            "attempts" => &mut self.attempts,
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Members::default();
                while let Some(Name(name)) = map.next_key()? {
                    if let Some(place) = members.place(&name) {
                        *place = map.next_value()?;
                    } else if name == "caller" {
                        members.caller = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Text that is borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Member::deserialize(deserializer)? {
            Member::Text(text) => Ok(Self(text)),
            _ => Ok(Self(Cow::Borrowed(""))),
        }
    }
}

/// The value of a member. What is not of the kind that it should be is as if it were not there.
#[derive(Default)]
enum Member<'a> {
    #[default]
    Absent,
    Flag(bool),
    Whole(i64),
    Text(Cow<'a, str>),
    Other,
}

impl<'a> Member<'a> {
    fn needed(self, name: &str) -> Result<Cow<'a, str>, String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(format!("`{name}` is missing or not text")),
        }
    }

    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, String> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) => match DateTime::parse_from_rfc3339(text) {
                Ok(time) => Ok(Some(time.to_utc())),
                Err(_) => Err(format!("`{name}` is not a time as RFC 3339 writes it")),
            },
            _ => Err(format!("`{name}` is not text")),
        }
    }

    const fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    const fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(whole) => Some(*whole),
            _ => None,
        }
    }

    /// None where it is below 0; the most there is where it is more.
    fn count(&self) -> Option<u32> {
        let count = self.whole().and_then(|whole| u64::try_from(whole).ok())?;
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn span(&self) -> Option<Duration> {
        self.whole().and_then(|whole| u64::try_from(whole).ok()).map(Duration::from_millis)
    }
}

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Member<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Member::Absent)
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Member::Flag(flag))
            }

            fn visit_i64<E>(self, whole: i64) -> Result<Self::Value, E> {
                Ok(Member::Whole(whole))
            }

            fn visit_u64<E>(self, whole: u64) -> Result<Self::Value, E> {
                Ok(Member::Whole(i64::try_from(whole).unwrap_or(i64::MAX)))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Member::Other)
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Member::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Member::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Member::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Member::Other)
            }
        }

        deserializer.deserialize_any(Any)
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
            ("", "not a JSON object"),
            ("[]", "not a JSON object"),
            ("{}", "`id`"),
            (r#"{"id":"x"}"#, "not a UUID"),
            (r#"{"id":"0198c0de-0000-7000-8000-000000000000"}"#, "`name`"),
        ] {
            let error = Message::from_json(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
