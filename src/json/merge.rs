//! Decoding a merge patch (RFC 7396) of a nested value by the table.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};

use super::decode::{ChangeSeed, ObjectSeed, check_key, go_on, skip_seq};
use super::untyped::{AnySeed, MAX_DEPTH};
use crate::cell::{Cell, Change};
use crate::descriptor::{Kind, Scalar, Type};
use crate::input::{self, Mode};

/// Reads a merge patch of a nested value, a map or a `Json`.
pub(super) struct MergeVisitor<'a>(pub(super) ChangeSeed<'a>);

impl MergeVisitor<'_> {
    fn refuse(self) -> Option<Change> {
        let ChangeSeed { ty, at, violations, .. } = self.0;
        input::wrong_type(&ty.kind, at, violations);
        None
    }

    /// A scalar: right for a `Json` field alone.
    fn scalar(self, value: serde_json::Value) -> Option<Change> {
        if matches!(self.0.ty.kind, Kind::Scalar(Scalar::Json)) {
            return Some(Change::MergeJson(value));
        }
        self.refuse()
    }
}

impl<'de> Visitor<'de> for MergeVisitor<'_> {
    type Value = Option<Change>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&input::expected(&self.0.ty.kind))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        if self.0.ty.optional {
            return Ok(Some(Change::Set(Cell::Null)));
        }
        if matches!(self.0.ty.kind, Kind::Scalar(Scalar::Json)) {
            return Ok(Some(Change::Set(Cell::Json(serde_json::Value::Null))));
        }
        self.0.violations.push(self.0.at, "null", "may not be null");
        Ok(None)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.scalar(value.into()))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.scalar(number.into()))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.scalar(number.into()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(self.scalar(number.into()))
    }
    fn visit_str<E>(self, string: &str) -> Result<Self::Value, E> {
        Ok(self.scalar(string.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        if matches!(self.0.ty.kind, Kind::Scalar(Scalar::Json)) {
            let seed = AnySeed { at: self.0.at, depth: MAX_DEPTH, violations: self.0.violations };
            return seed.visit_seq(access).map(|value| Some(Change::MergeJson(value)));
        }
        skip_seq(access)?;
        Ok(self.refuse())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let ChangeSeed { ty, at: here, violations, .. } = self.0;
        match ty.kind {
            Kind::Value(value) => {
                let seed = ObjectSeed { mode: Mode::ValueUpdate, fields: value.fields, at: here, violations };
                Ok(seed.visit_map(access)?.map(Change::Merge))
            }
            Kind::Map(kind) => {
                // An entry may be set to null, which takes it away, whatever the element's type.
                let ty = Type { optional: true, kind: *kind };
                let mut entries: Vec<(String, Change)> = Vec::new();
                let mut seen = HashSet::new();
                while let Some(key) = access.next_key::<String>()? {
                    go_on(violations)?;
                    let at = here.key(&key);
                    let change =
                        ChangeSeed { ty: &ty, unsaid: None, mode: Mode::ValueUpdate, at: &at, violations };
                    let change = access.next_value_seed(change)?;
                    check_key(&key, !seen.insert(key.clone()), &at, violations);
                    entries.push((key, change.unwrap_or(Change::Set(Cell::Null))));
                }
                Ok(Some(Change::MergeMap(entries)))
            }
            _ => {
                let value = AnySeed { at: here, depth: MAX_DEPTH, violations }.visit_map(access)?;
                Ok(Some(Change::MergeJson(value)))
            }
        }
    }
}
