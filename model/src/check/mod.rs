//! Check: everything that can be wrong is found here, so that writing the output can't fail.
//!
//! A check that refuses a word takes it away as well: what is left is a declaration without mistakes, and the rest of
//! the output stays as it would be.

mod choice;
mod default;
mod event;
mod field;
mod names;
mod numbers;
mod operations;
mod role;
mod rules;
mod settings;
mod store;
mod task;
mod was;

use crate::declaration::{Declaration, Flag};
use crate::errors::Errors;
use crate::model::Role;
pub(crate) use names::{Naming, ROW_VERSION};

/// PostgreSQL ends at 1,600 columns and SQLite at 2,000.
const MOST_FIELDS: usize = 1000;

pub(crate) fn resource(declaration: &mut Declaration, errors: &mut Errors) -> Naming {
    let naming = names::resource(declaration, errors);
    names::fields(declaration, true, errors);
    too_many(declaration, errors);
    role::all(&mut declaration.fields, errors);
    for field in &mut declaration.fields {
        field::of_resource(field, errors);
    }
    was::fields(&mut declaration.fields, true, errors);
    numbers::fields(&mut declaration.fields, errors);
    one_id(declaration, errors);
    operations::all(declaration, errors);
    settings::of_resource(declaration, errors);
    declaration.settle();
    naming
}

pub(crate) fn value(declaration: &mut Declaration, errors: &mut Errors) {
    names::item(declaration, "value", errors);
    names::fields(declaration, false, errors);
    too_many(declaration, errors);
    names::not_itself(declaration, errors);
    for field in &mut declaration.fields {
        field::of_value(field, errors);
    }
    was::fields(&mut declaration.fields, false, errors);
    numbers::fields(&mut declaration.fields, errors);
    declaration.settle();
}

pub(crate) fn task(declaration: &mut Declaration, errors: &mut Errors) {
    names::item(declaration, "task", errors);
    names::fields(declaration, false, errors);
    too_many(declaration, errors);
    names::not_itself(declaration, errors);
    task::words(declaration, errors);
    for field in &mut declaration.fields {
        field::of_value(field, errors);
    }
    declaration.settle();
}

pub(crate) fn event(declaration: &mut Declaration, errors: &mut Errors) {
    names::item(declaration, "event", errors);
    names::fields(declaration, false, errors);
    too_many(declaration, errors);
    names::not_itself(declaration, errors);
    event::words(declaration, errors);
    for field in &mut declaration.fields {
        field::of_value(field, errors);
    }
    declaration.settle();
}

pub(crate) fn choice(declaration: &mut Declaration, errors: &mut Errors) {
    names::item(declaration, "choice", errors);
    choice::variants(declaration, errors);
    numbers::variants(&mut declaration.variants, errors);
}

fn too_many(declaration: &Declaration, errors: &mut Errors) {
    if declaration.fields.len() > MOST_FIELDS {
        errors.at(
            &declaration.ident,
            format_args!("`{}` has more than {MOST_FIELDS} fields", declaration.ident),
            "group fields into structs with `#[derive(Value)]`: tables end at 1,600 columns",
        );
    }
}

fn one_id(declaration: &Declaration, errors: &mut Errors) {
    let is_id = |role| matches!(role, Role::Id(_));
    let said = declaration.fields.iter().any(|field| is_id(field.role) || field.flags.has(Flag::Id));
    if declaration.fits && !said {
        let candidate = declaration.fields.iter().find(|field| field.name == "id");
        let help = "write `#[field(id)]` on one field of type `Uuid` (made by the server), `i64` (made by the \
                    database) or `String` (given by the caller)";
        match candidate {
            Some(field) => errors.at(&field.ident, "no field is marked as the id", help),
            None => errors.at(&declaration.ident, format_args!("`{}` has no id", declaration.ident), help),
        }
    }
}
