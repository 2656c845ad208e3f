//! The type table: what each field type is in Rust, proto, SQL, JSON Schema and on the wire.
//!
//! This file is the only place that says so. The front end reads it to check attributes and to write SQL and
//! contracts; the runtime carries the same file (a symbolic link) to decode, store and encode by it.

/// A field type that holds one value and is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// UTF-8 text without U+0000, which no PostgreSQL text can hold.
    String,
    /// True or false.
    Bool,
    /// A signed 32-bit integer.
    I32,
    /// A signed 64-bit integer.
    I64,
    /// An unsigned 32-bit integer.
    U32,
    /// An unsigned 64-bit integer; all of its range is kept.
    U64,
    /// A finite 32-bit float.
    F32,
    /// A finite 64-bit float.
    F64,
    /// A UUID (RFC 9562).
    Uuid,
    /// A moment in UTC, to the microsecond, in the years 0001 to 9999.
    Timestamp,
    /// A day of the Gregorian calendar, in the years 0001 to 9999.
    Date,
    /// A span of time, to the microsecond, not negative.
    Duration,
    /// An exact decimal of up to 28 digits; its scale is kept.
    Decimal,
    /// Bytes.
    Bytes,
    /// Any JSON value.
    Json,
}

/// One row of the type table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeInfo {
    /// Which scalar the row is about.
    pub scalar: Scalar,
    /// The name a struct's field says.
    pub rust: &'static str,
    /// The proto3 type.
    pub proto: &'static str,
    /// The SQLite column type.
    pub sqlite: &'static str,
    /// The PostgreSQL column type.
    pub postgres: &'static str,
    /// `type` in JSON Schema; empty where any is allowed.
    pub json_type: &'static str,
    /// `format` in JSON Schema; empty where there is none.
    pub json_format: &'static str,
    /// What a caller sends, in words: it completes "must be ..".
    pub wire: &'static str,
    /// Whether two values can be compared for equality in a filter or a unique index.
    pub comparable: bool,
    /// Whether values have an order, for sorting, `<` in filters and `range`.
    pub ordered: bool,
}

/// The table, in the order of [`Scalar`]'s variants.
///
/// Text columns compare by bytes on both engines (`COLLATE "C"` on PostgreSQL), so that both sort alike. `u64` is
/// zero-padded text on SQLite, whose integers end at `i64::MAX`. Composite values are `JSON`, not `JSONB`, on
/// PostgreSQL: `JSONB` rewrites numbers (`-0.0`, `1e19`) and so would not give back what was stored.
pub const TYPES: [TypeInfo; 15] = [
    row(
        Scalar::String,
        "String",
        "string",
        "TEXT",
        "TEXT COLLATE \"C\"",
        "string",
        "",
        "a string",
        true,
        true,
    ),
    row(Scalar::Bool, "bool", "bool", "INTEGER", "BOOLEAN", "boolean", "", "true or false", true, true),
    row(
        Scalar::I32,
        "i32",
        "int32",
        "INTEGER",
        "INTEGER",
        "integer",
        "int32",
        "a whole number from -2147483648 to 2147483647",
        true,
        true,
    ),
    row(
        Scalar::I64,
        "i64",
        "int64",
        "INTEGER",
        "BIGINT",
        "integer",
        "int64",
        "a whole number from -9223372036854775808 to 9223372036854775807",
        true,
        true,
    ),
    row(
        Scalar::U32,
        "u32",
        "uint32",
        "INTEGER",
        "BIGINT",
        "integer",
        "uint32",
        "a whole number from 0 to 4294967295",
        true,
        true,
    ),
    row(
        Scalar::U64,
        "u64",
        "uint64",
        "TEXT",
        "NUMERIC(20,0)",
        "integer",
        "uint64",
        "a whole number from 0 to 18446744073709551615",
        true,
        true,
    ),
    row(Scalar::F32, "f32", "float", "REAL", "REAL", "number", "float", "a finite 32-bit number", true, true),
    row(
        Scalar::F64,
        "f64",
        "double",
        "REAL",
        "DOUBLE PRECISION",
        "number",
        "double",
        "a finite number",
        true,
        true,
    ),
    row(
        Scalar::Uuid,
        "Uuid",
        "string",
        "TEXT",
        "UUID",
        "string",
        "uuid",
        "a UUID such as 01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e",
        true,
        true,
    ),
    row(
        Scalar::Timestamp,
        "Timestamp",
        "google.protobuf.Timestamp",
        "TEXT",
        "TIMESTAMPTZ",
        "string",
        "date-time",
        "an RFC 3339 time such as 2026-11-22T08:30:00Z",
        true,
        true,
    ),
    row(
        Scalar::Date,
        "Date",
        "string",
        "TEXT",
        "DATE",
        "string",
        "date",
        "a date such as 2026-11-22",
        true,
        true,
    ),
    row(
        Scalar::Duration,
        "Duration",
        "google.protobuf.Duration",
        "INTEGER",
        "BIGINT",
        "string",
        "",
        "seconds with an s, such as 3.5s",
        true,
        true,
    ),
    row(
        Scalar::Decimal,
        "Decimal",
        "string",
        "TEXT COLLATE fourfold_decimal",
        "NUMERIC",
        "string",
        "decimal",
        "a decimal number in a string, such as \"19.90\"",
        true,
        true,
    ),
    row(Scalar::Bytes, "Bytes", "bytes", "BLOB", "BYTEA", "string", "byte", "bytes in base64", true, false),
    row(Scalar::Json, "Json", "bytes", "TEXT", "JSON", "", "", "any JSON value", false, false),
];

/// The column of a choice: its variant's name.
pub const CHOICE_SQLITE: &str = "TEXT";
/// The column of a choice: its variant's name.
pub const CHOICE_POSTGRES: &str = "TEXT COLLATE \"C\"";
/// The column of a value, a list or a map: its JSON.
pub const COMPOSITE_SQLITE: &str = "TEXT";
/// The column of a value, a list or a map: its JSON.
pub const COMPOSITE_POSTGRES: &str = "JSON";

#[allow(clippy::too_many_arguments, reason = "a row of the table above, in its columns' order")]
const fn row(
    scalar: Scalar,
    rust: &'static str,
    proto: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    json_type: &'static str,
    json_format: &'static str,
    wire: &'static str,
    comparable: bool,
    ordered: bool,
) -> TypeInfo {
    TypeInfo { scalar, rust, proto, sqlite, postgres, json_type, json_format, wire, comparable, ordered }
}

impl Scalar {
    /// Whether proto has a string or bytes for it, and it is more than that.
    #[must_use]
    pub const fn is_told_as_text(self) -> bool {
        matches!(self, Self::Uuid | Self::Date | Self::Decimal | Self::Json)
    }

    /// The scalar's row of the table.
    #[must_use]
    pub const fn info(self) -> &'static TypeInfo {
        &TYPES[self as usize]
    }

    /// The scalar that a struct's field calls `name`.
    #[must_use]
    pub fn from_rust(name: &str) -> Option<Self> {
        TYPES.iter().find(|info| info.rust == name).map(|info| info.scalar)
    }

    /// Whether it is one of the four integer types.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::I32 | Self::I64 | Self::U32 | Self::U64)
    }

    /// Whether it is a number of any kind.
    #[must_use]
    pub const fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::F32 | Self::F64 | Self::Decimal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_variants() {
        for (index, info) in TYPES.iter().enumerate() {
            assert_eq!(info.scalar as usize, index, "{info:?}");
            assert_eq!(Scalar::from_rust(info.rust), Some(info.scalar));
        }
    }
}
