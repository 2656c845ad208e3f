//! Every type, in every shape, by every rule.

use fourfold::Resource as _;
use fourfold_fixture::Everything;
use serde_json::{Value, json};

use crate::run::Service;
use crate::step::{Expected, List, Step, create, custom, delete, get, invalid, list, replace, row, update};

pub(crate) fn service() -> Service {
    Service {
        name: "Everything",
        descriptor: Everything::DESCRIPTOR,
        mount: |server| server.mount::<Everything>(),
        beside: crate::run::alone,
        typed: crate::ways::typed::EVERYTHING,
        steps: steps(),
    }
}

/// The least that a create must say.
fn least(text: &str) -> Value {
    json!({
        "text": text, "flag": false, "i32": 0, "i64": 0, "u32": 0, "u64": 0, "f32": 0.0, "f64": 0.0,
        "uuid": "00000000-0000-0000-0000-000000000000", "at": "1970-01-01T00:00:00Z", "day": "0001-01-01", "span": "0s",
        "amount": "0", "blob": "", "json": {}, "color": "green", "place": { "name": "x" },
    })
}

/// Everything that can be said, at its ends.
fn most(text: &str) -> Value {
    json!({
        "text": text, "flag": true, "i32": -1000, "i64": i64::MIN, "u32": u32::MAX, "u64": u64::MAX, "f32": 0.1,
        "f64": -1.5e-300, "uuid": "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e", "at": "9999-12-31T23:59:59.999999Z",
        "day": "9999-12-31", "span": "86400s", "amount": "19.90", "blob": "AAH/", "json": { "a": [1, null, "ü", 1.5] },
        "color": "deep-blue",
        "place": {
            "name": "Größe", "point": { "x": 1.25, "y": -2.0, "at": "2026-11-22T08:30:00.5Z" }, "color": "red", "seats": 9,
            "words": ["a", "", "b"],
        },
        "maybe_text": "abc", "maybe_flag": false, "maybe_i32": 0, "maybe_i64": i64::MAX, "maybe_u32": 0, "maybe_u64": 0,
        "maybe_f32": 0.0, "maybe_f64": 1e308, "maybe_uuid": "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e",
        "maybe_at": "0001-01-01T00:00:00Z", "maybe_day": "2024-02-29", "maybe_span": "0.000001s", "maybe_amount": "-0.01",
        "maybe_blob": "", "maybe_json": [1], "maybe_color": "red", "maybe_place": { "name": "y", "seats": 2 },
        "texts": ["", "a"], "flags": [true, false], "i32s": [0, -1], "i64s": [i64::MIN, i64::MAX], "u32s": [0], "u64s": [u64::MAX],
        "f32s": [0.1, 3.0], "f64s": [0.0, 1e-300], "uuids": ["01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"],
        "ats": ["1969-12-31T23:59:59.5Z"], "days": ["2026-11-22"], "spans": ["0s", "1.5s"], "amounts": ["1.00", "2"],
        "blobs": ["", "AA=="], "jsons": [{}, [null], "text", 1, true], "colors": ["red", "green"],
        "places": [{ "name": "a" }, { "name": "b", "point": { "x": 0.0, "y": 0.0 } }],
        "text_by_key": { "": "empty", "a b": "ü" }, "u64_by_key": { "max": u64::MAX }, "at_by_key": { "k": "2026-11-22T08:30:00Z" },
        "color_by_key": { "k": "deep-blue" }, "place_by_key": { "k": { "name": "z" } },
        "with_default": 0, "origin": "here", "secret": "12345678", "tax_number": "DE1",
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

fn without(mut body: Value, name: &str) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.remove(name);
    }
    body
}

fn steps() -> Vec<Step> {
    let mut steps = creates();
    steps.extend(wrong_creates());
    steps.extend(patches());
    steps.extend(the_rest());
    steps
}

fn creates() -> Vec<Step> {
    vec![
        create(
            "the least",
            "a",
            least("a"),
            Expected::Row(json!({
                "text": "a", "maybe_text": null, "maybe_place": null, "texts": [], "text_by_key": {}, "with_default": 7,
                "touched": 0, "version": 1,
            })),
        ),
        create(
            "the most",
            "b",
            most("b"),
            Expected::Row(json!({
                "i64": i64::MIN, "u64": u64::MAX, "f32": 0.1, "amount": "19.90", "at": "9999-12-31T23:59:59.999999Z",
                "maybe_i32": 0, "maybe_flag": false, "maybe_blob": "", "maybe_span": "0.000001s", "with_default": 0,
                "jsons": [{}, [null], "text", 1, true], "place_by_key": {
                    "k": { "name": "z", "point": null, "color": null, "seats": 1, "words": [] }
                },
            })),
        ),
        get("what was made", "b", row()),
        create("a key", "c", least("c"), row()).key("one"),
        create("the key again", "c", least("c"), row()).key("one"),
        create("the key with something else", "", least("d"), Expected::Error("idempotency_key_reused", &[]))
            .key("one"),
        create("a key that is none", "", least("e"), invalid(&["request_id syntax"])).key("a b"),
        create(
            "a text that is there already",
            "",
            least("a"),
            Expected::Error("already_exists", &["text unique"]),
        ),
    ]
}

fn wrong_creates() -> Vec<Step> {
    let mut steps = vec![
        create(
            "nothing",
            "",
            json!({}),
            invalid(&[
                "text required",
                "flag required",
                "i32 required",
                "i64 required",
                "u32 required",
                "u64 required",
                "f32 required",
                "f64 required",
                "uuid required",
                "at required",
                "day required",
                "span required",
                "amount required",
                "blob required",
                "json required",
                "color required",
                "place required",
            ]),
        ),
        create(
            "a nested field is missing",
            "",
            with(least("x"), "place", json!({})),
            invalid(&["place/name required"]),
        ),
        create(
            "deep inside a list",
            "",
            with(least("x"), "places", json!([{ "name": "a" }, { "name": "" , "seats": 10 }])),
            invalid(&["places/1/name length", "places/1/seats range"]),
        ),
        create(
            "deep inside a map",
            "",
            with(least("x"), "place_by_key", json!({ "k": { "name": "a", "point": { "x": 1.0 } } })),
            invalid(&["place_by_key/k/point/y required"]),
        ),
        create("a text too long", "", least(&"ü".repeat(41)), invalid(&["text length"])),
        create("as long as it may be", "long", least(&"ü".repeat(40)), row()),
        create("a text too short", "", least(""), invalid(&["text length"])),
        create(
            "what the server makes",
            "",
            with(least("x"), "touched", json!(3)),
            invalid(&["touched output_only"]),
        ),
        create(
            "not the pattern",
            "",
            with(least("x"), "maybe_text", json!("ABC")),
            invalid(&["maybe_text pattern"]),
        ),
        create(
            "a secret too short",
            "",
            with(least("x"), "secret", json!("1234567")),
            invalid(&["secret length"]),
        ),
        create(
            "too many",
            "",
            with(least("x"), "texts", json!(["", "", "", "", "", ""])),
            invalid(&["texts length"]),
        ),
        create(
            "too many entries",
            "",
            with(least("x"), "text_by_key", json!({ "a": "", "b": "", "c": "", "d": "" })),
            invalid(&["text_by_key length"]),
        ),
        create(
            "no number in a number's place",
            "",
            with(least("x"), "i32", json!("1")),
            invalid(&["i32 type"]),
        ),
        create(
            "a field that is none",
            "",
            with(least("x"), "colour", json!(1)),
            invalid(&["colour unknown"]),
        ),
        create(
            "a color that is none",
            "",
            with(least("x"), "color", json!("blue")),
            invalid(&["color type"]),
        ),
        create("an explicit null", "", with(least("x"), "text", Value::Null), invalid(&["text null"])),
    ];
    for (name, field, value, violation) in [
        ("a number above", "i32", json!(1001), "i32 range"),
        ("a number below", "i32", json!(-1001), "i32 range"),
        ("a float at the end that is outside", "f64", json!(1e300), "f64 range"),
        ("a UUID that is none", "uuid", json!("01932c07"), "uuid type"),
        ("a UUID in other words", "uuid", json!("01932c07209c7a4b8d1e5f6a7b8c9d0e"), "uuid type"),
        ("a day that is none", "day", json!("2026-02-30"), "day type"),
        ("a span too long", "span", json!("86401s"), "span range"),
        ("a span before zero", "span", json!("-1s"), "span type"),
        ("an amount too large", "amount", json!("1000000.01"), "amount range"),
        ("an amount that is none", "amount", json!("1e3"), "amount type"),
        ("a text with a zero byte", "text", json!("a\u{0}b"), "text character"),
        ("too many bytes", "blob", json!("A".repeat(88)), "blob length"),
    ] {
        let expected: &'static [&'static str] = Box::leak(Box::new([violation]));
        steps.push(create(name, "", with(least("x"), field, value), invalid(expected)));
    }
    steps
}

fn patches() -> Vec<Step> {
    vec![
        update(
            "one field",
            "a",
            json!({ "i32": 5 }),
            Expected::Row(json!({ "i32": 5, "text": "a", "version": 2 })),
        ),
        update(
            "to a zero",
            "a",
            json!({ "i32": 0, "flag": false, "maybe_i32": 0 }),
            Expected::Row(json!({
                "i32": 0, "maybe_i32": 0,
            })),
        ),
        update("to null", "a", json!({ "maybe_i32": null }), Expected::Row(json!({ "maybe_i32": null }))),
        update("null where there must be something", "a", json!({ "i32": null }), invalid(&["i32 null"])),
        update(
            "a nested field",
            "a",
            json!({ "place": { "seats": 3 } }),
            Expected::Row(json!({
                "place": { "name": "x", "point": null, "color": null, "seats": 3, "words": [] },
            })),
        ),
        update(
            "two deep, where there was nothing",
            "a",
            json!({ "place": { "point": { "x": 1.0, "y": 2.0 } } }),
            row(),
        ),
        update(
            "two deep, where there is something",
            "a",
            json!({ "place": { "point": { "y": 3.0 } } }),
            Expected::Row(json!({
                "place": { "name": "x", "point": { "x": 1.0, "y": 3.0, "at": null }, "color": null, "seats": 3, "words": [] },
            })),
        ),
        update("a nested null", "a", json!({ "place": { "point": null } }), row()),
        update(
            "a value that was none",
            "a",
            json!({ "maybe_place": { "name": "new" } }),
            Expected::Row(json!({
                "maybe_place": { "name": "new", "point": null, "color": null, "seats": 1, "words": [] },
            })),
        ),
        update(
            "a value that was none, in part",
            "c",
            json!({ "maybe_place": { "seats": 2 } }),
            invalid(&["maybe_place/name required"]),
        ),
        update(
            "no value at all",
            "a",
            json!({ "maybe_place": null }),
            Expected::Row(json!({ "maybe_place": null })),
        ),
        update(
            "a list as a whole",
            "b",
            json!({ "texts": ["only"] }),
            Expected::Row(json!({ "texts": ["only"] })),
        ),
        update("an empty list", "b", json!({ "texts": [] }), Expected::Row(json!({ "texts": [] }))),
        update(
            "an entry more",
            "b",
            json!({ "text_by_key": { "more": "x" } }),
            Expected::Row(json!({
                "text_by_key": { "": "empty", "a b": "ü", "more": "x" },
            })),
        ),
        update(
            "an entry less",
            "b",
            json!({ "text_by_key": { "a b": null } }),
            Expected::Row(json!({
                "text_by_key": { "": "empty", "more": "x" },
            })),
        ),
        update("a rule", "b", json!({ "i32": 2000, "text": "" }), invalid(&["i32 range", "text length"])),
        update("what the server makes, as it is", "b", json!({ "touched": 0 }), row()),
        update(
            "what the server makes, otherwise",
            "b",
            json!({ "touched": 1 }),
            invalid(&["touched output_only"]),
        ),
        update("what is said once, as it is", "b", json!({ "origin": "here" }), row()),
        update(
            "what is said once, otherwise",
            "b",
            json!({ "origin": "there" }),
            invalid(&["origin immutable"]),
        ),
        update("a secret", "b", json!({ "secret": "abcdefgh" }), row()),
        update(
            "what another has",
            "b",
            json!({ "text": "a" }),
            Expected::Error("already_exists", &["text unique"]),
        ),
        update("nobody", "nobody", json!({ "i32": 1 }), Expected::Error("not_found", &[])),
        update("the version that it has", "b", json!({ "i32": 1 }), row()).etag("\"$now\""),
        update("a version that it had", "b", json!({ "i32": 2 }), Expected::Error("version_mismatch", &[]))
            .etag("\"1\""),
        update("a version that is none", "b", json!({ "i32": 2 }), invalid(&["etag syntax"])).etag("7"),
        update("under a key", "b", json!({ "i32": 3 }), Expected::Row(json!({ "i32": 3 }))).key("two"),
        update("the key again", "b", json!({ "i32": 3 }), Expected::Row(json!({ "i32": 3 }))).key("two"),
        update(
            "the key for something else",
            "b",
            json!({ "i32": 4 }),
            Expected::Error("idempotency_key_reused", &[]),
        )
        .key("two"),
    ]
}

fn the_rest() -> Vec<Step> {
    vec![
        replace(
            "as a whole",
            "c",
            least("c2"),
            Expected::Row(json!({ "text": "c2", "with_default": 7, "origin": null })),
        ),
        replace(
            "with much",
            "c",
            without(without(most("c3"), "origin"), "secret"),
            Expected::Row(json!({ "text": "c3" })),
        ),
        replace(
            "with little",
            "c",
            least("c"),
            Expected::Row(json!({ "maybe_text": null, "texts": [], "text_by_key": {} })),
        ),
        replace("without what it needs", "c", without(least("c"), "flag"), invalid(&["flag required"])),
        replace(
            "nobody",
            "01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e",
            least("n"),
            Expected::Error("not_found", &[]),
        ),
        replace("a version that it had", "c", least("c"), Expected::Error("version_mismatch", &[]))
            .etag("\"1\""),
        custom("an operation", "a", "touch", None, Expected::Row(json!({ "touched": 1 }))),
        custom(
            "an operation with input",
            "a",
            "adjust",
            Some(json!({ "by": 3, "color": "red" })),
            Expected::Row(json!({
                "i32": 3, "color": "red",
            })),
        ),
        custom("input that breaks a rule", "a", "adjust", Some(json!({ "by": 11 })), invalid(&["by range"])),
        custom("input without what it needs", "a", "adjust", Some(json!({})), invalid(&["by required"])),
        custom(
            "input that breaks a rule inside",
            "a",
            "adjust",
            Some(json!({ "by": 1, "place": { "name": "" } })),
            invalid(&["place/name length"]),
        ),
        update("near the end", "a", json!({ "i32": 995 }), row()),
        custom(
            "an operation that refuses",
            "a",
            "adjust",
            Some(json!({ "by": 10 })),
            Expected::Error("failed_precondition", &[]),
        ),
        custom("an operation on nobody", "nobody", "touch", None, Expected::Error("not_found", &[])),
        custom("an old version", "a", "touch", None, Expected::Error("version_mismatch", &[])).etag("\"1\""),
        custom("once under a key", "a", "touch", None, Expected::Row(json!({ "touched": 2 }))).key("three"),
        custom("not twice under a key", "a", "touch", None, Expected::Row(json!({ "touched": 2 })))
            .key("three"),
        list(
            "all, the newest first",
            List { order_by: "created_at desc", ..List::default() },
            Expected::Rows(&["long", "c", "b", "a"]),
        ),
        list(
            "a page",
            List { order_by: "text", page_size: 2, ..List::default() },
            Expected::Rows(&["a", "b"]),
        ),
        list(
            "the next",
            List { order_by: "text", page_size: 2, page_token: "$next", ..List::default() },
            Expected::Rows(&["c", "long"]),
        ),
        list(
            "a token for another list",
            List { order_by: "i32", page_token: "no token", ..List::default() },
            invalid(&["page_token page_token"]),
        ),
        list("by text", List { filter: "text = \"b\"", ..List::default() }, Expected::Rows(&["b"])),
        list(
            "by number and choice",
            List { filter: "i32 > 100 AND color = red", ..List::default() },
            Expected::Rows(&["a"]),
        ),
        list("by presence", List { filter: "maybe_at:*", ..List::default() }, Expected::Rows(&["b"])),
        list("by nothing like it", List { filter: "NOT text:*", ..List::default() }, Expected::Rows(&[])),
        list(
            "by a time",
            List { filter: "at > \"2000-01-01T00:00:00Z\"", ..List::default() },
            Expected::Rows(&["b"]),
        ),
        list(
            "by a field that can't",
            List { filter: "blob = \"AA==\"", ..List::default() },
            invalid(&["filter not_filterable"]),
        ),
        list("by half a filter", List { filter: "text = ", ..List::default() }, invalid(&["filter syntax"])),
        list(
            "in an order that can't be",
            List { order_by: "blob", ..List::default() },
            invalid(&["order_by not_sortable"]),
        ),
        list("fewer than none", List { page_size: -1, ..List::default() }, invalid(&["page_size range"])),
        delete("an old version", "b", Expected::Error("version_mismatch", &[])).etag("\"1\""),
        delete("one", "b", Expected::Nothing),
        get("one that is gone", "b", Expected::Error("not_found", &[])),
        delete("one that is gone", "b", Expected::Error("not_found", &[])),
        get("nobody", "nobody", Expected::Error("not_found", &[])),
    ]
}
