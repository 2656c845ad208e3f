//! A field and its `#[field(..)]`.

use syn::ext::IdentExt as _;

use super::rules;
use crate::attribute;
use crate::declaration::{FieldDecl, Flag, Flags, NumberDecl, Slot};
use crate::doc;
use crate::errors::Errors;
use crate::model::Role;
use crate::shape;
use crate::words::Position;

pub(super) fn read(field: &syn::Field, position: Position, errors: &mut Errors) -> Option<FieldDecl> {
    let ident = field.ident.clone()?;
    let (shape, inner) = match shape::read(&field.ty) {
        Ok((shape, inner)) => (Some(shape), inner),
        Err(diagnostic) => {
            errors.push(diagnostic);
            (None, field.ty.clone())
        }
    };
    let mut decl = FieldDecl {
        name: ident.unraw().to_string(),
        ident,
        vis: field.vis.clone(),
        ty: field.ty.clone(),
        inner,
        default: None,
        customs: Vec::new(),
        doc: doc::read(&field.attrs),
        shape,
        flags: Flags::default(),
        references: Slot::default(),
        default_word: Slot::default(),
        rules: Vec::new(),
        role: Role::Plain,
        checked_default: None,
        was: Slot::default(),
        deprecated: Slot::default(),
        number: NumberDecl::default(),
    };
    for word in attribute::read(&field.attrs, "field", position, errors) {
        match word.name.as_str() {
            // #[field(default = 1)]
            "default" => {
                let value = word.value(position, errors);
                decl.default_word.set(&word.ident, value, errors);
            }
            "validate" | "sensitive" if position == Position::EventField => errors.at(
                &word.ident,
                format_args!("`{}` does not go with an event", word.name),
                if word.name == "sensitive" {
                    "leave the field out: whoever listens reads all of an event"
                } else {
                    "leave it out: what has happened is not refused any more"
                },
            ),
            "was" | "number" if position == Position::EventField => errors.at(
                &word.ident,
                format_args!("`{}` does not go with an event", word.name),
                "leave it out: an event is JSON and has no message, so its fields have no numbers; an event of another \
                 shape is another type",
            ),
            // #[field(validate(length(1..=50), email))]
            "validate" => rules::read(&word, position, &mut decl.rules, errors),
            // #[field(references = "shop.user.v1.User")]
            "references" if position == Position::Field => {
                let text = word.text(position, errors);
                decl.references.set(&word.ident, text, errors);
            }
            "was" | "number" if position == Position::TaskField => errors.at(
                &word.ident,
                format_args!("`{}` does not go with a task", word.name),
                "leave it out: a task is JSON and has no message, so its fields have no numbers, and what waits in a \
                 queue is read by the names of now",
            ),
            // #[field(was = "old_name")]
            "was" => {
                let text = word.text(position, errors);
                decl.was.set(&word.ident, text, errors);
            }
            // #[field(deprecated = "say `sku` instead")]
            "deprecated" => {
                let text = word.reason(position, errors);
                decl.deprecated.set(&word.ident, text, errors);
            }
            // #[field(number = 7)]
            "number" => {
                let value = word.value(position, errors);
                decl.number.word.set(&word.ident, value, errors);
            }
            // #[field(id)], #[field(filter, sort)], ..
            name => match Flag::from_word(name) {
                Some(flag) if position == Position::Field || flag == Flag::Sensitive => {
                    // What it should not take is a mistake; what it means is clear all the same.
                    let _ = word.flag(position, errors);
                    decl.flags.set(flag, &word.ident, errors);
                }
                _ => word.unknown(position, errors),
            },
        }
    }
    Some(decl)
}
