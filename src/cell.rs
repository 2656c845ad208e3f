//! Cells and rows: the values of a resource in its descriptor's order.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// The values of one resource, a cell for each field in the descriptor's order.
///
/// A row that comes from the store has the row version as an extra last cell where the resource declares no
/// `version` field of its own.
pub type Row = Vec<Cell>;

/// One value.
///
/// `Debug` names the kind and never the content, so that a row can't leak through a log.
#[derive(Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// A `bool`.
    Bool(bool),
    /// An `i32` or `i64`.
    Int(i64),
    /// A `u32` or `u64`.
    UInt(u64),
    /// An `f32` (widened) or `f64`; always finite, and zero without a sign.
    Float(f64),
    /// A `String`.
    Text(String),
    /// A `Uuid`.
    Uuid(Uuid),
    /// A `Timestamp`, whole microseconds.
    Timestamp(DateTime<Utc>),
    /// A `Date`.
    Date(NaiveDate),
    /// A `Duration` in microseconds.
    Duration(i64),
    /// A `Decimal`.
    Decimal(Decimal),
    /// `Bytes`.
    Bytes(Bytes),
    /// A `Json`.
    Json(serde_json::Value),
    /// A choice: the index of its variant.
    Choice(u16),
    /// A value: the cells of its fields in order.
    Value(Vec<Cell>),
    /// A list.
    List(Vec<Cell>),
    /// A map.
    Map(BTreeMap<String, Cell>),
}

impl Cell {
    /// Whether there is no value.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The kind of content, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::UInt(_) => "uint",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
            Self::Uuid(_) => "uuid",
            Self::Timestamp(_) => "timestamp",
            Self::Date(_) => "date",
            Self::Duration(_) => "duration",
            Self::Decimal(_) => "decimal",
            Self::Bytes(_) => "bytes",
            Self::Json(_) => "json",
            Self::Choice(_) => "choice",
            Self::Value(_) => "value",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

/// What a caller says about the fields of a resource or a value: absent (`None`), or a change.
pub type Input = Vec<Option<Change>>;

/// What a caller says about one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The field becomes this; null is [`Cell::Null`].
    Set(Cell),
    /// The fields of a nested value change, the others stay (RFC 7396).
    Merge(Input),
    /// Entries of a map change, the others stay; an entry set to null goes away.
    MergeMap(Vec<(String, Change)>),
    /// A merge patch of a JSON field (RFC 7396).
    MergeJson(serde_json::Value),
}
