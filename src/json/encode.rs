//! Encoding by the table.

use std::borrow::Cow;

use crate::cell::Cell;
use crate::descriptor::{Field, Kind};
use crate::text;

/// Who reads the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// A caller: not what is `input_only`.
    Caller,
    /// Whoever listens to events: nor what is `sensitive`.
    Event,
    /// The store: all of it.
    Stored,
}

impl View {
    /// Whether the field is shown.
    pub(crate) const fn shows(self, field: &Field) -> bool {
        match self {
            Self::Caller => !field.input_only,
            Self::Event => !field.input_only && !field.sensitive,
            Self::Stored => true,
        }
    }
}

/// Writes the cells of `fields` as an object. Cells beyond the fields are not written.
pub(crate) fn row(out: &mut Vec<u8>, fields: &[Field], cells: &[Cell], view: View) {
    out.push(b'{');
    let mut first = true;
    for (field, cell) in fields.iter().zip(cells).filter(|(field, _)| view.shows(field)) {
        if !std::mem::replace(&mut first, false) {
            out.push(b',');
        }
        // Field names are lower snake case: nothing in them needs an escape.
        out.push(b'"');
        out.extend_from_slice(field.name.as_bytes());
        out.extend_from_slice(b"\":");
        self::cell(out, &field.ty.kind, cell, view);
    }
    out.push(b'}');
}

/// Writes one cell.
pub(crate) fn cell(out: &mut Vec<u8>, kind: &Kind, cell: &Cell, view: View) {
    match (kind, cell) {
        (_, Cell::Null) => out.extend_from_slice(b"null"),
        (_, Cell::Bool(value)) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        (_, Cell::Int(number)) => out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
        (_, Cell::UInt(number)) => out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
        (_, Cell::Text(text)) => string(out, text),
        (_, Cell::Float(_)) => out.extend_from_slice(text::format(kind, cell).as_bytes()),
        (_, Cell::Json(value)) => json(out, value),
        (Kind::Value(value), Cell::Value(cells)) => row(out, value.fields, cells, view),
        (Kind::List(element), Cell::List(cells)) => {
            out.push(b'[');
            for (index, cell) in cells.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                self::cell(out, element, cell, view);
            }
            out.push(b']');
        }
        (Kind::Map(element), Cell::Map(cells)) => {
            out.push(b'{');
            for (index, (key, cell)) in cells.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                string(out, key);
                out.push(b':');
                self::cell(out, element, cell, view);
            }
            out.push(b'}');
        }
        // What is left is text that needs no escapes: times, ids, decimals, base64, names of variants.
        _ => {
            out.push(b'"');
            out.extend_from_slice(text::format(kind, cell).as_bytes());
            out.push(b'"');
        }
    }
}

/// Writes a string with its quotes and escapes.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    json(out, &Cow::Borrowed(text));
}

/// Writing JSON into memory can't fail.
fn json<T: serde::Serialize>(out: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(out, value);
}

/// The JSON text of a composite or `Json` column: all fields, also those that no caller sees.
pub(crate) fn encode_stored(kind: &Kind, value: &Cell) -> String {
    let mut out = Vec::new();
    cell(&mut out, kind, value, View::Stored);
    String::from_utf8_lossy(&out).into_owned()
}
