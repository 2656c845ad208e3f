//! Cells to columns and back, by kind, in PostgreSQL's binary format.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write as _};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, NaiveDate, Utc};
use tokio_postgres::Column;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::numeric;
use crate::cell::{Cell, Row};
use crate::descriptor::{Descriptor, Kind, Scalar};

/// The hidden row version's kind.
pub(super) const VERSION: Kind = Kind::Scalar(Scalar::I64);

type Fault = Box<dyn Error + Sync + Send>;

/// The kinds of a stored row's cells, in order.
pub(super) fn kinds(descriptor: &'static Descriptor) -> impl Iterator<Item = &'static Kind> {
    let hidden = descriptor.version_field.is_none().then_some(&VERSION);
    descriptor.fields.iter().map(|field| &field.ty.kind).chain(hidden)
}

/// The type of a parameter.
pub(super) fn parameter_type(kind: &Kind) -> Type {
    match kind {
        Kind::Choice(_) | Kind::Scalar(Scalar::String) => Type::TEXT,
        Kind::Scalar(Scalar::Bool) => Type::BOOL,
        Kind::Scalar(Scalar::I32) => Type::INT4,
        Kind::Scalar(Scalar::I64 | Scalar::U32 | Scalar::Duration) => Type::INT8,
        Kind::Scalar(Scalar::U64 | Scalar::Decimal) => Type::NUMERIC,
        Kind::Scalar(Scalar::F32) => Type::FLOAT4,
        Kind::Scalar(Scalar::F64) => Type::FLOAT8,
        Kind::Scalar(Scalar::Uuid) => Type::UUID,
        Kind::Scalar(Scalar::Timestamp) => Type::TIMESTAMPTZ,
        Kind::Scalar(Scalar::Date) => Type::DATE,
        Kind::Scalar(Scalar::Bytes) => Type::BYTEA,
        Kind::Scalar(Scalar::Json) | Kind::Value(_) | Kind::List(_) | Kind::Map(_) => Type::JSON,
    }
}

/// The type of a parameter that holds one value for each row.
pub(super) fn array_type(kind: &Kind) -> Type {
    match parameter_type(kind) {
        Type::BOOL => Type::BOOL_ARRAY,
        Type::INT4 => Type::INT4_ARRAY,
        Type::INT8 => Type::INT8_ARRAY,
        Type::NUMERIC => Type::NUMERIC_ARRAY,
        Type::FLOAT4 => Type::FLOAT4_ARRAY,
        Type::FLOAT8 => Type::FLOAT8_ARRAY,
        Type::UUID => Type::UUID_ARRAY,
        Type::TIMESTAMPTZ => Type::TIMESTAMPTZ_ARRAY,
        Type::DATE => Type::DATE_ARRAY,
        Type::BYTEA => Type::BYTEA_ARRAY,
        Type::JSON => Type::JSON_ARRAY,
        _ => Type::TEXT_ARRAY,
    }
}

/// A cell as a parameter of the type that its kind has.
pub(super) struct Parameter<'a> {
    pub(super) kind: &'a Kind,
    pub(super) cell: &'a Cell,
}

/// The driver logs parameters: no content here.
impl fmt::Debug for Parameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cell.kind())
    }
}

/// A parameter whose content stays out of the driver's log.
pub(super) struct Hidden<T>(pub(super) T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl<T: ToSql> ToSql for Hidden<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        T::accepts(ty)
    }

    to_sql_checked!();
}

/// Parameters of any type whose content stays out of the driver's log.
pub(super) fn hidden<'a>(parameters: &[&'a (dyn ToSql + Sync)]) -> Vec<HiddenAny<'a>> {
    parameters.iter().map(|parameter| HiddenAny(*parameter)).collect()
}

/// As [`Hidden`], where the type is not known.
pub(super) struct HiddenAny<'a>(&'a (dyn ToSql + Sync));

impl fmt::Debug for HiddenAny<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl ToSql for HiddenAny<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        self.0.to_sql_checked(ty, out)
    }

    /// What is inside says so itself.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match (self.kind, self.cell) {
            (_, Cell::Null) => Ok(IsNull::Yes),
            (Kind::Choice(_), Cell::Choice(index)) => match crate::text::variant(self.kind, *index) {
                "" => Err("a choice without a variant of this index".into()),
                name => name.to_sql(ty, out),
            },
            (kind, cell) if matches!(parameter_type(kind), Type::JSON) => {
                out.extend_from_slice(crate::json::encode_stored(kind, cell).as_bytes());
                Ok(IsNull::No)
            }
            (_, cell) => scalar_to_sql(cell, ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A cell of a user's own statement: the server says the type, and the cell must go into it without loss.
#[derive(Debug)]
pub(super) struct Loose<'a>(pub(super) &'a Cell);

impl ToSql for Loose<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        if matches!(self.0, Cell::Null) {
            return Ok(IsNull::Yes);
        }
        if let (Cell::List(cells), tokio_postgres::types::Kind::Array(_)) = (self.0, ty.kind()) {
            return cells.iter().map(Loose).collect::<Vec<_>>().to_sql(ty, out);
        }
        scalar_to_sql(self.0, ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[allow(clippy::cast_possible_truncation, reason = "a Float cell of an f32 field holds a widened f32")]
fn scalar_to_sql(cell: &Cell, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
    let mismatch = || -> Fault { format!("a cell of kind {} does not go into {ty}", cell.kind()).into() };
    match (cell, ty) {
        (Cell::Bool(value), &Type::BOOL) => value.to_sql(ty, out),
        (Cell::Int(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
        (Cell::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
        (Cell::Int(number) | Cell::Duration(number), &Type::INT8) => number.to_sql(ty, out),
        (Cell::Int(number), &Type::NUMERIC) => {
            number_to_sql(number.unsigned_abs().into(), 0, *number < 0, out)
        }
        (Cell::UInt(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
        (Cell::UInt(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
        (Cell::UInt(number), &Type::INT8) => i64::try_from(*number)?.to_sql(ty, out),
        (Cell::UInt(number), &Type::NUMERIC) => number_to_sql((*number).into(), 0, false, out),
        (Cell::Float(number), &Type::FLOAT4 | &Type::FLOAT8) if !number.is_finite() => {
            Err("a number that is not finite".into())
        }
        (Cell::Float(number), &Type::FLOAT4) => (*number as f32).to_sql(ty, out),
        (Cell::Float(number), &Type::FLOAT8) => number.to_sql(ty, out),
        (Cell::Text(text), _) if <&str as ToSql>::accepts(ty) => text.as_str().to_sql(ty, out),
        (Cell::Text(text), &Type::JSON) => {
            out.extend_from_slice(text.as_bytes());
            Ok(IsNull::No)
        }
        (Cell::Uuid(id), &Type::UUID) => id.to_sql(ty, out),
        (Cell::Timestamp(time), &Type::TIMESTAMPTZ) => time.to_sql(ty, out),
        (Cell::Date(date), &Type::DATE) => date.to_sql(ty, out),
        (Cell::Decimal(number), &Type::NUMERIC) => {
            number_to_sql(number.mantissa().unsigned_abs(), number.scale(), number.is_sign_negative(), out)
        }
        (Cell::Bytes(bytes), &Type::BYTEA) => bytes.as_ref().to_sql(ty, out),
        (Cell::Json(value), &Type::JSON) => {
            out.extend_from_slice(value.to_string().as_bytes());
            Ok(IsNull::No)
        }
        (Cell::Json(value), &Type::JSONB) => {
            // The version of jsonb's binary format.
            out.extend_from_slice(&[1]);
            out.extend_from_slice(value.to_string().as_bytes());
            Ok(IsNull::No)
        }
        _ => Err(mismatch()),
    }
}

fn number_to_sql(digits: u128, scale: u32, negative: bool, out: &mut BytesMut) -> Result<IsNull, Fault> {
    numeric::write(digits, scale, negative, out)?;
    Ok(IsNull::No)
}

/// The bytes of a column as they came.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The row of a select, whose columns are the descriptor's. The error text is for the log and has no values.
pub(super) fn row(descriptor: &'static Descriptor, row: &tokio_postgres::Row) -> Result<Row, String> {
    let mut cells = Vec::with_capacity(descriptor.width());
    for (index, kind) in kinds(descriptor).enumerate() {
        let column = row.columns().get(index).ok_or("a select with too few columns")?;
        cells.push(cell(kind, row, index, column).map_err(|fault| {
            format!("column {} of table {} can't be read: {fault}", column.name(), descriptor.table)
        })?);
    }
    Ok(cells)
}

/// The value of a row's only column.
pub(super) fn first(kind: &Kind, row: &tokio_postgres::Row) -> Result<Cell, String> {
    let column = row.columns().first().ok_or("an answer without columns")?;
    cell(kind, row, 0, column).map_err(|fault| format!("column {} can't be read: {fault}", column.name()))
}

fn cell(kind: &Kind, row: &tokio_postgres::Row, index: usize, column: &Column) -> Result<Cell, Fault> {
    let Raw(Some(raw)) = row.try_get(index)? else {
        return Ok(Cell::Null);
    };
    let (ty, expected) = (column.type_(), parameter_type(kind));
    if *ty != expected && !(expected == Type::TEXT && <&str as FromSql>::accepts(ty)) {
        return Err(format!("it is {ty} and must be {expected}").into());
    }
    decode(kind, ty, raw)
}

fn decode(kind: &Kind, ty: &Type, raw: &[u8]) -> Result<Cell, Fault> {
    let scalar = match kind {
        Kind::Scalar(Scalar::Json) | Kind::Value(_) | Kind::List(_) | Kind::Map(_) => {
            return Ok(crate::json::decode_stored(kind, std::str::from_utf8(raw)?)?);
        }
        Kind::Choice(choice) => {
            let cell = crate::text::parse_choice(choice, std::str::from_utf8(raw)?);
            return cell.ok_or_else(|| format!("it holds a name that {} does not have", choice.name).into());
        }
        Kind::Scalar(scalar) => scalar,
    };
    Ok(match scalar {
        Scalar::String => Cell::Text(String::from_sql(ty, raw)?),
        Scalar::Bool => Cell::Bool(bool::from_sql(ty, raw)?),
        Scalar::I32 => Cell::Int(i32::from_sql(ty, raw)?.into()),
        Scalar::I64 => Cell::Int(i64::from_sql(ty, raw)?),
        Scalar::U32 => Cell::UInt(u32::try_from(i64::from_sql(ty, raw)?)?.into()),
        Scalar::U64 => Cell::UInt(unsigned(raw)?),
        Scalar::F32 => finite(f32::from_sql(ty, raw)?.into())?,
        Scalar::F64 => finite(f64::from_sql(ty, raw)?)?,
        Scalar::Uuid => Cell::Uuid(Uuid::from_sql(ty, raw)?),
        Scalar::Timestamp => Cell::Timestamp(DateTime::<Utc>::from_sql(ty, raw)?),
        Scalar::Date => Cell::Date(NaiveDate::from_sql(ty, raw)?),
        Scalar::Duration => Cell::Duration(i64::from_sql(ty, raw)?),
        Scalar::Decimal => Cell::Decimal(numeric::read(raw)?),
        Scalar::Bytes => Cell::Bytes(Bytes::copy_from_slice(raw)),
        // Handled above.
        Scalar::Json => Cell::Null,
    })
}

fn unsigned(raw: &[u8]) -> Result<u64, Fault> {
    let number = numeric::read(raw)?;
    if number.scale() != 0 || number.is_sign_negative() {
        return Err("it holds a number that is not a u64".into());
    }
    Ok(u64::try_from(number.mantissa())?)
}

fn finite(number: f64) -> Result<Cell, Fault> {
    crate::text::float(number).ok_or_else(|| "it holds a number that is not finite".into())
}

/// A value as an SQL literal, for the default of a column that is added.
pub(super) fn literal(kind: &Kind, cell: &Cell) -> Option<String> {
    let text: Cow<'_, str> = match cell {
        Cell::Null => return None,
        Cell::Duration(micros) => micros.to_string().into(),
        Cell::Bytes(bytes) => {
            let mut text = "\\x".to_owned();
            for byte in bytes {
                // Writing to a `String` can't fail.
                let _ = write!(text, "{byte:02x}");
            }
            text.into()
        }
        _ if parameter_type(kind) == Type::JSON => crate::json::encode_stored(kind, cell).into(),
        _ => crate::text::format(kind, cell).into(),
    };
    Some(quote_literal(&text))
}

/// Text as an SQL literal.
pub(super) fn quote_literal(text: &str) -> String {
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
