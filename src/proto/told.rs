//! What events say, from JSON to protobuf and back, by the contract alone: whoever relays has a row of the outbox, and no
//! table of what the user's code published.
//!
//! Who may see what is decided once, where the JSON is written.

mod link;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use prost::encoding::WireType;
use serde_json::{Map, Value};

use super::content;
use super::encode::{self, delimited};
use super::plan::Tag;
use super::wire::{Found, Malformed, One, Wire};
use crate::cell::Cell;
use crate::descriptor::{EventMessages, Kind, Scalar};
use crate::json::{self, View};
use crate::text;

/// How deep messages may nest; those of fourfold have a fixed depth, and others' need not.
const MAX_DEPTH: usize = 100;

/// The messages of a contract.
#[derive(Debug)]
pub(crate) struct Told {
    messages: Vec<Message>,
    /// By type of event.
    types: HashMap<&'static str, usize>,
}

/// A message.
#[derive(Debug)]
struct Message {
    /// `shop.order.v1.OrderCreated`
    name: String,
    /// By number.
    fields: Vec<Field>,
}

/// A field of a message.
#[derive(Debug)]
struct Field {
    name: String,
    number: u32,
    shape: Shape,
    content: Content,
}

/// How often a field holds its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    One {
        /// Whether absent is the type's zero (proto3's implicit presence).
        implicit: bool,
    },
    List {
        packed: bool,
    },
    Map,
}

/// What a field, an element or an entry holds.
#[derive(Debug)]
enum Content {
    Scalar(Scalar),
    Choice(Choice),
    /// A `google.protobuf.FieldMask`: in JSON a list of names.
    Mask,
    Message(usize),
    /// Something that fourfold does not write.
    Foreign,
}

/// The values of an enum, and what each is in JSON.
#[derive(Debug)]
struct Choice(Vec<(i32, String)>);

/// Why something is not what it should be: a sentence, without the content.
type Read<T> = Result<T, String>;

impl Told {
    /// The messages of a contract, linked when they are first used.
    pub(crate) fn of(messages: &'static EventMessages) -> Read<Arc<Self>> {
        static ALL: RwLock<Option<HashMap<usize, Arc<Told>>>> = RwLock::new(None);
        let key = std::ptr::from_ref(messages).addr();
        let all = ALL.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(told) = all.as_ref().and_then(|all| all.get(&key)) {
            return Ok(Arc::clone(told));
        }
        drop(all);
        let told = Arc::new(link::link(messages)?);
        let mut all = ALL.write().unwrap_or_else(PoisonError::into_inner);
        all.get_or_insert_default().insert(key, Arc::clone(&told));
        Ok(told)
    }

    /// The full name of the message for events of a type.
    pub(crate) fn message(&self, kind: &str) -> Option<&str> {
        self.types.get(kind).map(|place| self.messages[*place].name.as_str())
    }

    /// The data of an event as its message. Where the contract can't say all that it says, that is an error.
    pub(crate) fn encode(&self, kind: &str, json: &str) -> Read<Vec<u8>> {
        let place = *self.types.get(kind).ok_or("no message of the contract is for it")?;
        let mut object: Map<String, Value> = serde_json::from_str(json)
            .map_err(|error| format!("it is no object ({:?})", error.classify()))?;
        let mut out = Vec::with_capacity(json.len());
        self.object(&mut out, &self.messages[place], &mut object)?;
        Ok(out)
    }

    fn object(&self, out: &mut Vec<u8>, message: &Message, object: &mut Map<String, Value>) -> Read<()> {
        for field in &message.fields {
            match object.remove(&field.name) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let at = || format!("`{}.{}`", message.name, field.name);
                    self.field(out, field, value).map_err(|why| format!("{}: {why}", at()))?;
                }
            }
        }
        match object.iter().find(|(_, value)| !value.is_null()) {
            Some((name, _)) => Err(format!("`{}` has no field `{name}`", message.name)),
            None => Ok(()),
        }
    }

    fn field(&self, out: &mut Vec<u8>, field: &Field, value: Value) -> Read<()> {
        let wire_type = field.content.wire_type();
        match (field.shape, value) {
            (Shape::One { .. }, value) if matches!(field.content, Content::Mask) => mask(out, field, value),
            (Shape::One { implicit }, value) => {
                let start = out.len();
                self.content(out, Tag::new(field.number, wire_type), &field.content, value)?;
                if implicit && is_zero(&field.content, &out[start..], field.number) {
                    out.truncate(start);
                }
                Ok(())
            }
            (Shape::List { packed: true }, Value::Array(values)) if !values.is_empty() => {
                Tag::new(field.number, WireType::LengthDelimited).write(out);
                let mut result = Ok(());
                delimited(out, |out| {
                    result = values
                        .into_iter()
                        .try_for_each(|value| self.content(out, Tag::NONE, &field.content, value));
                });
                result
            }
            (Shape::List { .. }, Value::Array(values)) => values.into_iter().try_for_each(|value| {
                self.content(out, Tag::new(field.number, wire_type), &field.content, value)
            }),
            (Shape::Map, Value::Object(entries)) => entries.into_iter().try_for_each(|(key, value)| {
                Tag::new(field.number, WireType::LengthDelimited).write(out);
                let mut result = Ok(());
                delimited(out, |out| {
                    Tag::new(1, WireType::LengthDelimited).write(out);
                    encode::bytes(out, key.as_bytes());
                    result = self.content(out, Tag::new(2, wire_type), &field.content, value);
                });
                result
            }),
            _ => Err("it is of another shape".to_owned()),
        }
    }

    fn content(&self, out: &mut Vec<u8>, tag: Tag, content: &Content, value: Value) -> Read<()> {
        let other = || "it is of another type".to_owned();
        match (content, value) {
            (Content::Message(place), Value::Object(mut object)) => {
                tag.write(out);
                let mut result = Ok(());
                delimited(out, |out| result = self.object(out, &self.messages[*place], &mut object));
                result
            }
            (Content::Choice(choice), Value::String(wire)) => {
                let number = choice.number(&wire).ok_or("the contract has no such value")?;
                tag.write(out);
                encode::varint(out, i64::from(number).cast_unsigned());
                Ok(())
            }
            (Content::Scalar(Scalar::Json), value) => {
                encode::scalar(out, tag, Scalar::Json, &Cell::Json(value));
                Ok(())
            }
            (Content::Scalar(scalar), value) => {
                let cell = match &value {
                    Value::String(text) => text::parse_scalar(*scalar, text),
                    Value::Number(_) | Value::Bool(_) => text::parse_scalar(*scalar, &value.to_string()),
                    _ => None,
                };
                encode::scalar(out, tag, *scalar, &cell.ok_or_else(other)?);
                Ok(())
            }
            _ => Err(other()),
        }
    }

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
                let mut entries: std::collections::BTreeMap<&str, Found<'_>> =
                    std::collections::BTreeMap::new();
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

/// A list of names as a `google.protobuf.FieldMask`.
fn mask(out: &mut Vec<u8>, field: &Field, value: Value) -> Read<()> {
    let Value::Array(names) = value else { return Err("it is no list".to_owned()) };
    let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
    let names = names.ok_or("it is no list of names")?;
    Tag::new(field.number, WireType::LengthDelimited).write(out);
    delimited(out, |out| {
        for name in names {
            Tag::new(1, WireType::LengthDelimited).write(out);
            encode::bytes(out, name.as_bytes());
        }
    });
    Ok(())
}

/// Whether what was written, a tag and a value, is the type's zero.
fn is_zero(content: &Content, written: &[u8], number: u32) -> bool {
    let value = &written[prost::encoding::key_len(number).min(written.len())..];
    !content.is_message() && value.iter().all(|byte| *byte == 0)
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
    const fn wire_type(&self) -> WireType {
        match self {
            Self::Choice(_)
            | Self::Scalar(Scalar::Bool | Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64) => {
                WireType::Varint
            }
            Self::Scalar(Scalar::F32) => WireType::ThirtyTwoBit,
            Self::Scalar(Scalar::F64) => WireType::SixtyFourBit,
            _ => WireType::LengthDelimited,
        }
    }

    const fn is_message(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Mask | Self::Scalar(Scalar::Timestamp | Scalar::Duration))
    }

    const fn is_text(&self) -> bool {
        matches!(self, Self::Scalar(Scalar::String | Scalar::Uuid | Scalar::Date | Scalar::Decimal))
    }

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
    /// The number of what JSON says.
    fn number(&self, wire: &str) -> Option<i32> {
        self.0.iter().find(|(_, known)| known == wire).map(|(number, _)| *number)
    }

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

#[cfg(test)]
mod tests;
