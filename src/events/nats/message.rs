//! An event as a message of NATS, by the protocol binding of `CloudEvents`: written in the binary form, attributes as headers,
//! where that loses nothing, else in the structured one; read in both.

use async_nats::HeaderMap;
use async_nats::header::{HeaderName, HeaderValue};
use bytes::Bytes;

use crate::events::carry;
use crate::events::cloud::{CloudEvent, STRUCTURED, Unreadable, from_header_value, header_value};
use crate::text;

const CONTENT_TYPE: &str = "Content-Type";

/// What the message of an event holds.
pub(super) fn write(event: &CloudEvent) -> (HeaderMap, Bytes) {
    if let Some(written) = binary(event) {
        return written;
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, STRUCTURED);
    (headers, event.to_json().into())
}

/// `None` where it would not be read as it was.
fn binary(event: &CloudEvent) -> Option<(HeaderMap, Bytes)> {
    let payload = carry::body(event)?;
    let mut headers = HeaderMap::new();
    for (name, value) in event.attributes() {
        headers.insert(header_of(name)?, header_value(&value).parse::<HeaderValue>().ok()?);
    }
    // It would pass for a whole event.
    if let Some(kind) = event.data_content_type.as_deref().filter(|kind| !carry::is_whole(kind)) {
        headers.insert(CONTENT_TYPE, kind.parse::<HeaderValue>().ok()?);
    }
    Some((headers, payload))
}

/// The header of an attribute; `None` where it can't be one.
fn header_of(attribute: &str) -> Option<HeaderName> {
    Some(match attribute {
        "specversion" => HeaderName::from_static("ce-specversion"),
        "id" => HeaderName::from_static("ce-id"),
        "source" => HeaderName::from_static("ce-source"),
        "type" => HeaderName::from_static("ce-type"),
        "subject" => HeaderName::from_static("ce-subject"),
        "time" => HeaderName::from_static("ce-time"),
        "datacontenttype" => HeaderName::from_static("ce-datacontenttype"),
        "dataschema" => HeaderName::from_static("ce-dataschema"),
        "traceparent" => HeaderName::from_static("ce-traceparent"),
        "partitionkey" => HeaderName::from_static("ce-partitionkey"),
        other => format!("ce-{other}").parse().ok()?,
    })
}

/// What an event is given out one after the other by, as a number; two keys with one number only wait for each other.
pub(super) fn key(event: &CloudEvent) -> Option<u64> {
    let key = event.key()?;
    // That of `order::key`.
    Some(text::fnv1a_all(&[event.source.as_bytes(), b" ", key.as_bytes()]))
}

/// The event that a message is, or why it is none.
pub(super) fn read(headers: &HeaderMap, payload: &Bytes) -> Result<CloudEvent, Unreadable> {
    let all = || {
        headers
            .iter()
            .filter_map(|(name, values)| Some((AsRef::<str>::as_ref(name), values.last()?.as_str())))
    };
    let content_type =
        all().find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE)).map(|(_, value)| value);
    let attribute = |(name, value)| Some((carry::attribute(name)?, from_header_value(value)));
    carry::read(content_type, all().filter_map(attribute), payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::cloud::Data;

    fn round(event: &CloudEvent) -> CloudEvent {
        let (headers, payload) = write(event);
        read(&headers, &payload).expect("it is read")
    }

    #[test]
    fn attributes_are_headers_and_the_data_is_the_body() {
        let mut event = CloudEvent::new("1 \"%\"", "/shop", "shop.made").with_json("{\"a\": 1.50}");
        event.subject = Some("Zoë\r\nce-id: 2".to_owned());
        let (headers, payload) = write(&event);
        let get = |name: &str| headers.get(name).map(HeaderValue::as_str);
        assert_eq!(get("ce-id"), Some("1%20%22%25%22"));
        assert_eq!(get("ce-subject"), Some("Zo%C3%AB%0D%0Ace-id:%202"));
        assert_eq!((get("ce-type"), get("ce-specversion")), (Some("shop.made"), Some("1.0")));
        assert_eq!(
            (get("Content-Type"), get("ce-datacontenttype")),
            (Some("application/json"), Some("application/json"))
        );
        assert_eq!(&payload[..], b"{\"a\": 1.50}");
        assert_eq!(round(&event), event);
    }

    #[test]
    fn what_headers_can_not_say_is_said_as_a_whole() {
        let mut untyped = CloudEvent::new("1", "/shop", "shop.made");
        untyped.data = Data::Bytes(Bytes::from_static(b"\x00\xff"));
        let mut whole = untyped.clone();
        whole.data_content_type = Some("application/cloudevents+avro".to_owned());
        let mut named = CloudEvent::new("1", "/shop", "shop.made");
        named.extensions.insert("a b:".to_owned(), "x".to_owned());
        for event in [untyped, whole, named] {
            assert_eq!(
                write(&event).0.get(CONTENT_TYPE).map(HeaderValue::as_str),
                match event.extensions.len() {
                    0 if event.data_content_type.is_some() => None,
                    _ => Some(STRUCTURED),
                }
            );
            if event.extensions.is_empty() {
                assert_eq!(round(&event), event);
            }
        }
    }

    #[test]
    fn what_is_no_event_says_why() {
        let headers = |pairs: &[(&str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, *value);
            }
            headers
        };
        let whole = [("Content-Type", "Application/CloudEvents+JSON; charset=utf-8")];
        let cases = [
            (headers(&[]), "{}", "no `specversion`"),
            (headers(&[("ce-specversion", "0.3")]), "", "not 1.0"),
            (headers(&[("CE-SpecVersion", "1.0"), ("ce-id", "1"), ("ce-type", "t")]), "", "no `source`"),
            (headers(&whole), "[", "not JSON of a CloudEvent"),
            (headers(&whole), "{\"specversion\":\"1.0\"}", "no `id`"),
            (headers(&[("content-type", "application/cloudevents+avro")]), "", "another format"),
        ];
        for (headers, body, why) in cases {
            let refused = read(&headers, &Bytes::from_static(body.as_bytes())).expect_err("it is none");
            assert!(refused.to_string().contains(why), "{refused}");
        }
    }
}
