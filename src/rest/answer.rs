//! Answers: a row, a page, a problem (RFC 9457).

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::collection::Collection;
use super::conditional;
use super::negotiate::Format;
use crate::cell::Cell;
use crate::core::Page;
use crate::descriptor::Descriptor;
use crate::error::{Error, Violation};
use crate::text;

/// What stays as it is in a path segment (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether an answer is about a write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    No,
    Now,
    /// It was written before, under the same idempotency key.
    Before,
}

impl Written {
    pub(super) const fn from_replayed(replayed: bool) -> Self {
        if replayed { Self::Before } else { Self::Now }
    }
}

/// One row, with its tag.
pub(super) fn row(
    status: StatusCode,
    collection: &Collection,
    cells: &[Cell],
    format: Format,
    written: Written,
) -> Response {
    let mut out = Vec::with_capacity(512);
    collection.encode_row(format, &mut out, cells);
    let mut response = body(status, out, format.media_type());
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(conditional::tag(collection.descriptor.row_version(cells), format))
    {
        headers.insert(header::ETAG, tag);
    }
    caching(headers, written);
    response
}

/// A page of rows.
pub(super) fn page(collection: &Collection, page: &Page, format: Format) -> Response {
    let mut out = Vec::with_capacity(512 * (page.rows.len() + 1));
    collection.encode_page(format, &mut out, &page.rows, &page.next_page_token);
    let mut response = body(StatusCode::OK, out, format.media_type());
    caching(response.headers_mut(), Written::No);
    response
}

/// Done, and nothing to show.
pub(super) fn no_content(written: Written) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    caching(response.headers_mut(), written);
    response
}

/// The caller has it already.
pub(super) fn not_modified(tag: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    caching(response.headers_mut(), Written::No);
    response
}

/// What went wrong. What only the log may know is logged here.
pub(crate) fn problem(error: &Error, format: Format, request_id: &str) -> Response {
    let (status, code, title) = error.kind().http();
    if status >= 500 {
        tracing::error!(request_id, code, error = %error, "request failed");
    }
    let problem = Problem { error, status, code, title, request_id };
    let out = match format {
        #[cfg(feature = "xml")]
        Format::Xml => crate::xml::encode_problem(&problem),
        _ => problem.json(),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = body(status, out, format.problem_type());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = error.retry_after_seconds() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A problem document's content.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    pub(crate) error: &'a Error,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    pub(crate) request_id: &'a str,
}

impl Problem<'_> {
    /// The sentence for the caller; a defect has none but where to ask.
    pub(crate) fn detail(&self) -> String {
        if self.error.message().is_empty() {
            return format!("quote the request id {} when you ask about it", self.request_id);
        }
        self.error.message().to_owned()
    }

    /// What identifies the kind of problem.
    pub(crate) fn type_uri(&self) -> String {
        format!("urn:fourfold:problem:{}", self.code)
    }

    fn json(&self) -> Vec<u8> {
        let told = |violation: &Violation| {
            serde_json::json!({
                place(violation): violation.pointer, "code": violation.code, "detail": violation.message,
            })
        };
        let violations: Vec<_> = self.error.violations().iter().map(told).collect();
        let mut document = serde_json::json!({
            "type": self.type_uri(),
            "title": self.title,
            "status": self.status,
            "detail": self.detail(),
            "code": self.code,
            "request_id": self.request_id,
        });
        if !violations.is_empty() {
            document["errors"] = violations.into();
        }
        document.to_string().into_bytes()
    }
}

/// What the place of a violation is: a JSON Pointer into the body, or the name of a header or a query parameter.
pub(crate) fn place(violation: &Violation) -> &'static str {
    const HEADERS: [&str; 3] = ["idempotency-key", "if-match", "if-none-match"];
    let place = violation.pointer.as_str();
    let mut tildes = place.split('~').skip(1);
    let escaped = tildes.all(|rest| rest.starts_with(['0', '1']));
    match place {
        "" => "pointer",
        place if place.starts_with('/') && escaped => "pointer",
        place if HEADERS.iter().any(|header| header.eq_ignore_ascii_case(place)) => "header",
        _ => "parameter",
    }
}

/// Where a new row is.
pub(super) fn location(descriptor: &Descriptor, cells: &[Cell]) -> Option<HeaderValue> {
    let id = text::format(&descriptor.fields[descriptor.id].ty.kind, cells.get(descriptor.id)?);
    let id = utf8_percent_encode(&id, SEGMENT);
    HeaderValue::try_from(format!("/{}/{}/{id}", descriptor.version, descriptor.path)).ok()
}

/// HEAD: all of GET but the body.
pub(super) fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let length = axum::body::HttpBody::size_hint(&body).exact();
    if let Some(length) = length.filter(|length| *length > 0) {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}

pub(super) fn body(status: StatusCode, bytes: Vec<u8>, media_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn caching(headers: &mut http::HeaderMap, written: Written) {
    let policy = if written == Written::No { "private, no-cache" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Authorization"));
    if written == Written::Before {
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
}
