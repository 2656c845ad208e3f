//! A message of Celery's, of protocol 2 or 1, as a task; or why it is none.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use serde_json::Value;
use serde_json::value::RawValue;

use super::arguments;
use super::origin::Origin;
use super::signature;
use crate::descriptor::TaskSettings;
use crate::tasks::message::{Message, Priority, RetryPolicy};
use crate::tasks::registry::{Does, Registry};

/// A message that can't be run.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused {
    /// The word for it: `unreadable`, `unsupported`.
    pub(crate) code: &'static str,
    pub(crate) why: String,
    /// The name of the task and whom to tell, where so much could be read.
    pub(crate) task: Option<(String, Box<Origin>)>,
}

/// What the message says of itself, by headers or in the body.
struct Said<'a> {
    name: String,
    retries: u32,
    eta: Option<DateTime<Utc>>,
    time_limit: Option<std::time::Duration>,
    args: &'a RawValue,
    kwargs: &'a RawValue,
    origin: Origin,
}

type Read<T> = Result<T, (&'static str, String)>;

/// The task that a message is, with the attempts counting this one.
pub(crate) fn read(
    queue: &str,
    data: &[u8],
    properties: &BasicProperties,
    known: &Registry,
) -> Result<Message, Refused> {
    let none = FieldTable::default();
    let headers = properties.headers().as_ref().unwrap_or(&none);
    let mut task = None;
    let read =
        said(data, properties, headers, &mut task).and_then(|said| message(queue, said, headers, known));
    read.map_err(|(code, why)| Refused { code, why, task })
}

fn unreadable<T>(why: impl Into<String>) -> Read<T> {
    Err(("unreadable", why.into()))
}

fn said<'a>(
    data: &'a [u8],
    properties: &BasicProperties,
    headers: &FieldTable,
    task: &mut Option<(String, Box<Origin>)>,
) -> Read<Said<'a>> {
    let v2 = headers.contains_key("task");
    let mut origin = Origin {
        reply_to: properties.reply_to().as_ref().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        correlation_id: properties.correlation_id().as_ref().map(|it| it.as_str().to_owned()),
        priority: properties.priority().unwrap_or_default(),
        ..Origin::default()
    };
    if v2 {
        let (Some(name), Some(id)) = (text(headers, "task"), text(headers, "id")) else {
            return unreadable("the headers `task` and `id` must be text");
        };
        origin.id = id;
        *task = Some((name, Box::new(origin.clone())));
    }
    format(properties, headers)?;
    let text = std::str::from_utf8(data).map_err(|_| ("unreadable", "the body is not UTF-8".to_owned()))?;
    let said = if v2 { second(text, headers, origin, task) } else { first(text, origin, task) }?;
    if said.name.contains('\0') || said.origin.id.contains('\0') {
        return unreadable("a name or an id with a zero byte");
    }
    Ok(said)
}

/// JSON alone.
fn format(properties: &BasicProperties, headers: &FieldTable) -> Read<()> {
    let kind = properties.content_type().as_ref().map_or("", |kind| kind.as_str());
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/json") {
        return unreadable(format!(
            "the content type {} is not understood here: say task_serializer = \"json\" where it is sent",
            shown(kind)
        ));
    }
    if headers.contains_key("compression") {
        return unreadable(
            "the body is compressed, which is not understood here: leave out task_compression",
        );
    }
    Ok(())
}

/// Protocol 2: all but the arguments and what comes after is in the headers.
fn second<'a>(
    data: &'a str,
    headers: &FieldTable,
    mut origin: Origin,
    task: &mut Option<(String, Box<Origin>)>,
) -> Read<Said<'a>> {
    let name = text(headers, "task").unwrap_or_default();
    origin.ignore_result = matches!(headers.inner().get("ignore_result"), Some(AMQPValue::Boolean(true)));
    origin.root_id = text(headers, "root_id");
    origin.parent_id = text(headers, "parent_id");
    origin.group = text(headers, "group");
    *task = Some((name.clone(), Box::new(origin.clone())));
    let parts: Vec<&RawValue> = serde_json::from_str(data)
        .map_err(|error| ("unreadable", format!("the body is no JSON array: {error}")))?;
    let [args, kwargs, embed] = parts[..] else {
        return unreadable("the body must be [args, kwargs, embed]");
    };
    let embed: Value = serde_json::from_str(embed.get())
        .map_err(|error| ("unreadable", format!("the third part of the body: {error}")))?;
    after(&embed, &mut origin)?;
    *task = Some((name.clone(), Box::new(origin.clone())));
    origin.expires = time(text(headers, "expires").as_deref(), "expires")?;
    let limits = match headers.inner().get("timelimit") {
        Some(AMQPValue::FieldArray(limits)) => limits.as_slice().iter().filter_map(seconds).collect(),
        _ => Vec::new(),
    };
    Ok(Said {
        name,
        retries: headers.inner().get("retries").and_then(count).unwrap_or_default(),
        eta: time(text(headers, "eta").as_deref(), "eta")?,
        time_limit: limits.into_iter().min(),
        args,
        kwargs,
        origin,
    })
}

/// Protocol 1: everything is in the body.
fn first<'a>(data: &'a str, mut origin: Origin, task: &mut Option<(String, Box<Origin>)>) -> Read<Said<'a>> {
    const NOTHING: &str = "no task: there is neither a header `task` nor a body with `task` and `id`";
    let body: std::collections::HashMap<String, &RawValue> =
        serde_json::from_str(data).map_err(|_| ("unreadable", NOTHING.to_owned()))?;
    let value = |name: &str| {
        body.get(name).and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()).unwrap_or_default()
    };
    let text = |name: &str| value(name).as_str().map(str::to_owned);
    let (Some(name), Some(id)) = (text("task"), text("id")) else { return unreadable(NOTHING) };
    origin.id = id;
    origin.group = text("group").or_else(|| text("taskset"));
    *task = Some((name.clone(), Box::new(origin.clone())));
    let embed = ["callbacks", "errbacks", "chord"].map(|name| (name.to_owned(), value(name)));
    after(&Value::Object(embed.into_iter().collect()), &mut origin)?;
    origin.expires = time(text("expires").as_deref(), "expires")?;
    let limits = value("timelimit");
    let limits = limits.as_array().into_iter().flatten().filter_map(|limit| limit.as_f64().and_then(span));
    let raw = |name: &str, otherwise: &'static str| match body.get(name) {
        Some(raw) => Ok(*raw),
        None => serde_json::from_str::<&RawValue>(otherwise).map_err(|_| ("unreadable", NOTHING.to_owned())),
    };
    Ok(Said {
        name,
        retries: value("retries").as_u64().and_then(|it| u32::try_from(it).ok()).unwrap_or_default(),
        eta: time(text("eta").as_deref(), "eta")?,
        time_limit: limits.min(),
        args: raw("args", "[]")?,
        kwargs: raw("kwargs", "{}")?,
        origin,
    })
}

/// What comes after the task. All of it can be served, or the task is not begun.
fn after(embed: &Value, origin: &mut Origin) -> Read<()> {
    if !(embed.is_null() || embed.is_object()) {
        return unreadable("the third part of the body must be an object");
    }
    let unsupported = |why: &str| Err(("unsupported", why.to_owned()));
    if embed.get("chord").is_some_and(|chord| !chord.is_null()) {
        return unsupported(
            "it is part of a chord, whose parts can't be counted here: let Python's workers run it",
        );
    }
    let list = |name: &str| match embed.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list.clone()),
        Some(one @ Value::Object(_)) => Ok(vec![one.clone()]),
        Some(_) => unreadable(format!("`{name}` in the third part of the body must be a list")),
    };
    (origin.callbacks, origin.errbacks, origin.chain) =
        (list("callbacks")?, list("errbacks")?, list("chain")?);
    let next = origin.chain.last();
    for signature in origin.callbacks.iter().chain(&origin.errbacks).chain(next) {
        signature::check(signature, origin.chain.len() > 1).map_err(|why| ("unsupported", why))?;
    }
    Ok(())
}

fn message(queue: &str, said: Said<'_>, headers: &FieldTable, known: &Registry) -> Read<Message> {
    let Said { name, retries, eta, time_limit, args, kwargs, origin } = said;
    let does = known.get(&name);
    let names = does.map(Does::parameters);
    let payload = arguments::payload(args, kwargs, names.as_deref()).map_err(|why| ("unreadable", why))?;
    let settings = does.map_or(TaskSettings::NONE, Does::settings);
    let usual = RetryPolicy::default();
    let mut retry = RetryPolicy {
        attempts: settings.retries.map_or(usual.attempts, |retries| retries.saturating_add(1)),
        backoff: settings.backoff.unwrap_or(usual.backoff),
        backoff_max: settings.backoff_max.unwrap_or(usual.backoff_max),
        timeout: settings.timeout.unwrap_or(usual.timeout),
    };
    let mut caller = None;
    // What a service like this one says beside Celery's own words.
    if let Some(said) = text(headers, "fourfold").and_then(|text| Message::from_json(&text).ok()) {
        (retry, caller) = (said.retry, said.caller);
    } else if let Some(limit) = time_limit {
        retry.timeout = limit;
    }
    let attempts = retries.saturating_add(1);
    retry.attempts = retry.attempts.max(attempts);
    Ok(Message {
        id: origin.uuid(),
        name,
        queue: queue.to_owned(),
        payload,
        priority: Priority::Normal,
        run_at: eta,
        expires_at: origin.expires,
        unique_key: None,
        keep: false,
        retry,
        caller,
        trace_parent: text(headers, "traceparent"),
        foreign: Some(origin.to_json()),
        created_at: Utc::now(),
        attempts,
    })
}

fn text(headers: &FieldTable, name: &str) -> Option<String> {
    let bytes = match headers.inner().get(name)? {
        AMQPValue::LongString(text) => text.as_bytes(),
        AMQPValue::ShortString(text) => text.as_str().as_bytes(),
        _ => return None,
    };
    String::from_utf8(bytes.to_vec()).ok()
}

fn count(value: &AMQPValue) -> Option<u32> {
    match value {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok()?.trim().parse().ok(),
        other => u32::try_from(whole(other)?).ok(),
    }
}

fn whole(value: &AMQPValue) -> Option<i64> {
    Some(match value {
        AMQPValue::ShortShortInt(it) => (*it).into(),
        AMQPValue::ShortShortUInt(it) => (*it).into(),
        AMQPValue::ShortInt(it) => (*it).into(),
        AMQPValue::ShortUInt(it) => (*it).into(),
        AMQPValue::LongInt(it) => (*it).into(),
        AMQPValue::LongUInt(it) => (*it).into(),
        AMQPValue::LongLongInt(it) => *it,
        _ => return None,
    })
}

fn seconds(value: &AMQPValue) -> Option<std::time::Duration> {
    match value {
        AMQPValue::Double(seconds) => span(*seconds),
        AMQPValue::Float(seconds) => span((*seconds).into()),
        #[allow(clippy::cast_precision_loss, reason = "nobody waits that long")]
        other => span(whole(other)? as f64),
    }
}

fn span(seconds: f64) -> Option<std::time::Duration> {
    std::time::Duration::try_from_secs_f64(seconds).ok().filter(|span| !span.is_zero())
}

/// A moment as Python writes it; without a zone it is UTC.
fn time(text: Option<&str>, name: &str) -> Read<Option<DateTime<Utc>>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let read = zoned
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()));
    match read {
        // What engines can't keep.
        Ok(time) if (time - Utc::now()).abs() > TimeDelta::days(365 * 1000) => {
            unreadable(format!("`{name}` is too far away"))
        }
        Ok(time) => Ok(Some(time)),
        Err(_) => unreadable(format!("`{name}` is not a time as ISO 8601 writes it")),
    }
}

/// At most so much of what anybody may have written.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(60).collect()
}
