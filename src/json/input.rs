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

#[cfg(all(test, feature = "grpc"))]
mod tests {
    use super::*;
    use crate::descriptor::{Descriptor, Type};
    use crate::json;
    use crate::proto::tests::fixture;
    use crate::proto::tests::random::Random;
    use crate::store::fixtures;

    /// What a caller might say about a row, in every way that there is.
    fn patch(random: &mut Random, fields: &[Field]) -> Input {
        fields.iter().map(|field| (random.below(2) == 0).then(|| change(random, &field.ty))).collect()
    }

    fn change(random: &mut Random, ty: &Type) -> Change {
        if ty.optional && random.below(4) == 0 {
            return Change::Set(Cell::Null);
        }
        match ty.kind {
            Kind::Value(value) if random.below(2) == 0 => Change::Merge(patch(random, value.fields)),
            Kind::Map(element) if random.below(2) == 0 => {
                let keys = ["", "a", "a/b", "~1", "\u{1}\"", "Grüße", &"long".repeat(40)];
                let keys = keys.into_iter().filter(|_| random.below(3) == 0).collect::<Vec<_>>();
                let entry = Type { optional: true, kind: *element };
                Change::MergeMap(
                    keys.into_iter().map(|key| (key.to_owned(), change(random, &entry))).collect(),
                )
            }
            Kind::Scalar(Scalar::Json) if random.below(2) == 0 => Change::MergeJson(random.json(3)),
            kind => Change::Set(random.cell(&kind)),
        }
    }

    fn whole(random: &mut Random, descriptor: &'static Descriptor, mode: Mode) -> Input {
        let cells = random.cells(descriptor.fields);
        let mut input: Input = cells
            .into_iter()
            .zip(descriptor.fields)
            .enumerate()
            .map(|(index, (cell, field))| {
                let may = mode.refusal(index, field).is_none();
                may.then_some(Change::Set(cell))
            })
            .collect();
        input::complete(mode, descriptor.fields, &mut input, &At::ROOT, &mut Violations::default());
        input
    }

    /// Writes it down and reads it again.
    fn again(descriptor: &'static Descriptor, mode: Mode, said: &Input) -> Input {
        let mut text = Vec::new();
        let places = encode_input(&mut text, descriptor.fields, said);
        let mut violations = Violations::default();
        let read = json::object(mode, descriptor.fields, &text, &mut violations);
        let text = String::from_utf8_lossy(&text);
        let mut read = read.unwrap_or_else(|| panic!("{violations:?}\n{text}"));
        if mode.is_update() {
            for place in &places {
                assert!(
                    replace(descriptor.fields, &mut read, place, &At::ROOT, &mut violations),
                    "{place}\n{text}"
                );
            }
        }
        assert!(violations.is_empty(), "{violations:?}\n{text}");
        read
    }

    #[test]
    fn whatever_a_caller_says_is_the_same_once_it_is_written_down() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let fixtures = fixtures::ALL.into_iter().chain([fixture::descriptor(None)]);
        let mut told_whole = 0;
        for descriptor in fixtures {
            for _ in 0..300 {
                let said = patch(&mut random, descriptor.fields);
                told_whole += encode_input(&mut Vec::new(), descriptor.fields, &said).len();
                assert!(again(descriptor, Mode::Update, &said) == said, "{}", descriptor.name);
                for mode in [Mode::Create(descriptor), Mode::Replace(descriptor)] {
                    let said = whole(&mut random, descriptor, mode);
                    assert!(again(descriptor, mode, &said) == said, "{}", descriptor.name);
                }
            }
        }
        assert!(told_whole > 1000);
    }

    #[test]
    fn what_is_to_be_whole_must_be_whole_and_be_there() {
        static OUTER: [Field; 1] =
            [Field::new("path", Type { optional: false, kind: Kind::Value(&fixtures::PATH) })];
        let fields = fixtures::PATH.fields;
        let point = r#"{"name":"a","points":[{"x":1,"count":2,"colour":"red"}]}"#;
        for (path, pointer, there) in [
            (point, "/name", true),
            (point, "/points", true),
            (point, "/points/0", false),
            (point, "/nothing", false),
            (point, "name", false),
            (point, "", false),
            ("{}", "/name", false),
        ] {
            let mut violations = Violations::default();
            let mut input =
                json::object(Mode::Update, fields, path.as_bytes(), &mut violations).expect("an object");
            assert_eq!(replace(fields, &mut input, pointer, &At::ROOT, &mut violations), there, "{pointer}");
            assert!(violations.is_empty(), "{pointer}");
        }
        let mut violations = Violations::default();
        let mut input = json::object(Mode::Update, &OUTER, br#"{"path":{"points":[]}}"#, &mut violations)
            .expect("an object");
        assert!(replace(&OUTER, &mut input, "/path", &At::ROOT, &mut violations));
        assert_eq!(violations.into_list()[0].pointer, "/path/name");
    }
}
