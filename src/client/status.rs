//! A gRPC status to an error.

use std::error::Error as _;
use std::fmt::Write as _;

use tonic::Status;
use tonic_types::StatusExt;

use super::error::{RemoteError, RemoteViolation};
use super::kind;
use crate::error::ErrorKind;

/// What a status means: its code, refined by the reason in `ErrorInfo`, with the violations of `BadRequest` and the pause
/// of `RetryInfo`.
pub(super) fn error(status: &Status) -> RemoteError {
    // Only what was made here has a cause: the connection broke, or could not be made.
    if let Some(cause) = status.source() {
        return RemoteError::new(ErrorKind::Unavailable, "the connection failed").caused_by(cause);
    }
    let details = status.get_error_details();
    let reason = details.error_info().and_then(|info| kind::from_word(&info.reason));
    let kind = reason.unwrap_or_else(|| kind::from_code(status.code()));
    let mut error = RemoteError::new(kind, status.message());
    if let Some(request) = details.bad_request() {
        let violation = |violation: &tonic_types::FieldViolation| RemoteViolation {
            pointer: pointer(&violation.field),
            code: violation.reason.to_lowercase(),
            message: violation.description.clone(),
        };
        error = error.with_violations(request.field_violations.iter().map(violation).collect());
    }
    match details.retry_info().and_then(|info| info.retry_delay) {
        Some(after) => error.later(after),
        None => error,
    }
}

/// The JSON Pointer for a field path: `items[0].sku` is `/items/0/sku`, `labels["a.b"]` is `/labels/a.b`.
fn pointer(path: &str) -> String {
    let mut pointer = String::with_capacity(path.len() + 1);
    let mut push = |segment: &str| {
        // Writing to a String can't fail.
        let _ = write!(pointer, "/{}", segment.replace('~', "~0").replace('/', "~1"));
    };
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("[\"") {
            let (key, after) = quoted(inner);
            push(&key);
            rest = after.strip_prefix(']').unwrap_or(after);
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']').unwrap_or((inner, ""));
            push(index);
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            push(&rest[..end]);
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    pointer
}

/// The text up to the quote that ends it, and what follows.
fn quoted(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (key, &text[at + 1..]),
            '\\' => key.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => key.push(char),
        }
    }
    (key, "")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tonic::Code;
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn field_paths_become_pointers() {
        for (path, expected) in [
            ("", ""),
            ("email", "/email"),
            ("items[0].sku", "/items/0/sku"),
            ("labels[\"a.b/c\"]", "/labels/a.b~1c"),
            ("labels[\"x\"].y", "/labels/x/y"),
            ("items[12].tags[\"a]b\\\"c\"][3]", "/items/12/tags/a]b\"c/3"),
            ("broken[1", "/broken/1"),
            ("broken[\"x", "/broken/x"),
        ] {
            assert_eq!(pointer(path), expected, "{path}");
        }
    }

    #[test]
    fn details_refine_the_code() {
        let mut details = ErrorDetails::new();
        details.set_error_info("VERSION_MISMATCH", "fourfold", std::collections::HashMap::new());
        details.set_retry_info(Some(Duration::from_millis(1500)));
        details.add_bad_request_violation("items[0].sku", "is too short");
        let status = Status::with_error_details(Code::Aborted, "it changed", details);
        let error = error(&status);
        assert_eq!(error.kind(), ErrorKind::VersionMismatch);
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
        assert_eq!(error.violations()[0].pointer, "/items/0/sku");
        assert_eq!(error.message(), "it changed");
    }

    #[test]
    fn a_code_alone_is_enough() {
        assert_eq!(error(&Status::not_found("gone")).kind(), ErrorKind::NotFound);
        assert_eq!(error(&Status::unknown("?")).kind(), ErrorKind::Internal);
    }
}
