//! Places in a body as field paths: `/items/0/sku` is `items[0].sku`.

use crate::descriptor::{Field, Kind};

/// The field path of a JSON Pointer into a body of these fields. Any other name stays as it is, but for the one that
/// gRPC calls otherwise.
pub(super) fn of(pointer: &str, fields: &'static [Field]) -> String {
    if pointer.eq_ignore_ascii_case("idempotency-key") {
        return "request_id".to_owned();
    }
    let Some(segments) = pointer.strip_prefix('/') else { return pointer.to_owned() };
    let mut path = String::with_capacity(pointer.len() + 4);
    let mut place = Place::Fields(fields);
    for segment in segments.split('/') {
        let name = segment.replace("~1", "/").replace("~0", "~");
        place = match place {
            Place::Kind(Kind::List(element)) => {
                path.extend(["[", &name, "]"]);
                Place::Kind(*element)
            }
            Place::Kind(Kind::Map(element)) => {
                path.extend(["[\"", &name.replace('"', "\\\""), "\"]"]);
                Place::Kind(*element)
            }
            Place::Kind(Kind::Value(value)) => named(&mut path, &name, value.fields),
            Place::Fields(fields) => named(&mut path, &name, fields),
            Place::Kind(Kind::Scalar(_) | Kind::Choice(_)) => named(&mut path, &name, &[]),
        };
    }
    path
}

#[derive(Clone, Copy)]
enum Place {
    Fields(&'static [Field]),
    Kind(Kind),
}

fn named(path: &mut String, name: &str, fields: &'static [Field]) -> Place {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
    match fields.iter().find(|field| field.name == name) {
        Some(field) => Place::Kind(field.ty.kind),
        None => Place::Fields(&[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::{Scalar, Type, ValueDescriptor};

    static ITEM: ValueDescriptor = ValueDescriptor { name: "Item", doc: "", fields: ITEM_FIELDS };
    static ITEM_FIELDS: &[Field] = &[Field::new("sku", TEXT), Field::new("tags", MAP)];
    const TEXT: Type = Type { optional: false, kind: Kind::Scalar(Scalar::String) };
    const MAP: Type = Type { optional: false, kind: Kind::Map(&Kind::List(&Kind::Scalar(Scalar::String))) };
    const LIST: Type = Type { optional: false, kind: Kind::List(&Kind::Value(&ITEM)) };
    static FIELDS: &[Field] = &[Field::new("items", LIST), Field::new("note", TEXT)];

    #[test]
    fn a_pointer_becomes_a_path_by_what_the_fields_hold() {
        for (pointer, path) in [
            ("/note", "note"),
            ("/items/0/sku", "items[0].sku"),
            ("/items/12/tags/a~1b\"/3", "items[12].tags[\"a/b\\\"\"][3]"),
            ("/nothing/0", "nothing.0"),
            ("", ""),
            ("page_size", "page_size"),
            ("Idempotency-Key", "request_id"),
        ] {
            assert_eq!(of(pointer, FIELDS), path);
        }
    }
}
