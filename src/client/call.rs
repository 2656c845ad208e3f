//! A call as data, and what carries it.

use std::fmt;
use std::fmt::Write as _;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prost::Message;

use super::error::{RemoteError, RemoteViolation};
use crate::descriptor::BoxFuture;
use crate::error::ErrorKind;

/// What stays as it is in a path segment or a query. The dot is not in it: `..` would climb.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// One call, in the terms of all transports: gRPC sends the whole request, REST the path, the query and the part that is
/// the body.
#[derive(Clone, Debug)]
pub struct Call {
    rpc: &'static str,
    request: Bytes,
    repeatable: bool,
    binding: Option<Binding>,
    request_id: String,
    etag: String,
    mistakes: Vec<RemoteViolation>,
}

/// What REST makes of a call.
#[derive(Clone, Debug)]
struct Binding {
    verb: Method,
    path: String,
    body: Option<u32>,
}

impl Call {
    /// A call that changes nothing, by the path of its method, `/shop.user.v1.UserService/GetUser`.
    #[must_use]
    pub fn read(rpc: &'static str, request: &impl Message) -> Self {
        Self {
            rpc,
            request: request.encode_to_vec().into(),
            repeatable: true,
            binding: None,
            request_id: String::new(),
            etag: String::new(),
            mistakes: Vec::new(),
        }
    }

    /// A call that changes something. It can be repeated if it has a request id.
    #[must_use]
    pub fn write(rpc: &'static str, request: &impl Message, request_id: &str) -> Self {
        let mut call = Self::read(rpc, request);
        call.repeatable = !request_id.is_empty();
        request_id.clone_into(&mut call.request_id);
        call
    }

    /// The same call, with more at the end of its request: of a field that is there twice the last one counts.
    pub(super) fn with(&self, more: &[u8]) -> Self {
        let mut call = self.clone();
        call.request = [&*self.request, more].concat().into();
        call
    }

    /// What it is in REST: a verb, and a path with a `{name}` for each variable, in the order of the values.
    #[must_use]
    pub fn http(mut self, verb: Method, template: &'static str, values: &[&dyn fmt::Display]) -> Self {
        let mut path = String::with_capacity(template.len() + 32 * values.len());
        let mut values = values.iter();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let value = values.next().map(ToString::to_string).unwrap_or_default();
            if value.is_empty() {
                self.mistakes.push(RemoteViolation::new(
                    format!("/{}", name.replace('.', "/")),
                    "required",
                    "must not be empty",
                ));
            }
            path.push_str(before);
            path.extend(utf8_percent_encode(&value, PLAIN));
            rest = after;
        }
        path.push_str(rest);
        self.binding = Some(Binding { verb, path, body: None });
        self
    }

    /// Adds a parameter to the query of REST. One without a value is left out.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if let (Some(binding), false) = (&mut self.binding, matches!(value.as_str(), "" | "0" | "false")) {
            let separator = if binding.path.contains('?') { '&' } else { '?' };
            // Writing to a String can't fail.
            let _ =
                write!(binding.path, "{separator}{name}={value}", value = utf8_percent_encode(&value, PLAIN));
        }
        self
    }

    /// Says which field of the request is the body in REST, by its number.
    #[must_use]
    pub fn body(mut self, field: u32) -> Self {
        if let Some(binding) = &mut self.binding {
            binding.body = Some(field);
        }
        self
    }

    /// Names the version that the write must meet; an empty one is none.
    #[must_use]
    pub fn etag(mut self, etag: &str) -> Self {
        etag.clone_into(&mut self.etag);
        self
    }

    /// The path of the method, `/shop.user.v1.UserService/GetUser`.
    #[must_use]
    pub fn rpc(&self) -> &'static str {
        self.rpc
    }

    /// The encoded request message.
    #[must_use]
    pub fn request(&self) -> Bytes {
        self.request.clone()
    }

    /// Verb and path in REST, the query included; `None` where the method has no place there.
    #[must_use]
    pub fn place(&self) -> Option<(&Method, &str)> {
        self.binding.as_ref().map(|binding| (&binding.verb, binding.path.as_str()))
    }

    /// The body in REST: the part of the request that is it.
    #[must_use]
    pub fn part(&self) -> Option<Bytes> {
        let field = self.binding.as_ref()?.body?;
        Some(part(self.request.clone(), field).unwrap_or_default())
    }

    /// The id under which a repeat gets the first answer; empty for a read.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The version that the write must meet; empty where any will do.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.etag
    }

    pub(super) fn repeatable(&self) -> bool {
        self.repeatable
    }

    pub(super) fn mistakes(&self) -> &[RemoteViolation] {
        &self.mistakes
    }
}

/// The content of a field that holds a message, or text.
pub(super) fn part(mut message: Bytes, wanted: u32) -> Option<Bytes> {
    use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
    while !message.is_empty() {
        let (field, wire) = decode_key(&mut message).ok()?;
        if field == wanted && wire == WireType::LengthDelimited {
            let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
            return (length <= message.len()).then(|| message.split_to(length));
        }
        skip_field(wire, field, &mut message, DecodeContext::default()).ok()?;
    }
    None
}

/// One attempt at a call.
#[derive(Clone)]
pub struct Attempt<'a> {
    /// What is called.
    pub call: &'a Call,
    /// How long it may take.
    pub timeout: Duration,
    /// The `authorization` that goes with it.
    pub authorization: Option<String>,
    /// The W3C `traceparent` that goes with it.
    pub trace_parent: Option<&'a str>,
    /// The id of the request that it is made for, the same in the log of both services.
    pub correlation: Option<&'a str>,
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("rpc", &self.call.rpc)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Attempt<'_> {
    /// The headers that all transports send alike.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("authorization", self.authorization.as_deref()),
            ("traceparent", self.trace_parent),
            ("x-request-id", self.correlation),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// What carries calls: gRPC, REST, or what a test puts in their place.
pub trait Transport: Send + Sync + 'static {
    /// Makes one attempt and brings the encoded answer.
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Bytes, RemoteError>>;

    /// Makes one attempt at a call that is answered by many messages, and brings them as they come. The timeout is that of
    /// the first. A transport that can't says so.
    fn stream<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Messages, RemoteError>> {
        let sentence = format!("{} is answered by a stream, which needs grpc://", attempt.call.rpc);
        Box::pin(async move { Err(RemoteError::new(ErrorKind::MethodNotAllowed, sentence)) })
    }
}

/// Encoded messages, as they come.
pub type Messages = Pin<Box<dyn Stream<Item = Result<Bytes, RemoteError>> + Send>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_its_values_in_place_and_cannot_be_left() {
        let call = Call::read("/a.B/C", &()).http(Method::GET, "/v1/users/{id}/cancel", &[&"../x y?"]);
        assert_eq!(call.place().map(|place| place.1), Some("/v1/users/%2E%2E%2Fx%20y%3F/cancel"));
    }

    #[test]
    fn an_empty_value_in_a_path_is_a_mistake_that_is_named() {
        let call = Call::read("/a.B/C", &()).http(Method::PATCH, "/v1/users/{user.id}", &[&""]);
        assert_eq!(call.mistakes()[0].pointer, "/user/id");
    }

    #[test]
    fn parameters_without_a_value_are_left_out() {
        let call = Call::read("/a.B/C", &())
            .http(Method::GET, "/v1/users", &[])
            .query("page_size", 0)
            .query("filter", "a = \"b\"")
            .query("order_by", "")
            .query("page_token", "x&y");
        let place = "/v1/users?filter=a%20%3D%20%22b%22&page_token=x%26y";
        assert_eq!(call.place().map(|place| place.1), Some(place));
    }

    #[test]
    fn the_body_is_the_part_of_the_request_that_rest_sends() {
        let request = prost_types::FieldMask { paths: vec!["name".to_owned()] };
        let call = Call::write("/a.B/C", &request, "1").http(Method::POST, "/v1/users", &[]).body(1);
        assert_eq!(call.part().as_deref(), Some(&b"name"[..]));
        assert_eq!(Call::read("/a.B/C", &request).part(), None);
        let none = Call::write("/a.B/C", &request, "1").http(Method::POST, "/v1/users", &[]).body(2);
        assert_eq!(none.part().as_deref(), Some(&b""[..]));
    }
}
