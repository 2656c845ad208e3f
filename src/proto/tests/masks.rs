//! Updates: what is populated, or what a mask names.

use prost::Message as _;
use prost_reflect::{MapKey, Value};

use super::{field, message, read, sample, told, update};
use crate::cell::{Cell, Change};
use crate::input::Mode;

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[allow(clippy::unnecessary_wraps, reason = "inputs hold options")]
fn set(cell: Cell) -> Option<Change> {
    Some(Change::Set(cell))
}

fn string(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// A branch that says its name and the count of its leaf.
fn branch() -> Value {
    let leaf = message("Leaf", [("count", Value::U64(5)), ("note", text("n"))]);
    Value::Message(message("Branch", [("name", text("b")), ("leaf", Value::Message(leaf))]))
}

#[test]
fn without_a_mask_what_is_populated_changes() {
    let bytes = sample([
        ("one_string", text("")),
        ("maybe_i32", Value::I32(0)),
        ("list_i32", Value::List(vec![Value::I32(1)])),
        ("map_i32", Value::Map([(MapKey::String("k".to_owned()), Value::I32(1))].into())),
        ("one_json", Value::Bytes("{\"a\":null}".into())),
        ("maybe_json", Value::Bytes("null".into())),
        ("one_branch", branch()),
    ])
    .encode_to_vec();
    let (input, violations) = read(Mode::Update, &bytes);
    assert!(violations.is_empty(), "{violations:?}");
    let input = input.expect("an input");
    assert_eq!(input.iter().flatten().count(), 7);
    assert_eq!(field(&input, "one_string"), &set(string("")));
    assert_eq!(field(&input, "maybe_i32"), &set(Cell::Int(0)));
    assert_eq!(field(&input, "list_i32"), &set(Cell::List(vec![Cell::Int(1)])));
    assert_eq!(field(&input, "map_i32"), &set(Cell::Map([("k".to_owned(), Cell::Int(1))].into())));
    assert_eq!(field(&input, "one_json"), &set(Cell::Json(serde_json::json!({ "a": null }))));
    assert_eq!(field(&input, "maybe_json"), &set(Cell::Null));
    let leaf = vec![None, set(Cell::UInt(5)), None, None, None, set(string("n")), None];
    let branch = vec![set(string("b")), Some(Change::Merge(leaf)), None, None, None, None];
    assert_eq!(field(&input, "one_branch"), &Some(Change::Merge(branch)));
    // An empty mask is none.
    assert_eq!(update(&bytes, &[]).0, Some(input));
}

#[test]
fn with_a_mask_its_paths_change_and_what_is_absent_becomes_null() {
    let bytes = sample([("one_string", text("x")), ("maybe_string", text("ignored"))]).encode_to_vec();
    let mask = [
        "one_string",
        "maybe_i32",
        "maybe_branch",
        "list_i32",
        "map_i32",
        "maybe_numbers",
        "one_json",
        "maybe_json",
    ];
    let (input, violations) = update(&bytes, &mask);
    assert!(violations.is_empty(), "{violations:?}");
    let input = input.expect("an input");
    assert_eq!(input.iter().flatten().count(), mask.len());
    assert_eq!(field(&input, "one_string"), &set(string("x")));
    assert_eq!(field(&input, "list_i32"), &set(Cell::List(vec![])));
    assert_eq!(field(&input, "map_i32"), &set(Cell::Map([].into())));
    assert_eq!(field(&input, "one_json"), &set(Cell::Json(serde_json::Value::Null)));
    for name in ["maybe_i32", "maybe_branch", "maybe_numbers", "maybe_json"] {
        assert_eq!(field(&input, name), &set(Cell::Null), "{name}");
    }
    let (_, violations) = update(&bytes, &["one_i32", "one_branch", "one_timestamp", "one_shade"]);
    let null = ["/one_branch null", "/one_i32 null", "/one_shade null", "/one_timestamp null"];
    assert_eq!(told(&violations), null);
    // What the server writes has no presence, so what is not there is zero; it is compared with the row, as always.
    let (input, violations) = update(&bytes, &["hits", "version"]);
    assert!(violations.is_empty());
    assert_eq!(field(&input.expect("an input"), "hits"), &set(Cell::Int(0)));
}

#[test]
fn a_path_goes_into_values() {
    let bytes = sample([("one_branch", branch())]).encode_to_vec();
    let (input, violations) =
        update(&bytes, &["one_branch.leaf.count", "one_branch.leaf.at", "one_branch.maybe_leaf"]);
    assert!(violations.is_empty(), "{violations:?}");
    let leaf = vec![None, set(Cell::UInt(5)), set(Cell::Null), None, None, None, None];
    let merged = vec![None, Some(Change::Merge(leaf)), set(Cell::Null), None, None, None];
    assert_eq!(field(&input.expect("an input"), "one_branch"), &Some(Change::Merge(merged)));
    // A value that is named itself changes as a whole, so it has to be complete.
    let (_, violations) = update(&bytes, &["one_branch.leaf", "one_branch.leaf.count"]);
    assert_eq!(told(&violations), ["/one_branch/leaf/shade required", "/one_branch/leaf/width required"]);
    // What is inside a value that is absent is absent.
    let (_, violations) = update(&[], &["one_branch.name", "one_branch.secret"]);
    assert_eq!(told(&violations), ["/one_branch/name null"]);
}

#[test]
fn a_path_names_entries_of_a_map() {
    let entry = |key: &str, number| (MapKey::String(key.to_owned()), Value::I32(number));
    let bytes = sample([("map_i32", Value::Map([entry("a", 1), entry("b.c", 2), entry("z", 3)].into()))])
        .encode_to_vec();
    let (input, violations) = update(&bytes, &["map_i32.a", "map_i32.`b.c`", "map_i32.gone", "map_i32.a"]);
    assert!(violations.is_empty());
    let changes = [("a", Cell::Int(1)), ("b.c", Cell::Int(2)), ("gone", Cell::Null)];
    let changes = changes.map(|(key, cell)| (key.to_owned(), Change::Set(cell))).to_vec();
    assert_eq!(field(&input.expect("an input"), "map_i32"), &Some(Change::MergeMap(changes)));
    // The map as a whole wins over its entries.
    let (input, _) = update(&bytes, &["map_i32.a", "map_i32"]);
    let all = [("a", 1), ("b.c", 2), ("z", 3)].map(|(key, number)| (key.to_owned(), Cell::Int(number)));
    assert_eq!(field(&input.expect("an input"), "map_i32"), &set(Cell::Map(all.into())));
}

#[test]
fn a_path_goes_through_an_entry_into_its_value() {
    let leaf = Value::Message(message("Leaf", [("count", Value::U64(5))]));
    let branch =
        message("Branch", [("by_name", Value::Map([(MapKey::String("k".to_owned()), leaf)].into()))]);
    let bytes = sample([("maybe_branch", Value::Message(branch))]).encode_to_vec();
    let (input, violations) = update(&bytes, &["maybe_branch.by_name.k.count"]);
    assert!(violations.is_empty());
    let leaf = Change::Merge(vec![None, set(Cell::UInt(5)), None, None, None, None, None]);
    let by_name = Change::MergeMap(vec![("k".to_owned(), leaf)]);
    let branch = Change::Merge(vec![None, None, None, None, Some(by_name), None]);
    assert_eq!(field(&input.expect("an input"), "maybe_branch"), &Some(branch));
}

#[test]
fn a_star_alone_is_a_replace() {
    let bytes = sample([("one_string", text("x"))]).encode_to_vec();
    let replaced = read(Mode::Replace(super::plan().descriptor), &bytes);
    let starred = update(&bytes, &["*"]);
    assert_eq!(told(&starred.1), told(&replaced.1));
    assert_eq!(starred.0, replaced.0);
}

#[test]
fn what_is_wrong_with_a_mask_is_told_path_by_path() {
    let paths = [
        "one_strin",
        "list_branch.0.name",
        "one_string.x",
        "one_branch.leaf.colour",
        "a..b",
        "*",
        "map_i32.a.b",
    ];
    let (_, violations) = update(&[], &paths);
    assert!(violations.iter().all(|violation| violation.pointer == "update_mask"));
    let messages: Vec<_> = violations.iter().map(|violation| violation.message.as_ref()).collect();
    assert_eq!(
        messages,
        [
            "names \"one_strin\", which is not a field; did you mean one_string?",
            "names \"list_branch.0.name\", which goes into a list: a list changes as a whole, so name it alone",
            "names \"one_string.x\", which goes into something that has no fields",
            "names \"one_branch.leaf.colour\", which is not a field",
            "names \"a..b\", which is not a path: write fields with a dot in between, and a key that holds other \
             characters than letters, digits, - and _ in backquotes",
            "names \"*\", which stands for all fields and goes with no other path",
            "names \"map_i32.a.b\", which goes into something that has no fields",
        ]
    );
}
