//! Decoding by the table. A wrong value is noted and reading goes on, so that a caller learns all of it at once.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::cell::{CellSeed, NullOr};
use super::merge::MergeVisitor;
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
pub(super) fn go_on<E: serde::de::Error>(violations: &Violations) -> Result<(), E> {
    if violations.is_full() { Err(E::custom("too much is wrong")) } else { Ok(()) }
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
pub(super) struct ChangeSeed<'a> {
    pub(super) ty: &'a Type,
    /// The field, where null says nothing about it: an older version of the struct may have taken null.
    pub(super) unsaid: Option<&'a Field>,
    pub(super) mode: Mode,
    pub(super) at: &'a At<'a>,
    pub(super) violations: &'a mut Violations,
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

pub(super) fn check_key(key: &str, duplicate: bool, at: &At<'_>, violations: &mut Violations) {
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

pub(super) fn skip_map<'de, A: MapAccess<'de>>(mut access: A) -> Result<(), A::Error> {
    while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}
