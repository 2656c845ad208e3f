//! What one occurrence carries, as a cell.

use std::borrow::Cow;

use chrono::DateTime;
use prost::encoding::WireType;

use super::decode::{Decoder, Read};
use super::plan::{Content, Numbers};
use super::wire::{Found, One, Wire};
use crate::cell::Cell;
use crate::descriptor::{Kind, Scalar};
use crate::input::{self, At, Mode};
use crate::{json, text};

const TIMESTAMP: &str = "must be a time in the years 0001 to 9999, with nanos from 0 to 999999999";
const DURATION: &str = "must be a span of 0 to 315576000000 seconds, with nanos from 0 to 999999999";

impl Decoder<'_, '_> {
    /// A value, an element or an entry that is there; `None` where it is wrong, which is noted.
    pub(super) fn cell(
        &mut self,
        kind: &Kind,
        content: &Content,
        found: &Found<'_>,
        at: &At<'_>,
    ) -> Read<Option<Cell>> {
        let one = found.last.unwrap_or(One::zero(content));
        match content {
            Content::Message(place) => {
                let message = &self.plan.messages[*place];
                let input = self.fields(Mode::Value, message, found, at)?;
                Ok(Some(Cell::Value(input::into_cells(input))))
            }
            Content::Choice(numbers) => Ok(self.choice(numbers, one, at)),
            Content::Scalar(scalar @ (Scalar::Timestamp | Scalar::Duration)) => {
                let wanted = if *scalar == Scalar::Timestamp { TIMESTAMP } else { DURATION };
                let cell = moment(*scalar, found)?;
                Ok(self.or_refuse(cell, at, || Cow::Borrowed(wanted)))
            }
            Content::Scalar(Scalar::Bytes) => {
                Ok(Some(Cell::Bytes(bytes::Bytes::copy_from_slice(one.bytes()))))
            }
            Content::Scalar(Scalar::Json) => {
                let Some(text) = self.text(one, at) else { return Ok(None) };
                Ok(json::any(text, at, self.violations).map(Cell::Json))
            }
            Content::Scalar(scalar) if content.is_text() => {
                let mut last = None;
                for one in found.all() {
                    last = self.text(one, at);
                    if last.is_none() {
                        break;
                    }
                }
                let Some(text) = last else { return Ok(None) };
                if *scalar == Scalar::String && text::storable(text).is_none() {
                    self.violations.push(at, "character", "may not contain the character U+0000");
                    return Ok(None);
                }
                let cell = text::parse_scalar(*scalar, text);
                Ok(self.or_refuse(cell, at, || Cow::Owned(format!("must be {}", input::expected(kind)))))
            }
            Content::Scalar(scalar) => {
                let cell = number(*scalar, one);
                Ok(self.or_refuse(cell, at, || Cow::Owned(format!("must be {}", input::expected(kind)))))
            }
        }
    }

    fn choice(&mut self, numbers: &Numbers, one: One<'_>, at: &At<'_>) -> Option<Cell> {
        let variant = numbers.variant(int32(varint(one)));
        self.or_refuse(variant.map(Cell::Choice), at, || Cow::Owned(format!("must be {}", numbers.expected)))
    }

    fn text<'m>(&mut self, one: One<'m>, at: &At<'_>) -> Option<&'m str> {
        let text = std::str::from_utf8(one.bytes()).ok();
        if text.is_none() {
            self.violations.push(at, "encoding", "must be text in UTF-8");
        }
        text
    }

    fn or_refuse(
        &mut self,
        cell: Option<Cell>,
        at: &At<'_>,
        message: impl FnOnce() -> Cow<'static, str>,
    ) -> Option<Cell> {
        if cell.is_none() && !self.violations.is_full() {
            self.violations.push(at, "type", message());
        }
        cell
    }
}

/// A number as protobuf reads it: what is too large for 32 bits loses its upper half.
#[allow(clippy::cast_possible_truncation, reason = "that is how protobuf reads it")]
pub(super) fn number(scalar: Scalar, one: One<'_>) -> Option<Cell> {
    match (scalar, one) {
        (Scalar::Bool, One::Varint(number)) => Some(Cell::Bool(number != 0)),
        (Scalar::I32, One::Varint(number)) => Some(Cell::Int(i64::from(int32(number)))),
        (Scalar::I64, One::Varint(number)) => Some(Cell::Int(number.cast_signed())),
        (Scalar::U32, One::Varint(number)) => Some(Cell::UInt(u64::from(number as u32))),
        (Scalar::U64, One::Varint(number)) => Some(Cell::UInt(number)),
        (Scalar::F32, One::Fixed32(bits)) => text::float(f64::from(f32::from_bits(bits))),
        (Scalar::F64, One::Fixed64(bits)) => text::float(f64::from_bits(bits)),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "that is how protobuf reads it")]
const fn int32(number: u64) -> i32 {
    (number as u32).cast_signed()
}

const fn varint(one: One<'_>) -> u64 {
    match one {
        One::Varint(number) => number,
        _ => 0,
    }
}

/// The seconds and nanos of a `google.protobuf.Timestamp` or `Duration`.
fn span(found: &Found<'_>) -> Read<(i64, i32)> {
    let (mut seconds, mut nanos) = (0, 0);
    for part in found.all() {
        let mut wire = Wire(part.bytes());
        while let Some((number, one)) = wire.next()? {
            match (number, one.wire_type()) {
                (1, WireType::Varint) => seconds = varint(one).cast_signed(),
                (2, WireType::Varint) => nanos = int32(varint(one)),
                _ => {}
            }
        }
    }
    Ok((seconds, nanos))
}

/// A timestamp, or else a duration; `None` where it is out of range.
pub(super) fn moment(scalar: Scalar, found: &Found<'_>) -> Read<Option<Cell>> {
    let (seconds, nanos) = span(found)?;
    Ok(match scalar {
        Scalar::Timestamp => timestamp(seconds, nanos),
        _ => duration(seconds, nanos),
    })
}

/// What is less than a microsecond is dropped, as from JSON.
fn timestamp(seconds: i64, nanos: i32) -> Option<Cell> {
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    let time = DateTime::from_timestamp(seconds, nanos)?;
    text::timestamp_in_range(time).map(Cell::Timestamp)
}

fn duration(seconds: i64, nanos: i32) -> Option<Cell> {
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    let seconds = u64::try_from(seconds).ok()?;
    text::duration_in_range(seconds, nanos / 1000)
}
