//! Which methods a path has.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};

use super::negotiate::{self, Format};
use super::{Target, answer, guard};
use crate::error::{Error, ErrorKind};

const COLLECTION: &[Method] = &[Method::GET, Method::HEAD, Method::POST];
const ITEM: &[Method] = &[Method::GET, Method::HEAD, Method::PATCH, Method::PUT, Method::DELETE];
const CUSTOM: &[Method] = &[Method::POST];
const WATCH: &[Method] = &[Method::GET, Method::HEAD];

pub(super) const fn allowed(target: Target<'_>) -> &'static [Method] {
    match target {
        Target::Collection => COLLECTION,
        Target::Item(_) => ITEM,
        Target::Custom(..) => CUSTOM,
        Target::Watch => WATCH,
    }
}

const fn allow(target: Target<'_>) -> HeaderValue {
    HeaderValue::from_static(match target {
        Target::Collection => "GET, HEAD, POST, OPTIONS",
        Target::Item(_) => "GET, HEAD, PATCH, PUT, DELETE, OPTIONS",
        Target::Custom(..) => "POST, OPTIONS",
        Target::Watch => "GET, HEAD, OPTIONS",
    })
}

/// What can be done here (RFC 9110, section 9.3.7).
pub(super) fn options(target: Target<'_>, protobuf: bool) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, allow(target));
    match target {
        Target::Item(_) => headers.insert("accept-patch", types(true, protobuf)),
        Target::Watch => None,
        _ => headers.insert("accept-post", types(false, protobuf)),
    };
    response
}

/// What a body can be.
pub(super) const fn types(patch: bool, protobuf: bool) -> HeaderValue {
    HeaderValue::from_static(negotiate::body_types(patch, protobuf))
}

pub(super) fn not_allowed(target: Target<'_>, parts: &Parts, format: Format) -> Response {
    refuse(parts, format, allow(target))
}

/// For a path that is there to be read, when something else is asked.
pub(super) fn only_read(parts: &Parts, format: Format) -> Response {
    refuse(parts, format, HeaderValue::from_static("GET, HEAD"))
}

/// For a method of a gRPC service.
#[cfg(feature = "grpc")]
pub(super) fn only_post(parts: &Parts, format: Format) -> Response {
    refuse(parts, format, HeaderValue::from_static("POST"))
}

/// `OPTIONS *`: what the server as a whole can do (RFC 9110, section 7.1).
pub(super) fn options_of_all() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let all = HeaderValue::from_static("GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS");
    response.headers_mut().insert(header::ALLOW, all);
    response
}

/// What can be done at a place that takes no body to speak of.
pub(super) fn nothing_but(allow: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

pub(super) fn refuse(parts: &Parts, format: Format, allow: HeaderValue) -> Response {
    // The method is the caller's text, but one that the HTTP parser took: a token.
    let sentence = format!("{} is not possible here; see the Allow header", parts.method);
    let error = Error::new(ErrorKind::MethodNotAllowed, sentence);
    let mut response = answer::problem(&error, format, guard::id_of(parts));
    response.headers_mut().insert(header::ALLOW, allow);
    response
}
