//! Which fields a list may name.

use crate::descriptor::{Descriptor, Field, Kind};
use crate::input::nearest;

/// What is wrong: a code and the rest of a sentence that begins with the name of the field.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What a field can be used for.
#[derive(Clone, Copy)]
pub(super) enum Use {
    Filter,
    Sort,
}

impl Use {
    fn allows(self, descriptor: &Descriptor, index: usize, field: &Field) -> bool {
        // What is never shown can't be asked about either: a filter or an order would tell it bit by bit.
        if field.input_only {
            return false;
        }
        let marked = match self {
            Self::Filter => field.filter,
            Self::Sort => field.sort,
        };
        (marked || index == descriptor.id) && is_comparable(&field.ty.kind)
    }

    /// All fields that it can be done with.
    pub(super) fn names(self, descriptor: &'static Descriptor) -> impl Iterator<Item = &'static str> {
        let all = descriptor.fields.iter().enumerate();
        all.filter(move |(index, field)| self.allows(descriptor, *index, field)).map(|(_, field)| field.name)
    }

    /// The field that is called `name`, if it may be used so.
    pub(super) fn field(
        self,
        descriptor: &'static Descriptor,
        name: &str,
    ) -> Result<(usize, &'static Field), Wrong> {
        let (code, verb) = match self {
            Self::Filter => ("not_filterable", "filtered by"),
            Self::Sort => ("not_sortable", "sorted by"),
        };
        let list = || self.names(descriptor).collect::<Vec<_>>().join(", ");
        match descriptor.field(name) {
            Some((index, field)) if self.allows(descriptor, index, field) => Ok((index, field)),
            Some(_) => Err(Wrong::new(code, format!("can't be {verb}; these can: {}", list()))),
            None => {
                let near = nearest(name, self.names(descriptor));
                let hint = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
                Err(Wrong::new("unknown", format!("is not a field; {hint}these can be {verb}: {}", list())))
            }
        }
    }
}

/// Whether the engines can compare the column, and so can put it in order.
fn is_comparable(kind: &Kind) -> bool {
    match kind {
        Kind::Scalar(scalar) => scalar.info().comparable,
        Kind::Choice(_) => true,
        _ => false,
    }
}

/// Whether `<` means something to people.
pub(super) fn is_ordered(kind: &Kind) -> bool {
    matches!(kind, Kind::Scalar(scalar) if scalar.info().ordered)
}

/// A word of the caller's, fit for a message: short, and without control characters.
pub(super) fn shown(word: &str) -> String {
    let mut shown: String =
        word.chars().take(64).map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect();
    if word.chars().nth(64).is_some() {
        shown.push_str("..");
    }
    shown
}
