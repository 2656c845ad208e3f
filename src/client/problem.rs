//! A problem (RFC 9457) to an error.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::RETRY_AFTER;
use serde_json::Value;

use super::error::{RemoteError, RemoteViolation};
use super::kind;

/// What an answer that is no success means. It need not be a problem: a proxy on the way writes what it likes.
pub(super) fn error(status: u16, headers: &HeaderMap, body: &[u8]) -> RemoteError {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = kind::from_word(&text(&problem, "code")).unwrap_or_else(|| kind::from_status(status));
    let mut message = text(&problem, "detail");
    if message.is_empty() {
        message = format!("it answered with status {status}");
    }
    let mut error = RemoteError::new(kind, message);
    if let Some(violations) = problem.get("errors").and_then(Value::as_array) {
        let violation = |violation: &Value| {
            let code = text(violation, "code").replace('-', "_");
            RemoteViolation::new(place(violation), code, text(violation, "detail"))
        };
        error = error.with_violations(violations.iter().map(violation).collect());
    }
    match retry_after(headers) {
        Some(after) => error.later(after),
        None => error,
    }
}

/// Where a violation is, as a gRPC status would say it: parameters and headers are fields of the request there.
fn place(violation: &Value) -> String {
    let at = |name| violation.get(name).and_then(Value::as_str);
    if let Some(pointer) = at("pointer") {
        return pointer.to_owned();
    }
    let name = at("parameter").or_else(|| at("header")).unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "" => String::new(),
        "if-match" => "/etag".to_owned(),
        "idempotency-key" => "/request_id".to_owned(),
        _ => format!("/{name}"),
    }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some(date.signed_duration_since(Utc::now()).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn headers(retry_after: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().unwrap())])
    }

    #[test]
    fn a_problem_says_kind_sentence_and_violations() {
        let body = br#"{"status":412,"code":"version_mismatch","detail":"it changed","errors":[
            {"pointer":"/items/0/sku","code":"length","detail":"is too short"},
            {"parameter":"page_size","code":"type","detail":"must be a whole number"},
            {"header":"If-Match","code":"syntax","detail":"must be a tag"}]}"#;
        let error = error(412, &HeaderMap::new(), body);
        assert_eq!(error.kind(), ErrorKind::VersionMismatch);
        assert_eq!(error.message(), "it changed");
        let places: Vec<_> = error.violations().iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(places, ["/items/0/sku", "/page_size", "/etag"]);
    }

    #[test]
    fn what_is_no_problem_has_its_status() {
        let error = error(503, &headers("7"), b"<html>sorry</html>");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(error.message(), "it answered with status 503");
    }

    #[test]
    fn a_date_that_has_passed_asks_for_no_pause() {
        let past = headers("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(retry_after(&past), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers("soon")), None);
    }
}
