//! What events say, from JSON to protobuf and back, by the contract alone: whoever relays has a row of the outbox, and no
//! table of what the user's code published.
//!
//! Who may see what is decided once, where the JSON is written.

mod link;
mod read;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use prost::encoding::WireType;
use serde_json::{Map, Value};

use super::encode::{self, delimited};
use super::plan::Tag;
use crate::cell::Cell;
use crate::descriptor::{EventMessages, Scalar};
use crate::text;

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
}

impl Choice {
    /// The number of what JSON says.
    fn number(&self, wire: &str) -> Option<i32> {
        self.0.iter().find(|(_, known)| known == wire).map(|(number, _)| *number)
    }
}

#[cfg(test)]
mod tests;
