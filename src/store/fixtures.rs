//! Resources for the tests of the engines, as the derive macros would write them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Event, Record, Unit, Write};
use crate::cell::{Cell, Row};
use crate::descriptor::{
    ChoiceDescriptor, Descriptor, Field, Kind, Scalar, Statements, Type, ValueDescriptor, Variant,
};

/// The statements of a table whose columns are `name number type-on-postgres`, the id first.
macro_rules! statements {
    (
        $table:literal, version $version:literal $expected:literal, live $live:literal,
        $id:literal 1 $id_type:literal $(, $column:literal $number:literal $type:literal)*
    ) => {
        (
            Statements {
                select: concat!("SELECT \"", $id, "\"" $(, ", \"", $column, "\"")*, " FROM \"", $table, "\""),
                get: concat!(
                    "SELECT \"", $id, "\"" $(, ", \"", $column, "\"")*, " FROM \"", $table, "\" WHERE \"", $id,
                    "\" = ?1", $live
                ),
                insert: concat!(
                    "INSERT INTO \"", $table, "\" (\"", $id, "\"" $(, ", \"", $column, "\"")*, ") VALUES (?1"
                    $(, ", ?", $number)*, ")"
                ),
                update: concat!(
                    "UPDATE \"", $table, "\" SET \"", $id, "\" = ?1" $(, ", \"", $column, "\" = ?", $number)*,
                    " WHERE \"", $id, "\" = ?1 AND \"", $version, "\" = ?", $expected
                ),
                delete: concat!(
                    "DELETE FROM \"", $table, "\" WHERE \"", $id, "\" = ?1 AND \"", $version, "\" = ?2"
                ),
            },
            Statements {
                select: concat!("SELECT \"", $id, "\"" $(, ", \"", $column, "\"")*, " FROM \"", $table, "\""),
                get: concat!(
                    "SELECT \"", $id, "\"" $(, ", \"", $column, "\"")*, " FROM \"", $table, "\" WHERE \"", $id,
                    "\" = $1", $live
                ),
                insert: concat!(
                    "INSERT INTO \"", $table, "\" (\"", $id, "\"" $(, ", \"", $column, "\"")*,
                    ") SELECT * FROM unnest($1::", $id_type, "[]" $(, ", $", $number, "::", $type, "[]")*,
                    ") RETURNING \"", $id, "\""
                ),
                update: concat!(
                    "UPDATE \"", $table, "\" AS t SET \"", $id, "\" = n.\"", $id, "\""
                    $(, ", \"", $column, "\" = n.\"", $column, "\"")*, " FROM unnest($1::", $id_type, "[]"
                    $(, ", $", $number, "::", $type, "[]")*, ", $", $expected, "::BIGINT[]) AS n(\"", $id, "\""
                    $(, ", \"", $column, "\"")*, ", expected) WHERE t.\"", $id, "\" = n.\"", $id, "\" AND t.\"",
                    $version, "\" = n.expected RETURNING t.\"", $id, "\""
                ),
                delete: concat!(
                    "DELETE FROM \"", $table, "\" AS t USING unnest($1::", $id_type,
                    "[], $2::BIGINT[]) AS n(id, expected) WHERE t.\"", $id, "\" = n.id AND t.\"", $version,
                    "\" = n.expected RETURNING t.\"", $id, "\""
                ),
            },
        )
    };
}

pub(crate) mod renamed;

const fn one(scalar: Scalar) -> Type {
    Type { optional: false, kind: Kind::Scalar(scalar) }
}

const fn maybe(scalar: Scalar) -> Type {
    Type { optional: true, kind: Kind::Scalar(scalar) }
}

const fn of(kind: Kind) -> Type {
    Type { optional: false, kind }
}

/// A choice.
pub(crate) static COLOUR: ChoiceDescriptor = ChoiceDescriptor {
    name: "Colour",
    doc: "",
    variants: &[Variant { name: "red", doc: "" }, Variant { name: "dark_green", doc: "" }],
};

/// A value.
pub(crate) static POINT: ValueDescriptor = ValueDescriptor {
    name: "Point",
    doc: "",
    fields: &[
        Field::new("x", one(Scalar::F64)),
        Field::new("count", one(Scalar::U64)),
        Field::new("at", maybe(Scalar::Timestamp)),
        Field::new("colour", of(Kind::Choice(&COLOUR))),
    ],
};

/// A value in a value.
pub(crate) static PATH: ValueDescriptor = ValueDescriptor {
    name: "Path",
    doc: "",
    fields: &[
        Field::new("name", one(Scalar::String)),
        Field::new("points", of(Kind::List(&Kind::Value(&POINT)))),
    ],
};

/// A column of every type, required and optional; the version is a field.
pub(crate) static SPECIMEN: Descriptor = {
    const SQL: (Statements, Statements) = statements!(
        "specimens", version "version" 36, live "",
        "id" 1 "UUID", "a_string" 2 "TEXT", "a_bool" 3 "BOOLEAN", "an_i32" 4 "INTEGER", "an_i64" 5 "BIGINT",
        "a_u32" 6 "BIGINT", "a_u64" 7 "NUMERIC", "an_f32" 8 "REAL", "an_f64" 9 "DOUBLE PRECISION",
        "a_uuid" 10 "UUID", "a_timestamp" 11 "TIMESTAMPTZ", "a_date" 12 "DATE", "a_duration" 13 "BIGINT",
        "a_decimal" 14 "NUMERIC", "some_bytes" 15 "BYTEA", "some_json" 16 "JSON", "maybe_string" 17 "TEXT",
        "maybe_bool" 18 "BOOLEAN", "maybe_i32" 19 "INTEGER", "maybe_i64" 20 "BIGINT", "maybe_u32" 21 "BIGINT",
        "maybe_u64" 22 "NUMERIC", "maybe_f32" 23 "REAL", "maybe_f64" 24 "DOUBLE PRECISION",
        "maybe_uuid" 25 "UUID", "maybe_timestamp" 26 "TIMESTAMPTZ", "maybe_date" 27 "DATE",
        "maybe_duration" 28 "BIGINT", "maybe_decimal" 29 "NUMERIC", "maybe_bytes" 30 "BYTEA", "colour" 31 "TEXT",
        "path" 32 "JSON", "numbers" 33 "JSON", "labels" 34 "JSON", "version" 35 "BIGINT"
    );
    Descriptor {
        name: "Specimen",
        package: "test.zoo.v1",
        version: "v1",
        path: "specimens",
        singular: "specimen",
        plural: "specimens",
        table: "specimens",
        doc: "",
        fields: &[
            Field::new("id", one(Scalar::Uuid)),
            Field { filter: true, sort: true, ..Field::new("a_string", one(Scalar::String)) },
            Field::new("a_bool", one(Scalar::Bool)),
            Field::new("an_i32", one(Scalar::I32)),
            Field::new("an_i64", one(Scalar::I64)),
            Field::new("a_u32", one(Scalar::U32)),
            Field { sort: true, ..Field::new("a_u64", one(Scalar::U64)) },
            Field::new("an_f32", one(Scalar::F32)),
            Field::new("an_f64", one(Scalar::F64)),
            Field::new("a_uuid", one(Scalar::Uuid)),
            Field { sort: true, ..Field::new("a_timestamp", one(Scalar::Timestamp)) },
            Field::new("a_date", one(Scalar::Date)),
            Field::new("a_duration", one(Scalar::Duration)),
            Field { filter: true, sort: true, ..Field::new("a_decimal", one(Scalar::Decimal)) },
            Field::new("some_bytes", one(Scalar::Bytes)),
            Field::new("some_json", one(Scalar::Json)),
            Field { sort: true, ..Field::new("maybe_string", maybe(Scalar::String)) },
            Field::new("maybe_bool", maybe(Scalar::Bool)),
            Field::new("maybe_i32", maybe(Scalar::I32)),
            Field::new("maybe_i64", maybe(Scalar::I64)),
            Field::new("maybe_u32", maybe(Scalar::U32)),
            Field::new("maybe_u64", maybe(Scalar::U64)),
            Field::new("maybe_f32", maybe(Scalar::F32)),
            Field::new("maybe_f64", maybe(Scalar::F64)),
            Field::new("maybe_uuid", maybe(Scalar::Uuid)),
            Field::new("maybe_timestamp", maybe(Scalar::Timestamp)),
            Field::new("maybe_date", maybe(Scalar::Date)),
            Field::new("maybe_duration", maybe(Scalar::Duration)),
            Field::new("maybe_decimal", maybe(Scalar::Decimal)),
            Field::new("maybe_bytes", maybe(Scalar::Bytes)),
            Field { filter: true, ..Field::new("colour", of(Kind::Choice(&COLOUR))) },
            Field::new("path", Type { optional: true, kind: Kind::Value(&PATH) }),
            Field::new("numbers", of(Kind::List(&Kind::Scalar(Scalar::I64)))),
            Field::new("labels", of(Kind::Map(&Kind::Scalar(Scalar::String)))),
            Field { output_only: true, ..Field::new("version", one(Scalar::I64)) },
        ],
        id: 0,
        version_field: Some(34),
        created_at: None,
        updated_at: None,
        deleted_at: None,
        operations: &[],
        behavior: None,
        tasks: &[],
        sqlite: SQL.0,
        postgres: SQL.1,
        fingerprint: 1,
        contract: None,
    }
};

/// A given id, a unique field, soft deletion, and the hidden row version.
pub(crate) static OWNER: Descriptor = {
    const SQL: (Statements, Statements) = statements!(
        "owners", version "row_version" 5, live " AND \"deleted_at\" IS NULL",
        "id" 1 "TEXT", "email" 2 "TEXT", "deleted_at" 3 "TIMESTAMPTZ", "row_version" 4 "BIGINT"
    );
    Descriptor {
        name: "Owner",
        path: "owners",
        singular: "owner",
        plural: "owners",
        table: "owners",
        fields: &[
            Field::new("id", one(Scalar::String)),
            Field { unique: true, ..Field::new("email", one(Scalar::String)) },
            Field { output_only: true, ..Field::new("deleted_at", maybe(Scalar::Timestamp)) },
        ],
        version_field: None,
        deleted_at: Some(2),
        sqlite: SQL.0,
        postgres: SQL.1,
        fingerprint: 2,
        contract: None,
        package: "test.zoo.v1",
        version: "v1",
        doc: "",
        id: 0,
        created_at: None,
        updated_at: None,
        operations: &[],
        behavior: None,
        tasks: &[],
    }
};

/// An id made by the database, a reference to an owner and one to its own kind.
pub(crate) static PET: Descriptor = {
    const SQL: (Statements, Statements) = statements!(
        "pets", version "row_version" 7, live "",
        "id" 1 "BIGINT", "name" 2 "TEXT", "owner_id" 3 "TEXT", "mother_id" 4 "BIGINT", "tag" 5 "TEXT",
        "row_version" 6 "BIGINT"
    );
    Descriptor {
        name: "Pet",
        path: "pets",
        singular: "pet",
        plural: "pets",
        table: "pets",
        fields: &[
            Field::new("id", one(Scalar::I64)),
            Field { filter: true, sort: true, ..Field::new("name", one(Scalar::String)) },
            Field { references: Some("test.zoo.v1.Owner"), ..Field::new("owner_id", one(Scalar::String)) },
            Field { references: Some("test.zoo.v1.Pet"), ..Field::new("mother_id", maybe(Scalar::I64)) },
            Field { unique: true, ..Field::new("tag", maybe(Scalar::String)) },
        ],
        version_field: None,
        deleted_at: None,
        sqlite: SQL.0,
        postgres: SQL.1,
        fingerprint: 3,
        contract: None,
        package: "test.zoo.v1",
        version: "v1",
        doc: "",
        id: 0,
        created_at: None,
        updated_at: None,
        operations: &[],
        behavior: None,
        tasks: &[],
    }
};

/// All of them.
pub(crate) static ALL: [&Descriptor; 3] = [&SPECIMEN, &OWNER, &PET];

pub(crate) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a moment").to_utc()
}

pub(crate) fn owner(id: &str, email: &str) -> Row {
    vec![text(id), text(email), Cell::Null, Cell::Int(1)]
}

pub(crate) fn pet(id: i64, name: &str, owner: &str) -> Row {
    vec![Cell::Int(id), text(name), text(owner), Cell::Null, Cell::Null, Cell::Int(1)]
}

/// A specimen with plain values and nothing optional.
pub(crate) fn specimen() -> Row {
    vec![
        Cell::Uuid(Uuid::now_v7()),
        text("Grüße, \"Welt\" 🦀"),
        Cell::Bool(true),
        Cell::Int(-7),
        Cell::Int(7_000_000_000),
        Cell::UInt(7),
        Cell::UInt(7_000_000_000),
        Cell::Float(0.5),
        Cell::Float(0.1),
        Cell::Uuid(Uuid::from_u128(0x0193_2c07_209c_7a4b_8d1e_5f6a_7b8c_9d0e)),
        Cell::Timestamp(moment("2026-11-22T08:30:00.123456Z")),
        Cell::Date(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day")),
        Cell::Duration(3_500_000),
        Cell::Decimal(Decimal::new(1990, 2)),
        Cell::Bytes(vec![0, 1, 254, 255].into()),
        Cell::Json(serde_json::json!({ "a": [1, null, { "b": -0.5 }] })),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Choice(1),
        Cell::Null,
        Cell::List(vec![Cell::Int(1), Cell::Int(-2)]),
        Cell::Map(BTreeMap::from([("k".to_owned(), text("v"))])),
        Cell::Int(1),
    ]
}

/// Specimens at the ends of what each type can hold.
pub(crate) fn extremes() -> Vec<Row> {
    let point = |x: f64, count, at| Cell::Value(vec![Cell::Float(x), Cell::UInt(count), at, Cell::Choice(0)]);
    let least = vec![
        Cell::Uuid(Uuid::from_u128(1)),
        text(""),
        Cell::Bool(false),
        Cell::Int(i64::from(i32::MIN)),
        Cell::Int(i64::MIN),
        Cell::UInt(0),
        Cell::UInt(0),
        Cell::Float(f64::from(f32::MIN)),
        Cell::Float(f64::MIN),
        Cell::Uuid(Uuid::nil()),
        Cell::Timestamp(moment("0001-01-01T00:00:00Z")),
        Cell::Date(NaiveDate::from_ymd_opt(1, 1, 1).expect("a day")),
        Cell::Duration(0),
        Cell::Decimal(Decimal::MIN),
        Cell::Bytes(bytes::Bytes::new()),
        Cell::Json(serde_json::Value::Null),
        text(""),
        Cell::Bool(false),
        Cell::Int(0),
        Cell::Int(i64::MIN),
        Cell::UInt(0),
        Cell::UInt(0),
        Cell::Float(f64::from(f32::from_bits(1))),
        Cell::Float(f64::from_bits(1)),
        Cell::Uuid(Uuid::nil()),
        Cell::Timestamp(moment("1969-12-31T23:59:59.999999Z")),
        Cell::Date(NaiveDate::from_ymd_opt(1, 1, 1).expect("a day")),
        Cell::Duration(1),
        Cell::Decimal(Decimal::new(0, 28)),
        Cell::Bytes(bytes::Bytes::new()),
        Cell::Choice(0),
        Cell::Value(vec![text(""), Cell::List(vec![])]),
        Cell::List(vec![]),
        Cell::Map(BTreeMap::new()),
        Cell::Int(1),
    ];
    let most = vec![
        Cell::Uuid(Uuid::max()),
        text(&"\u{10ffff}".repeat(10_000)),
        Cell::Bool(true),
        Cell::Int(i64::from(i32::MAX)),
        Cell::Int(i64::MAX),
        Cell::UInt(u64::from(u32::MAX)),
        Cell::UInt(u64::MAX),
        Cell::Float(f64::from(f32::MAX)),
        Cell::Float(f64::MAX),
        Cell::Uuid(Uuid::max()),
        Cell::Timestamp(moment("9999-12-31T23:59:59.999999Z")),
        Cell::Date(NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day")),
        Cell::Duration(315_576_000_000_000_000),
        Cell::Decimal(Decimal::MAX),
        Cell::Bytes(vec![255; 1_000_000].into()),
        Cell::Json(
            serde_json::json!({ "most": u64::MAX, "least": i64::MIN, "float": 1e300, "deep": [[[[]]]] }),
        ),
        text("%_\\' \" ; --"),
        Cell::Bool(true),
        Cell::Int(i64::from(i32::MAX)),
        Cell::Int(i64::MAX),
        Cell::UInt(u64::from(u32::MAX)),
        Cell::UInt(u64::MAX),
        Cell::Float(f64::from(f32::MIN_POSITIVE)),
        Cell::Float(f64::MIN_POSITIVE),
        Cell::Uuid(Uuid::max()),
        Cell::Timestamp(moment("9999-12-31T23:59:59.999999Z")),
        Cell::Date(NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day")),
        Cell::Duration(315_576_000_000_000_000),
        Cell::Decimal(Decimal::new(-1, 28)),
        Cell::Bytes(vec![0].into()),
        Cell::Choice(1),
        Cell::Value(vec![
            text("p"),
            Cell::List(vec![
                point(f64::MAX, u64::MAX, Cell::Null),
                point(5e-324, 0, Cell::Timestamp(moment("9999-12-31T23:59:59.999999Z"))),
            ]),
        ]),
        Cell::List(vec![Cell::Int(i64::MIN), Cell::Int(i64::MAX)]),
        Cell::Map(BTreeMap::from([(String::new(), text("")), ("ключ \"1\"".to_owned(), text("\u{1}\n"))])),
        Cell::Int(i64::MAX),
    ];
    vec![least, most]
}

/// A unit that writes and does nothing else.
pub(crate) fn unit(write: Write) -> Unit {
    Unit { write, events: Vec::new(), record: None, statements: Vec::new(), tasks: Vec::new() }
}

pub(crate) fn insert(descriptor: &'static Descriptor, row: Row) -> Unit {
    unit(Write::Insert { descriptor, row })
}

pub(crate) fn update(descriptor: &'static Descriptor, row: Row, expected: i64) -> Unit {
    unit(Write::Update { descriptor, row, expected })
}

pub(crate) fn delete(descriptor: &'static Descriptor, id: Cell, expected: i64) -> Unit {
    unit(Write::Delete { descriptor, id, expected })
}

pub(crate) fn event(kind: &str) -> Event {
    Event {
        id: Uuid::now_v7(),
        aggregate_type: "test.zoo.v1.Pet".to_owned(),
        aggregate_id: "1".to_owned(),
        kind: kind.to_owned(),
        payload: "{}".to_owned(),
        trace_parent: None,
    }
}

pub(crate) fn record(key: &str) -> Record {
    Record {
        key: key.to_owned(),
        fingerprint: i64::MIN,
        operation: "test.zoo.v1.Pet/create".to_owned(),
        answer: "{\"name\":\"Rex\"}".to_owned(),
        created_at: moment("2026-11-22T08:30:00.123456Z"),
    }
}
