//! Encoding by the table.

use super::{XSI, is_char};
use crate::cell::Cell;
use crate::descriptor::{Descriptor, Field, Kind, Scalar};
use crate::json::View;
use crate::text;

const DECLARATION: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// Writes a row as a document.
pub(crate) fn encode_row(out: &mut Vec<u8>, descriptor: &Descriptor, cells: &[Cell]) {
    open_document(out, descriptor.singular);
    fields(out, descriptor.fields, cells);
    close(out, descriptor.singular);
}

/// Writes a page of rows as a document.
pub(crate) fn encode_page(
    out: &mut Vec<u8>,
    descriptor: &Descriptor,
    rows: &[Vec<Cell>],
    next_page_token: &str,
) {
    open_document(out, descriptor.plural);
    for cells in rows {
        open(out, descriptor.singular);
        fields(out, descriptor.fields, cells);
        close(out, descriptor.singular);
    }
    element(out, "next_page_token", next_page_token);
    close(out, descriptor.plural);
}

fn open_document(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(DECLARATION);
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b" xmlns:xsi=\"");
    out.extend_from_slice(XSI.as_bytes());
    out.extend_from_slice(b"\">");
}

/// Names of fields, resources and our own elements need no escapes.
pub(super) fn open(out: &mut Vec<u8>, name: &str) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

pub(super) fn close(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

/// An element that holds text.
pub(super) fn element(out: &mut Vec<u8>, name: &str, content: &str) {
    open(out, name);
    escape(out, content);
    close(out, name);
}

fn fields(out: &mut Vec<u8>, fields: &[Field], cells: &[Cell]) {
    for (field, cell) in fields.iter().zip(cells).filter(|(field, _)| View::Caller.shows(field)) {
        out.push(b'<');
        out.extend_from_slice(field.name.as_bytes());
        content(out, &field.ty.kind, cell, field.name);
    }
}

/// From the attributes of the element `name` on, to its end.
fn content(out: &mut Vec<u8>, kind: &Kind, cell: &Cell, name: &str) {
    if cell.is_null() {
        out.extend_from_slice(b" xsi:nil=\"true\"/>");
        return;
    }
    out.push(b'>');
    match (kind, cell) {
        (Kind::Value(value), Cell::Value(cells)) => fields(out, value.fields, cells),
        (Kind::List(element), Cell::List(cells)) => {
            for cell in cells {
                out.extend_from_slice(b"<item");
                content(out, element, cell, "item");
            }
        }
        (Kind::Map(element), Cell::Map(cells)) => {
            for (key, cell) in cells {
                out.extend_from_slice(b"<entry key=\"");
                escape_attribute(out, key);
                out.push(b'"');
                content(out, element, cell, "entry");
            }
        }
        (Kind::Scalar(Scalar::String | Scalar::Json) | Kind::Choice(_), _) => match cell {
            Cell::Text(content) => escape(out, content),
            cell => escape(out, &text::format(kind, cell)),
        },
        // What is left is text that needs no escapes: numbers, times, ids, base64.
        _ => out.extend_from_slice(text::format(kind, cell).as_bytes()),
    }
    close(out, name);
}

/// Text of an element. A bare carriage return would be read as a line feed; what XML 1.0 can't carry becomes U+FFFD.
fn escape(out: &mut Vec<u8>, content: &str) {
    let mut buffer = [0; 4];
    for character in content.chars() {
        let written = match character {
            '<' => "&lt;",
            '>' => "&gt;",
            '&' => "&amp;",
            '\r' => "&#13;",
            other if is_char(other) => other.encode_utf8(&mut buffer),
            _ => "\u{fffd}",
        };
        out.extend_from_slice(written.as_bytes());
    }
}

/// Text of an attribute, in which every line end and tab would be read as a space.
fn escape_attribute(out: &mut Vec<u8>, content: &str) {
    for part in content.split_inclusive(['"', '\t', '\n']) {
        let plain = part.trim_end_matches(['"', '\t', '\n']);
        escape(out, plain);
        for special in part.bytes().skip(plain.len()) {
            out.extend_from_slice(match special {
                b'"' => b"&quot;",
                b'\t' => b"&#9;",
                _ => b"&#10;",
            });
        }
    }
}
