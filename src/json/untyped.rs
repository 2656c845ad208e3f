//! Any JSON, for `Json` fields: like `serde_json::Value`, but a duplicate key is not swallowed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::input::{At, Violations};

/// How deep what a caller sends may nest. Around it there will be a value, a row, a page, a stored answer, and what
/// reads them stops at 128.
pub(super) const MAX_DEPTH: u8 = 64;

/// Reads the JSON text that a `Json` field is in another format.
#[cfg(any(feature = "xml", feature = "grpc", feature = "client"))]
pub(crate) fn any(text: &str, at: &At<'_>, violations: &mut Violations) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = AnySeed { at, depth: MAX_DEPTH, violations }.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) => Some(value),
        Err(error) => {
            violations.push(at, "syntax", super::decode::syntax(&error));
            None
        }
    }
}

/// Reads any JSON value.
pub(super) struct AnySeed<'a> {
    pub(super) at: &'a At<'a>,
    /// How much deeper it may nest.
    pub(super) depth: u8,
    pub(super) violations: &'a mut Violations,
}

impl AnySeed<'_> {
    /// For what is inside, at `at`; `None` where that is too deep.
    fn inside(&mut self) -> Option<u8> {
        if self.depth == 0 {
            let message = format!("may be nested {MAX_DEPTH} deep at most");
            self.violations.push(self.at, "depth", message);
        }
        self.depth.checked_sub(1)
    }
}

impl<'de> DeserializeSeed<'de> for AnySeed<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnySeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let Some(depth) = self.inside() else {
            while access.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        };
        loop {
            let at = self.at.index(list.len());
            match access.next_element_seed(AnySeed { at: &at, depth, violations: self.violations })? {
                Some(value) => list.push(value),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        let Some(depth) = self.inside() else {
            while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        };
        while let Some(key) = access.next_key::<String>()? {
            let at = self.at.key(&key);
            let value = access.next_value_seed(AnySeed { at: &at, depth, violations: self.violations })?;
            match map.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(entry) => {
                    let at = self.at.key(entry.key());
                    self.violations.push(&at, "duplicate", "is there more than once");
                }
            }
        }
        Ok(Value::Object(map))
    }
}
