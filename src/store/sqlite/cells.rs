//! Cells to columns and back.

use std::fmt::Write as _;

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Row as SqlRow, Statement};

use crate::cell::{Cell, Row};
use crate::descriptor::{Descriptor, Kind, Scalar};
use crate::store::StoreError;
use crate::{json, text};

/// A cell as SQLite takes it; borrows what it can.
pub(super) type Column<'a> = ToSqlOutput<'a>;

/// A cell of a known kind as a column.
pub(super) fn column<'a>(kind: &Kind, cell: &'a Cell) -> Result<Column<'a>, StoreError> {
    Ok(match (kind, cell) {
        (Kind::Scalar(Scalar::Json) | Kind::Value(_) | Kind::List(_) | Kind::Map(_), cell)
            if !cell.is_null() =>
        {
            owned(Value::Text(json::encode_stored(kind, cell)))
        }
        (Kind::Scalar(Scalar::U32), Cell::UInt(number)) => owned(Value::Integer(signed(*number)?)),
        (Kind::Choice(_), Cell::Choice(index)) => match text::variant(kind, *index) {
            "" => return Err(internal(format!("choice {index} has no name"))),
            name => borrowed(name),
        },
        (_, cell) => natural(cell)?,
    })
}

/// A cell as a column, where nothing is known but the cell.
pub(super) fn natural(cell: &Cell) -> Result<Column<'_>, StoreError> {
    Ok(match cell {
        Cell::Null => owned(Value::Null),
        Cell::Bool(value) => owned(Value::Integer(i64::from(*value))),
        Cell::Int(number) | Cell::Duration(number) => owned(Value::Integer(*number)),
        // A column of integers takes it as well: SQLite converts it to the column's type.
        Cell::UInt(number) => owned(Value::Text(format!("{number:020}"))),
        Cell::Float(number) if number.is_finite() => owned(Value::Real(*number)),
        Cell::Float(number) => return Err(internal(format!("{number} is no finite number"))),
        Cell::Text(text) => borrowed(text),
        Cell::Uuid(id) => owned(Value::Text(id.as_hyphenated().to_string())),
        Cell::Timestamp(time) => owned(Value::Text(text::format_timestamp(time))),
        Cell::Date(date) => {
            let mut out = String::with_capacity(10);
            // Writing to a `String` can't fail.
            let _ = write!(out, "{}", date.format("%Y-%m-%d"));
            owned(Value::Text(out))
        }
        Cell::Decimal(number) => owned(Value::Text(number.to_string())),
        Cell::Bytes(bytes) => Column::Borrowed(ValueRef::Blob(bytes)),
        Cell::Json(value) => owned(Value::Text(value.to_string())),
        Cell::Choice(_) | Cell::Value(_) | Cell::List(_) | Cell::Map(_) => {
            let kind = cell.kind();
            return Err(internal(format!(
                "a {kind} has no column form of its own; bind its text or its JSON"
            )));
        }
    })
}

fn owned(value: Value) -> Column<'static> {
    Column::Owned(value)
}

fn borrowed(text: &str) -> Column<'_> {
    Column::Borrowed(ValueRef::Text(text.as_bytes()))
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| internal(format!("{number} is no u32")))
}

fn internal(text: String) -> StoreError {
    StoreError::Internal(text)
}

/// Binds the cells of a row from the first parameter on.
pub(super) fn bind_row(
    statement: &mut Statement<'_>,
    descriptor: &'static Descriptor,
    row: &[Cell],
) -> Result<(), StoreError> {
    if row.len() != descriptor.width() {
        let (table, width) = (descriptor.table, descriptor.width());
        return Err(internal(format!("a row of `{table}` has {} cells, not {width}", row.len())));
    }
    for (index, cell) in row.iter().enumerate() {
        let column = column(&kind(descriptor, index), cell).map_err(|error| at(descriptor, index, error))?;
        bind(statement, index + 1, &column)?;
    }
    Ok(())
}

/// Binds one parameter; the first is 1.
pub(super) fn bind(
    statement: &mut Statement<'_>,
    index: usize,
    value: &impl ToSql,
) -> Result<(), StoreError> {
    statement.raw_bind_parameter(index, value).map_err(|error| super::errors::store_error(&error))
}

/// The kind of a stored row's cell; the last may be the hidden row version.
fn kind(descriptor: &Descriptor, index: usize) -> Kind {
    descriptor.fields.get(index).map_or(Kind::Scalar(Scalar::I64), |field| field.ty.kind)
}

fn at(descriptor: &Descriptor, index: usize, error: StoreError) -> StoreError {
    match error {
        StoreError::Internal(text) => {
            let column = descriptor.fields.get(index).map_or(descriptor.version_column(), |field| field.name);
            StoreError::Internal(format!("table `{}`, column `{column}`: {text}", descriptor.table))
        }
        error => error,
    }
}

/// The cells of a stored row.
pub(super) fn read_row(descriptor: &'static Descriptor, row: &SqlRow<'_>) -> Result<Row, StoreError> {
    let width = descriptor.width();
    let mut cells = Vec::with_capacity(width);
    for index in 0..width {
        let value = row.get_ref(index).map_err(|error| super::errors::store_error(&error))?;
        let optional = descriptor.fields.get(index).is_some_and(|field| field.ty.optional);
        let cell = match value {
            ValueRef::Null if optional => Cell::Null,
            value => {
                read(&kind(descriptor, index), value).map_err(|what| at(descriptor, index, internal(what)))?
            }
        };
        cells.push(cell);
    }
    Ok(cells)
}

/// One cell of a column. The error names no content: it may be sensitive.
fn read(kind: &Kind, value: ValueRef<'_>) -> Result<Cell, String> {
    match value {
        ValueRef::Integer(number) => read_integer(kind, number),
        ValueRef::Real(number) => match kind {
            Kind::Scalar(Scalar::F32) => text::float32(number),
            Kind::Scalar(Scalar::F64) => text::float(number),
            _ => None,
        }
        .ok_or_else(|| mismatch(kind, "a float")),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| "holds text that is not UTF-8".to_owned())?;
            read_text(kind, text)
        }
        ValueRef::Blob(bytes) => match kind {
            Kind::Scalar(Scalar::Bytes) => Ok(Cell::Bytes(bytes::Bytes::copy_from_slice(bytes))),
            _ => Err(mismatch(kind, "a blob")),
        },
        ValueRef::Null => Err("holds null, but the field is not optional".to_owned()),
    }
}

fn read_integer(kind: &Kind, number: i64) -> Result<Cell, String> {
    let Kind::Scalar(scalar) = kind else { return Err(mismatch(kind, "an integer")) };
    match scalar {
        Scalar::Bool => (0..=1).contains(&number).then_some(Cell::Bool(number == 1)),
        Scalar::I32 => i32::try_from(number).ok().map(|_| Cell::Int(number)),
        Scalar::I64 => Some(Cell::Int(number)),
        Scalar::U32 => u32::try_from(number).ok().map(|number| Cell::UInt(u64::from(number))),
        Scalar::Duration => (number >= 0).then_some(Cell::Duration(number)),
        _ => None,
    }
    .ok_or_else(|| mismatch(kind, "an integer"))
}

fn read_text(kind: &Kind, text: &str) -> Result<Cell, String> {
    match kind {
        // Not checked again: what is in the column is what the field holds.
        Kind::Scalar(Scalar::String) => Ok(Cell::Text(text.to_owned())),
        Kind::Scalar(
            Scalar::Bool
            | Scalar::I32
            | Scalar::I64
            | Scalar::U32
            | Scalar::F32
            | Scalar::F64
            | Scalar::Duration
            | Scalar::Bytes,
        ) => Err(mismatch(kind, "text")),
        Kind::Scalar(Scalar::Json) | Kind::Value(_) | Kind::List(_) | Kind::Map(_) => {
            json::decode_stored(kind, text).map_err(|what| format!("holds JSON that cannot be read: {what}"))
        }
        Kind::Scalar(_) | Kind::Choice(_) => {
            text::parse(kind, text).ok_or_else(|| mismatch(kind, "text that cannot be read"))
        }
    }
}

fn mismatch(kind: &Kind, found: &str) -> String {
    match kind {
        Kind::Choice(choice) => format!("holds {found}, which is no `{}`", choice.name),
        Kind::Scalar(scalar) => format!("holds {found}, which is no `{}`", scalar.info().rust),
        _ => format!("holds {found}, which is no JSON"),
    }
}
