//! What a row becomes when a caller's changes are applied to it.

use crate::cell::{Cell, Change, Input, Row};
use crate::descriptor::{Descriptor, Field, Kind, ValueDescriptor};
use crate::input::{self, At, Violations};

/// Applies an update or a replace to the row as it is. Fields that the caller may not change may be said, as long as
/// what is said is what is there.
pub(crate) fn apply(
    descriptor: &'static Descriptor,
    current: &[Cell],
    input: Input,
    violations: &mut Violations,
) -> Row {
    let mut row = current.to_vec();
    for (index, change) in input.into_iter().enumerate() {
        let Some(change) = change else { continue };
        let field = &descriptor.fields[index];
        let at = At::ROOT.key(field.name);
        if let Some((code, message)) = fixed(descriptor, index, field) {
            let said = merge(&field.ty.kind, &current[index], change, &at, &mut Violations::default());
            // Whoever was never shown the value doesn't learn it by guessing either.
            if field.input_only || said != current[index] {
                violations.push(&at, code, message);
            }
            continue;
        }
        row[index] = merge(&field.ty.kind, &current[index], change, &at, violations);
    }
    row
}

/// Why a caller may not change the field of a row that exists, if so.
fn fixed(descriptor: &Descriptor, index: usize, field: &Field) -> Option<(&'static str, &'static str)> {
    if index == descriptor.id {
        Some(("immutable", "is the id: it can't be changed"))
    } else if field.output_only || descriptor.is_managed(index) {
        Some(("output_only", "is output only: leave it out, or send it back as it is"))
    } else if field.immutable && field.input_only {
        Some(("immutable", "can't be changed once it is set: leave it out"))
    } else if field.immutable {
        Some(("immutable", "can't be changed once it is set: leave it out, or send it back as it is"))
    } else {
        None
    }
}

fn merge(kind: &Kind, current: &Cell, change: Change, at: &At<'_>, violations: &mut Violations) -> Cell {
    match (change, kind) {
        (Change::Set(cell), _) => cell,
        (Change::Merge(patch), Kind::Value(value)) => merge_value(value, current, patch, at, violations),
        (Change::MergeMap(entries), Kind::Map(element)) => {
            let mut map = match current {
                Cell::Map(map) => map.clone(),
                _ => std::collections::BTreeMap::new(),
            };
            for (key, change) in entries {
                let before = map.get(&key).cloned().unwrap_or(Cell::Null);
                let merged = merge(element, &before, change, &at.key(&key), violations);
                if merged.is_null() {
                    map.remove(&key);
                } else {
                    map.insert(key, merged);
                }
            }
            Cell::Map(map)
        }
        (Change::MergeJson(patch), _) => {
            let mut target = match current {
                Cell::Json(value) => value.clone(),
                _ => serde_json::Value::Null,
            };
            merge_json(&mut target, patch);
            Cell::Json(target)
        }
        // A decoder makes no other pairs.
        (Change::Merge(_) | Change::MergeMap(_), _) => current.clone(),
    }
}

/// Merges into a nested value. Where there was none, the patch is the whole of it.
fn merge_value(
    value: &'static ValueDescriptor,
    current: &Cell,
    patch: Input,
    at: &At<'_>,
    violations: &mut Violations,
) -> Cell {
    let before: &[Cell] = match current {
        Cell::Value(cells) => cells,
        _ => &[],
    };
    let cells = patch
        .into_iter()
        .zip(value.fields)
        .enumerate()
        .map(|(index, (change, field))| {
            let (at, before) = (at.key(field.name), before.get(index));
            match (change, before, field.default) {
                (Some(change), _, _) => {
                    merge(&field.ty.kind, before.unwrap_or(&Cell::Null), change, &at, violations)
                }
                (None, Some(before), _) => before.clone(),
                (None, None, Some(default)) => default(),
                (None, None, None) => input::blank(field).unwrap_or_else(|| {
                    violations.push(&at, "required", "is required");
                    Cell::Null
                }),
            }
        })
        .collect();
    Cell::Value(cells)
}

/// RFC 7396, section 2.
fn merge_json(target: &mut serde_json::Value, patch: serde_json::Value) {
    use serde_json::Value;
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge_json(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The table of RFC 7396, appendix A.
    #[test]
    fn json_merges_as_the_rfc_says() {
        for (mut original, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            merge_json(&mut original, patch);
            assert_eq!(original, result);
        }
    }
}
