//! What a scenario is made of.

use serde_json::Value;

/// One request, as REST with JSON would say it, and what should come of it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// What the step shows.
    pub(crate) name: &'static str,
    pub(crate) call: Call,
    /// The idempotency key, or request id.
    pub(crate) key: Option<&'static str>,
    /// The etag that the row must have; `"$now"` is the one that it had when it was last seen.
    pub(crate) etag: Option<&'static str>,
    pub(crate) expected: Expected,
}

#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// The row is known by the label afterwards, if it is made.
    Create(&'static str, Value),
    Get(&'static str),
    List(List),
    Update(&'static str, Value),
    Replace(&'static str, Value),
    Delete(&'static str),
    Custom(&'static str, &'static str, Option<Value>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) filter: &'static str,
    pub(crate) order_by: &'static str,
    pub(crate) page_size: i32,
    /// `"$next"` is the token that the last list gave.
    pub(crate) page_token: &'static str,
}

/// What should come of it.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// A row that has these members, among others; or the rows of a list, known by their labels.
    Row(Value),
    Rows(&'static [&'static str]),
    Nothing,
    /// A code, and the violations as `pointer code`.
    Error(&'static str, &'static [&'static str]),
}

fn step(name: &'static str, call: Call, expected: Expected) -> Step {
    Step { name, call, key: None, etag: None, expected }
}

pub(crate) fn create(name: &'static str, label: &'static str, body: Value, expected: Expected) -> Step {
    step(name, Call::Create(label, body), expected)
}

pub(crate) fn get(name: &'static str, label: &'static str, expected: Expected) -> Step {
    step(name, Call::Get(label), expected)
}

pub(crate) fn list(name: &'static str, list: List, expected: Expected) -> Step {
    step(name, Call::List(list), expected)
}

pub(crate) fn update(name: &'static str, label: &'static str, patch: Value, expected: Expected) -> Step {
    step(name, Call::Update(label, patch), expected)
}

pub(crate) fn replace(name: &'static str, label: &'static str, body: Value, expected: Expected) -> Step {
    step(name, Call::Replace(label, body), expected)
}

pub(crate) fn delete(name: &'static str, label: &'static str, expected: Expected) -> Step {
    step(name, Call::Delete(label), expected)
}

pub(crate) fn custom(
    name: &'static str,
    label: &'static str,
    operation: &'static str,
    input: Option<Value>,
    expected: Expected,
) -> Step {
    step(name, Call::Custom(label, operation, input), expected)
}

impl Step {
    /// The request, for people.
    pub(crate) fn words(&self) -> String {
        match &self.call {
            Call::Create(_, body) => format!("create {body}"),
            Call::Get(label) => format!("get {label}"),
            Call::List(list) => format!("{list:?}"),
            Call::Update(label, patch) => format!("update {label} {patch}"),
            Call::Replace(label, body) => format!("replace {label} {body}"),
            Call::Delete(label) => format!("delete {label}"),
            Call::Custom(label, operation, input) => format!("{operation} {label} {input:?}"),
        }
    }

    pub(crate) fn key(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    pub(crate) fn etag(self, etag: &'static str) -> Self {
        Self { etag: Some(etag), ..self }
    }
}

/// A violation of one kind at one place.
pub(crate) const fn invalid(violations: &'static [&'static str]) -> Expected {
    Expected::Error("invalid_argument", violations)
}

/// Any row.
pub(crate) fn row() -> Expected {
    Expected::Row(Value::Object(serde_json::Map::new()))
}
