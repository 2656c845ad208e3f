//! A task as it is sent: protocol 2, JSON, with every header that Celery's own producers write and of the types that they have.
//! A message that lacks some of it ends a whole worker of Python's.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use serde::de::IgnoredAny;

use super::queue_name;
use crate::amqp::Parcel;
use crate::tasks::message::{Message, Priority, RetryPolicy};

/// What stands for arguments in headers and logs: they may be secret.
const REDACTED: &str = "(...)";

/// Everything that the headers say. What is empty is null.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers<'a> {
    pub(super) task: &'a str,
    pub(super) id: &'a str,
    pub(super) shadow: Option<&'a str>,
    pub(super) eta: Option<String>,
    pub(super) expires: Option<String>,
    pub(super) group: Option<&'a str>,
    pub(super) group_index: Option<i32>,
    pub(super) retries: i32,
    /// Hard, soft.
    pub(super) time_limit: [Option<i32>; 2],
    pub(super) root_id: &'a str,
    pub(super) parent_id: Option<&'a str>,
    pub(super) ignore_result: bool,
}

impl Headers<'_> {
    pub(super) fn table(&self) -> FieldTable {
        let text = |text: &str| AMQPValue::LongString(text.into());
        let maybe = |value: Option<&str>| value.map_or(AMQPValue::Void, text);
        let number = |value: Option<i32>| value.map_or(AMQPValue::Void, AMQPValue::LongInt);
        let origin = format!("gen{}@{}", std::process::id(), host());
        let [hard, soft] = self.time_limit;
        let mut table = FieldTable::default();
        for (name, value) in [
            ("lang", text("rust")),
            ("task", text(self.task)),
            ("id", text(self.id)),
            ("shadow", maybe(self.shadow)),
            ("eta", maybe(self.eta.as_deref())),
            ("expires", maybe(self.expires.as_deref())),
            ("group", maybe(self.group)),
            ("group_index", number(self.group_index)),
            ("retries", AMQPValue::LongInt(self.retries)),
            ("timelimit", AMQPValue::FieldArray(vec![number(hard), number(soft)].into())),
            ("root_id", text(self.root_id)),
            ("parent_id", maybe(self.parent_id)),
            ("argsrepr", text(REDACTED)),
            ("kwargsrepr", text(REDACTED)),
            ("origin", text(&origin)),
            ("ignore_result", AMQPValue::Boolean(self.ignore_result)),
            ("replaced_task_nesting", AMQPValue::LongInt(0)),
            ("stamped_headers", AMQPValue::Void),
            ("stamps", AMQPValue::FieldTable(FieldTable::default())),
        ] {
            table.insert(name.into(), value);
        }
        table
    }
}

/// The task as a message for Celery, which is answered at `reply_to`. It may not be one: then why.
pub(crate) fn outgoing(message: &Message, reply_to: &str) -> Result<Parcel, String> {
    let payload = message.payload.trim();
    // Anything else as the body ends workers.
    if !payload.starts_with('{') || serde_json::from_str::<IgnoredAny>(payload).is_err() {
        return Err("what Celery carries are named arguments: the payload must be a JSON object".to_owned());
    }
    let nothing = r#"{"callbacks":null,"errbacks":null,"chain":null,"chord":null}"#;
    let body = format!("[[],{payload},{nothing}]").into_bytes();
    let id = message.id.to_string();
    // Unless something is said of it, Python's tasks keep their own.
    let limit =
        (message.retry.timeout != RetryPolicy::default().timeout).then(|| seconds(message.retry.timeout));
    let headers = Headers {
        task: &message.name,
        id: &id,
        eta: message.run_at.as_ref().map(moment),
        expires: message.expires_at.as_ref().map(moment),
        retries: i32::try_from(message.attempts).unwrap_or(i32::MAX),
        time_limit: [limit, None],
        root_id: &id,
        ignore_result: reply_to.is_empty(),
        ..Headers::default()
    };
    let mut table = headers.table();
    if let Some(parent) = &message.trace_parent {
        table.insert("traceparent".into(), AMQPValue::LongString(parent.as_str().into()));
    }
    if message.caller.is_some() || message.retry != RetryPolicy::default() {
        let said = Message { payload: String::new(), foreign: None, ..message.clone() };
        table.insert("fourfold".into(), AMQPValue::LongString(said.to_json().into()));
    }
    let priority = if message.priority == Priority::High { 9 } else { 0 };
    Ok(Parcel {
        exchange: String::new(),
        routing_key: queue_name(&message.queue).to_owned(),
        body,
        properties: properties(&id, reply_to, priority, 2).with_headers(table),
        may_be_lost: false,
    })
}

pub(super) fn properties(id: &str, reply_to: &str, priority: u8, delivery_mode: u8) -> BasicProperties {
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("utf-8".into())
        .with_delivery_mode(delivery_mode)
        .with_priority(priority)
        .with_correlation_id(short(id).into())
        .with_reply_to(short(reply_to).into())
}

/// A short string of the protocol has 255 bytes at most.
fn short(text: &str) -> &str {
    if text.len() <= 255 { text } else { "" }
}

/// As Python's `isoformat` writes it.
pub(super) fn moment(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, false)
}

fn seconds(span: Duration) -> i32 {
    i32::try_from(span.as_secs() + u64::from(span.subsec_nanos() > 0)).unwrap_or(i32::MAX)
}

fn host() -> String {
    std::env::var("HOSTNAME").ok().filter(|host| !host.is_empty()).unwrap_or_else(|| "fourfold".to_owned())
}
