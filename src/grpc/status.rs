//! An error as a gRPC status with `google.rpc` details (AIP-193).

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use axum::response::Response;
use http::HeaderValue;
use tonic::{Code, Status};
use tonic_types::{
    BadRequest, ErrorDetail, ErrorInfo, FieldViolation, RequestInfo, ResourceInfo, RetryInfo, StatusExt as _,
};

use super::path;
use crate::descriptor::{Descriptor, Field};
use crate::error::{Error, ErrorKind, Violation};

/// Who the reasons belong to.
const DOMAIN: &str = "fourfold";
/// Many callers read at most 8 KiB of headers; these two leave room for the other ones, and for base64.
const MOST_MESSAGE: usize = 1000;
const MOST_DETAILS: usize = 4800;

/// What an error is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About<'a> {
    pub(super) descriptor: Option<&'static Descriptor>,
    /// The id as the caller wrote it, where it is known.
    pub(super) id: &'a str,
    /// The fields that places in the body refer to.
    pub(super) fields: &'static [Field],
}

/// What goes over the wire instead of an answer. What only the log may know is logged here.
pub(super) fn status(error: &Error, about: &About<'_>, request_id: &str) -> Status {
    let (http, word, _) = error.kind().http();
    if http >= 500 {
        tracing::error!(request_id, code = word, error = %error, "request failed");
    }
    quiet(error, about, request_id)
}

/// The same, for what is nothing that failed.
pub(super) fn quiet(error: &Error, about: &About<'_>, request_id: &str) -> Status {
    let (code, reason) = error.kind().grpc();
    let message = shorten(&sentence(error, about, request_id), MOST_MESSAGE, cost_in_a_header).into_owned();
    let metadata = HashMap::from([("request_id".to_owned(), request_id.to_owned())]);
    let mut details: Vec<ErrorDetail> =
        vec![ErrorInfo::new(reason, DOMAIN, metadata).into(), RequestInfo::new(request_id, "").into()];
    let mut room = MOST_DETAILS.saturating_sub(message.len() + 4 * request_id.len() + 400);
    if let Some(resource) = resource(error, about, &message) {
        room =
            room.saturating_sub(resource.resource_type.len() + resource.resource_name.len() + message.len());
        details.push(resource.into());
    }
    if let Some(seconds) = error.retry_after_seconds() {
        details.push(RetryInfo::new(Some(Duration::from_secs(seconds.into()))).into());
    }
    if !error.violations().is_empty() {
        details.push(BadRequest::new(field_violations(error.violations(), about, room)).into());
    }
    Status::with_error_details_vec(Code::from_i32(code), message, details)
}

/// The answer that is a status alone.
fn response(status: &Status) -> Response {
    let mut headers = http::HeaderMap::with_capacity(4);
    headers.insert(http::header::CONTENT_TYPE, tonic::metadata::GRPC_CONTENT_TYPE);
    if status.add_header(&mut headers).is_err() {
        // Only metadata that is no header can fail, and there is none.
        headers.insert(Status::GRPC_STATUS, HeaderValue::from_static("13"));
    }
    let mut response = Response::new(axum::body::Body::empty());
    *response.headers_mut() = headers;
    response
}

/// An error about no resource in particular, as an answer.
pub(crate) fn answer(error: &Error, request_id: &str) -> Response {
    response(&status(error, &About::default(), request_id))
}

/// The sentence for the caller; a defect has none but where to ask.
fn sentence<'a>(error: &'a Error, about: &About<'_>, request_id: &str) -> Cow<'a, str> {
    match (error.message(), error.violations()) {
        ("", _) => format!("quote the request id {request_id} when you ask about it").into(),
        (_, [one]) if error.kind() == ErrorKind::InvalidArgument && !one.pointer.is_empty() => {
            format!("{}: {}", path::of(&one.pointer, about.fields), one.message).into()
        }
        (message, _) => message.into(),
    }
}

fn resource(error: &Error, about: &About<'_>, message: &str) -> Option<ResourceInfo> {
    let descriptor = about.descriptor?;
    let about_one = matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::FailedPrecondition
            | ErrorKind::VersionMismatch
            | ErrorKind::Aborted
    );
    about_one.then(|| {
        let id = shorten(about.id, 1024, char::len_utf8);
        ResourceInfo::new(descriptor.full_name(), id, "", message)
    })
}

/// As many as there is room for; the last says how many more there are.
fn field_violations(violations: &[Violation], about: &About<'_>, mut room: usize) -> Vec<FieldViolation> {
    let mut told = Vec::with_capacity(violations.len());
    for (index, violation) in violations.iter().enumerate() {
        let one = FieldViolation {
            field: path::of(&violation.pointer, about.fields),
            description: shorten(&violation.message, 1000, char::len_utf8).into_owned(),
            reason: violation.code.to_ascii_uppercase().replace('-', "_"),
            localized_message: None,
        };
        let size = one.field.len() + one.description.len() + one.reason.len() + 12;
        if size > room {
            let more = format!("{} more are left out: they would not fit", violations.len() - index);
            told.push(FieldViolation::new("", more));
            break;
        }
        room -= size;
        told.push(one);
    }
    told
}

fn shorten(text: &str, most: usize, cost: fn(char) -> usize) -> Cow<'_, str> {
    let mut spent = 0;
    for (index, character) in text.char_indices() {
        spent += cost(character);
        if spent > most {
            return format!("{}..", &text[..index]).into();
        }
    }
    text.into()
}

/// Percent-encoded, where it is not plain.
fn cost_in_a_header(character: char) -> usize {
    let plain = character.is_ascii_graphic() || character == ' ';
    if plain && character != '%' { 1 } else { 3 * character.len_utf8() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(status: &Status) -> usize {
        let mut headers = http::HeaderMap::new();
        status.add_header(&mut headers).unwrap();
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
    }

    #[test]
    fn a_status_fits_into_the_headers_that_callers_read() {
        let violation = |index: usize| Violation {
            pointer: format!("/a_rather_long_name_of_a_field/{index}/another_long_name"),
            code: "required",
            message: "must be there: ü and all".repeat(3).into(),
        };
        let error = Error::invalid((0..100).map(violation).collect());
        let status = status(&error, &About::default(), &"x".repeat(128));
        assert!(size(&status) < 7600, "{}", size(&status));
        let told = status.get_details_bad_request().unwrap().field_violations;
        assert!(told.len() > 20 && told.len() < 100, "{}", told.len());
        assert!(told.last().unwrap().description.contains("more are left out"));
    }

    #[test]
    fn a_very_long_sentence_is_cut() {
        let error = Error::new(ErrorKind::FailedPrecondition, "ü%".repeat(5000));
        let status = status(&error, &About::default(), "id");
        assert!(size(&status) < 3000, "{}", size(&status));
    }
}
