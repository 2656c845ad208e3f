//! Messages as the fields of a hash, and back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};
use uuid::Uuid;

use crate::tasks::broker::{Claimed, Lease};
use crate::tasks::message::{Caller, Message, Priority, RetryPolicy};
use crate::tasks::status::{Failure, TaskState, TaskStatus};

/// What can be seen of a task, in the order of [`status`]; the first three are those that a list looks at.
pub(super) const STATUS: [&str; 13] = [
    "state",
    "name",
    "queue",
    "attempts",
    "retry",
    "created_at",
    "run_at",
    "started_at",
    "finished_at",
    "error",
    "result",
    "caller",
    "worker",
];

/// About how many arguments and bytes a message becomes.
pub(super) fn size(message: &Message) -> (usize, usize) {
    (32, message.payload.len() + message.name.len() + message.queue.len() + 500)
}

/// Arguments of `enqueue.lua`.
pub(super) fn write(command: &mut Cmd, message: &Message) {
    let Message { id, name, queue, payload, priority, run_at, expires_at, unique_key, keep, .. } = message;
    let Message { retry, caller, trace_parent, created_at, attempts, .. } = message;
    let optional = [
        *keep,
        run_at.is_some(),
        expires_at.is_some(),
        unique_key.is_some(),
        caller.is_some(),
        trace_parent.is_some(),
        *attempts > 0,
    ];
    let fields = 5 + optional.into_iter().filter(|is| *is).count();
    let mut buffer = Uuid::encode_buffer();
    command.arg(&*id.hyphenated().encode_lower(&mut buffer)).arg(queue).arg(priority.rank());
    match run_at {
        Some(moment) => command.arg(micros(*moment)),
        None => command.arg(""),
    };
    command.arg(unique_key.as_ref().map(|key| format!("={key}")).unwrap_or_default()).arg(2 * fields);
    command.arg("name").arg(name).arg("payload").arg(payload).arg("fingerprint").arg(message.fingerprint());
    command.arg("created_at").arg(micros(*created_at)).arg("retry").arg(policy(retry));
    if *keep {
        command.arg("keep").arg(1);
    }
    if let Some(moment) = run_at {
        command.arg("run_at").arg(micros(*moment));
    }
    if let Some(moment) = expires_at {
        command.arg("expires_at").arg(micros(*moment));
    }
    if let Some(key) = unique_key {
        command.arg("unique_key").arg(key);
    }
    if let Some(caller) = caller {
        command.arg("caller").arg(caller.to_json().to_string());
    }
    if let Some(parent) = trace_parent {
        command.arg("trace_parent").arg(parent);
    }
    if *attempts > 0 {
        command.arg("attempts").arg(*attempts);
    }
}

pub(super) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

pub(super) fn span(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn policy(retry: &RetryPolicy) -> String {
    let [first, most, timeout] = [retry.backoff, retry.backoff_max, retry.timeout].map(span);
    format!("{} {first} {most} {timeout}", retry.attempts)
}

/// A task that was given out. Where it can't be read: its id, its token, and why.
pub(super) fn claimed(row: Value, queue: &str) -> Result<Claimed, (String, String, String)> {
    let mut fields = Fields::of(row);
    let id = fields.text().unwrap_or_default();
    let token = fields.text().unwrap_or_default();
    message(&mut fields, &id, queue)
        .and_then(|message| {
            let lease = Lease { id: message.id, token: number(&token, "token")? };
            Ok(Claimed { message, lease })
        })
        .map_err(|why| (id, token, why))
}

/// In the order of `claim.lua`.
fn message(fields: &mut Fields, id: &str, queue: &str) -> Result<Message, String> {
    let id = id.parse().map_err(|_| "its id is not a UUID".to_owned())?;
    let attempts = fields.needed("attempts")?;
    let expires_at = fields.time("expires_at")?;
    let _seq = fields.optional("seq")?;
    let unique_key = fields.optional("unique_key")?;
    let rank: i16 = number(&fields.needed("rank")?, "rank")?;
    let keep = fields.optional("keep")?.is_some();
    let name = fields.needed("name")?;
    let payload = fields.needed("payload")?;
    let run_at = fields.time("run_at")?;
    let retry = read_policy(&fields.needed("retry")?)?;
    let caller = fields.json("caller")?.as_ref().and_then(Caller::from_json);
    let trace_parent = fields.optional("trace_parent")?;
    let created_at = fields.time("created_at")?.ok_or("`created_at` is missing")?;
    Ok(Message {
        id,
        name,
        queue: queue.to_owned(),
        payload,
        priority: Priority::from_rank(rank),
        run_at,
        expires_at,
        unique_key,
        keep,
        retry,
        caller,
        trace_parent,
        created_at,
        attempts: number(&attempts, "attempts")?,
    })
}

/// What can't be read of it is absent: it has to be seen all the same.
pub(super) fn status(id: Uuid, row: Value) -> Result<TaskStatus, String> {
    let mut fields = Fields::of(row);
    let state = fields.needed("state")?;
    let state = STATES.iter().find(|(_, number)| *number == state).ok_or("`state` is none")?.0;
    let name = fields.text().unwrap_or_else(|| "unreadable".to_owned());
    let queue = fields.text().unwrap_or_default();
    let attempts = fields.text().and_then(|text| text.parse().ok()).unwrap_or_default();
    let retry = fields.text().and_then(|text| read_policy(&text).ok()).unwrap_or_default();
    let mut time = |name| fields.time(name).ok().flatten();
    let created_at = time("created_at").unwrap_or_default();
    let [run_at, started_at, finished_at] = [time("run_at"), time("started_at"), time("finished_at")];
    let mut json = |name| fields.json(name).ok().flatten();
    let [error, result, caller] = [json("error"), json("result"), json("caller")];
    let caller = caller.as_ref().and_then(Caller::from_json);
    Ok(TaskStatus {
        id,
        name,
        queue,
        state,
        attempts,
        max_attempts: retry.attempts,
        created_at,
        run_at,
        started_at,
        finished_at,
        error: error.as_ref().map(Failure::from_json),
        result,
        principal: caller.and_then(|caller| caller.principal.id().map(str::to_owned)),
        worker: fields.text(),
    })
}

/// The states, as scripts write them.
const STATES: [(TaskState, &str); 6] = [
    (TaskState::Waiting, "0"),
    (TaskState::Running, "1"),
    (TaskState::Succeeded, "2"),
    (TaskState::Failed, "3"),
    (TaskState::Cancelled, "4"),
    (TaskState::Expired, "5"),
];

/// The numbers of one state, or of all.
pub(super) fn states(wanted: Option<TaskState>) -> impl Iterator<Item = &'static str> {
    STATES
        .into_iter()
        .filter(move |(state, _)| wanted.is_none_or(|wanted| wanted == *state))
        .map(|(_, it)| it)
}

fn number<T: std::str::FromStr>(text: &str, name: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{name}` is not a number as it should be"))
}

fn read_policy(text: &str) -> Result<RetryPolicy, String> {
    let mut parts = text.split(' ');
    let mut next = || number::<u64>(parts.next().unwrap_or_default(), "retry");
    let attempts = u32::try_from(next()?).unwrap_or(u32::MAX).max(1);
    let [backoff, backoff_max, timeout] = [next()?, next()?, next()?].map(Duration::from_micros);
    Ok(RetryPolicy { attempts, backoff, backoff_max, timeout })
}

/// The values of fields, one after the other.
struct Fields(std::vec::IntoIter<Value>);

impl Fields {
    fn of(row: Value) -> Self {
        Self(array(row).into_iter())
    }

    fn text(&mut self) -> Option<String> {
        self.optional("").ok().flatten()
    }

    fn optional(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.0.next() {
            None | Some(Value::Nil) => Ok(None),
            Some(value) => text(value).map(Some).ok_or_else(|| format!("`{name}` is not text")),
        }
    }

    fn needed(&mut self, name: &str) -> Result<String, String> {
        self.optional(name)?.ok_or_else(|| format!("`{name}` is missing"))
    }

    fn time(&mut self, name: &str) -> Result<Option<DateTime<Utc>>, String> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        let time = DateTime::from_timestamp_micros(number(&text, name)?);
        time.map(Some).ok_or_else(|| format!("`{name}` is no time"))
    }

    fn json(&mut self, name: &str) -> Result<Option<serde_json::Value>, String> {
        let Some(text) = self.optional(name)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|_| format!("`{name}` is not JSON"))
    }
}

pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        _ => Vec::new(),
    }
}
