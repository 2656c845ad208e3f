//! What the store does with a field: `unique`, `filter`, `sort` and `references`.

use crate::declaration::{FieldDecl, Flag};
use crate::errors::Errors;
use crate::model::{Element, Many};
use crate::names;
use crate::types::Scalar;

pub(super) fn check(field: &mut FieldDecl, errors: &mut Errors) {
    if let Some(shape) = &field.shape {
        let json = "does not go with this field: it is stored as JSON, which is not compared";
        let composite = shape.many != Many::One || shape.element == Element::Scalar(Scalar::Json);
        let bytes = shape.many == Many::One && shape.element == Element::Scalar(Scalar::Bytes);
        let key = shape.many == Many::One
            && matches!(shape.element, Element::Scalar(Scalar::Uuid | Scalar::I64 | Scalar::String));
        if composite {
            for flag in [Flag::Unique, Flag::Filter, Flag::Sort] {
                field.flags.refuse(
                    flag,
                    errors,
                    json,
                    "leave it out, or put the value into a field of its own",
                );
            }
        }
        if bytes {
            field.flags.refuse(
                Flag::Sort,
                errors,
                "does not go with bytes: they have no order",
                "leave it out",
            );
        }
        if !key {
            let what = "does not go with this field: an id is a `Uuid`, an `i64` or a `String`";
            field.references.refuse(
                errors,
                what,
                "write the type of the other resource's id, or an `Option` of it",
            );
        }
    }
    let wrong = field.references.get().filter(|text| !names::is_full_name(&text.value())).cloned();
    if let Some(text) = wrong {
        errors.at(
            &text,
            format_args!("\"{}\" is not the full name of a resource", text.value()),
            "write its package and its struct's name, such as \"shop.user.v1.User\"",
        );
        field.references.take();
    }
}
