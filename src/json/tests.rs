//! What is stored as JSON, read by structs that came later.

use super::{decode_shown, decode_stored, object};
use crate::cell::Cell;
use crate::descriptor::{Field, Kind, Scalar, Type, ValueDescriptor};
use crate::input::{Mode, Violations};

static VALUE: ValueDescriptor = ValueDescriptor {
    name: "Item",
    doc: "",
    fields: &[
        Field {
            was: Some("number"),
            ..Field::new("sku", Type { optional: false, kind: Kind::Scalar(Scalar::String) })
        },
        Field {
            was: Some("sum"),
            ..Field::new("total", Type { optional: true, kind: Kind::Scalar(Scalar::I64) })
        },
    ],
};

/// Fields that an older version of the struct may have taken null in.
static PLEDGE: ValueDescriptor = ValueDescriptor {
    name: "Pledge",
    doc: "",
    fields: &[
        Field {
            default: Some(|| Cell::Int(7)),
            ..Field::new("rank", Type { optional: false, kind: Kind::Scalar(Scalar::I64) })
        },
        Field::new("tags", Type { optional: false, kind: Kind::List(&Kind::Scalar(Scalar::String)) }),
        Field {
            default: Some(|| Cell::Text("none".to_owned())),
            ..Field::new("note", Type { optional: true, kind: Kind::Scalar(Scalar::String) })
        },
        Field {
            default: Some(|| Cell::Json(serde_json::Value::Bool(true))),
            ..Field::new("extra", Type { optional: false, kind: Kind::Scalar(Scalar::Json) })
        },
    ],
};

fn stored(text: &str) -> Result<Cell, String> {
    decode_stored(&Kind::Value(&VALUE), text)
}

fn item(sku: &str, total: Cell) -> Cell {
    Cell::Value(vec![Cell::Text(sku.to_owned()), total])
}

#[test]
fn what_is_stored_under_an_old_name_is_read_where_the_new_one_is_absent() {
    assert_eq!(stored(r#"{"number":"a","sum":1}"#), Ok(item("a", Cell::Int(1))));
    assert_eq!(stored(r#"{"number":"a","sku":"b","sum":1,"total":null}"#), Ok(item("b", Cell::Null)));
    assert_eq!(stored(r#"{"sku":"b","number":7,"total":2,"sum":"x"}"#), Ok(item("b", Cell::Int(2))));
    assert_eq!(stored(r#"{"number":{},"sku":"b"}"#), Ok(item("b", Cell::Null)));
    let wrong = stored(r#"{"number":7}"#).expect_err("a number is no text");
    assert_eq!(wrong, "/sku must be a string");
    assert!(stored("{}").expect_err("nothing is there").contains("/sku"));
}

#[test]
fn a_null_that_is_stored_where_none_may_be_any_more_is_read_like_what_is_missing() {
    let pledge = |text: &str| decode_stored(&Kind::Value(&PLEDGE), text);
    let read = |rank: i64, note: Cell, extra: serde_json::Value| {
        Ok(Cell::Value(vec![Cell::Int(rank), Cell::List(Vec::new()), note, Cell::Json(extra)]))
    };
    assert_eq!(pledge("{}"), read(7, Cell::Text("none".to_owned()), true.into()));
    // Null is a value where it may be, and one of JSON's.
    let nulls = r#"{"rank":null,"tags":null,"note":null,"extra":null}"#;
    assert_eq!(pledge(nulls), read(7, Cell::Null, serde_json::Value::Null));
    assert_eq!(stored(r#"{"sku":null}"#), Err("/sku may not be null".to_owned()));
    let wrong = pledge(r#"{"rank":"x"}"#).expect_err("text is no number");
    assert!(wrong.starts_with("/rank must be"), "{wrong}");
}

#[test]
fn what_callers_say_of_a_field_with_a_default_is_not_null() {
    let mut violations = Violations::default();
    object(Mode::Value, PLEDGE.fields, br#"{"rank":null,"tags":null}"#, &mut violations);
    let told: Vec<String> = violations.into_list().into_iter().map(|it| it.pointer).collect();
    assert_eq!(told, ["/rank", "/tags"]);
}

#[test]
fn an_answer_that_was_kept_is_read_as_a_row_of_that_time() {
    let shown = |text: &str| decode_shown(PLEDGE.fields, &serde_json::from_str(text).expect("JSON"));
    let note = || Cell::Text("a".to_owned());
    let tags = || Cell::List(Vec::new());
    let null = || Cell::Json(serde_json::Value::Null);
    assert_eq!(
        shown(r#"{"rank":null,"note":"a","extra":null}"#),
        Ok(vec![Cell::Int(7), tags(), note(), null()])
    );
    let items = |text: &str| decode_shown(VALUE.fields, &serde_json::from_str(text).expect("JSON"));
    assert_eq!(items(r#"{"number":"a"}"#), Ok(vec![Cell::Text("a".to_owned()), Cell::Null]));
}
