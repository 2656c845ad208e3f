//! An event as an entry of a stream. `CloudEvents` has no binding for Redis; this follows the one for NATS: in the binary form each
//! attribute is a field, `ce-` and its name, and the data is the field `data`, all of them as they are; in the structured form
//! `content-type` says so, and `data` is all of it. An entry without attributes is read as a structured one too.

use std::borrow::Cow;

use bytes::Bytes;
use redis::{Cmd, Value};
use uuid::Uuid;

use crate::events::carry;
use crate::events::cloud::{CloudEvent, STRUCTURED, Unreadable};

const DATA: &str = "data";
const CONTENT_TYPE: &str = "content-type";

/// Fields of an entry, or of the hash of a dead letter, in their order.
pub(super) struct Fields(Vec<(Bytes, Bytes)>);

impl Fields {
    pub(super) fn of(value: Value) -> Self {
        let pairs = match value {
            Value::Array(values) => values
                .chunks(2)
                .filter_map(|pair| match pair {
                    [Value::BulkString(name), Value::BulkString(value)] => {
                        Some((Bytes::from(name.clone()), Bytes::from(value.clone())))
                    }
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        Self(pairs)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the last field of this name, in any case.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    fn bytes(&self, name: &str) -> Option<&Bytes> {
        let mut all = self.0.iter().rev();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// The event that they are.
    pub(super) fn read(&self) -> Result<CloudEvent, Unreadable> {
        let nothing = Bytes::new();
        let data = self.bytes(DATA).unwrap_or(&nothing);
        let mut attributes = Vec::new();
        for (name, value) in &self.0 {
            let Some(name) = std::str::from_utf8(name).ok().and_then(carry::attribute) else { continue };
            let value = std::str::from_utf8(value)
                .map_err(|_| Unreadable("it has an attribute that is not UTF-8".to_owned()))?;
            attributes.push((name, Cow::Borrowed(value)));
        }
        let content_type = self.text(CONTENT_TYPE);
        if !attributes.is_empty() || content_type.is_some_and(carry::is_whole) {
            carry::read(content_type, attributes.into_iter(), data)
        } else if self.bytes(DATA).is_some() {
            carry::read(Some(STRUCTURED), std::iter::empty(), data)
        } else {
            Err(Unreadable("it is no CloudEvent: it has neither attributes nor data".to_owned()))
        }
    }
}

/// About how many bytes an event becomes.
pub(super) fn size(event: &CloudEvent) -> usize {
    let data = match &event.data {
        crate::events::Data::None => 0,
        crate::events::Data::Json(text) => text.len(),
        crate::events::Data::Bytes(bytes) => bytes.len(),
    };
    data + 500
}

/// Arguments of `publish.lua`: what it is known by, and its fields.
pub(super) fn write(command: &mut Cmd, event: &CloudEvent) {
    // Neither of them may have a line break in it.
    command.arg(format!("{}\n{}", event.source, event.id));
    match carry::body(event) {
        Some(body) => {
            let attributes = event.attributes();
            command.arg(2 * (attributes.len() + usize::from(!body.is_empty())));
            for (name, value) in attributes {
                command.arg(format!("ce-{name}")).arg(&*value);
            }
            if !body.is_empty() {
                command.arg(DATA).arg(&body[..]);
            }
        }
        None => {
            command.arg(4).arg(CONTENT_TYPE).arg(STRUCTURED).arg(DATA).arg(event.to_json());
        }
    }
}

/// A place in the log, two numbers of 20 digits, as the id of a lease.
pub(super) fn lease_id(place: &str) -> Option<Uuid> {
    let (moment, number) = place.split_once('-')?;
    Some(Uuid::from_u64_pair(moment.parse().ok()?, number.parse().ok()?))
}

/// The place that the id of a lease stands for.
pub(super) fn place(id: Uuid) -> String {
    let (moment, number) = id.as_u64_pair();
    format!("{moment:020}-{number:020}")
}

/// The id of the entry at a place, as Redis shows it.
pub(super) fn id(place: &str) -> String {
    let numbers = lease_id(place).map(|id| id.as_u64_pair());
    numbers.map_or_else(|| place.to_owned(), |(moment, number)| format!("{moment}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::cloud::Data;

    fn fields(pairs: &[(&str, &[u8])]) -> Fields {
        Fields(
            pairs
                .iter()
                .map(|(name, value)| (name.as_bytes().to_vec().into(), value.to_vec().into()))
                .collect(),
        )
    }

    #[test]
    fn both_forms_are_read_and_names_in_any_case() {
        let mut event = CloudEvent::new("1", "/shop", "shop.made").with_json("{\"note\":\"Zoë 100%\"}");
        event.subject = Some("Zoë 100%".to_owned());
        let text = event.to_json();
        let binary: &[(&str, &[u8])] = &[
            ("ce-specversion", b"1.0"),
            ("CE-Id", b"1"),
            ("ce-source", b"/shop"),
            ("ce-type", b"shop.made"),
            ("ce-subject", "Zoë 100%".as_bytes()),
            ("Content-Type", b"application/json"),
            ("Data", "{\"note\":\"Zoë 100%\"}".as_bytes()),
            ("something", b"else"),
        ];
        let whole: &[(&str, &[u8])] =
            &[("content-type", b"application/cloudevents+json; charset=utf-8"), ("data", text.as_bytes())];
        for form in [binary, whole, &[("data", text.as_bytes()), ("metadata", b"{}")]] {
            assert_eq!(fields(form).read().expect("it is read"), event);
        }
    }

    #[test]
    fn what_is_no_event_is_refused_with_a_reason() {
        for (pairs, why) in [
            (&[][..], "neither attributes nor data"),
            (&[("order", &b"1"[..])], "neither attributes nor data"),
            (&[("data", b"\xff")], "not UTF-8"),
            (&[("data", b"[]")], "not JSON of a CloudEvent"),
            (&[("ce-id", b"\xff")], "an attribute that is not UTF-8"),
            (&[("ce-id", b"1")], "no `specversion`"),
            (&[("content-type", b"application/cloudevents+avro"), ("data", b"x")], "another format"),
        ] {
            let refused = fields(pairs).read().expect_err(why);
            assert!(refused.0.contains(why), "{refused}");
        }
    }

    #[test]
    fn a_place_is_the_id_of_a_lease_and_back() {
        let place_of = "00000001764112345678-18446744073709551615";
        assert_eq!(place(lease_id(place_of).expect("a place")), place_of);
        assert_eq!(lease_id("1764112345678"), None);
    }

    #[test]
    fn what_fields_can_not_say_is_said_as_a_whole() {
        let mut untyped = CloudEvent::new("1", "/shop", "shop.made");
        untyped.data = Data::Bytes(Bytes::from_static(b"\x00\xff"));
        let mut command = Cmd::new();
        write(&mut command, &untyped);
        let said: Vec<_> = command
            .args_iter()
            .map(|arg| match arg {
                redis::Arg::Simple(bytes) => bytes.to_vec(),
                _ => Vec::new(),
            })
            .collect();
        assert_eq!(said[..4], [&b"/shop\n1"[..], b"4", b"content-type", STRUCTURED.as_bytes()]);
        let read = fields(&[("content-type", &said[3]), ("data", &said[5])]).read();
        assert_eq!(read.expect("it is read"), untyped);
    }
}
