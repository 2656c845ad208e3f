//! What is published at the end of an attempt of a task that came from Celery.

use chrono::Utc;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::origin::Origin;
use super::outgoing::{moment, properties};
use super::signature::{Call, call};
use crate::amqp::Parcel;
use crate::tasks::broker::Outcome;
use crate::tasks::registry::Registry;
use crate::tasks::status::Failure;

/// A result as it is stored: of which task, and its JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Meta {
    pub(crate) id: String,
    pub(crate) json: String,
    /// Where it is published, too; nowhere where this is empty.
    pub(crate) reply_to: String,
    correlation_id: String,
}

impl Meta {
    /// The answer as a message: who asked may be gone, so it is not kept where it can't be delivered.
    pub(crate) fn parcel(&self) -> Option<Parcel> {
        (!self.reply_to.is_empty()).then(|| Parcel {
            exchange: String::new(),
            routing_key: self.reply_to.clone(),
            body: self.json.clone().into_bytes(),
            properties: properties(&self.correlation_id, "", 0, 1),
            may_be_lost: true,
        })
    }
}

/// What an attempt's end publishes: the results, and what is called next.
pub(crate) fn ends(
    origin: &Origin,
    outcome: &Outcome,
    name: &str,
    known: &Registry,
) -> (Vec<Meta>, Vec<Parcel>) {
    let (mut metas, mut calls) = (Vec::new(), Vec::new());
    let mut answer = |origin: &Origin, status: &str, result: &str, children: &Value| {
        metas.extend((!origin.ignore_result).then(|| meta(origin, status, result, children)));
    };
    let nobody = json!([]);
    match outcome {
        Outcome::Returned => {}
        Outcome::Succeeded(result) => {
            let result = result.as_deref().unwrap_or("null");
            let how = Call { origin, first: result, then: &[], known };
            for callback in &origin.callbacks {
                call(callback, how, &mut calls);
            }
            if let Some((next, rest)) = origin.chain.split_last() {
                call(next, Call { then: rest, ..how }, &mut calls);
            }
            let children = calls.iter().map(|(id, _)| json!([[id, null], null])).collect();
            answer(origin, "SUCCESS", result, &children);
        }
        Outcome::Retry(_, failure) | Outcome::Postponed(_, failure) => {
            answer(origin, "RETRY", &exception(failure, name).to_string(), &nobody);
        }
        Outcome::Expired => {
            let result = json!({"exc_type": "TaskRevokedError", "exc_message": ["expired"], "exc_module": "celery.exceptions"});
            answer(origin, "REVOKED", &result.to_string(), &nobody);
        }
        Outcome::Failed(failure) => {
            let result = exception(failure, name).to_string();
            // Whoever waits for the last of a chain waits for nothing otherwise.
            for link in &origin.chain {
                if let Some(id) = link["options"]["task_id"].as_str() {
                    let reply_to = link["options"]["reply_to"].as_str().unwrap_or_default().to_owned();
                    let link = Origin { id: id.to_owned(), reply_to, ..Origin::default() };
                    answer(&link, "FAILURE", &result, &nobody);
                }
            }
            let id = Value::from(origin.id.as_str()).to_string();
            for errback in &origin.errbacks {
                call(errback, Call { origin, first: &id, then: &[], known }, &mut calls);
            }
            answer(origin, "FAILURE", &result, &nobody);
        }
    }
    (metas, calls.into_iter().map(|(_, parcel)| parcel).collect())
}

/// What is said of a message that could not be run.
pub(crate) fn refusal(origin: &Origin, name: &str, failure: &Failure) -> Option<Meta> {
    let result = exception(failure, name).to_string();
    (!origin.ignore_result).then(|| meta(origin, "FAILURE", &result, &json!([])))
}

fn meta(origin: &Origin, status: &str, result: &str, children: &Value) -> Meta {
    let now = || Value::from(moment(&Utc::now()));
    let done = if status == "RETRY" { Value::Null } else { now() };
    // Made by ourselves, but one that is no JSON must not spoil the rest.
    let result = serde_json::from_str::<&RawValue>(result).map_or("null", RawValue::get);
    let id = Value::from(origin.id.as_str());
    let mut json = format!(
        r#"{{"status":"{status}","result":{result},"traceback":null,"children":{children},"date_done":{done}"#
    );
    for (name, value) in [("group_id", &origin.group), ("parent_id", &origin.parent_id)] {
        if let Some(value) = value {
            json.extend([",\"", name, "\":", &Value::from(value.as_str()).to_string()]);
        }
    }
    json.extend([r#","task_id":"#, &id.to_string(), "}"]);
    let correlation_id = origin.correlation_id.clone().filter(|id| !id.is_empty());
    Meta {
        id: origin.id.clone(),
        json,
        reply_to: origin.reply_to.clone(),
        correlation_id: correlation_id.unwrap_or_else(|| origin.id.clone()),
    }
}

/// A failure as an exception that Python has: it is raised where the result is asked for.
fn exception(failure: &Failure, name: &str) -> Value {
    let (module, kind) = match failure.code.as_str() {
        "unknown_task" => {
            return json!({"exc_type": "NotRegistered", "exc_message": [name], "exc_module": "celery.exceptions"});
        }
        "unreadable" => ("builtins", "TypeError"),
        "unsupported" => ("builtins", "NotImplementedError"),
        "invalid_argument" => ("builtins", "ValueError"),
        "unauthenticated" | "permission_denied" => ("builtins", "PermissionError"),
        "not_found" => ("builtins", "LookupError"),
        "timeout" | "deadline_exceeded" | "request_timeout" => ("builtins", "TimeoutError"),
        "unavailable" => ("builtins", "ConnectionError"),
        _ => ("builtins", "RuntimeError"),
    };
    let mut message = format!("{}: {}", failure.code, failure.message);
    for (pointer, _, sentence) in &failure.violations {
        message.extend(["; ", pointer, ": ", sentence]);
    }
    json!({"exc_type": kind, "exc_message": [message], "exc_module": module})
}
