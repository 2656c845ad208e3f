//! What comes back of a task that was sent: a result as Celery stores and publishes it.

use serde_json::Value;
use uuid::Uuid;

use crate::tasks::broker::{Noted, Outcome};
use crate::tasks::status::Failure;

/// A result, read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answered {
    pub(crate) id: Uuid,
    pub(crate) noted: Noted,
}

/// Reads a result; `None` where it says nothing of a task of ours.
pub(crate) fn answer(data: &[u8], correlation_id: Option<&str>) -> Option<Answered> {
    let mut meta: Value = serde_json::from_slice(data).ok()?;
    let result = meta.get_mut("result").map(Value::take).unwrap_or_default();
    let id = meta["task_id"].as_str().or(correlation_id)?.parse().ok()?;
    let failure = || Failure::new(kind(&result), message(&result));
    let noted = match meta["status"].as_str()? {
        "STARTED" => Noted::Began,
        "SUCCESS" => Noted::Ended(Outcome::Succeeded((!result.is_null()).then(|| result.to_string()))),
        "RETRY" => Noted::Again(failure()),
        "REVOKED" if message(&result) == "expired" => Noted::Ended(Outcome::Expired),
        "FAILURE" | "REVOKED" => Noted::Ended(Outcome::Failed(failure())),
        _ => return None,
    };
    Some(Answered { id, noted })
}

/// The name of the exception.
fn kind(result: &Value) -> &str {
    result["exc_type"].as_str().unwrap_or("failed")
}

fn message(result: &Value) -> String {
    match &result["exc_message"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let text = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
            parts.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Null => result.as_str().unwrap_or_default().to_owned(),
        other => other.to_string(),
    }
}
