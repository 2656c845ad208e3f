//! What is stored as JSON, read by structs that came later.

use super::decode_stored;
use crate::cell::Cell;
use crate::descriptor::{Field, Kind, Scalar, Type, ValueDescriptor};

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
