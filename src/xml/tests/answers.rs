//! What an answer is.

use std::collections::BTreeMap;

use super::{ORDER, REPLACE, example, read};
use crate::cell::Cell;
use crate::input;
use crate::xml::{encode_page, encode_row};

#[test]
fn a_row_is_read_back_as_it_was() {
    let cells = example();
    let mut out = Vec::new();
    encode_row(&mut out, &ORDER, &cells);
    let input =
        read(REPLACE, &out).unwrap_or_else(|says| panic!("{}: {says:?}", String::from_utf8_lossy(&out)));
    let mut expected = cells;
    expected[22] = Cell::Null;
    let read = input::into_cells(input);
    for (index, field) in ORDER.fields.iter().enumerate() {
        assert!(read[index] == expected[index], "{}: {}", field.name, String::from_utf8_lossy(&out));
    }
}

#[test]
fn a_row_is_written_in_the_order_of_its_fields() {
    let mut cells = vec![Cell::Null; ORDER.fields.len()];
    cells[1] = Cell::Text("a<b\u{0}\u{fffe}".to_owned());
    cells[17] = Cell::List(vec![Cell::Value(vec![Cell::Text("s".to_owned()), Cell::Null])]);
    cells[19] = Cell::Map(BTreeMap::from([("k\"".to_owned(), Cell::Text("v".to_owned()))]));
    cells[22] = Cell::Text("secret".to_owned());
    let mut out = Vec::new();
    encode_row(&mut out, &ORDER, &cells);
    let out = String::from_utf8(out).expect("UTF-8");
    assert!(out.starts_with(concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<order xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id xsi:nil="true"/>"#,
        "<name>a&lt;b\u{fffd}\u{fffd}</name><note xsi:nil=\"true\"/>"
    )));
    assert!(out.contains(r#"<items><item><sku>s</sku><count xsi:nil="true"/></item></items>"#));
    assert!(out.contains(r#"<labels><entry key="k&quot;">v</entry></labels>"#));
    assert!(out.ends_with("<tree xsi:nil=\"true\"/></order>"), "what is input only is not shown: {out}");
}

#[test]
fn a_page_holds_rows_and_the_token_of_the_next() {
    let mut out = Vec::new();
    encode_page(&mut out, &ORDER, &[example(), example()], "abc");
    let out = String::from_utf8(out).expect("UTF-8");
    assert!(out.contains(
        r#"?><orders xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><order><id>01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e</id>"#
    ));
    assert!(out.ends_with("</order><next_page_token>abc</next_page_token></orders>"));
    assert_eq!(out.matches("<order>").count(), 2);
}

#[cfg(feature = "rest")]
#[test]
fn a_problem_is_written_as_the_rfc_says() {
    let error = crate::Error::violation("/a", "type", "must be <5");
    let problem = crate::rest::Problem {
        error: &error,
        status: 400,
        code: "invalid_argument",
        title: "T",
        request_id: "r",
    };
    assert_eq!(
        String::from_utf8(crate::xml::encode_problem(&problem)).expect("UTF-8"),
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?><problem xmlns="urn:ietf:rfc:7807">"#,
            "<type>urn:fourfold:problem:invalid_argument</type><title>T</title><status>400</status>",
            "<detail>/a: must be &lt;5</detail><code>invalid_argument</code><request_id>r</request_id>",
            "<errors><i><pointer>/a</pointer><code>type</code><detail>must be &lt;5</detail></i></errors></problem>"
        )
    );
}
