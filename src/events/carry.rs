//! What the protocol bindings of `CloudEvents` share: an event as a body with attributes beside it, or as a whole.

use std::borrow::Cow;

use bytes::Bytes;

use super::cloud::{CloudEvent, Data, STRUCTURED, Unreadable, is_json};

/// What all media types of whole events begin with.
const WHOLE: &str = "application/cloudevents";

/// Whether a media type says that the body is a whole event.
pub(super) fn is_whole(kind: &str) -> bool {
    kind.trim_start().get(..WHOLE.len()).is_some_and(|start| start.eq_ignore_ascii_case(WHOLE))
}

/// The body beside which the attributes stand; `None` where it would not be read as it was.
pub(super) fn body(event: &CloudEvent) -> Option<Bytes> {
    let kind = event.data_content_type.as_deref();
    match &event.data {
        Data::None => Some(Bytes::new()),
        Data::Json(text) if is_json(kind) => Some(Bytes::from(text.clone())),
        Data::Bytes(bytes) if !is_json(kind) && !bytes.is_empty() => Some(bytes.clone()),
        Data::Json(_) | Data::Bytes(_) => None,
    }
}

/// The name of the attribute that a header says: what comes after `ce-`.
pub(super) fn attribute(header: &str) -> Option<&str> {
    let (start, name) = header.split_at_checked(3)?;
    start.eq_ignore_ascii_case("ce-").then_some(name)
}

/// Reads either form: a whole event where the content type says so, else attributes and a body.
pub(super) fn read<'a>(
    content_type: Option<&'a str>,
    attributes: impl Iterator<Item = (&'a str, Cow<'a, str>)>,
    body: &Bytes,
) -> Result<CloudEvent, Unreadable> {
    if let Some(kind) = content_type.filter(|kind| is_whole(kind)) {
        let media = kind.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case(STRUCTURED) {
            return Err(Unreadable(format!("it is a CloudEvent of another format than {STRUCTURED}")));
        }
        let text = std::str::from_utf8(body).map_err(|_| Unreadable("it is not UTF-8".to_owned()))?;
        return CloudEvent::from_json(text);
    }
    // Where an attribute says another one, that is said later and counts.
    let kind = content_type.map(|kind| ("datacontenttype", Cow::Borrowed(kind)));
    CloudEvent::from_attributes(kind.into_iter().chain(attributes), body.clone())
}
