//! Values that protobuf can say and a field can't hold.

use prost::Message as _;
use prost_reflect::{MapKey, Value};

use super::fixture::plan;
use super::random::span;
use super::{create, message, read, sample, told};
use crate::input::Mode;

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn json(text: &'static str) -> Value {
    Value::Bytes(text.into())
}

/// The violation of an update that says this alone.
fn refused(name: &str, value: Value) -> (String, String) {
    let (_, violations) = read(Mode::Update, &sample([(name, value)]).encode_to_vec());
    assert_eq!(violations.len(), 1, "{name}: {violations:?}");
    (told(&violations).remove(0), violations[0].message.to_string())
}

#[test]
fn each_is_told_with_what_is_allowed() {
    let uuid = "must be a UUID such as 01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e";
    let time = "must be a time in the years 0001 to 9999, with nanos from 0 to 999999999";
    let duration = "must be a span of 0 to 315576000000 seconds, with nanos from 0 to 999999999";
    let shade = "must be one of SHADE_LIGHT, SHADE_VERY_DARK, SHADE_2ND_HAND";
    for (name, value, code, message) in [
        ("one_uuid", text("0193"), "type", uuid),
        ("one_uuid", text(""), "type", uuid),
        ("one_date", text("2026-02-30"), "type", "must be a date such as 2026-11-22"),
        ("maybe_decimal", text("1e5"), "type", "must be a decimal number in a string, such as \"19.90\""),
        ("one_f32", Value::F32(f32::NAN), "type", "must be a finite 32-bit number"),
        ("one_f64", Value::F64(f64::NEG_INFINITY), "type", "must be a finite number"),
        ("one_shade", Value::EnumNumber(0), "type", shade),
        ("one_shade", Value::EnumNumber(-4), "type", shade),
        ("one_timestamp", span("Timestamp", 0, -1), "type", time),
        ("one_timestamp", span("Timestamp", 0, 1_000_000_000), "type", time),
        ("one_timestamp", span("Timestamp", i64::MAX, 0), "type", time),
        ("one_timestamp", span("Timestamp", 253_402_300_800, 0), "type", time),
        ("one_timestamp", span("Timestamp", -62_135_596_801, 0), "type", time),
        ("one_duration", span("Duration", -1, 0), "type", duration),
        ("one_duration", span("Duration", 0, -1), "type", duration),
        ("one_duration", span("Duration", 315_576_000_000, 1000), "type", duration),
        ("one_string", text("a\0b"), "character", "may not contain the character U+0000"),
    ] {
        assert_eq!(refused(name, value), (format!("/{name} {code}"), message.to_owned()));
    }
    for wrong in ["", "{", "[1,]", "nul"] {
        let (told, message) = refused("one_json", json(wrong));
        assert_eq!(told, "/one_json syntax");
        assert!(message.starts_with("is not valid JSON: "), "{message}");
    }
    assert_eq!(refused("one_json", json("{\"a\":1,\"a\":2}")).0, "/one_json/a duplicate");
}

#[test]
fn elements_and_entries_are_named() {
    let list =
        |elements: &[i32]| Value::List(elements.iter().map(|number| Value::EnumNumber(*number)).collect());
    assert_eq!(refused("list_shade", list(&[1, 2, 7])).0, "/list_shade/2 type");
    let map = |key: &str| Value::Map([(MapKey::String(key.to_owned()), text("x"))].into());
    assert_eq!(refused("map_uuid", map("a/b")).0, "/map_uuid/a~1b type");
    assert_eq!(refused("map_string", map("\0")).0, "/map_string/\0 character");
    let leaf = message("Leaf", [("shade", Value::EnumNumber(9))]);
    let branch = message("Branch", [("leaves", Value::List(vec![Value::Message(leaf.clone())]))]);
    let (_, violations) =
        read(Mode::Update, &sample([("maybe_branch", Value::Message(branch))]).encode_to_vec());
    let leaf = "/maybe_branch/leaves/0";
    let expected =
        [format!("{leaf}/count required"), format!("{leaf}/shade type"), format!("{leaf}/width required")];
    assert_eq!(told(&violations), expected);
}

#[test]
fn text_that_is_not_utf_8_is_told_where_it_is() {
    let mut bytes = sample([
        ("one_string", text("aaa")),
        ("map_i32", Value::Map([(MapKey::String("bbb".into()), Value::I32(1))].into())),
    ])
    .encode_to_vec();
    for byte in &mut bytes {
        if matches!(byte, b'a' | b'b') {
            *byte = 0xff;
        }
    }
    assert_eq!(told(&read(Mode::Update, &bytes).1), ["/map_i32 encoding", "/one_string encoding"]);
}

#[test]
fn a_create_may_not_say_what_the_server_writes() {
    let (_, violations) = create(
        &sample([
            ("id", text("0193f6c2-07d1-7b1c-8a66-4d9f8f1f2a00")),
            ("hits", Value::I64(1)),
            ("note_of_server", text("")),
            ("created_at", span("Timestamp", 0, 0)),
            ("version", Value::I64(1)),
            ("etag", text("\"1\"")),
        ])
        .encode_to_vec(),
    );
    let refused: Vec<_> =
        told(&violations).into_iter().filter(|told| told.ends_with("output_only")).collect();
    assert_eq!(
        refused,
        ["id", "hits", "note_of_server", "created_at", "version", "etag"]
            .map(|name| format!("/{name} output_only"))
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    // Zeros without presence are nothing.
    let (_, violations) = create(&[]);
    assert!(told(&violations).iter().all(|told| told.ends_with("required")), "{violations:?}");
    assert!(!told(&violations).contains(&"/level required".to_owned()));
}

#[test]
fn a_hundred_violations_are_enough() {
    let list = Value::List(vec![Value::EnumNumber(0); 100_000]);
    let (input, violations) = read(Mode::Update, &sample([("list_shade", list)]).encode_to_vec());
    assert!(input.is_none());
    assert_eq!(violations.len(), 100);
    assert_eq!(plan().descriptor.name, "Sample");
}
