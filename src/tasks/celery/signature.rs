//! Signatures: what a chain, a callback or an errback calls.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::origin::Origin;
use super::outgoing::{Headers, moment, properties};
use super::queue_name;
use crate::amqp::Parcel;
use crate::tasks::registry::{Does, Registry};

/// What a signature is called with.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// The task at whose end it is called.
    pub(super) origin: &'a Origin,
    /// What goes before its own arguments, unless it is immutable: JSON.
    pub(super) first: &'a str,
    /// What comes after it, the last first.
    pub(super) then: &'a [Value],
    pub(super) known: &'a Registry,
}

/// Whether it can be called from here; else why not. `chained` says that something comes after it.
pub(super) fn check(signature: &Value, chained: bool) -> Result<(), String> {
    const TOO_DEEP: usize = 20;
    fn within(signature: &Value, chained: bool, depth: usize) -> Result<(), String> {
        if signature["task"].as_str().is_none_or(|name| name.is_empty() || name.contains('\0')) {
            return Err("what comes after it is no signature: it has no `task`".to_owned());
        }
        let shape = [
            ("args", Value::is_array as fn(&Value) -> bool),
            ("kwargs", Value::is_object),
            ("options", Value::is_object),
        ];
        if let Some((name, _)) =
            shape.iter().find(|(name, is)| !signature[*name].is_null() && !is(&signature[*name]))
        {
            return Err(format!("what comes after it is no signature: `{name}` is of another type"));
        }
        let kind = signature["subtask_type"].as_str().unwrap_or_default();
        let parts = signature["kwargs"]["tasks"].as_array();
        match kind {
            _ if depth > TOO_DEEP => Err("what comes after it is nested too deeply".to_owned()),
            "chord" => Err(chord()),
            "group" if chained => Err(chord()),
            "group" | "chain" => {
                let parts = parts.filter(|parts| !parts.is_empty());
                let parts = parts.ok_or_else(|| format!("a {kind} comes after it that has no tasks"))?;
                let last = parts.len() - 1;
                let check =
                    |(index, part)| within(part, kind == "chain" && (chained || index < last), depth + 1);
                parts.iter().enumerate().try_for_each(check)
            }
            _ => Ok(()),
        }
    }
    within(signature, chained, 0)
}

fn chord() -> String {
    "a chord comes after it, whose parts can't be counted here: let Python's workers run the task before it"
        .to_owned()
}

/// The messages of a call, and the ids of its tasks. It has been checked.
pub(super) fn call(signature: &Value, how: Call<'_>, sent: &mut Vec<(String, Parcel)>) {
    let parts = signature["kwargs"]["tasks"].as_array();
    match (signature["subtask_type"].as_str(), parts) {
        (Some("group"), Some(parts)) => {
            for part in parts {
                call(part, how, sent);
            }
        }
        (Some("chain"), Some(parts)) => {
            let Some((first, rest)) = parts.split_first() else { return };
            let then: Vec<Value> = how.then.iter().chain(rest.iter().rev()).cloned().collect();
            call(first, Call { then: &then, ..how }, sent);
        }
        _ => sent.push(plain(signature, how)),
    }
}

fn plain(signature: &Value, how: Call<'_>) -> (String, Parcel) {
    let Call { origin, first, then, known } = how;
    let (name, options) = (signature["task"].as_str().unwrap_or_default(), &signature["options"]);
    let option = |name: &str| options[name].as_str();
    let id = option("task_id").map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let mut args = Vec::new();
    let immutable = signature["immutable"].as_bool().unwrap_or_default();
    if !immutable {
        args.push(first.to_owned());
    }
    args.extend(signature["args"].as_array().into_iter().flatten().map(Value::to_string));
    let kwargs =
        if signature["kwargs"].is_object() { signature["kwargs"].to_string() } else { "{}".to_owned() };
    let chain = if then.is_empty() { options["chain"].clone() } else { Value::from(then) };
    let embed = json!({
        "callbacks": list(&options["link"]),
        "errbacks": list(&options["link_error"]),
        "chain": chain,
        "chord": options["chord"],
    });
    let body = format!("[[{}],{kwargs},{embed}]", args.join(","));
    let whole = |value: &Value| value.as_i64().and_then(|it| i32::try_from(it).ok());
    // As they are set when it is called: seconds from now.
    let from_now = |name: &str| {
        let millis =
            options[name].as_f64().map(|seconds| seconds * 1000.0).filter(|millis| millis.is_finite())?;
        #[allow(clippy::cast_possible_truncation, reason = "it saturates")]
        let span = TimeDelta::try_milliseconds(millis as i64)?;
        Utc::now().checked_add_signed(span).map(|time| moment(&time))
    };
    let headers = Headers {
        task: name,
        id: &id,
        shadow: option("shadow"),
        eta: option("eta").map(str::to_owned).or_else(|| from_now("countdown")),
        expires: option("expires").map(str::to_owned).or_else(|| from_now("expires")),
        group: option("group_id"),
        group_index: whole(&options["group_index"]),
        retries: whole(&options["retries"]).unwrap_or_default(),
        time_limit: [whole(&options["time_limit"]), whole(&options["soft_time_limit"])],
        root_id: option("root_id").unwrap_or(origin.root()),
        parent_id: Some(&origin.id),
        ignore_result: options["ignore_result"].as_bool().unwrap_or_default(),
    };
    let priority =
        options["priority"].as_u64().and_then(|it| u8::try_from(it).ok()).unwrap_or(origin.priority);
    let queue =
        option("queue").or_else(|| options["queue"]["name"].as_str()).or_else(|| option("routing_key"));
    let own = known.get(name).and_then(|does| Does::settings(does).queue).map(queue_name);
    let queue = queue.or(own).unwrap_or("celery").to_owned();
    let properties =
        properties(&id, option("reply_to").unwrap_or_default(), priority, 2).with_headers(headers.table());
    (
        id.clone(),
        Parcel {
            exchange: String::new(),
            routing_key: queue,
            body: body.into_bytes(),
            properties,
            may_be_lost: false,
        },
    )
}

/// One signature may stand for a list of it.
fn list(value: &Value) -> Value {
    if value.is_object() { json!([value]) } else { value.clone() }
}
