//! An event that is not a resource's own: its type, and to what it happened.

use crate::declaration::{Declaration, FieldDecl};
use crate::errors::Errors;
use crate::model::{Element, Many};
use crate::types::Scalar;

/// What a broker keeps of a name.
const LONGEST_TYPE: usize = 255;

/// The words of `#[event(..)]`, before the fields' own are checked.
pub(super) fn words(declaration: &mut Declaration, errors: &mut Errors) {
    name(declaration, errors);
    subject(declaration, errors);
}

fn name(declaration: &mut Declaration, errors: &mut Errors) {
    let own = &declaration.ident;
    let help = "write the package and what happened, in the past tense, such as \
                `#[event(type = \"shop.order.v1.order.delayed\")]`";
    let Some(literal) = declaration.event.name.get().cloned() else {
        // Where the text itself could not be read, that is said.
        if !declaration.event.name_was_written {
            errors.at(own, format_args!("`{own}` has no type that others know it by"), help);
        }
        return;
    };
    let text = literal.value();
    let what = if text.len() > LONGEST_TYPE {
        format!("the type of an event is longer than {LONGEST_TYPE} bytes")
    } else if !is_type(&text) {
        format!("\"{text}\" is not the type of an event")
    } else {
        return;
    };
    errors.at(&literal, what, help);
    declaration.event.name.take();
}

/// Two words at least with dots between them. Events of others may be called in any case, so that is free.
fn is_type(text: &str) -> bool {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/".contains(&byte);
    text.contains('.') && text.split('.').all(|word| !word.is_empty() && word.bytes().all(right))
}

fn subject(declaration: &mut Declaration, errors: &mut Errors) {
    let Some(literal) = declaration.event.subject.get().cloned() else { return };
    let name = literal.value();
    let found = declaration.fields.iter().find(|field| field.name == name);
    let wrong = match found {
        None => Some((format!("there is no field `{name}`"), "write the name of one of the event's fields")),
        Some(field) if !names_something(field) => Some((
            format!("`{name}` can't be the subject of an event"),
            "the subject is an id: a `Uuid`, a `String` or a whole number, and not an `Option`",
        )),
        Some(_) => None,
    };
    if let Some((what, help)) = wrong {
        errors.at(&literal, what, help);
        declaration.event.subject.take();
    }
}

fn names_something(field: &FieldDecl) -> bool {
    let Some(shape) = &field.shape else { return true };
    let id = matches!(
        shape.element,
        Element::Scalar(
            Scalar::Uuid | Scalar::String | Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64
        )
    );
    id && !shape.optional && shape.many == Many::One
}
