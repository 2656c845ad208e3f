//! What decoders of all formats share: the rules on who may say what, and the list of everything that is wrong.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::cell::{Cell, Input};
use crate::descriptor::{Descriptor, Field, Kind};
use crate::error::{Error, Violation};

/// More violations than this are not told; a request that wrong is not read to its end by anyone.
const MOST_VIOLATIONS: usize = 100;

/// What an object that arrives stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// A new row.
    Create(&'static Descriptor),
    /// A merge patch of a row (RFC 7396).
    Update,
    /// A row in place of another.
    Replace(&'static Descriptor),
    /// A nested value, complete, or the input of a custom operation.
    Value,
    /// A merge patch of a nested value.
    ValueUpdate,
    /// What the store holds: written by us, maybe by an older version of the struct.
    Stored,
    /// What an event says: written by another service, maybe by an older or a newer version, and without its secrets.
    Event,
}

impl Mode {
    /// Whether absent fields stay as they are.
    pub(crate) const fn is_update(self) -> bool {
        matches!(self, Self::Update | Self::ValueUpdate)
    }

    /// The mode of values nested inside.
    pub(crate) const fn nested(self) -> Self {
        match self {
            Self::Update | Self::ValueUpdate => Self::ValueUpdate,
            Self::Stored => Self::Stored,
            Self::Event => Self::Event,
            _ => Self::Value,
        }
    }

    /// Whether what is not known is left alone, and what has another name by now is known by the one before.
    pub(crate) const fn is_lenient(self) -> bool {
        matches!(self, Self::Stored | Self::Event)
    }

    /// Why a field may not be said at all, if so. On update and replace a caller may send back what it was shown; that
    /// it is unchanged is checked when the row is known.
    pub(crate) fn refusal(self, index: usize, field: &Field) -> Option<Cow<'static, str>> {
        let Self::Create(descriptor) = self else { return None };
        let managed = descriptor.is_managed(index);
        (managed || field.output_only).then_some(Cow::Borrowed("is output only: leave it out"))
    }
}

/// A place in a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    parent: Option<&'a At<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The whole body.
    pub(crate) const ROOT: Self = Self { parent: None, segment: Segment::Root };

    /// A member of the object here.
    pub(crate) const fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Key(key) }
    }

    /// An element of the list here.
    pub(crate) const fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), segment: Segment::Index(index) }
    }

    /// The place as a JSON Pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = self.parent.map_or_else(String::new, Self::pointer);
        match self.segment {
            Segment::Root => {}
            Segment::Key(key) => {
                pointer.push('/');
                // A key is the caller's own text: short enough to read, and no more of it.
                for character in key.chars().take(64) {
                    match character {
                        '~' => pointer.push_str("~0"),
                        '/' => pointer.push_str("~1"),
                        other => pointer.push(other),
                    }
                }
            }
            Segment::Index(index) => {
                // Writing to a `String` can't fail.
                let _ = write!(pointer, "/{index}");
            }
        }
        pointer
    }
}

/// Everything that is wrong with a request.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    list: Vec<Violation>,
}

impl Violations {
    /// Adds one.
    pub(crate) fn push(&mut self, at: &At<'_>, code: &'static str, message: impl Into<Cow<'static, str>>) {
        if !self.is_full() {
            self.list.push(Violation { pointer: at.pointer(), code, message: message.into() });
        }
    }

    /// Adds one that is not about a place in the body.
    pub(crate) fn push_named(
        &mut self,
        name: &str,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) {
        if !self.is_full() {
            self.list.push(Violation { pointer: name.to_owned(), code, message: message.into() });
        }
    }

    /// Whether what else is wrong would not be told: there is no use in reading on.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= MOST_VIOLATIONS
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    #[cfg(feature = "grpc")]
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds those of another.
    pub(crate) fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// The list.
    pub(crate) fn into_list(self) -> Vec<Violation> {
        self.list
    }

    /// An error where something is wrong.
    pub(crate) fn check(self) -> Result<(), Error> {
        if self.list.is_empty() { Ok(()) } else { Err(Error::invalid(self.list)) }
    }
}

/// What a caller should have sent, for `must be ..`.
pub(crate) fn expected(kind: &Kind) -> Cow<'static, str> {
    match kind {
        Kind::Scalar(scalar) => Cow::Borrowed(scalar.info().wire),
        Kind::Choice(choice) => {
            let names: Vec<_> = choice.variants.iter().map(|variant| variant.name).collect();
            Cow::Owned(format!("one of {}", names.join(", ")))
        }
        Kind::Value(_) => Cow::Borrowed("an object"),
        Kind::List(_) => Cow::Borrowed("a list"),
        Kind::Map(_) => Cow::Borrowed("an object with any keys"),
    }
}

/// A value of the wrong type.
pub(crate) fn wrong_type(kind: &Kind, at: &At<'_>, violations: &mut Violations) {
    if !violations.is_full() {
        violations.push(at, "type", format!("must be {}", expected(kind)));
    }
}

/// A member that no field is called by.
pub(crate) fn unknown(fields: &[Field], name: &str, at: &At<'_>, violations: &mut Violations) {
    if violations.is_full() {
        return;
    }
    let near = nearest(name, fields.iter().filter(|field| !field.output_only).map(|field| field.name));
    let message = match near {
        Some(near) => Cow::Owned(format!("is not a field; did you mean {near}?")),
        None => Cow::Borrowed("is not a field"),
    };
    violations.push(&at.key(name), "unknown", message);
}

/// The word that is at most two edits away from `word`, if any.
pub(crate) fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    words
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2 && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, one) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (index, other) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(one != *other);
            diagonal = row[index + 1];
            row[index + 1] = substituted.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[right.len()]
}

/// What must be there and is not, once all of an object has been read. Fills in defaults where `mode` calls for a
/// complete object.
pub(crate) fn complete(
    mode: Mode,
    fields: &'static [Field],
    input: &mut Input,
    at: &At<'_>,
    violations: &mut Violations,
) {
    if mode.is_update() {
        return;
    }
    for (index, field) in fields.iter().enumerate() {
        if input[index].is_some() {
            continue;
        }
        let given_elsewhere = match mode {
            Mode::Create(descriptor) => field.output_only || descriptor.is_managed(index),
            // What the caller is never shown, or may not change, it need not send; it stays.
            Mode::Replace(descriptor) => {
                let fixed = field.output_only || field.immutable || field.input_only;
                fixed || descriptor.is_managed(index) || index == descriptor.id
            }
            _ => false,
        };
        if given_elsewhere {
            continue;
        }
        let cell = if let Some(cell) = unsaid(field) {
            cell
        } else if matches!(mode, Mode::Event) && (field.sensitive || field.input_only) {
            zero(&field.ty.kind)
        } else {
            violations.push(&at.key(field.name), "required", "is required");
            continue;
        };
        input[index] = Some(crate::cell::Change::Set(cell));
    }
}

/// What a field holds where an object is complete without it: its default, or else what is blank.
pub(crate) fn unsaid(field: &Field) -> Option<Cell> {
    field.default.map(|default| default()).or_else(|| blank(field))
}

/// Whether null, which the field doesn't take, can be read as nothing said. JSON's own null is a value of `Json`.
pub(crate) fn has_unsaid(field: &Field) -> bool {
    let is_json = matches!(field.ty.kind, Kind::Scalar(crate::descriptor::Scalar::Json));
    let is_many = matches!(field.ty.kind, Kind::List(_) | Kind::Map(_));
    !field.ty.optional && !is_json && (field.default.is_some() || is_many)
}

/// What a field holds that nobody said anything about, if it can hold that. A list or a map is empty: in protobuf an
/// absent one and an empty one are the same, and all ways in agree.
pub(crate) fn blank(field: &Field) -> Option<Cell> {
    match field.ty.kind {
        _ if field.ty.optional => Some(Cell::Null),
        Kind::List(_) => Some(Cell::List(Vec::new())),
        Kind::Map(_) => Some(Cell::Map(std::collections::BTreeMap::new())),
        _ => None,
    }
}

/// What stands in a field whose value is never told.
pub(crate) fn stand_in(field: &Field) -> Cell {
    blank(field).unwrap_or_else(|| zero(&field.ty.kind))
}

/// What stands for a value that is never told.
fn zero(kind: &Kind) -> Cell {
    use crate::descriptor::Scalar;
    match kind {
        Kind::List(_) => Cell::List(Vec::new()),
        Kind::Map(_) => Cell::Map(std::collections::BTreeMap::new()),
        Kind::Choice(_) => Cell::Choice(0),
        Kind::Value(value) => Cell::Value(value.fields.iter().map(stand_in).collect()),
        Kind::Scalar(scalar) => match scalar {
            Scalar::String => Cell::Text(String::new()),
            Scalar::Bool => Cell::Bool(false),
            Scalar::I32 | Scalar::I64 => Cell::Int(0),
            Scalar::U32 | Scalar::U64 => Cell::UInt(0),
            Scalar::F32 | Scalar::F64 => Cell::Float(0.0),
            Scalar::Uuid => Cell::Uuid(uuid::Uuid::nil()),
            Scalar::Timestamp => Cell::Timestamp(chrono::DateTime::UNIX_EPOCH),
            Scalar::Date => Cell::Date(chrono::NaiveDate::default()),
            Scalar::Duration => Cell::Duration(0),
            Scalar::Decimal => Cell::Decimal(rust_decimal::Decimal::ZERO),
            Scalar::Bytes => Cell::Bytes(bytes::Bytes::new()),
            Scalar::Json => Cell::Json(serde_json::Value::Null),
        },
    }
}

/// The cells of a complete object.
pub(crate) fn into_cells(input: Input) -> Vec<Cell> {
    input
        .into_iter()
        .map(|change| match change {
            Some(crate::cell::Change::Set(cell)) => cell,
            _ => Cell::Null,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_json_pointer_with_its_escapes() {
        let (items, third) = (At::ROOT.key("a/b~c"), 3);
        assert_eq!(items.index(third).pointer(), "/a~1b~0c/3");
        assert_eq!(At::ROOT.pointer(), "");
    }

    #[test]
    fn a_near_miss_is_suggested_and_a_far_one_is_not() {
        let words = ["email", "name"];
        assert_eq!(nearest("emial", words.into_iter()), Some("email"));
        assert_eq!(nearest("address", words.into_iter()), None);
    }
}
