//! Whether a condition holds for a row that is at hand, as the engines decide it for their rows.

use std::cmp::Ordering;

use super::{Comparison, Condition};
use crate::cell::Cell;
use crate::descriptor::{Descriptor, Kind};
use crate::text;

impl Condition {
    /// Whether it holds for a row.
    pub(crate) fn holds(&self, descriptor: &Descriptor, row: &[Cell]) -> bool {
        let null = &Cell::Null;
        let cell = |field: usize| row.get(field).unwrap_or(null);
        match self {
            Self::And(all) => all.iter().all(|inner| inner.holds(descriptor, row)),
            Self::Or(any) => any.iter().any(|inner| inner.holds(descriptor, row)),
            Self::Not(inner) => !inner.holds(descriptor, row),
            Self::Present(field) => !cell(*field).is_null(),
            Self::Like { field, parts } => match cell(*field) {
                Cell::Text(text) => is_like(parts, text),
                _ => false,
            },
            Self::Compare { field, comparison, cell: with } => {
                let held = cell(*field);
                let both = !held.is_null() && !with.is_null();
                let order = compare(&descriptor.fields[*field].ty.kind, held, with);
                match comparison {
                    Comparison::Equal => order == Ordering::Equal,
                    Comparison::NotEqual => order != Ordering::Equal,
                    Comparison::Less => both && order == Ordering::Less,
                    Comparison::LessOrEqual => both && order != Ordering::Greater,
                    Comparison::Greater => both && order == Ordering::Greater,
                    Comparison::GreaterOrEqual => both && order != Ordering::Less,
                }
            }
        }
    }

    /// The fields that it asks about.
    pub(crate) fn fields(&self) -> Vec<usize> {
        match self {
            Self::And(inner) | Self::Or(inner) => inner.iter().flat_map(Self::fields).collect(),
            Self::Not(inner) => inner.fields(),
            Self::Present(field) | Self::Like { field, .. } | Self::Compare { field, .. } => vec![*field],
        }
    }
}

/// The order of two values of a field; null is the least.
pub(super) fn compare(kind: &Kind, left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        (_, Cell::Null) => Ordering::Greater,
        (Cell::Bool(left), Cell::Bool(right)) => left.cmp(right),
        (Cell::Int(left), Cell::Int(right)) | (Cell::Duration(left), Cell::Duration(right)) => {
            left.cmp(right)
        }
        (Cell::UInt(left), Cell::UInt(right)) => left.cmp(right),
        // Cells are finite.
        (Cell::Float(left), Cell::Float(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
        (Cell::Decimal(left), Cell::Decimal(right)) => left.cmp(right),
        (Cell::Bytes(left), Cell::Bytes(right)) => left.cmp(right),
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        _ => text::format(kind, left).cmp(&text::format(kind, right)),
    }
}

/// Each piece of the text is looked for once, where it comes first: what comes later can only have more room by that.
fn is_like(parts: &[Option<String>], text: &str) -> bool {
    let piece = |run: &[Option<String>]| run.iter().flatten().map(String::as_str).collect::<String>();
    let pieces: Vec<String> = parts.split(Option::is_none).map(piece).collect();
    let [first, middle @ .., last] = pieces.as_slice() else {
        return pieces.first().is_some_and(|piece| piece == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        let Some(at) = rest.find(piece.as_str()) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last.as_str())
}
