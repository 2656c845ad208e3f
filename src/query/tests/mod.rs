//! What lists promise.

mod fields;
mod filters;
mod fuzz;
mod pages;
#[cfg(feature = "sqlite")]
mod property;
mod statements;

use crate::Violation;
use crate::cell::Cell;
use crate::descriptor::{
    ChoiceDescriptor, Descriptor, Field, Kind, Scalar, Statements, Type, ValueDescriptor, Variant,
};
use crate::query::{Condition, Limits, ListRequest, Select, plan};

const fn variant(name: &'static str) -> Variant {
    Variant { name, doc: "" }
}

pub(super) static STATUS: ChoiceDescriptor = ChoiceDescriptor {
    name: "Status",
    doc: "",
    variants: &[variant("open"), variant("shipped"), variant("closed")],
};

static ADDRESS: ValueDescriptor = ValueDescriptor {
    name: "Address",
    doc: "",
    fields: &[Field::new("city", Type { optional: false, kind: Kind::Scalar(Scalar::String) })],
};

const fn field(name: &'static str, optional: bool, kind: Kind) -> Field {
    let mut field = Field::new(name, Type { optional, kind });
    field.filter = true;
    field.sort = true;
    field
}

const fn scalar(name: &'static str, optional: bool, scalar: Scalar) -> Field {
    field(name, optional, Kind::Scalar(scalar))
}

const fn plain(name: &'static str, kind: Kind) -> Field {
    Field::new(name, Type { optional: false, kind })
}

const fn secret(name: &'static str) -> Field {
    let mut field = scalar(name, true, Scalar::String);
    field.input_only = true;
    field
}

const NO_STATEMENTS: Statements = Statements { select: "", get: "", insert: "", update: "", delete: "" };

const fn descriptor(name: &'static str, fields: &'static [Field]) -> Descriptor {
    Descriptor {
        name,
        package: "shop.order.v1",
        version: "v1",
        path: "orders",
        singular: "order",
        plural: "orders",
        table: "orders",
        doc: "",
        fields,
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
    }
}

/// A field of every type, two of them not to be filtered by.
pub(super) static ORDER: Descriptor = descriptor(
    "Order",
    &[
        plain("id", Kind::Scalar(Scalar::Uuid)),
        scalar("name", false, Scalar::String),
        scalar("note", true, Scalar::String),
        scalar("paid", true, Scalar::Bool),
        scalar("small", true, Scalar::I32),
        scalar("count", false, Scalar::I64),
        scalar("weight", true, Scalar::U32),
        scalar("size", true, Scalar::U64),
        scalar("ratio", true, Scalar::F32),
        scalar("score", true, Scalar::F64),
        scalar("user_id", true, Scalar::Uuid),
        scalar("placed_at", true, Scalar::Timestamp),
        scalar("day", true, Scalar::Date),
        scalar("span", true, Scalar::Duration),
        scalar("price", true, Scalar::Decimal),
        scalar("key", true, Scalar::Bytes),
        field("status", true, Kind::Choice(&STATUS)),
        plain("internal", Kind::Scalar(Scalar::String)),
        field("address", false, Kind::Value(&ADDRESS)),
        secret("password"),
    ],
);

/// Softly deleted, and its id is a number.
pub(super) static NOTE: Descriptor = {
    let mut note = descriptor(
        "Note",
        &[
            plain("id", Kind::Scalar(Scalar::I64)),
            scalar("title", false, Scalar::String),
            scalar("rank", true, Scalar::I64),
            scalar("deleted_at", true, Scalar::Timestamp),
        ],
    );
    note.deleted_at = Some(3);
    note
};

pub(super) fn request(filter: &str, order_by: &str) -> ListRequest {
    ListRequest { filter: filter.to_owned(), order_by: order_by.to_owned(), ..ListRequest::default() }
}

pub(super) fn planned(request: &ListRequest) -> Select {
    plan(&ORDER, request, &Limits::default()).expect("a list that is allowed")
}

pub(super) fn refused(request: &ListRequest) -> Vec<Violation> {
    plan(&ORDER, request, &Limits::default()).expect_err("a list that is refused").violations().to_vec()
}

/// The one violation of a filter, as `code: message`.
pub(super) fn refusal(filter: &str) -> String {
    let violations = refused(&request(filter, ""));
    assert_eq!(violations.len(), 1, "{filter}: {violations:?}");
    assert_eq!(violations[0].pointer, "filter");
    format!("{}: {}", violations[0].code, violations[0].message)
}

/// What a filter means, with all its parentheses.
pub(super) fn meaning(filter: &str) -> String {
    let select = planned(&request(filter, ""));
    show(&ORDER, select.condition.as_ref().expect("a condition"))
}

pub(super) fn show(descriptor: &'static Descriptor, condition: &Condition) -> String {
    let name = |field: usize| descriptor.fields[field].name;
    let join = |conditions: &[Condition], sign: &str| {
        let shown: Vec<_> = conditions.iter().map(|inner| show(descriptor, inner)).collect();
        format!("({})", shown.join(sign))
    };
    match condition {
        Condition::And(all) => join(all, " & "),
        Condition::Or(any) => join(any, " | "),
        Condition::Not(inner) => format!("!{}", show(descriptor, inner)),
        Condition::Present(field) => format!("{}?", name(*field)),
        Condition::Like { field, parts } => format!("{} ~ {parts:?}", name(*field)),
        Condition::Compare { field, comparison, cell } => {
            let kind = &descriptor.fields[*field].ty.kind;
            let value = match cell {
                Cell::Null => "null".to_owned(),
                cell => crate::text::format(kind, cell),
            };
            format!("{} {} {value}", name(*field), comparison.operator())
        }
    }
}
