//! Orders, page sizes and page tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{NOTE, ORDER, planned, refused, request};
use crate::cell::Cell;
use crate::query::{Limits, ListRequest, Sort, next_page_token, plan};

fn order(order_by: &str) -> Vec<String> {
    let shown =
        |sort: &Sort| format!("{}{}", if sort.descending { "-" } else { "" }, ORDER.fields[sort.field].name);
    planned(&request("", order_by)).order.iter().map(shown).collect()
}

#[test]
fn the_id_ends_every_order_in_the_direction_of_the_key_before_it() {
    assert_eq!(order(""), ["id"]);
    assert_eq!(order("  "), ["id"]);
    assert_eq!(order("name"), ["name", "id"]);
    assert_eq!(order("name desc"), ["-name", "-id"]);
    assert_eq!(order("name desc,  count asc"), ["-name", "count", "id"]);
    assert_eq!(order("name, id desc"), ["name", "-id"]);
    assert_eq!(order("id desc, name"), ["-id"], "the id decides already");
}

#[test]
fn a_wrong_order_is_refused_key_by_key() {
    let violations = refused(&request("", "nmae, internal, name, name desc, count down, , a b c"));
    let says: Vec<_> = violations.iter().map(|it| (it.pointer.as_str(), it.code)).collect();
    assert_eq!(
        says,
        [
            ("order_by", "unknown"),
            ("order_by", "not_sortable"),
            ("order_by", "duplicate"),
            ("order_by", "syntax"),
            ("order_by", "syntax"),
            ("order_by", "syntax"),
        ]
    );
    assert!(
        violations[0]
            .message
            .starts_with("nmae is not a field; did you mean name? these can be sorted by: id")
    );
    assert_eq!(violations[3].message, "must be field names with an optional desc, such as name, id desc");
    assert_eq!(refused(&request("", &"a,".repeat(2000)))[0].message, "must have at most 2000 characters");
}

#[test]
fn page_sizes_have_a_default_and_a_maximum() {
    let sized = |page_size| ListRequest { page_size, ..ListRequest::default() };
    for (asked, size) in [(None, 50), (Some(0), 50), (Some(7), 7), (Some(1000), 1000), (Some(i64::MAX), 1000)]
    {
        let select = planned(&sized(asked));
        assert_eq!((select.page_size(), select.limit as usize), (size, size + 1));
    }
    let violations = refused(&sized(Some(-1)));
    assert_eq!((violations[0].pointer.as_str(), violations[0].code), ("page_size", "range"));
}

#[test]
fn all_parameters_are_checked_at_once() {
    let request = ListRequest {
        page_size: Some(-1),
        page_token: "?".to_owned(),
        filter: "x".to_owned(),
        order_by: "x".to_owned(),
        equals: vec![("x".to_owned(), String::new())],
    };
    let pointers: Vec<_> = refused(&request).into_iter().map(|it| it.pointer).collect();
    assert_eq!(pointers, ["page_size", "x", "filter", "order_by", "page_token"]);
}

/// A row of `ORDER` with a note.
fn row(note: Option<&str>) -> Vec<Cell> {
    let mut row = vec![Cell::Null; ORDER.fields.len()];
    row[0] = Cell::Uuid(Uuid::from_u128(0x0193_2c07_209c_7a4b_8d1e_5f6a_7b8c_9d0e));
    row[1] = Cell::Text("n".to_owned());
    row[2] = note.map_or(Cell::Null, |note| Cell::Text(note.to_owned()));
    row
}

fn with_token(filter: &str, order_by: &str, page_token: String) -> ListRequest {
    ListRequest { page_token, ..request(filter, order_by) }
}

#[test]
fn a_token_carries_the_sort_cells_of_the_last_row() {
    for note in [None, Some(""), Some("a"), Some(&*"é".repeat(300))] {
        let first = planned(&request("count > 1", "note desc"));
        let token = next_page_token(&first, &row(note));
        let mut next = with_token("count > 1", "note desc", token);
        next.page_size = Some(3);
        let after = planned(&next).after.expect("a place to go on from");
        assert!(after == [row(note)[2].clone(), row(note)[0].clone()], "{note:?}");
    }
}

#[test]
fn cells_of_every_type_survive_a_token() {
    let mut row = row(Some("x"));
    let values = [
        "true",
        "-5",
        "-9223372036854775808",
        "5",
        "18446744073709551615",
        "0.1",
        "-2.5e300",
        "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e",
        "2026-11-22T08:30:00.000001Z",
        "2026-11-22",
        "1.5s",
        "19.900",
        "AQI=",
        "closed",
    ];
    for (index, value) in values.iter().enumerate() {
        row[index + 3] = crate::text::parse(&ORDER.fields[index + 3].ty.kind, value).expect(value);
    }
    for field in &ORDER.fields[1..17] {
        let token = next_page_token(&planned(&request("", field.name)), &row);
        let after = planned(&with_token("", field.name, token)).after.expect("a place to go on from");
        let (index, _) = ORDER.field(field.name).expect("a field");
        assert!(after == [row[index].clone(), row[0].clone()], "{}", field.name);
    }
}

#[test]
fn a_token_belongs_to_its_filter_and_order() {
    let token = next_page_token(&planned(&request("count > 1", "note desc")), &row(None));
    for (filter, order_by) in
        [("count > 2", "note desc"), ("count > 1", "note"), ("", "note desc"), ("count > 1", "")]
    {
        let violations = refused(&with_token(filter, order_by, token.clone()));
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].pointer, "page_token");
        assert_eq!(violations[0].message, "belongs to another filter or order; start again without it");
    }
    let other = with_token("", "", next_page_token(&planned(&request("", "")), &row(None)));
    let error = plan(&NOTE, &other, &Limits::default()).expect_err("another resource");
    assert_eq!(error.violations()[0].message, "belongs to another filter or order; start again without it");
}

#[test]
fn a_token_with_spaces_or_parentheses_moved_in_the_filter_is_still_good() {
    let token = next_page_token(&planned(&request("count>1 AND paid=true", "note")), &row(None));
    assert!(planned(&with_token("(count > 1)  paid = true", "note asc", token)).after.is_some());
}

#[test]
fn a_mangled_token_is_refused_whatever_is_mangled() {
    let token = next_page_token(&planned(&request("", "note")), &row(Some("abc")));
    let says = "is not a token of this service: send next_page_token of the page before as it is, or nothing";
    for length in 1..token.len() {
        assert_eq!(refused(&with_token("", "note", token[..length].to_owned()))[0].message, says);
    }
    let bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64url");
    for (index, bit) in (0..bytes.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
        let mut other = bytes.clone();
        other[index] ^= 1 << bit;
        let other = URL_SAFE_NO_PAD.encode(other);
        assert_eq!(refused(&with_token("", "note", other))[0].message, says, "bit {bit} of byte {index}");
    }
    for other in ["=", "a b", "%", &format!("{token}="), &format!("{token}A"), &"A".repeat(100_000)] {
        assert_eq!(refused(&with_token("", "note", other.to_owned()))[0].message, says);
    }
}

#[test]
fn a_forged_token_is_held_to_the_types() {
    let select = planned(&request("", "note"));
    let forged = |content: &[u8]| {
        let mut bytes = vec![1];
        bytes.extend(select.shape.to_be_bytes());
        bytes.extend(content);
        bytes.extend(crate::text::fnv1a(&bytes).to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let id = [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    let good = [&[0][..], &id].concat();
    assert!(planned(&with_token("", "note", forged(&good))).after.is_some());
    for content in [
        &[][..],
        &[0],
        &[0, 0],
        &[0, 1, 1, b'x'],
        &[1, 1, 0, 0],
        &[1, 255, 255, 255, 255, 255, 255],
        &[9],
        &[&good[..], &[0]].concat(),
        &[&[2; 17][..], &id].concat(),
        &[&[1, 1, 0xff][..], &id].concat(),
    ] {
        let violations = refused(&with_token("", "note", forged(content)));
        assert_eq!(violations[0].pointer, "page_token", "{content:?}");
    }
}
