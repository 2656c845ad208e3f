//! Page tokens: where a page ended, for this filter and order alone.
//!
//! A token is the base64url of: a version byte, the list's shape, the sort cells of the page's last row, and a checksum
//! of all that. It is opaque, not secret: it holds what the caller was shown. The checksum finds tokens that were cut or
//! mangled on the way; who forges one gets no more than another place in the same list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{Condition, Select};
use crate::cell::Cell;
use crate::descriptor::{Descriptor, Kind, Scalar};
use crate::input::Violations;
use crate::text;

const VERSION: u8 = 1;
const PAGE_TOKEN: &str = "page_token";
/// Longer ones come from nobody: a URL could not carry them.
const MAX_LENGTH: usize = 65_536;

const NULL: u8 = 0;
const TEXT: u8 = 1;
const UUID: u8 = 2;

/// The token of the page after the one that ends with `last`.
pub(crate) fn next_page_token(select: &Select, last: &[Cell]) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(select.shape.to_be_bytes());
    for sort in &select.order {
        let cell = last.get(sort.field).unwrap_or(&Cell::Null);
        write_cell(&mut bytes, &select.descriptor.fields[sort.field].ty.kind, cell);
    }
    let checksum = text::fnv1a(&bytes);
    bytes.extend(checksum.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token. Whether it belongs to the list is only checked where the list is understood.
pub(super) fn read(
    select: &Select,
    token: &str,
    understood: bool,
    violations: &mut Violations,
) -> Option<Vec<Cell>> {
    let Some((shape, rest)) = open(token) else {
        let message =
            "is not a token of this service: send next_page_token of the page before as it is, or nothing";
        violations.push_named(PAGE_TOKEN, "page_token", message);
        return None;
    };
    if !understood {
        return None;
    }
    let cells = if shape == select.shape { cells(select, &rest) } else { None };
    if cells.is_none() {
        let message = "belongs to another filter or order; start again without it";
        violations.push_named(PAGE_TOKEN, "page_token", message);
    }
    cells
}

/// The shape and the cells' bytes of a token that is whole.
fn open(token: &str) -> Option<(u64, Vec<u8>)> {
    let short = (token.len() <= MAX_LENGTH).then_some(token)?;
    let bytes = URL_SAFE_NO_PAD.decode(short).ok()?;
    let (content, checksum) = bytes.split_last_chunk::<8>()?;
    if u64::from_be_bytes(*checksum) != text::fnv1a(content) {
        return None;
    }
    let (shape, cells) = content.strip_prefix(&[VERSION])?.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*shape), cells.to_vec()))
}

fn cells(select: &Select, mut bytes: &[u8]) -> Option<Vec<Cell>> {
    let mut cells = Vec::with_capacity(select.order.len());
    for sort in &select.order {
        let ty = &select.descriptor.fields[sort.field].ty;
        let (cell, rest) = read_cell(&ty.kind, bytes)?;
        if cell.is_null() && !ty.optional {
            return None;
        }
        cells.push(cell);
        bytes = rest;
    }
    bytes.is_empty().then_some(cells)
}

fn write_cell(out: &mut Vec<u8>, kind: &Kind, cell: &Cell) {
    match cell {
        Cell::Null => out.push(NULL),
        Cell::Uuid(id) => {
            out.push(UUID);
            out.extend(id.as_bytes());
        }
        // As text, reading it again makes all the checks that a literal gets, and a choice stays what it is when
        // variants are added.
        _ => {
            out.push(TEXT);
            write_text(out, &text::format(kind, cell));
        }
    }
}

fn read_cell<'a>(kind: &Kind, bytes: &'a [u8]) -> Option<(Cell, &'a [u8])> {
    let (tag, rest) = bytes.split_first()?;
    match *tag {
        NULL => Some((Cell::Null, rest)),
        UUID if matches!(kind, Kind::Scalar(Scalar::Uuid)) => {
            let (id, rest) = rest.split_first_chunk::<16>()?;
            Some((Cell::Uuid(Uuid::from_bytes(*id)), rest))
        }
        TEXT => {
            let (length, rest) = read_length(rest)?;
            let (written, rest) = rest.split_at_checked(length)?;
            Some((text::parse(kind, std::str::from_utf8(written).ok()?)?, rest))
        }
        _ => None,
    }
}

fn write_text(out: &mut Vec<u8>, written: &str) {
    let mut length = written.len();
    while length > 0x7f {
        out.push(0x80 | (length & 0x7f).to_le_bytes()[0]);
        length >>= 7;
    }
    out.push(length.to_le_bytes()[0]);
    out.extend(written.as_bytes());
}

fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (index, byte) in bytes.iter().enumerate().take(4) {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Some((length, bytes.get(index + 1..)?));
        }
    }
    None
}

/// The hash of what a token belongs to: the resource, the condition and the order, by their names.
pub(super) fn shape(select: &Select) -> u64 {
    let mut bytes = Vec::new();
    write_text(&mut bytes, &select.descriptor.full_name());
    if let Some(condition) = &select.condition {
        write_condition(&mut bytes, select.descriptor, condition);
    }
    for sort in &select.order {
        bytes.push(if sort.descending { b'>' } else { b'<' });
        write_text(&mut bytes, select.descriptor.fields[sort.field].name);
    }
    text::fnv1a(&bytes)
}

fn write_condition(out: &mut Vec<u8>, descriptor: &Descriptor, condition: &Condition) {
    match condition {
        Condition::And(inner) | Condition::Or(inner) => {
            out.push(if matches!(condition, Condition::And(_)) { b'&' } else { b'|' });
            for condition in inner {
                write_condition(out, descriptor, condition);
            }
            out.push(b';');
        }
        Condition::Not(inner) => {
            out.push(b'!');
            write_condition(out, descriptor, inner);
        }
        Condition::Compare { field, comparison, cell } => {
            let field = &descriptor.fields[*field];
            write_text(out, comparison.operator());
            write_text(out, field.name);
            write_cell(out, &field.ty.kind, cell);
        }
        Condition::Present(field) => {
            out.push(b'?');
            write_text(out, descriptor.fields[*field].name);
        }
        Condition::Like { field, parts } => {
            out.push(b'~');
            write_text(out, descriptor.fields[*field].name);
            for part in parts {
                match part {
                    Some(text) => {
                        out.push(TEXT);
                        write_text(out, text);
                    }
                    None => out.push(b'*'),
                }
            }
            out.push(b';');
        }
    }
}
