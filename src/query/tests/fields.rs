//! What each type of field takes, and which fields may be named.

use super::{meaning, planned, refusal, refused, request, show};
use crate::query::ListRequest;

const ID: &str = "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e";

#[test]
fn every_type_has_its_literals() {
    for (field, literal, value) in [
        ("id", ID, ID),
        ("user_id", ID, ID),
        ("paid", "true", "true"),
        ("small", "-2147483648", "-2147483648"),
        ("count", "9223372036854775807", "9223372036854775807"),
        ("weight", "4294967295", "4294967295"),
        ("size", "18446744073709551615", "18446744073709551615"),
        ("ratio", "0.1", "0.1"),
        ("score", "-2.5e3", "-2500.0"),
        ("placed_at", "2026-11-22T08:30:00Z", "2026-11-22T08:30:00.000000Z"),
        ("placed_at", "\"2026-11-22T08:30:00+01:00\"", "2026-11-22T07:30:00.000000Z"),
        ("day", "2026-11-22", "2026-11-22"),
        ("span", "20s", "20s"),
        ("span", "1.5s", "1.500s"),
        ("price", "19.90", "19.90"),
        ("price", "\"19.90\"", "19.90"),
        ("key", "\"AQI=\"", "AQI="),
        ("status", "shipped", "shipped"),
    ] {
        assert_eq!(meaning(&format!("{field} = {literal}")), format!("{field} = {value}"));
    }
}

#[test]
fn a_literal_of_the_wrong_type_is_refused_with_what_is_right() {
    for (filter, says) in [
        (
            "count = many",
            "type: count must be a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        ("small = 2147483648", "type: small must be a whole number from -2147483648 to 2147483647"),
        ("weight = -1", "type: weight must be a whole number from 0 to 4294967295"),
        (
            "count = 1.5",
            "type: count must be a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        ("score = NaN", "type: score must be a finite number"),
        ("paid = yes", "type: paid must be true or false"),
        ("user_id = 5", "type: user_id must be a UUID such as 01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"),
        ("placed_at > yesterday", "type: placed_at must be an RFC 3339 time such as 2026-11-22T08:30:00Z"),
        ("day = 2026-02-30", "type: day must be a date such as 2026-11-22"),
        ("span = 20", "type: span must be seconds with an s, such as 3.5s"),
        ("status = lost", "type: status must be one of open, shipped, closed"),
        ("status < open", "type: status has no order: use =, != or :"),
        ("key > AQI", "type: key has no order: use =, != or :"),
        ("count = *", "type: count must be a whole number from -9223372036854775808 to 9223372036854775807"),
        ("name = \"a\0b\"", "character: name may not contain the character U+0000"),
    ] {
        assert_eq!(refusal(filter), says, "{filter}");
    }
}

#[test]
fn only_marked_fields_and_the_id_may_be_named() {
    for name in ["internal", "address", "password"] {
        let says = refusal(&format!("{name} = \"x\""));
        assert!(
            says.starts_with(&format!("not_filterable: {name} can't be filtered by; these can: id, name,"))
        );
        assert!(!says.contains(", password"), "{says}");
        let violations = refused(&request("", name));
        assert!(
            violations[0].message.starts_with(&format!("{name} can't be sorted by; these can: id, name,"))
        );
    }
}

#[test]
fn the_short_form_takes_the_value_as_it_stands() {
    let equals = |pairs: &[(&str, &str)]| ListRequest {
        equals: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..ListRequest::default()
    };
    let means = |pairs: &[(&str, &str)]| {
        show(&super::ORDER, planned(&equals(pairs)).condition.as_ref().expect("a condition"))
    };
    assert_eq!(means(&[("name", "a*\\*\"")]), "name = a*\\*\"");
    assert_eq!(means(&[("note", "null")]), "note = null");
    assert_eq!(means(&[("note", "")]), "note = ");
    assert_eq!(means(&[("status", "open"), ("count", "5")]), "(count = 5 & status = open)");

    let both = ListRequest { filter: "count > 5 OR paid = true".to_owned(), ..equals(&[("name", "x")]) };
    let condition = planned(&both).condition.expect("a condition");
    assert_eq!(show(&super::ORDER, &condition), "(name = x & (count > 5 | paid = true))");

    let violations =
        refused(&equals(&[("stauts", "open"), ("page_sise", "5"), ("internal", "x"), ("count", "x")]));
    let says: Vec<_> =
        violations.iter().map(|it| (it.pointer.as_str(), it.code, it.message.as_ref())).collect();
    assert_eq!(says[0].0, "stauts");
    assert!(
        says[0].2.starts_with("is not a parameter; did you mean status? a list takes page_size, page_token,")
    );
    assert!(says[1].2.starts_with("is not a parameter; did you mean page_size? "));
    assert_eq!((says[2].0, says[2].1), ("internal", "not_filterable"));
    assert_eq!((says[3].0, says[3].1), ("count", "type"));
    assert!(says[3].2.starts_with("must be a whole number"));

    let many = refused(&equals(&vec![("name", "x"); 101]));
    assert_eq!(many[0].message, "a list may have 100 parameters of this kind at most");
}
