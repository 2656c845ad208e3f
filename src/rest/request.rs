//! What a request carries beside its path: body, query and headers of ours.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;

use crate::error::{Error, ErrorKind, Result};
use crate::query::ListRequest;
use crate::watch::WatchRequest;

/// The body, up to the limit.
pub(crate) async fn read(
    parts: &Parts,
    body: &mut Body,
    limit: usize,
    deadline: Option<Instant>,
) -> Result<Bytes> {
    /// A little before the request as a whole ends: who is slow to send is to hear that it was the sender.
    const BEFORE: Duration = Duration::from_millis(10);
    let too_large = || Error::new(ErrorKind::TooLarge, format!("a body may have at most {limit} bytes"));
    if announced(parts).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let collected = Limited::new(body, limit).collect();
    let collected = match deadline.and_then(|deadline| deadline.checked_sub(BEFORE)) {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), collected).await.map_err(|_| {
            Error::new(
                ErrorKind::RequestTimeout,
                "the body did not arrive within the time that a request has",
            )
        })?,
        None => collected.await,
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Error::violation("", "body", "did not arrive whole")),
    }
}

fn announced(parts: &Parts) -> Option<u64> {
    parts.headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Takes in what is left of a body that nobody wants. If a connection is closed over bytes that have not been read, the
/// caller, who may still be sending, sees a reset in place of the answer. What is too much or too slow is left.
pub(crate) async fn leave(parts: &Parts, body: &mut Body, limit: usize) {
    const PATIENCE: Duration = Duration::from_millis(250);
    let most = limit.saturating_mul(4);
    let waits = parts.headers.contains_key(http::header::EXPECT);
    if body.is_end_stream() || waits || announced(parts).is_some_and(|length| length > most as u64) {
        return;
    }
    let rest = async {
        let mut taken = 0;
        while let Some(Ok(frame)) = body.frame().await {
            taken += frame.data_ref().map_or(0, Bytes::len);
            if taken > most {
                return;
            }
        }
    };
    // Whether all of it came makes no difference to the answer.
    let _ = tokio::time::timeout(PATIENCE, rest).await;
}

/// Nothing, or an empty object from clients that always send one.
pub(super) async fn no_body(parts: &Parts, body: &mut Body, deadline: Option<Instant>) -> Result<()> {
    let body = read(parts, body, 1024, deadline).await?;
    if matches!(body.trim_ascii(), b"" | b"{}") {
        return Ok(());
    }
    Err(Error::violation("", "body", "must be empty: the operation takes no input"))
}

/// Query parameters mean something to lists alone; elsewhere one is a mistake that should not go unnoticed.
pub(super) fn no_query(parts: &Parts) -> Result<()> {
    match parts.uri.query() {
        None | Some("") => Ok(()),
        Some(query) => {
            let name = decode(query.split(['=', '&']).next().unwrap_or_default()).unwrap_or_default();
            let name: String = name.chars().take(64).collect();
            Err(Error::violation(name, "unknown", "is not a parameter: there are none here"))
        }
    }
}

/// The one parameter that there is, where it is there.
#[cfg(feature = "grpc")]
pub(super) fn only_parameter(parts: &Parts, name: &str) -> Result<Option<String>> {
    let mut found = None;
    let mut violations = crate::input::Violations::default();
    for pair in parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (said, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode(said), decode(value)) {
            (Some(said), Some(value)) if said == name => {
                if found.replace(value).is_some() {
                    violations.push_named(name, "duplicate", "is there more than once");
                }
            }
            (Some(said), Some(_)) => {
                let said: String = said.chars().take(64).collect();
                violations.push_named(&said, "unknown", format!("is not a parameter: there is {name} alone"));
            }
            _ => violations.push_named("query", "syntax", "is not UTF-8 in percent-encoding"),
        }
    }
    violations.check()?;
    Ok(found)
}

/// The parameters of a list.
pub(super) fn list_request(parts: &Parts) -> Result<ListRequest> {
    let mut request = ListRequest::default();
    let mut seen = HashSet::new();
    let mut violations = crate::input::Violations::default();
    for pair in parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decode(name), decode(value)) else {
            violations.push_named("query", "syntax", "is not UTF-8 in percent-encoding");
            continue;
        };
        if !seen.insert(name.clone()) {
            let name: String = name.chars().take(64).collect();
            violations.push_named(&name, "duplicate", "is there more than once");
            continue;
        }
        match name.as_str() {
            "page_size" => match value.parse() {
                Ok(size) => request.page_size = Some(size),
                Err(_) => violations.push_named("page_size", "type", "must be a whole number"),
            },
            "page_token" => request.page_token = value,
            "filter" => request.filter = value,
            "order_by" => request.order_by = value,
            _ => request.equals.push((name, value)),
        }
    }
    violations.check()?;
    Ok(request)
}

/// The parameters of a watch, and `Last-Event-ID`: a client that comes again has it from what it heard last, and sends it
/// beside the address that it began with.
pub(super) fn watch_request(parts: &Parts) -> Result<WatchRequest> {
    const LAST_EVENT_ID: &str = "last-event-id";
    let mut request = WatchRequest::default();
    let mut seen = HashSet::new();
    let mut violations = crate::input::Violations::default();
    for pair in parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decode(name), decode(value)) else {
            violations.push_named("query", "syntax", "is not UTF-8 in percent-encoding");
            continue;
        };
        let shown: String = name.chars().take(64).collect();
        if !seen.insert(name.clone()) {
            violations.push_named(&shown, "duplicate", "is there more than once");
            continue;
        }
        match name.as_str() {
            "resume_token" => request.resume_token = value,
            "filter" => request.filter = value,
            "from" => match value.as_str() {
                "beginning" => request.from_beginning = true,
                "now" => {}
                _ => violations.push_named("from", "type", "must be beginning or now"),
            },
            _ => {
                let message = "is not a parameter; a watch takes resume_token, from and filter";
                violations.push_named(&shown, "unknown", message);
            }
        }
    }
    violations.check()?;
    match parts.headers.get(LAST_EVENT_ID).map(http::HeaderValue::to_str) {
        None | Some(Ok("")) => {}
        // It is later than what the address says.
        Some(Ok(last)) => {
            last.clone_into(&mut request.resume_token);
            request.from_beginning = false;
        }
        // What is no text is no token.
        Some(Err(_)) => "-".clone_into(&mut request.resume_token),
    }
    Ok(request)
}

/// `application/x-www-form-urlencoded`, as query strings are.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The key under which a repeat gets the first answer: a structured string (`"..."`) or bare.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let malformed = || {
        let message = "must be one key of 1 to 255 visible ASCII characters, such as a UUID";
        Error::violation("Idempotency-Key", "syntax", message)
    };
    if values.next().is_some() {
        return Err(malformed());
    }
    let text = value.to_str().map_err(|_| malformed())?.trim();
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if is_key(key) { Ok(Some(key.to_owned())) } else { Err(malformed()) }
}

/// Whether a text can be a key.
pub(crate) fn is_key(text: &str) -> bool {
    let visible = |byte: u8| (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
    (1..=255).contains(&text.len()) && text.bytes().all(visible)
}

/// A well-formed W3C `traceparent`; anything else is as good as none.
pub(crate) fn trace_parent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let parts: Vec<&str> = value.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let well_formed = lengths == [2, 32, 16, 2] && parts.iter().all(|part| hex(part)) && parts[0] != "ff";
    well_formed.then(|| value.to_owned())
}
