//! Messages as the fields of a hash, and back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::{Cmd, Value};
use uuid::Uuid;

use crate::redis::values::{array, micros, span, text};
use crate::tasks::broker::{Claimed, Lease};
use crate::tasks::message::{Caller, Message, Priority, RetryPolicy};
use crate::tasks::status::{Failure, TaskState, TaskStatus};

/// What can be seen of a task, in the order of [`status`]; the first three are those that a list looks at.
pub(super) const STATUS: [&str; 10] =
    ["state", "queue", "about", "turn", "attempt", "run_at", "finished_at", "error", "result", "caller"];

/// About how many arguments and bytes a message becomes.
pub(super) fn size(message: &Message) -> (usize, usize) {
    (16, message.payload.len() + message.name.len() + message.queue.len() + 350)
}

/// Arguments of `enqueue.lua`.
pub(super) fn write(command: &mut Cmd, message: &Message) {
    let Message { id, queue, payload, priority, run_at, expires_at, unique_key, .. } = message;
    let Message { keep, caller, trace_parent, foreign, attempts, .. } = message;
    let optional = [
        *keep,
        run_at.is_some(),
        expires_at.is_some(),
        unique_key.is_some(),
        caller.is_some(),
        trace_parent.is_some(),
        foreign.is_some(),
        *attempts > 0,
    ];
    let fields = optional.into_iter().filter(|is| *is).count();
    let mut buffer = Uuid::encode_buffer();
    command.arg(&*id.hyphenated().encode_lower(&mut buffer)).arg(queue).arg(priority.rank());
    match run_at {
        Some(moment) => command.arg(micros(*moment)),
        None => command.arg(""),
    };
    match unique_key {
        Some(key) => command.arg(format!("={key}")),
        None => command.arg(""),
    };
    command.arg(about(message)).arg(payload).arg(2 * fields);
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
    if let Some(foreign) = foreign {
        command.arg("foreign").arg(foreign);
    }
    if *attempts > 0 {
        command.arg("attempt").arg(format!("0 {attempts} 0 "));
    }
}

/// What never changes of a task, as `scripts/common.lua` has it.
fn about(message: &Message) -> String {
    let [first, most, timeout] =
        [message.retry.backoff, message.retry.backoff_max, message.retry.timeout].map(span);
    format!(
        "{} {} {} {} {first} {most} {timeout} {}",
        message.fingerprint(),
        message.priority.rank(),
        micros(message.created_at),
        message.retry.attempts,
        message.name
    )
}

struct About {
    priority: Priority,
    created_at: DateTime<Utc>,
    retry: RetryPolicy,
    name: String,
}

impl About {
    fn of(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(8, ' ');
        let mut next = || parts.next().ok_or("`about` is too short");
        let _fingerprint: i64 = number(next()?, "about")?;
        let priority = Priority::from_rank(number(next()?, "about")?);
        let created_at = DateTime::from_timestamp_micros(number(next()?, "about")?);
        let attempts = number::<u32>(next()?, "about")?.max(1);
        let mut span = || Ok::<_, String>(Duration::from_micros(number(next()?, "about")?));
        let (backoff, backoff_max, timeout) = (span()?, span()?, span()?);
        Ok(Self {
            priority,
            created_at: created_at.ok_or("`about` has no time")?,
            retry: RetryPolicy { attempts, backoff, backoff_max, timeout },
            name: next()?.to_owned(),
        })
    }
}

/// A task that was given out. Where it can't be read: its id, and why.
pub(super) fn claimed(row: Value, token: i64, queue: &str) -> Result<Claimed, (String, String)> {
    let mut fields = Fields::of(row);
    let id = fields.text().unwrap_or_default();
    match message(&mut fields, &id, queue) {
        Ok(message) => Ok(Claimed { lease: Lease { id: message.id, token }, message }),
        Err(why) => Err((id, why)),
    }
}

/// In the order of `claim.lua`.
fn message(fields: &mut Fields, id: &str, queue: &str) -> Result<Message, String> {
    let id = id.parse().map_err(|_| "its id is not a UUID".to_owned())?;
    let attempts = number(&fields.needed("attempt")?, "attempt")?;
    let expires_at = fields.time("expires_at")?;
    let About { priority, created_at, retry, name } = About::of(&fields.needed("about")?)?;
    let payload = fields.needed("payload")?;
    let run_at = fields.time("run_at")?;
    let unique_key = fields.optional("unique_key")?;
    let keep = fields.optional("keep")?.is_some();
    let caller = fields.json("caller")?.as_ref().and_then(Caller::from_json);
    let trace_parent = fields.optional("trace_parent")?;
    let foreign = fields.optional("foreign")?;
    Ok(Message {
        id,
        name,
        queue: queue.to_owned(),
        payload,
        priority,
        run_at,
        expires_at,
        unique_key,
        keep,
        retry,
        caller,
        trace_parent,
        foreign,
        created_at,
        attempts,
    })
}

/// What can be seen of a task, and its number. What can't be read of it is absent: it has to be seen all the same.
pub(super) fn status(id: Uuid, row: Value) -> Result<(u64, TaskStatus), String> {
    let mut fields = Fields::of(row);
    let state = fields.needed("state")?;
    let state = STATES.iter().find(|(_, number, _)| *number == state).ok_or("`state` is none")?.0;
    let queue = fields.text().unwrap_or_default();
    let about = fields.text().and_then(|text| About::of(&text).ok());
    let turn = fields.text().and_then(|text| text.split_once(' ')?.1.parse().ok());
    let attempt = fields.text().unwrap_or_default();
    let mut attempt = attempt.splitn(4, ' ').skip(1);
    let attempts = attempt.next().and_then(|text| text.parse().ok());
    let began = attempt.next().and_then(|text| text.parse().ok()).filter(|micros| *micros > 0);
    let worker = attempt.next().filter(|worker| !worker.is_empty());
    let mut time = |name| fields.time(name).ok().flatten();
    let (run_at, finished_at) = (time("run_at"), time("finished_at"));
    let mut json = |name| fields.json(name).ok().flatten();
    let (error, result, caller) = (json("error"), json("result"), json("caller"));
    let caller = caller.as_ref().and_then(Caller::from_json);
    let status = TaskStatus {
        id,
        name: about.as_ref().map_or("unreadable", |about| &about.name).to_owned(),
        queue,
        state,
        attempts: attempts.unwrap_or_default(),
        max_attempts: about.as_ref().map_or_else(RetryPolicy::default, |about| about.retry).attempts,
        created_at: about.as_ref().map(|about| about.created_at).unwrap_or_default(),
        run_at,
        started_at: began.and_then(DateTime::from_timestamp_micros),
        finished_at,
        error: error.as_ref().map(Failure::from_json),
        result,
        principal: caller.and_then(|caller| caller.principal.id().map(str::to_owned)),
        worker: worker.map(str::to_owned),
    };
    Ok((turn.unwrap_or_default(), status))
}

/// The states, as scripts write them, and the sorted sets of all that is in them.
const STATES: [(TaskState, &str, &str); 6] = [
    (TaskState::Waiting, "0", "live"),
    (TaskState::Running, "1", "live"),
    (TaskState::Succeeded, "2", "succeeded"),
    (TaskState::Failed, "3", "failed"),
    (TaskState::Cancelled, "4", "cancelled"),
    (TaskState::Expired, "5", "expired"),
];

/// The number of a state, where one is wanted, and the sorted sets to look at.
pub(super) fn wanted(state: Option<TaskState>) -> (Option<&'static str>, Vec<&'static str>) {
    match state.and_then(|state| STATES.iter().find(|(known, ..)| *known == state)) {
        Some((_, number, set)) => (Some(number), vec![set]),
        // What waits and what runs are in one.
        None => (None, STATES.iter().skip(1).map(|(.., set)| *set).collect()),
    }
}

fn number<T: std::str::FromStr>(text: &str, name: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{name}` is not a number as it should be"))
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
