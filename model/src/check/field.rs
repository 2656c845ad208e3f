//! One field: its words against each other, its role and its type.

use super::{default, rules, store};
use crate::declaration::{FieldDecl, Flag};
use crate::errors::Errors;
use crate::model::{Element, IdKind, Many, Role, Rule};

pub(super) fn of_resource(field: &mut FieldDecl, errors: &mut Errors) {
    if field.flags.has(Flag::Id) {
        id(field, errors);
    } else if field.role != Role::Plain {
        kept(field, errors);
    }
    contradictions(field, errors);
    store::check(field, errors);
    of_value(field, errors);
    somebody_writes_it(field, errors);
}

pub(super) fn of_value(field: &mut FieldDecl, errors: &mut Errors) {
    rules::check(field, errors);
    default::check(field, errors);
}

fn id(field: &mut FieldDecl, errors: &mut Errors) {
    let given = field.role == Role::Id(IdKind::String);
    let made = matches!(field.role, Role::Id(IdKind::Uuid | IdKind::I64));
    let implied = "is what an id is already";
    let leave_out = "leave it out";
    field.flags.refuse(Flag::Unique, errors, implied, leave_out);
    field.flags.refuse(Flag::Immutable, errors, implied, leave_out);
    if given {
        let help = "leave it out, or make the id a `Uuid`, which the server makes";
        field.flags.refuse(Flag::OutputOnly, errors, "does not go with an id that the caller gives", help);
    } else {
        field.flags.refuse(Flag::OutputOnly, errors, implied, leave_out);
    }
    field.flags.refuse(Flag::InputOnly, errors, "does not go with an id: it is in every URL", leave_out);
    let shown = "does not go with an id: it is in every URL, log line and event";
    field.flags.refuse(
        Flag::Sensitive,
        errors,
        shown,
        "leave it out, and keep what is sensitive in another field",
    );
    let source = if given { "the caller gives it" } else { "the server makes it" };
    field.default_word.refuse(errors, &format!("does not go with an id: {source}"), leave_out);
    if made {
        let help = "leave it out, and write the reference on another field";
        field.references.refuse(errors, "does not go with an id that the server makes", help);
        refuse_rules(field, "an id that the server makes", errors);
    }
}

/// A field that the store writes.
fn kept(field: &mut FieldDecl, errors: &mut Errors) {
    let leave_out = "leave it out: the store alone writes this field";
    for flag in [Flag::OutputOnly, Flag::Immutable] {
        field.flags.refuse(flag, errors, "is implied here", leave_out);
    }
    for flag in [Flag::InputOnly, Flag::Unique] {
        field.flags.refuse(flag, errors, "makes no sense here", leave_out);
    }
    field.default_word.refuse(errors, "makes no sense here", leave_out);
    field.references.refuse(errors, "makes no sense here", leave_out);
    refuse_rules(field, "a field that the store writes", errors);
    if field.role == Role::DeletedAt {
        for flag in [Flag::Filter, Flag::Sort] {
            field.flags.refuse(
                flag,
                errors,
                "makes no sense here",
                "leave it out: a list has no deleted rows",
            );
        }
    }
}

fn refuse_rules(field: &mut FieldDecl, of: &str, errors: &mut Errors) {
    if let Some(rule) = field.rules.first() {
        errors.at(
            &rule.word,
            format_args!("there is nothing to validate in {of}"),
            "leave `validate(..)` out",
        );
    }
    field.rules.clear();
}

fn contradictions(field: &mut FieldDecl, errors: &mut Errors) {
    let flags = &mut field.flags;
    if flags.has(Flag::OutputOnly) {
        let never = "contradicts `output_only`, which is never accepted";
        flags.refuse(Flag::InputOnly, errors, never, "keep one of the two");
        flags.refuse(Flag::Immutable, errors, never, "keep one of the two");
    }
    if flags.has(Flag::InputOnly) {
        let shown = "contradicts `input_only`: the answers would give away what is never shown";
        flags.refuse(Flag::Filter, errors, shown, "leave it out");
        flags.refuse(Flag::Sort, errors, shown, "leave it out");
    }
    if flags.has(Flag::Sensitive) {
        let shown = "contradicts `sensitive`: page tokens carry the values that a list is sorted by";
        flags.refuse(Flag::Sort, errors, shown, "leave it out");
    }
}

/// A create has to find a value for every field.
fn somebody_writes_it(field: &FieldDecl, errors: &mut Errors) {
    let (Some(word), Some(shape)) = (field.flags.word(Flag::OutputOnly), &field.shape) else { return };
    // A choice starts as its first variant; a list and a map start empty.
    let starts = matches!(shape.element, Element::Named(_)) || shape.many != Many::One;
    if !shape.optional && !starts && !field.default_word.is_set() {
        errors.at(
            word,
            format_args!("nobody gives `{}` a value on create", field.name),
            "write `default = ..` beside `output_only`, or make the field an `Option`",
        );
    }
    // The rules are checked before a behavior runs, and again after it.
    let may_be_empty = |rule: &Rule| !matches!(rule, Rule::Length { min: Some(1..), .. });
    let is_empty = shape.many != Many::One && !shape.optional && !field.default_word.is_set();
    if is_empty && !field.rules.iter().filter_map(|it| it.rule.as_ref()).all(may_be_empty) {
        errors.at(
            word,
            format_args!(
                "`{}` starts empty, which its rule refuses, so nothing could be created",
                field.name
            ),
            "write `default = ..` beside `output_only`, or make the field an `Option`",
        );
    }
}
