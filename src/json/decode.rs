//! Decoding by the table. A wrong value is noted and reading goes on, so that a caller learns all of it at once.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::untyped::{AnySeed, MAX_DEPTH};
use crate::cell::{Cell, Change, Input};
use crate::descriptor::{Field, Kind, Scalar, Type};
use crate::input::{self, At, Mode, Violations};
use crate::text;

/// Reads a body into an input. Something may be wrong with it all the same: what, is in `violations`. `None` where it
/// can't be read at all.
pub(crate) fn object(
    mode: Mode,
    fields: &'static [Field],
    body: &[u8],
    violations: &mut Violations,
) -> Option<Input> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let seed = ObjectSeed { mode, fields, at: &At::ROOT, violations };
    let read = seed.deserialize(&mut deserializer).and_then(|input| deserializer.end().map(|()| input));
    match read {
        Ok(input) => input,
        Err(error) => {
            // Where there is no more room, it is not the syntax that ended the reading.
            violations.push(&At::ROOT, "syntax", syntax(&error));
            None
        }
    }
}

/// Reads an object of an event, leniently: a part of a larger one.
pub(crate) fn of_event<'a>(
    fields: &'static [Field],
    at: &'a At<'a>,
    violations: &'a mut Violations,
) -> ObjectSeed<'a> {
    ObjectSeed { mode: Mode::Event, fields, at, violations }
}

/// Ends the reading of a body when all that will be told is known.
fn go_on<E: serde::de::Error>(violations: &Violations) -> Result<(), E> {
    if violations.is_full() { Err(E::custom("too much is wrong")) } else { Ok(()) }
}

/// Reads the JSON text that a `Json` field is in another format.
#[cfg(any(feature = "xml", feature = "grpc", feature = "client"))]
pub(crate) fn any(text: &str, at: &At<'_>, violations: &mut Violations) -> Option<serde_json::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = AnySeed { at, depth: MAX_DEPTH, violations }.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) => Some(value),
        Err(error) => {
            violations.push(at, "syntax", syntax(&error));
            None
        }
    }
}

/// The cell of a composite or `Json` column. Lenient: keys that are not known (any more) are skipped, fields that are
/// missing get their default or null. The error text is for the log and holds no value.
pub(crate) fn decode_stored(kind: &Kind, text: &str) -> Result<Cell, String> {
    let mut violations = Violations::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = CellSeed { kind, mode: Mode::Stored, at: &At::ROOT, violations: &mut violations };
    let cell = seed.deserialize(&mut deserializer).map_err(|error| syntax(&error))?;
    match (cell, violations.into_list().first()) {
        (Some(cell), None) => Ok(cell),
        (_, Some(violation)) => Err(format!("{} {}", violation.pointer, violation.message)),
        (None, None) => Err("null".to_owned()),
    }
}

/// The cells that an answer of ours shows which was kept, maybe from before fields were added, renamed, or took null no more:
/// it is read as a row of that time would be. What no answer shows is null.
pub(crate) fn decode_shown(fields: &[Field], shown: &serde_json::Value) -> Result<Vec<Cell>, String> {
    let cell = |field: &Field| {
        let was = || field.was.and_then(|was| shown.get(was));
        let null_is_value = !field.ty.optional && matches!(field.ty.kind, Kind::Scalar(Scalar::Json));
        match shown.get(field.name).or_else(was) {
            Some(value) if null_is_value || !value.is_null() => {
                decode_stored(&field.ty.kind, &value.to_string())
            }
            _ if !field.input_only && input::has_unsaid(field) => {
                Ok(input::unsaid(field).unwrap_or(Cell::Null))
            }
            _ => Ok(Cell::Null),
        }
    };
    fields.iter().map(cell).collect()
}

/// What is wrong with the text itself. `serde_json` names no content but the place.
pub(super) fn syntax(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or("not JSON");
    format!("is not valid JSON: {reason} at line {line}, column {column}")
}

/// Reads an object.
pub(crate) struct ObjectSeed<'a> {
    pub(super) mode: Mode,
    pub(super) fields: &'static [Field],
    pub(super) at: &'a At<'a>,
    pub(super) violations: &'a mut Violations,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Option<Input>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A visitor's methods for what is not wanted here: it is noted, skipped, and nothing comes of it.
macro_rules! refuse_scalars {
    () => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(self.refuse())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(self.refuse())
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(self.refuse())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(self.refuse())
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(self.refuse())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(self.refuse())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
            skip_seq(access)?;
            Ok(self.refuse())
        }
    };
}

pub(super) use refuse_scalars;

impl ObjectSeed<'_> {
    fn refuse(self) -> Option<Input> {
        self.violations.push(self.at, "type", "must be an object");
        None
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = Option<Input>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    refuse_scalars!();

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut input: Input = Vec::new();
        input.resize_with(self.fields.len(), || None);
        let mut seen = vec![false; self.fields.len()];
        let mut before = Vec::new();
        let mut next = 0;
        while let Some(key) = access.next_key_seed(KeySeed { mode: self.mode, fields: self.fields, next })? {
            go_on(self.violations)?;
            let index = match key {
                Key::Field(index) => index,
                Key::Before(index) => {
                    let (field, mut violations) = (&self.fields[index], Violations::default());
                    let at = self.at.key(field.name);
                    let change = ChangeSeed::of(field, self.mode, &at, &mut violations);
                    before.push((index, access.next_value_seed(change)?, violations));
                    continue;
                }
                Key::Unknown(name) => {
                    access.next_value::<IgnoredAny>()?;
                    if !self.mode.is_lenient() {
                        input::unknown(self.fields, &name, self.at, self.violations);
                    }
                    continue;
                }
            };
            next = index + 1;
            let field = &self.fields[index];
            let at = self.at.key(field.name);
            if std::mem::replace(&mut seen[index], true) {
                access.next_value::<IgnoredAny>()?;
                self.violations.push(&at, "duplicate", "is there more than once");
            } else if let Some(refusal) = self.mode.refusal(index, field) {
                access.next_value::<IgnoredAny>()?;
                self.violations.push(&at, "output_only", refusal);
            } else {
                let mode = self.mode;
                let change = ChangeSeed::of(field, mode, &at, self.violations);
                input[index] = access.next_value_seed(change)?;
                if input[index].is_none() {
                    // Noted already; it is not missing too.
                    input[index] = Some(Change::Set(Cell::Null));
                }
            }
        }
        for (index, change, violations) in before {
            if !std::mem::replace(&mut seen[index], true) {
                input[index] = change;
                self.violations.append(violations);
            }
        }
        input::complete(self.mode, self.fields, &mut input, self.at, self.violations);
        Ok(Some(input))
    }
}

enum Key {
    Field(usize),
    /// By the name that the field had when it was stored.
    Before(usize),
    Unknown(String),
}

/// Finds the field that a key names. Callers mostly send fields in order, so it looks at the next one first.
struct KeySeed {
    mode: Mode,
    fields: &'static [Field],
    next: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        if self.fields.get(self.next).is_some_and(|field| field.name == key) {
            return Ok(Key::Field(self.next));
        }
        if let Some(index) = self.fields.iter().position(|field| field.name == key) {
            return Ok(Key::Field(index));
        }
        if self.mode.is_lenient()
            && let Some(index) = self.fields.iter().position(|field| field.was == Some(key))
        {
            return Ok(Key::Before(index));
        }
        Ok(Key::Unknown(key.to_owned()))
    }
}

/// Reads what is said about one field.
struct ChangeSeed<'a> {
    ty: &'a Type,
    /// The field, where null says nothing about it: an older version of the struct may have taken null.
    unsaid: Option<&'a Field>,
    mode: Mode,
    at: &'a At<'a>,
    violations: &'a mut Violations,
}

impl<'a> ChangeSeed<'a> {
    fn of(field: &'a Field, mode: Mode, at: &'a At<'a>, violations: &'a mut Violations) -> Self {
        let unsaid = Some(field).filter(|field| mode.is_lenient() && input::has_unsaid(field));
        Self { ty: &field.ty, unsaid, mode, at, violations }
    }
}

impl<'de> DeserializeSeed<'de> for ChangeSeed<'_> {
    type Value = Option<Change>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let merges = matches!(self.ty.kind, Kind::Value(_) | Kind::Map(_) | Kind::Scalar(Scalar::Json));
        if self.mode.is_update() && merges {
            return deserializer.deserialize_any(MergeVisitor(self));
        }
        let Self { ty, unsaid, mode, at, violations } = self;
        let null = NullOr { optional: ty.optional || unsaid.is_some() };
        let seed = CellSeed { kind: &ty.kind, mode: mode.nested(), at, violations };
        let cell = match (null.read(seed, deserializer)?, unsaid) {
            (Some(Cell::Null), Some(field)) => input::unsaid(field),
            (cell, _) => cell,
        };
        Ok(cell.map(Change::Set))
    }
}

/// Whether null is a value here.
struct NullOr {
    optional: bool,
}

impl NullOr {
    fn read<'de, D: Deserializer<'de>>(
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
struct CellSeed<'a> {
    kind: &'a Kind,
    mode: Mode,
    at: &'a At<'a>,
    violations: &'a mut Violations,
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

/// Reads a merge patch of a nested value, a map or a `Json`.
struct MergeVisitor<'a>(ChangeSeed<'a>);

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

fn check_key(key: &str, duplicate: bool, at: &At<'_>, violations: &mut Violations) {
    if duplicate {
        violations.push(at, "duplicate", "is there more than once");
    }
    if text::storable(key).is_none() {
        violations.push(at, "character", "may not contain the character U+0000");
    }
}

pub(super) fn skip_seq<'de, A: SeqAccess<'de>>(mut access: A) -> Result<(), A::Error> {
    while access.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut access: A) -> Result<(), A::Error> {
    while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}
