//! What XML promises.

mod answers;
mod bodies;
mod fuzz;

use std::collections::BTreeMap;

use super::object;
use crate::cell::{Cell, Input};
use crate::descriptor::{
    ChoiceDescriptor, Descriptor, Field, Kind, Scalar, Statements, Type, ValueDescriptor, Variant,
};
use crate::error::Violation;
use crate::input::{Mode, Violations};
use crate::json;

const fn field(name: &'static str, optional: bool, kind: Kind) -> Field {
    Field::new(name, Type { optional, kind })
}

const fn scalar(name: &'static str, scalar: Scalar) -> Field {
    field(name, true, Kind::Scalar(scalar))
}

const fn with_id() -> Field {
    let mut id = field("id", false, Kind::Scalar(Scalar::Uuid));
    id.output_only = true;
    id
}

const fn input_only() -> Field {
    let mut field = scalar("password", Scalar::String);
    field.input_only = true;
    field
}

static STATUS: ChoiceDescriptor = ChoiceDescriptor {
    name: "Status",
    doc: "",
    variants: &[Variant { name: "open", doc: "" }, Variant { name: "in_transit", doc: "" }],
};

static ITEM: ValueDescriptor = ValueDescriptor {
    name: "Item",
    doc: "",
    fields: &[field("sku", false, Kind::Scalar(Scalar::String)), scalar("count", Scalar::I32)],
};

/// A value that holds values of its own kind.
static TREE: ValueDescriptor = ValueDescriptor {
    name: "Tree",
    doc: "",
    fields: &[field("children", true, Kind::List(&Kind::Value(&TREE)))],
};

const NO_STATEMENTS: Statements = Statements { select: "", get: "", insert: "", update: "", delete: "" };

static ORDER: Descriptor = Descriptor {
    name: "Order",
    package: "shop.order.v1",
    version: "v1",
    path: "orders",
    singular: "order",
    plural: "orders",
    table: "orders",
    doc: "",
    fields: &[
        with_id(),
        field("name", false, Kind::Scalar(Scalar::String)),
        scalar("note", Scalar::String),
        scalar("paid", Scalar::Bool),
        scalar("small", Scalar::I32),
        scalar("size", Scalar::U64),
        scalar("ratio", Scalar::F32),
        scalar("score", Scalar::F64),
        scalar("placed_at", Scalar::Timestamp),
        scalar("day", Scalar::Date),
        scalar("span", Scalar::Duration),
        scalar("price", Scalar::Decimal),
        scalar("key", Scalar::Bytes),
        scalar("extra", Scalar::Json),
        field("data", false, Kind::Scalar(Scalar::Json)),
        field("status", true, Kind::Choice(&STATUS)),
        field("first", true, Kind::Value(&ITEM)),
        field("items", false, Kind::List(&Kind::Value(&ITEM))),
        field("tags", true, Kind::List(&Kind::Scalar(Scalar::String))),
        field("labels", true, Kind::Map(&Kind::Scalar(Scalar::String))),
        field("parts", true, Kind::Map(&Kind::Value(&ITEM))),
        field("tree", true, Kind::Value(&TREE)),
        input_only(),
    ],
    id: 0,
    version_field: None,
    created_at: None,
    updated_at: None,
    deleted_at: None,
    operations: &[],
    behavior: None,
    tasks: &[],
    sqlite: NO_STATEMENTS,
    postgres: NO_STATEMENTS,
    fingerprint: 0,
    contract: None,
};

fn read(mode: Mode, body: impl AsRef<[u8]>) -> Result<Input, Vec<Violation>> {
    let mut violations = Violations::default();
    let input = object(mode, ORDER.fields, "order", body.as_ref(), &mut violations);
    let violations = violations.into_list();
    match input {
        Some(input) if violations.is_empty() => Ok(input),
        _ => {
            assert!(!violations.is_empty(), "a refusal says why");
            Err(violations)
        }
    }
}

fn read_json(mode: Mode, body: &str) -> Result<Input, Vec<Violation>> {
    let mut violations = Violations::default();
    let input = json::object(mode, ORDER.fields, body.as_bytes(), &mut violations);
    input.filter(|_| violations.is_empty()).ok_or_else(|| violations.into_list())
}

const CREATE: Mode = Mode::Create(&ORDER);
const UPDATE: Mode = Mode::Update;
const REPLACE: Mode = Mode::Replace(&ORDER);

fn order(inner: &str) -> String {
    format!("<order xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{inner}</order>")
}

/// The one violation of an update, as `pointer code: message`.
fn refusal(body: impl AsRef<[u8]>) -> String {
    let violations = read(UPDATE, body.as_ref()).expect_err("a body that is refused");
    assert_eq!(violations.len(), 1, "{violations:?}");
    format!("{} {}: {}", violations[0].pointer, violations[0].code, violations[0].message)
}

fn example() -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let json = |text: &str| Cell::Json(serde_json::from_str(text).expect("JSON"));
    let value = |index: usize, written: &str| {
        crate::text::parse(&ORDER.fields[index].ty.kind, written).expect("a literal")
    };
    let item = |sku: &str, count: Cell| Cell::Value(vec![text(sku), count]);
    vec![
        value(0, "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"),
        text(" <a> & \"b\" ]]> \r\n\t'é💥 "),
        Cell::Null,
        value(3, "false"),
        value(4, "-2147483648"),
        value(5, "18446744073709551615"),
        value(6, "0.1"),
        value(7, "-0.0"),
        value(8, "2026-11-22T08:30:00.000001Z"),
        value(9, "0001-01-01"),
        value(10, "1.5s"),
        value(11, "19.900"),
        value(12, "AQI="),
        Cell::Null,
        json(r#"{"<":["&",null,1.5]}"#),
        value(15, "in_transit"),
        item("x", Cell::Null),
        Cell::List(vec![item("a", Cell::Int(1)), item("", Cell::Null)]),
        Cell::List(vec![text(""), text(" ")]),
        Cell::Map(BTreeMap::from([(" \"<\t\n\r&>' ".to_owned(), text("x")), (String::new(), text(""))])),
        Cell::Map(BTreeMap::new()),
        Cell::Value(vec![Cell::Null]),
        text("secret"),
    ]
}
