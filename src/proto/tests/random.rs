//! Rows and messages at random, the same in every run.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};
use prost_reflect::{DynamicMessage, MapKey, Value};
use rust_decimal::Decimal;

use super::fixture::{google, message_type, plan, shade_number};
use crate::cell::Cell;
use crate::descriptor::{Field, Kind, Scalar, Type};
use crate::text;

/// Xorshift.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits") % bound
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Numbers of all sizes, often those at an end.
    fn number(&mut self) -> u64 {
        let shift = self.below(64);
        let most = [0, 1, 127, 128, u64::MAX, i64::MIN.cast_unsigned(), i64::MAX.cast_unsigned()];
        if self.below(4) == 0 { self.pick(&most) } else { self.next() >> shift }
    }

    pub(crate) fn text(&mut self) -> String {
        let parts = ["", "a", "Grüße", "🦀", "\u{1}", "\"", "\\", "/~", "0123456789abcdef"];
        let count = if self.below(50) == 0 { 400 } else { self.below(5) };
        (0..count).map(|_| self.pick(&parts)).collect()
    }

    /// A row that the store might hold, its version and all.
    pub(crate) fn row(&mut self) -> Vec<Cell> {
        let descriptor = plan().descriptor;
        let mut row = self.cells(descriptor.fields);
        row[descriptor.version_cell()] = Cell::Int((self.next() >> 40).cast_signed() + 1);
        row
    }

    pub(crate) fn cells(&mut self, fields: &[Field]) -> Vec<Cell> {
        fields.iter().map(|field| self.of_type(&field.ty)).collect()
    }

    fn of_type(&mut self, ty: &Type) -> Cell {
        if ty.optional && self.below(2) == 0 { Cell::Null } else { self.cell(&ty.kind) }
    }

    pub(crate) fn cell(&mut self, kind: &Kind) -> Cell {
        match kind {
            Kind::Scalar(scalar) => self.scalar(*scalar),
            Kind::Choice(choice) => {
                Cell::Choice(u16::try_from(self.below(choice.variants.len())).expect("few"))
            }
            Kind::Value(value) => Cell::Value(self.cells(value.fields)),
            Kind::List(element) => {
                let count = self.below(4);
                Cell::List((0..count).map(|_| self.cell(element)).collect())
            }
            Kind::Map(element) => {
                let count = self.below(4);
                Cell::Map((0..count).map(|_| (self.text(), self.cell(element))).collect())
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "any number will do")]
    fn scalar(&mut self, scalar: Scalar) -> Cell {
        let number = self.number();
        match scalar {
            Scalar::String => Cell::Text(self.text()),
            Scalar::Bool => Cell::Bool(number & 1 == 0),
            Scalar::I32 => Cell::Int(i64::from((number as u32).cast_signed())),
            Scalar::I64 => Cell::Int(number.cast_signed()),
            Scalar::U32 => Cell::UInt(u64::from(number as u32)),
            Scalar::U64 => Cell::UInt(number),
            Scalar::F32 => text::float(f64::from(f32::from_bits(number as u32))).unwrap_or(Cell::Float(0.5)),
            Scalar::F64 => text::float(f64::from_bits(self.next())).unwrap_or(Cell::Float(0.0)),
            Scalar::Uuid => Cell::Uuid(uuid::Uuid::from_u64_pair(self.next(), number)),
            Scalar::Timestamp => {
                let least = -62_135_596_800_000_000_i64;
                let micros = least + (self.next() % 315_537_897_600_000_000).cast_signed();
                Cell::Timestamp(DateTime::from_timestamp_micros(micros).expect("in range"))
            }
            Scalar::Date => {
                let days = i32::try_from(self.below(3_652_059)).expect("small");
                Cell::Date(NaiveDate::from_num_days_from_ce_opt(days + 1).expect("in range"))
            }
            Scalar::Duration => Cell::Duration((self.number() % 315_576_000_000_000_001).cast_signed()),
            Scalar::Decimal => {
                let negative = number & 1 == 1;
                let mut decimal = Decimal::from_parts(
                    self.next() as u32,
                    self.number() as u32,
                    number as u32,
                    negative,
                    self.below(29) as u32,
                );
                if decimal.is_zero() {
                    decimal.set_sign_positive(true);
                }
                Cell::Decimal(decimal)
            }
            Scalar::Bytes => Cell::Bytes(number.to_le_bytes()[..self.below(9)].to_vec().into()),
            Scalar::Json => Cell::Json(self.json(3)),
        }
    }

    pub(crate) fn json(&mut self, depth: usize) -> serde_json::Value {
        match self.below(if depth == 0 { 3 } else { 5 }) {
            0 => self.text().into(),
            1 => self.number().into(),
            2 => true.into(),
            3 => (0..self.below(3)).map(|_| self.json(depth - 1)).collect::<Vec<_>>().into(),
            _ => {
                let keys = ["a", "b", "ü"].into_iter().take(self.below(3));
                keys.map(|key| (key.to_owned(), self.json(depth - 1)))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }
        }
    }
}

/// The message of cells, built with the other implementation.
pub(super) fn dynamic(
    name: &str,
    fields: &[Field],
    cells: &[Cell],
    shows: &dyn Fn(&Field) -> bool,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(message_type(name));
    for (field, cell) in fields.iter().zip(cells) {
        if !cell.is_null() && shows(field) {
            message.set_field_by_name(field.name, value(&field.ty.kind, cell, shows));
        }
    }
    message
}

pub(super) fn span(name: &str, seconds: i64, nanos: i32) -> Value {
    let mut message = DynamicMessage::new(google(name));
    message.set_field_by_name("seconds", Value::I64(seconds));
    message.set_field_by_name("nanos", Value::I32(nanos));
    Value::Message(message)
}

/// A cell as the other implementation's value.
#[allow(clippy::cast_possible_truncation, reason = "cells are as wide as their widest type")]
pub(super) fn value(kind: &Kind, cell: &Cell, shows: &dyn Fn(&Field) -> bool) -> Value {
    match (kind, cell) {
        (Kind::Scalar(Scalar::I32), Cell::Int(number)) => Value::I32(*number as i32),
        (_, Cell::Int(number)) => Value::I64(*number),
        (Kind::Scalar(Scalar::U32), Cell::UInt(number)) => Value::U32(*number as u32),
        (_, Cell::UInt(number)) => Value::U64(*number),
        (Kind::Scalar(Scalar::F32), Cell::Float(number)) => Value::F32(*number as f32),
        (_, Cell::Float(number)) => Value::F64(*number),
        (_, Cell::Bool(value)) => Value::Bool(*value),
        (_, Cell::Bytes(bytes)) => Value::Bytes(bytes.clone()),
        (_, Cell::Json(json)) => Value::Bytes(json.to_string().into()),
        (_, Cell::Timestamp(time)) => {
            span("Timestamp", time.timestamp(), time.timestamp_subsec_nanos().cast_signed())
        }
        (_, Cell::Duration(micros)) => {
            span("Duration", micros / 1_000_000, (micros % 1_000_000) as i32 * 1000)
        }
        (_, Cell::Choice(variant)) => Value::EnumNumber(shade_number(*variant)),
        (Kind::Value(inner), Cell::Value(cells)) => {
            Value::Message(dynamic(inner.name, inner.fields, cells, shows))
        }
        (Kind::List(element), Cell::List(cells)) => {
            Value::List(cells.iter().map(|cell| value(element, cell, shows)).collect())
        }
        (Kind::Map(element), Cell::Map(cells)) => {
            let entry =
                |(key, cell): (&String, &Cell)| (MapKey::String(key.clone()), value(element, cell, shows));
            Value::Map(cells.iter().map(entry).collect::<HashMap<_, _>>())
        }
        // Ids, dates and decimals.
        (kind, cell) => Value::String(text::format(kind, cell)),
    }
}
