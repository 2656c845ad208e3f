//! From messages to JSON.

use std::collections::BTreeMap;

use prost::encoding::WireType;

use super::{Choice, Content, Field, Message, Read, Shape, Told};
use crate::cell::Cell;
use crate::descriptor::{Kind, Scalar};
use crate::json::{self, View};
use crate::proto::content;
use crate::proto::wire::{Found, Malformed, One, Wire};

/// How deep messages may nest; those of fourfold have a fixed depth, and others' need not.
const MAX_DEPTH: usize = 100;

impl Told {
    /// The data of an event as JSON, from its message. What the contract does not know is left alone.
    pub(crate) fn decode(&self, kind: &str, message: &[u8]) -> Read<String> {
        let place = *self.types.get(kind).ok_or("no message of the contract is for it")?;
        let mut out = Vec::with_capacity(message.len() * 2);
        self.write(&mut out, &self.messages[place], &Found::one(One::Bytes(message)), MAX_DEPTH)?;
        String::from_utf8(out).map_err(|_| "it has text that is not UTF-8".to_owned())
    }

    fn write(&self, out: &mut Vec<u8>, message: &Message, parts: &Found<'_>, depth: usize) -> Read<()> {
        let Some(depth) = depth.checked_sub(1) else { return Err("it is nested too deep".to_owned()) };
        let mut found: Vec<Found<'_>> = Vec::new();
        found.resize_with(message.fields.len(), Found::default);
        for part in parts.all() {
            let mut wire = Wire(part.bytes());
            while let Some((number, one)) = wire.next().map_err(malformed)? {
                let place = message.fields.binary_search_by_key(&number, |field| field.number);
                if let Some(place) = place.ok().filter(|place| message.fields[*place].takes(one)) {
                    found[place].add(one, message.fields[place].keeps());
                }
            }
        }
        out.push(b'{');
        let mut first = true;
        for (field, found) in message.fields.iter().zip(&found) {
            if found.is_absent() && !field.is_said_by_silence() {
                continue;
            }
            if !std::mem::replace(&mut first, false) {
                out.push(b',');
            }
            json::encode_string(out, &field.name);
            out.push(b':');
            let at = |why: String| format!("`{}.{}`: {why}", message.name, field.name);
            self.write_field(out, field, found, depth).map_err(at)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn write_field(&self, out: &mut Vec<u8>, field: &Field, found: &Found<'_>, depth: usize) -> Read<()> {
        let wire_type = field.content.wire_type();
        match field.shape {
            Shape::One { .. } => self.write_content(out, &field.content, found, depth),
            Shape::List { .. } => {
                let mut separate = Separate::begin(out, b'[');
                for one in found.all() {
                    if one.wire_type() == wire_type {
                        self.write_content(separate.next(), &field.content, &Found::one(one), depth)?;
                        continue;
                    }
                    let mut packed = Wire(one.bytes());
                    while !packed.0.is_empty() {
                        let one = packed.one(wire_type).map_err(malformed)?;
                        self.write_content(separate.next(), &field.content, &Found::one(one), depth)?;
                    }
                }
                separate.end(b']');
                Ok(())
            }
            Shape::Map => {
                // Of two entries with one key the last one counts.
                let mut entries: BTreeMap<&str, Found<'_>> = BTreeMap::new();
                for one in found.all() {
                    let (mut key, mut value) = ("", Found::default());
                    let mut wire = Wire(one.bytes());
                    while let Some((number, one)) = wire.next().map_err(malformed)? {
                        match number {
                            1 => key = std::str::from_utf8(one.bytes()).map_err(|_| "a key is not UTF-8")?,
                            2 if one.wire_type() == wire_type => value.add(one, field.keeps()),
                            _ => {}
                        }
                    }
                    entries.insert(key, value);
                }
                let mut separate = Separate::begin(out, b'{');
                for (key, found) in entries {
                    let out = separate.next();
                    json::encode_string(out, key);
                    out.push(b':');
                    self.write_content(out, &field.content, &found, depth)?;
                }
                separate.end(b'}');
                Ok(())
            }
        }
    }

    fn write_content(
        &self,
        out: &mut Vec<u8>,
        content: &Content,
        found: &Found<'_>,
        depth: usize,
    ) -> Read<()> {
        let one = found.last.unwrap_or(content.zero());
        match content {
            Content::Message(place) => return self.write(out, &self.messages[*place], found, depth),
            Content::Choice(choice) => json::encode_string(out, &choice.wire(one)),
            Content::Mask => {
                let mut separate = Separate::begin(out, b'[');
                for part in found.all() {
                    let mut wire = Wire(part.bytes());
                    while let Some((number, one)) = wire.next().map_err(malformed)? {
                        if number == 1 {
                            let name = std::str::from_utf8(one.bytes());
                            json::encode_string(separate.next(), name.map_err(|_| "a name is not UTF-8")?);
                        }
                    }
                }
                separate.end(b']');
            }
            Content::Foreign => out.extend_from_slice(b"null"),
            Content::Scalar(Scalar::Json) => {
                let text = std::str::from_utf8(one.bytes()).map_err(|_| "it is not UTF-8")?;
                serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|_| "it is not JSON")?;
                out.extend_from_slice(text.as_bytes());
            }
            Content::Scalar(scalar) => {
                let cell = match scalar {
                    Scalar::Timestamp | Scalar::Duration => {
                        content::moment(*scalar, found).map_err(malformed)?.ok_or("it is out of range")?
                    }
                    Scalar::Bytes => Cell::Bytes(bytes::Bytes::copy_from_slice(one.bytes())),
                    _ if content.is_text() => Cell::Text(
                        std::str::from_utf8(one.bytes()).map_err(|_| "it is not UTF-8")?.to_owned(),
                    ),
                    _ => content::number(*scalar, one).ok_or("it is no finite number")?,
                };
                json::encode_cell(out, &Kind::Scalar(*scalar), &cell, View::Event);
            }
        }
        Ok(())
    }
}

/// Writes a list or an object, with commas between what is in it.
struct Separate<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Separate<'o> {
    fn begin(out: &'o mut Vec<u8>, bracket: u8) -> Self {
        out.push(bracket);
        Self { out, first: true }
    }

    fn next(&mut self) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.first, false) {
            self.out.push(b',');
        }
        self.out
    }

    fn end(self, bracket: u8) {
        self.out.push(bracket);
    }
}

fn malformed(Malformed(reason): Malformed) -> String {
    reason.to_owned()
}

impl Field {
    /// Whether the wire type is one that the field may have; if not, nobody knows the field.
    fn takes(&self, one: One<'_>) -> bool {
        let bytes = matches!(one, One::Bytes(_));
        let own = one.wire_type() == self.content.wire_type();
        match self.shape {
            Shape::One { .. } => own,
            Shape::List { .. } => own || bytes,
            Shape::Map => bytes,
        }
    }

    /// Whether what comes before the last occurrence matters.
    fn keeps(&self) -> bool {
        !matches!(self.shape, Shape::One { .. }) || self.content.is_message()
    }

    /// Whether it says its zero where it is absent. A string that holds more than text has none.
    fn is_said_by_silence(&self) -> bool {
        let has_zero = match &self.content {
            Content::Scalar(scalar) => !scalar.is_told_as_text(),
            _ => false,
        };
        self.shape == Shape::One { implicit: true } && has_zero
    }
}

impl Content {
    const fn zero(&self) -> One<'static> {
        match self.wire_type() {
            WireType::Varint => One::Varint(0),
            WireType::ThirtyTwoBit => One::Fixed32(0),
            WireType::SixtyFourBit => One::Fixed64(0),
            _ => One::Bytes(&[]),
        }
    }
}

impl Choice {
    /// What JSON says; a number that the contract does not know stays one, as text.
    #[allow(clippy::cast_possible_truncation, reason = "that is how protobuf reads it")]
    fn wire(&self, one: One<'_>) -> String {
        let number = match one {
            One::Varint(number) => (number as u32).cast_signed(),
            _ => 0,
        };
        let known = self.0.iter().find(|(known, _)| *known == number);
        known.map_or_else(|| number.to_string(), |(_, wire)| wire.clone())
    }
}
