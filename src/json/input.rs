//! Inputs as JSON: what a caller said, written down for later.
//!
//! A merge patch can't say that a value, a map or a `Json` takes the place of what is there, as a field mask and a typed
//! update can. So the places where that is meant are told beside it, as JSON Pointers.

use std::collections::BTreeMap;

use super::encode::{View, cell as encode_cell, string as encode_string};
use crate::cell::{Cell, Change, Input};
use crate::descriptor::{Field, Kind, Scalar};
use crate::input::{self, At, Mode, Violations};

/// Writes what a caller says as an object, so that reading it in the same mode gives the same. What comes back are the
/// places that a merge patch would merge and that are meant whole: on an update, [`replace`] is to be told of them.
pub(crate) fn encode_input(out: &mut Vec<u8>, fields: &[Field], input: &Input) -> Vec<String> {
    let mut whole = Vec::new();
    object(out, fields, input, &mut String::new(), &mut whole);
    whole
}

fn object(out: &mut Vec<u8>, fields: &[Field], input: &Input, at: &mut String, whole: &mut Vec<String>) {
    let said = fields.iter().zip(input).filter_map(|(field, change)| Some((field, change.as_ref()?)));
    out.push(b'{');
    for (index, (field, change)) in said.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        member(out, field.name, &field.ty.kind, change, at, whole);
    }
    out.push(b'}');
}

fn member(
    out: &mut Vec<u8>,
    name: &str,
    kind: &Kind,
    change: &Change,
    at: &mut String,
    whole: &mut Vec<String>,
) {
    let before = at.len();
    at.push('/');
    at.push_str(&name.replace('~', "~0").replace('/', "~1"));
    encode_string(out, name);
    out.push(b':');
    match (change, kind) {
        (Change::Merge(input), Kind::Value(value)) => object(out, value.fields, input, at, whole),
        (Change::MergeMap(entries), Kind::Map(element)) => {
            out.push(b'{');
            for (index, (key, change)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                member(out, key, element, change, at, whole);
            }
            out.push(b'}');
        }
        (Change::MergeJson(value), _) => encode_json(out, value),
        (Change::Set(cell), _) => {
            let merges = matches!(kind, Kind::Value(_) | Kind::Map(_) | Kind::Scalar(Scalar::Json));
            if merges && !matches!(cell, Cell::Null | Cell::Json(serde_json::Value::Null)) {
                whole.push(at.clone());
            }
            encode_cell(out, kind, cell, View::Stored);
        }
        // No decoder makes other pairs.
        (Change::Merge(_) | Change::MergeMap(_), _) => out.extend_from_slice(b"null"),
    }
    at.truncate(before);
}

/// Any JSON.
fn encode_json(out: &mut Vec<u8>, value: &serde_json::Value) {
    out.extend_from_slice(value.to_string().as_bytes());
}

/// What stands at a pointer takes the place of what is there, instead of being merged into it. Says whether something
/// stands there. It must be whole then: what is missing of it is noted, as seen from `at`.
pub(crate) fn replace(
    fields: &'static [Field],
    input: &mut Input,
    pointer: &str,
    at: &At<'_>,
    violations: &mut Violations,
) -> bool {
    let mut segments =
        pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~"));
    let Some(first) = segments.next().filter(|_| pointer.starts_with('/')) else { return false };
    let rest: Vec<String> = segments.collect();
    in_value(fields, input, &first, &rest, at, violations)
}

fn in_value(
    fields: &'static [Field],
    input: &mut Input,
    name: &str,
    rest: &[String],
    at: &At<'_>,
    violations: &mut Violations,
) -> bool {
    let Some(index) = fields.iter().position(|field| field.name == name) else { return false };
    let Some(Some(change)) = input.get_mut(index) else { return false };
    in_change(&fields[index].ty.kind, change, rest, &at.key(name), violations)
}

fn in_change(
    kind: &'static Kind,
    change: &mut Change,
    rest: &[String],
    at: &At<'_>,
    violations: &mut Violations,
) -> bool {
    let Some((name, rest)) = rest.split_first() else {
        let said = std::mem::replace(change, Change::Set(Cell::Null));
        *change = Change::Set(complete(kind, said, at, violations));
        return true;
    };
    match (change, kind) {
        (Change::Merge(input), Kind::Value(value)) => {
            in_value(value.fields, input, name, rest, at, violations)
        }
        (Change::MergeMap(entries), Kind::Map(element)) => {
            let entry = entries.iter_mut().find(|(key, _)| key == name);
            entry.is_some_and(|(key, change)| in_change(element, change, rest, &at.key(key), violations))
        }
        _ => false,
    }
}

/// A change as the whole value that it is to be.
fn complete(kind: &'static Kind, change: Change, at: &At<'_>, violations: &mut Violations) -> Cell {
    match (change, kind) {
        (Change::Set(cell), _) => cell,
        (Change::MergeJson(value), _) => Cell::Json(value),
        (Change::Merge(said), Kind::Value(value)) => {
            let fields = said.into_iter().zip(value.fields);
            let mut said: Input = fields
                .map(|(change, field)| {
                    let at = at.key(field.name);
                    change.map(|change| Change::Set(complete(&field.ty.kind, change, &at, violations)))
                })
                .collect();
            input::complete(Mode::Value, value.fields, &mut said, at, violations);
            Cell::Value(input::into_cells(said))
        }
        (Change::MergeMap(entries), Kind::Map(element)) => {
            let mut map = BTreeMap::new();
            for (key, change) in entries {
                let here = at.key(&key);
                let cell = match (complete(element, change, &here, violations), element) {
                    // In a patch null takes an entry away; in a whole map of JSON it is one.
                    (Cell::Null, Kind::Scalar(Scalar::Json)) => Cell::Json(serde_json::Value::Null),
                    (cell, _) => cell,
                };
                if cell.is_null() {
                    violations.push(&here, "null", "may not be null");
                }
                map.insert(key, cell);
            }
            Cell::Map(map)
        }
        // No decoder makes other pairs.
        (Change::Merge(_) | Change::MergeMap(_), _) => Cell::Null,
    }
}
