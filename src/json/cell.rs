//! Decoding one cell by the table.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::decode::{ObjectSeed, check_key, go_on, skip_map, skip_seq};
use super::untyped::{AnySeed, MAX_DEPTH};
use crate::cell::Cell;
use crate::descriptor::{Kind, Scalar};
use crate::input::{self, At, Mode, Violations};
use crate::text;

/// Whether null is a value here.
pub(super) struct NullOr {
    pub(super) optional: bool,
}

impl NullOr {
    pub(super) fn read<'de, D: Deserializer<'de>>(
        self,
        seed: CellSeed<'_>,
        deserializer: D,
    ) -> Result<Option<Cell>, D::Error> {
        if self.optional && !matches!(seed.kind, Kind::Scalar(Scalar::Json)) {
            deserializer.deserialize_any(CellVisitor { seed, optional: true })
        } else if self.optional {
            // JSON's own null and an absent value are one thing in an optional `Json` field.
            let value = seed.deserialize(deserializer)?;
            Ok(value.map(|cell| if cell == Cell::Json(serde_json::Value::Null) { Cell::Null } else { cell }))
        } else {
            seed.deserialize(deserializer)
        }
    }
}

/// Reads a cell that may not be null.
pub(super) struct CellSeed<'a> {
    pub(super) kind: &'a Kind,
    pub(super) mode: Mode,
    pub(super) at: &'a At<'a>,
    pub(super) violations: &'a mut Violations,
}

impl<'de> DeserializeSeed<'de> for CellSeed<'_> {
    type Value = Option<Cell>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if matches!(self.kind, Kind::Scalar(Scalar::Json)) {
            // What is stored was checked when it came.
            let depth = if matches!(self.mode, Mode::Stored) { u8::MAX } else { MAX_DEPTH };
            let seed = AnySeed { at: self.at, depth, violations: self.violations };
            return seed.deserialize(deserializer).map(|value| Some(Cell::Json(value)));
        }
        deserializer.deserialize_any(CellVisitor { seed: self, optional: false })
    }
}

struct CellVisitor<'a> {
    seed: CellSeed<'a>,
    optional: bool,
}

impl CellVisitor<'_> {
    fn refuse(self) -> Option<Cell> {
        input::wrong_type(self.seed.kind, self.seed.at, self.seed.violations);
        None
    }

    fn or_refuse(self, cell: Option<Cell>) -> Option<Cell> {
        if cell.is_some() { cell } else { self.refuse() }
    }
}

impl<'de> Visitor<'de> for CellVisitor<'_> {
    type Value = Option<Cell>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&input::expected(self.seed.kind))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        if self.optional {
            return Ok(Some(Cell::Null));
        }
        self.seed.violations.push(self.seed.at, "null", "may not be null");
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        let cell = matches!(self.seed.kind, Kind::Scalar(Scalar::Bool)).then_some(Cell::Bool(value));
        Ok(self.or_refuse(cell))
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "a whole number sent for a float becomes the nearest float"
    )]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        let cell = match self.seed.kind {
            Kind::Scalar(Scalar::I32) => i32::try_from(number).ok().map(|_| Cell::Int(number)),
            Kind::Scalar(Scalar::I64) => Some(Cell::Int(number)),
            Kind::Scalar(Scalar::U32) => u32::try_from(number).ok().map(|it| Cell::UInt(u64::from(it))),
            Kind::Scalar(Scalar::U64) => u64::try_from(number).ok().map(Cell::UInt),
            Kind::Scalar(Scalar::F32) => text::float32(number as f64),
            Kind::Scalar(Scalar::F64) => Some(Cell::Float(number as f64)),
            _ => None,
        };
        Ok(self.or_refuse(cell))
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "a whole number sent for a float becomes the nearest float"
    )]
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        let cell = match (self.seed.kind, i64::try_from(number)) {
            (Kind::Scalar(Scalar::U64), _) => Some(Cell::UInt(number)),
            (Kind::Scalar(Scalar::F64), _) => Some(Cell::Float(number as f64)),
            (Kind::Scalar(Scalar::F32), _) => text::float32(number as f64),
            (_, Ok(number)) => return self.visit_i64(number),
            _ => None,
        };
        Ok(self.or_refuse(cell))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
        /// Above it a float no longer says which whole number is meant.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let cell = match self.seed.kind {
            Kind::Scalar(Scalar::F32) => text::float32(number),
            Kind::Scalar(Scalar::F64) => text::float(number),
            // 1.0 and 1e3 are whole numbers, in JSON Schema's eyes too.
            Kind::Scalar(scalar) if scalar.is_integer() && number.fract() == 0.0 && number.abs() <= EXACT => {
                #[allow(clippy::cast_possible_truncation, reason = "whole and in range")]
                return self.visit_i64(number as i64);
            }
            _ => None,
        };
        Ok(self.or_refuse(cell))
    }

    fn visit_str<E>(self, string: &str) -> Result<Self::Value, E> {
        if let Kind::Scalar(Scalar::String) = self.seed.kind
            && text::storable(string).is_none()
        {
            self.seed.violations.push(self.seed.at, "character", "may not contain the character U+0000");
            return Ok(None);
        }
        let cell = match self.seed.kind {
            Kind::Scalar(scalar) if scalar.info().json_type == "string" => {
                text::parse_scalar(*scalar, string)
            }
            Kind::Choice(choice) => text::parse_choice(choice, string),
            _ => None,
        };
        Ok(self.or_refuse(cell))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let Kind::List(kind) = self.seed.kind else {
            skip_seq(access)?;
            return Ok(self.refuse());
        };
        let CellSeed { mode, at: here, violations, .. } = self.seed;
        // A list is replaced whole, so what it holds is complete even in an update.
        let mode = if mode.is_update() { Mode::Value } else { mode };
        let mut cells = Vec::new();
        loop {
            go_on(violations)?;
            let at = here.index(cells.len());
            match access.next_element_seed(CellSeed { kind, mode, at: &at, violations })? {
                Some(cell) => cells.push(cell.unwrap_or(Cell::Null)),
                None => return Ok(Some(Cell::List(cells))),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let CellSeed { kind, mode, at: here, violations } = self.seed;
        match kind {
            Kind::Value(value) => {
                let mode = if mode.is_update() { Mode::Value } else { mode };
                let seed = ObjectSeed { mode, fields: value.fields, at: here, violations };
                let input = seed.visit_map(access)?;
                Ok(input.map(|input| Cell::Value(input::into_cells(input))))
            }
            Kind::Map(kind) => {
                let mode = if mode.is_update() { Mode::Value } else { mode };
                let mut cells = BTreeMap::new();
                while let Some(key) = access.next_key::<String>()? {
                    go_on(violations)?;
                    let at = here.key(&key);
                    let cell = access.next_value_seed(CellSeed { kind, mode, at: &at, violations })?;
                    check_key(&key, cells.contains_key(&key), &at, violations);
                    cells.insert(key, cell.unwrap_or(Cell::Null));
                }
                Ok(Some(Cell::Map(cells)))
            }
            _ => {
                skip_map(access)?;
                input::wrong_type(kind, here, violations);
                Ok(None)
            }
        }
    }
}
