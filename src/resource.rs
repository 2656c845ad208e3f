//! The traits that the derive macros implement, and the conversions between Rust values and cells.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::cell::{Cell, Change, Input, Row};
use crate::descriptor::{ChoiceDescriptor, Descriptor, Kind, Scalar, Type, ValueDescriptor};
use crate::error::{Error, Result};
use crate::tasks::TaskSink;

/// A resource, written by `#[derive(Resource)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "not a resource",
    note = "put `#[derive(Resource)]` and `#[resource(..)]` on the struct"
)]
pub trait Resource: Sized + Send + Sync + 'static {
    /// The model as a table.
    const DESCRIPTOR: &'static Descriptor;

    /// The type of the id.
    type Id: FieldType + Clone + Send + Sync;

    /// What a create accepts.
    type Create: IntoInput + Send;

    /// What an update accepts: each field absent, null or a value.
    type Update: IntoInput + Send;

    /// What enqueues its operations as tasks, a method for each.
    type Tasks<'a>;

    /// Enqueues its operations as tasks: over a broker (`&Tasks`), at once, or in a running operation (`&Context`), with
    /// what that writes.
    fn tasks<'a>(to: impl Into<TaskSink<'a>>) -> Self::Tasks<'a>;

    /// The struct's fields as cells.
    fn into_row(self) -> Row;

    /// The struct of a row; an extra cell at the end is ignored.
    fn from_row(row: Row) -> Result<Self>;
}

/// A typed input, written by `#[derive(Resource)]`.
pub trait IntoInput {
    /// The input by the descriptor's order.
    fn into_input(self) -> Input;
}

/// A nested struct, written by `#[derive(Value)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value",
    label = "not a value",
    note = "put `#[derive(Value)]` on the struct; the input of an operation is one too"
)]
pub trait Value: Sized {
    /// The struct as a table.
    const DESCRIPTOR: &'static ValueDescriptor;
    /// The struct's fields as cells.
    fn into_cells(self) -> Vec<Cell>;
    /// The struct of its cells.
    fn from_cells(cells: Vec<Cell>) -> Result<Self>;
}

/// A closed set of names, written by `#[derive(Choice)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a choice",
    label = "not a choice",
    note = "put `#[derive(Choice)]` on the enum"
)]
pub trait Choice: Sized {
    /// The names.
    const DESCRIPTOR: &'static ChoiceDescriptor;
    /// The index of the variant.
    fn index(&self) -> u16;
    /// The variant at an index.
    fn from_index(index: u16) -> Option<Self>;
}

/// A type that a field, an element of a list or an entry of a map may have: a scalar, a `Choice` or a `Value`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an element of a field",
    label = "not a field type",
    note = "allowed are String, bool, i32, i64, u32, u64, f32, f64, Uuid, Timestamp, Date, Duration, Decimal, Bytes, Json, and types with `#[derive(Choice)]` or `#[derive(Value)]`",
    note = "another resource is pointed to by its id: a field of that id's type with `#[field(references = \"..\")]`"
)]
pub trait SingleType: Sized {
    /// What it is.
    const KIND: Kind;
    /// The value as a cell.
    fn to_cell(self) -> Cell;
    /// The value of a cell.
    fn take_cell(cell: Cell) -> Result<Self>;
}

/// A type that a field may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a field",
    label = "not a field type",
    note = "allowed are String, bool, i32, i64, u32, u64, f32, f64, Uuid, Timestamp, Date, Duration, Decimal, Bytes, Json, types with `#[derive(Choice)]` or `#[derive(Value)]`, and Option, Vec and BTreeMap<String, _> of them",
    note = "another resource is pointed to by its id: a field of that id's type with `#[field(references = \"..\")]`"
)]
pub trait FieldType: Sized {
    /// What it is.
    const TYPE: Type;
    /// The value as a cell.
    fn into_cell(self) -> Cell;
    /// The value of a cell.
    fn from_cell(cell: Cell) -> Result<Self>;
}

/// A field type that can stand in a filter, a sort order or a unique index: scalars other than `Json`, and choices.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared in the store",
    label = "not comparable",
    note = "`filter`, `sort` and `unique` go with scalars and choices; a `Value` is stored as JSON"
)]
pub trait Comparable {}

impl<T: Comparable> Comparable for Option<T> {}

/// A value, null, or nothing said: what a typed update holds for each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field becomes this.
    Set(T),
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: FieldType> Patch<T> {
    /// The change that it asks for.
    #[must_use]
    pub fn into_change(self) -> Option<Change> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(Change::Set(value.into_cell())),
        }
    }
}

fn mismatch(expected: &'static str, cell: &Cell) -> Error {
    Error::internal(format!("a stored {} is not a {expected}", cell.kind()))
}

macro_rules! scalars {
    ($($ty:ty, $scalar:ident, $self_:ident => $into:expr, $pattern:pat => $from:expr;)*) => {$(
        impl SingleType for $ty {
            const KIND: Kind = Kind::Scalar(Scalar::$scalar);
            fn to_cell(self) -> Cell {
                let $self_ = self;
                $into
            }
            fn take_cell(cell: Cell) -> Result<Self> {
                match cell {
                    $pattern => $from,
                    other => Err(mismatch(Scalar::$scalar.info().rust, &other)),
                }
            }
        }
    )*};
}

macro_rules! comparable {
    ($($ty:ty)*) => {$(impl Comparable for $ty {})*};
}

comparable! { String bool i32 i64 u32 u64 f32 f64 Uuid DateTime<Utc> NaiveDate std::time::Duration Decimal Bytes }

fn narrow<T, N: TryInto<T>>(number: N, name: &'static str) -> Result<T> {
    number.try_into().map_err(|_| Error::internal(format!("a stored number is out of the range of {name}")))
}

scalars! {
    String, String, text => Cell::Text(text), Cell::Text(text) => Ok(text);
    bool, Bool, value => Cell::Bool(value), Cell::Bool(value) => Ok(value);
    i32, I32, number => Cell::Int(i64::from(number)), Cell::Int(number) => narrow(number, "i32");
    i64, I64, number => Cell::Int(number), Cell::Int(number) => Ok(number);
    u32, U32, number => Cell::UInt(u64::from(number)), Cell::UInt(number) => narrow(number, "u32");
    u64, U64, number => Cell::UInt(number), Cell::UInt(number) => Ok(number);
    f64, F64, number => Cell::Float(number + 0.0), Cell::Float(number) => Ok(number);
    Uuid, Uuid, id => Cell::Uuid(id), Cell::Uuid(id) => Ok(id);
    DateTime<Utc>, Timestamp, time => Cell::Timestamp(time.trunc_subsecs(6)), Cell::Timestamp(time) => Ok(time);
    NaiveDate, Date, date => Cell::Date(date), Cell::Date(date) => Ok(date);
    std::time::Duration, Duration,
        span => Cell::Duration(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        Cell::Duration(micros) => narrow(micros, "Duration").map(std::time::Duration::from_micros);
    Decimal, Decimal, number => Cell::Decimal(number), Cell::Decimal(number) => Ok(number);
    Bytes, Bytes, bytes => Cell::Bytes(bytes), Cell::Bytes(bytes) => Ok(bytes);
    serde_json::Value, Json, value => Cell::Json(value), Cell::Json(value) => Ok(value);
}

impl SingleType for f32 {
    const KIND: Kind = Kind::Scalar(Scalar::F32);
    fn to_cell(self) -> Cell {
        Cell::Float(f64::from(self) + 0.0)
    }
    #[allow(clippy::cast_possible_truncation, reason = "the cell holds a widened f32")]
    fn take_cell(cell: Cell) -> Result<Self> {
        match cell {
            Cell::Float(number) => Ok(number as Self),
            other => Err(mismatch("f32", &other)),
        }
    }
}

impl<T: SingleType> FieldType for T {
    const TYPE: Type = Type { optional: false, kind: T::KIND };
    fn into_cell(self) -> Cell {
        self.to_cell()
    }
    fn from_cell(cell: Cell) -> Result<Self> {
        T::take_cell(cell)
    }
}

impl<T: SingleType> FieldType for Vec<T> {
    const TYPE: Type = Type { optional: false, kind: Kind::List(&T::KIND) };
    fn into_cell(self) -> Cell {
        Cell::List(self.into_iter().map(T::to_cell).collect())
    }
    fn from_cell(cell: Cell) -> Result<Self> {
        match cell {
            Cell::List(cells) => cells.into_iter().map(T::take_cell).collect(),
            other => Err(mismatch("list", &other)),
        }
    }
}

impl<T: SingleType> FieldType for BTreeMap<String, T> {
    const TYPE: Type = Type { optional: false, kind: Kind::Map(&T::KIND) };
    fn into_cell(self) -> Cell {
        Cell::Map(self.into_iter().map(|(key, value)| (key, value.to_cell())).collect())
    }
    fn from_cell(cell: Cell) -> Result<Self> {
        match cell {
            Cell::Map(cells) => cells.into_iter().map(|(key, cell)| Ok((key, T::take_cell(cell)?))).collect(),
            other => Err(mismatch("map", &other)),
        }
    }
}

impl<T: FieldType> FieldType for Option<T> {
    const TYPE: Type = Type { optional: true, kind: T::TYPE.kind };
    fn into_cell(self) -> Cell {
        self.map_or(Cell::Null, T::into_cell)
    }
    fn from_cell(cell: Cell) -> Result<Self> {
        if cell.is_null() { Ok(None) } else { T::from_cell(cell).map(Some) }
    }
}
