//! Request messages: the few fields that every method shares, by the numbers in [`rpc`](crate::rpc).

use bytes::{Buf as _, Bytes};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use crate::input::Violations;

/// A message, taken apart by one level.
#[derive(Debug, Default)]
pub(super) struct Request {
    fields: Vec<(u32, Part)>,
}

#[derive(Debug)]
enum Part {
    Number(u64),
    Bytes(Bytes),
    /// Of a type that no field of ours has.
    Other,
}

impl Request {
    /// `None` where it is no message.
    pub(super) fn read(mut message: Bytes) -> Option<Self> {
        let mut fields = Vec::with_capacity(4);
        while message.has_remaining() {
            let (tag, wire_type) = decode_key(&mut message).ok()?;
            let part = match wire_type {
                WireType::Varint => Part::Number(decode_varint(&mut message).ok()?),
                WireType::LengthDelimited => {
                    let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
                    if length > message.len() {
                        return None;
                    }
                    Part::Bytes(message.split_to(length))
                }
                _ => {
                    skip_field(wire_type, tag, &mut message, DecodeContext::default()).ok()?;
                    Part::Other
                }
            };
            fields.push((tag, part));
        }
        Some(Self { fields })
    }

    fn all(&self, tag: u32) -> impl DoubleEndedIterator<Item = &Part> {
        self.fields.iter().filter(move |(found, _)| *found == tag).map(|(_, part)| part)
    }

    /// A text, empty where it is absent. The last one counts.
    pub(super) fn text(&self, tag: u32, name: &str, violations: &mut Violations) -> String {
        self.all(tag).next_back().and_then(|part| text(part, name, violations)).unwrap_or_default()
    }

    /// All texts of a repeated field.
    pub(super) fn texts(&self, tag: u32, name: &str, violations: &mut Violations) -> Vec<String> {
        self.all(tag).filter_map(|part| text(part, name, violations)).collect()
    }

    /// A whole number, 0 where it is absent. The last one counts.
    pub(super) fn number(&self, tag: u32, name: &str, violations: &mut Violations) -> i64 {
        match self.all(tag).next_back() {
            None => 0,
            Some(Part::Number(number)) => number.cast_signed(),
            Some(_) => {
                violations.push_named(name, "type", "must be a whole number");
                0
            }
        }
    }

    /// Whether something is so, `false` where it is absent. The last one counts.
    pub(super) fn flag(&self, tag: u32, name: &str, violations: &mut Violations) -> bool {
        match self.all(tag).next_back() {
            None => false,
            Some(Part::Number(number)) => *number != 0,
            Some(_) => {
                violations.push_named(name, "type", "must be true or false");
                false
            }
        }
    }

    /// A message, still encoded. Where it comes in pieces, one after the other is the same as all merged.
    pub(super) fn message(&self, tag: u32, name: &str, violations: &mut Violations) -> Option<Bytes> {
        let mut whole: Option<Bytes> = None;
        for part in self.all(tag) {
            let Part::Bytes(piece) = part else {
                violations.push_named(name, "type", "must be a message");
                return None;
            };
            whole = Some(match whole {
                None => piece.clone(),
                Some(before) => [before, piece.clone()].concat().into(),
            });
        }
        whole
    }
}

fn text(part: &Part, name: &str, violations: &mut Violations) -> Option<String> {
    let Part::Bytes(bytes) = part else {
        violations.push_named(name, "type", "must be text");
        return None;
    };
    let text = std::str::from_utf8(bytes).ok();
    if text.is_none() {
        violations.push_named(name, "syntax", "must be UTF-8");
    }
    text.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &'static [u8]) -> Request {
        Request::read(Bytes::from_static(bytes)).unwrap()
    }

    #[test]
    fn the_last_of_a_field_counts_and_messages_merge() {
        let request = read(b"\x0a\x01a\x0a\x02bc\x10\x05\x10\x06\x1d\0\0\0\0");
        let mut violations = Violations::default();
        assert_eq!(request.text(1, "a", &mut violations), "bc");
        assert_eq!(request.texts(1, "a", &mut violations), ["a", "bc"]);
        assert_eq!(request.number(2, "b", &mut violations), 6);
        assert_eq!(request.message(1, "a", &mut violations).unwrap(), "abc");
        assert_eq!(request.text(9, "absent", &mut violations), "");
        assert_eq!(request.message(9, "absent", &mut violations), None);
        assert!(violations.is_empty());
    }

    #[test]
    fn another_type_than_the_field_has_is_a_violation() {
        let request = read(b"\x08\x01\x12\x01\xff");
        let mut violations = Violations::default();
        request.text(1, "id", &mut violations);
        request.text(2, "etag", &mut violations);
        request.number(2, "page_size", &mut violations);
        request.message(1, "order", &mut violations);
        let codes: Vec<_> = violations.into_list().into_iter().map(|one| (one.pointer, one.code)).collect();
        let wanted = [("id", "type"), ("etag", "syntax"), ("page_size", "type"), ("order", "type")];
        assert_eq!(codes, wanted.map(|(name, code)| (name.to_owned(), code)));
    }

    #[test]
    fn what_is_no_message_is_found_out() {
        for bytes in
            [&b"\x0a\x05a"[..], b"\x0a", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x0c", b"\x02\0"]
        {
            assert!(Request::read(Bytes::from_static(bytes)).is_none(), "{bytes:?}");
        }
    }
}
