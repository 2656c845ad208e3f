//! What a server answers, and what scripts are told.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::Value;

use super::Mistake;

pub(crate) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

pub(crate) fn span(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

pub(crate) fn text(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(crate) fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) | Value::Set(values) => values,
        _ => Vec::new(),
    }
}

/// A text that is a number, or a number.
pub(crate) fn number<T: std::str::FromStr>(value: Value) -> Option<T> {
    text(value)?.parse().ok()
}

pub(crate) fn count(answer: &Value) -> u64 {
    match answer {
        Value::Int(count) => count.unsigned_abs(),
        _ => 0,
    }
}

/// What a script said of each: `1` or `0`.
pub(crate) fn said(answer: Value, count: usize) -> Result<Vec<bool>, Mistake> {
    let held: Vec<bool> = text(answer).unwrap_or_default().bytes().map(|it| it == b'1').collect();
    if held.len() == count { Ok(held) } else { Err(strange("a script about leases")) }
}

pub(crate) fn strange(what: &str) -> Mistake {
    Mistake::Internal(format!("Redis answered {what} as it never does"))
}
