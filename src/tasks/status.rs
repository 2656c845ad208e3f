//! What can be seen of a task from outside.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{Error, ErrorKind, Violation};

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Not begun, or to be tried again.
    Waiting,
    /// A worker has it.
    Running,
    /// Done.
    Succeeded,
    /// Given up: its dead letter can be looked at and requeued.
    Failed,
    /// Taken back before it began.
    Cancelled,
    /// Its time had passed before it could begin.
    Expired,
}

impl TaskState {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled, Self::Expired];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// Why an attempt, or a task, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The word of the error's kind, `not_found`; `timeout`, `crashed`, `unreadable` and `unknown_task` are the worker's own.
    pub code: String,
    /// The sentence for the caller; no detail that only the log may know.
    pub message: String,
    /// Everything that is wrong with the payload: pointer, rule, sentence.
    pub violations: Vec<(String, String, String)>,
}

impl Failure {
    /// A failure of the worker's own.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), violations: Vec::new() }
    }

    /// What a caller may know of an error.
    pub(crate) fn of(error: &Error) -> Self {
        let (.., title) = error.kind().http();
        let message = match error.message() {
            "" => title,
            _ if error.kind() == ErrorKind::Internal => title,
            message => message,
        };
        let violation = |violation: &Violation| {
            let Violation { pointer, code, message } = violation;
            (pointer.clone(), (*code).to_owned(), message.clone().into_owned())
        };
        let violations = error.violations().iter().map(violation).collect();
        Self { code: error.code().to_owned(), message: message.to_owned(), violations }
    }

    /// As it is stored and shown.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let violation = |(pointer, code, message): &(String, String, String)| json!({"pointer": pointer, "code": code, "message": message});
        let mut value = json!({"code": self.code, "message": self.message});
        if !self.violations.is_empty() {
            value["errors"] = self.violations.iter().map(violation).collect();
        }
        value
    }

    /// From how it is stored; whatever is not there is empty.
    #[must_use]
    pub fn from_json(value: &Value) -> Self {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let violations = value["errors"].as_array().into_iter().flatten();
        let violations =
            violations.map(|it| (text(it, "pointer"), text(it, "code"), text(it, "message"))).collect();
        Self { code: text(value, "code"), message: text(value, "message"), violations }
    }
}

/// What can be seen of a task. Its payload can't: it may hold secrets.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TaskStatus {
    /// The task's id.
    pub id: Uuid,
    /// `order.create`.
    pub name: String,
    /// The queue that it waits in.
    pub queue: String,
    /// Where it stands.
    pub state: TaskState,
    /// How many attempts have begun.
    pub attempts: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When it may begin, or be tried again.
    pub run_at: Option<DateTime<Utc>>,
    /// When the last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub error: Option<Failure>,
    /// What it answered: JSON.
    pub result: Option<Value>,
    /// The id of the principal in whose name it runs.
    pub principal: Option<String>,
    /// The worker that has or had it.
    pub worker: Option<String>,
}

/// Which tasks to list, the newest first.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TaskFilter {
    /// Only of this queue.
    pub queue: Option<String>,
    /// Only of this name.
    pub name: Option<String>,
    /// Only in this state.
    pub state: Option<TaskState>,
    /// At most so many; 0 means 100.
    pub limit: usize,
}
