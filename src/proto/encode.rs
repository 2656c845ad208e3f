//! Encoding by the plan. Lengths of messages are filled in once their content is written.

use std::io::Write as _;

use chrono::Datelike as _;
use prost::encoding::encode_varint;

use super::Plan;
use super::plan::{Content, Message, Shape, Slot, Tag};
use crate::cell::Cell;
use crate::descriptor::Scalar;

const KEY: u8 = 1 << 3 | 2;

/// Writes cells as a message; `all` of them, or what a caller sees.
pub(super) fn message(out: &mut Vec<u8>, plan: &Plan, message: &Message, cells: &[Cell], all: bool) {
    for slot in &message.slots {
        if slot.input_only && !all {
            continue;
        }
        let Some(cell) = cells.get(slot.cell) else { continue };
        match (slot.shape, cell) {
            (Shape::One, cell) if slot.implicit && is_zero(cell) => {}
            (Shape::One, cell) => content(out, plan, slot.tag, &slot.content, cell, all),
            (Shape::Etag, Cell::Int(version)) => {
                slot.tag.write(out);
                etag(out, *version);
            }
            (Shape::List { packed }, Cell::List(cells)) => list(out, plan, slot, packed, cells, all),
            (Shape::Map, Cell::Map(cells)) => {
                for (key, cell) in cells {
                    slot.tag.write(out);
                    delimited(out, |out| {
                        out.push(KEY);
                        bytes(out, key.as_bytes());
                        content(out, plan, slot.element, &slot.content, cell, all);
                    });
                }
            }
            // A list or a map that is null.
            _ => {}
        }
    }
}

fn list(out: &mut Vec<u8>, plan: &Plan, slot: &Slot, packed: bool, cells: &[Cell], all: bool) {
    if packed && !cells.is_empty() {
        slot.tag.write(out);
        delimited(out, |out| {
            for cell in cells {
                content(out, plan, slot.element, &slot.content, cell, all);
            }
        });
    } else {
        for cell in cells {
            content(out, plan, slot.element, &slot.content, cell, all);
        }
    }
}

/// Whether proto3 leaves the value out of a field without presence.
fn is_zero(cell: &Cell) -> bool {
    match cell {
        Cell::Bool(value) => !value,
        Cell::Int(number) => *number == 0,
        Cell::UInt(number) => *number == 0,
        Cell::Float(number) => number.to_bits() == 0,
        Cell::Text(text) => text.is_empty(),
        Cell::Bytes(bytes) => bytes.is_empty(),
        _ => false,
    }
}

/// Writes a tag and what it announces; nothing where the cell is of another kind.
#[inline]
fn content(out: &mut Vec<u8>, plan: &Plan, tag: Tag, content: &Content, cell: &Cell, all: bool) {
    match (content, cell) {
        (Content::Scalar(scalar), cell) => self::scalar(out, tag, *scalar, cell),
        (Content::Choice(numbers), Cell::Choice(variant)) => {
            if let Some(number) = numbers.number(*variant) {
                tag.write(out);
                varint(out, i64::from(number).cast_unsigned());
            }
        }
        (Content::Message(place), Cell::Value(cells)) => {
            tag.write(out);
            delimited(out, |out| message(out, plan, &plan.messages[*place], cells, all));
        }
        _ => {}
    }
}

#[inline]
pub(super) fn scalar(out: &mut Vec<u8>, tag: Tag, scalar: Scalar, cell: &Cell) {
    match cell {
        Cell::Null | Cell::Choice(_) | Cell::Value(_) | Cell::List(_) | Cell::Map(_) => return,
        _ => tag.write(out),
    }
    match cell {
        Cell::Text(text) => bytes(out, text.as_bytes()),
        Cell::Bool(value) => out.push(u8::from(*value)),
        Cell::Int(number) => varint(out, number.cast_unsigned()),
        Cell::UInt(number) => varint(out, *number),
        #[allow(clippy::cast_possible_truncation, reason = "the cell holds a widened f32")]
        Cell::Float(number) if scalar == Scalar::F32 => {
            out.extend_from_slice(&(*number as f32).to_le_bytes());
        }
        Cell::Float(number) => out.extend_from_slice(&number.to_le_bytes()),
        Cell::Uuid(id) => {
            let mut text = [0; 36];
            id.as_hyphenated().encode_lower(&mut text);
            out.push(36);
            out.extend_from_slice(&text);
        }
        Cell::Timestamp(time) => span(out, time.timestamp(), time.timestamp_subsec_nanos()),
        Cell::Duration(micros) => {
            let nanos = u32::try_from(micros.rem_euclid(1_000_000) * 1000).unwrap_or_default();
            span(out, micros.div_euclid(1_000_000), nanos);
        }
        Cell::Date(date) => self::date(out, *date),
        // Writing into memory can't fail.
        Cell::Decimal(number) => delimited(out, |out| drop(write!(out, "{number}"))),
        Cell::Json(value) => delimited(out, |out| drop(serde_json::to_writer(out, value))),
        Cell::Bytes(content) => bytes(out, content),
        Cell::Null | Cell::Choice(_) | Cell::Value(_) | Cell::List(_) | Cell::Map(_) => {}
    }
}

/// A `google.protobuf.Timestamp` or `Duration`.
fn span(out: &mut Vec<u8>, seconds: i64, nanos: u32) {
    let start = out.len();
    out.push(0);
    if seconds != 0 {
        out.push(1 << 3);
        varint(out, seconds.cast_unsigned());
    }
    if nanos != 0 {
        out.push(2 << 3);
        varint(out, u64::from(nanos));
    }
    // At most 17 bytes.
    out[start] = u8::try_from(out.len() - start - 1).unwrap_or_default();
}

/// `2026-11-22`; the years of a cell have four digits.
fn date(out: &mut Vec<u8>, date: chrono::NaiveDate) {
    let digit = |number: u32| b'0' + u8::try_from(number % 10).unwrap_or_default();
    let (year, month, day) = (date.year().unsigned_abs(), date.month(), date.day());
    out.push(10);
    out.extend([1000, 100, 10, 1].map(|place| digit(year / place)));
    out.extend([b'-', digit(month / 10), digit(month), b'-', digit(day / 10), digit(day)]);
}

/// The version as REST's `ETag` says it.
fn etag(out: &mut Vec<u8>, version: i64) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(version).as_bytes();
    varint(out, digits.len() as u64 + 2);
    out.push(b'"');
    out.extend_from_slice(digits);
    out.push(b'"');
}

/// Bytes with their length.
#[inline]
pub(super) fn bytes(out: &mut Vec<u8>, content: &[u8]) {
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

/// What `write` writes, with its length. Most is shorter than 128 bytes, so that there is room for the length already.
#[inline]
pub(super) fn delimited(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.push(0);
    write(out);
    let length = out.len() - start - 1;
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out[start] = short,
        _ => {
            let end = out.len();
            varint(out, length as u64);
            // The length is at the end now: it goes to the start, and what it is the length of behind it.
            let mut digits = [0; 10];
            let count = out.len() - end;
            digits[..count].copy_from_slice(&out[end..]);
            out.copy_within(start + 1..end, start + count);
            out.truncate(end + count - 1);
            out[start..start + count].copy_from_slice(&digits[..count]);
        }
    }
}

#[inline]
pub(super) fn varint(out: &mut Vec<u8>, number: u64) {
    match u8::try_from(number) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => encode_varint(number, out),
    }
}
