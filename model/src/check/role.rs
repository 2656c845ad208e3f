//! Who writes a field: the id and the fields that the store keeps.

use crate::declaration::{FieldDecl, Flag};
use crate::errors::Errors;
use crate::model::{Element, IdKind, Many, Role, Shape};
use crate::types::Scalar;

const ROLES: [Flag; 5] = [Flag::Id, Flag::CreatedAt, Flag::UpdatedAt, Flag::Version, Flag::DeletedAt];

/// Gives each field its role; at most one field has each.
pub(super) fn all(fields: &mut [FieldDecl], errors: &mut Errors) {
    for flag in ROLES {
        let mut first: Option<String> = None;
        for field in fields.iter_mut().filter(|field| field.flags.has(flag)) {
            match &first {
                Some(other) => {
                    let what = format!("is on two fields, and `{other}` is the first");
                    field.flags.refuse(flag, errors, &what, "keep one of the two");
                }
                None => first = Some(field.name.clone()),
            }
        }
    }
    for field in fields {
        only_one(field, errors);
        if let Some(flag) = ROLES.into_iter().find(|flag| field.flags.has(*flag)) {
            give(field, flag, errors);
        }
    }
}

fn only_one(field: &mut FieldDecl, errors: &mut Errors) {
    let mut said = ROLES.into_iter().filter(|flag| field.flags.has(*flag));
    let Some(first) = said.next().and_then(|flag| field.flags.word(flag)).cloned() else { return };
    let others: Vec<Flag> = said.collect();
    for flag in others {
        let what = format!("and `{first}` can't be the same field");
        field.flags.refuse(flag, errors, &what, "write a field for each");
    }
}

fn give(field: &mut FieldDecl, flag: Flag, errors: &mut Errors) {
    // A type that was refused has its error already; what the role means is clear all the same.
    let shape = field.shape.clone();
    let role = match flag {
        Flag::Id => shape.as_ref().and_then(id_kind).map(Role::Id),
        Flag::CreatedAt => exact(shape.as_ref(), Scalar::Timestamp, false).then_some(Role::CreatedAt),
        Flag::UpdatedAt => exact(shape.as_ref(), Scalar::Timestamp, false).then_some(Role::UpdatedAt),
        Flag::Version => exact(shape.as_ref(), Scalar::I64, false).then_some(Role::Version),
        _ => exact(shape.as_ref(), Scalar::Timestamp, true).then_some(Role::DeletedAt),
    };
    if flag == Flag::Id {
        field.deprecated.refuse(
            errors,
            "does not go with an id: nobody can do without it",
            "leave it out; a resource with another id is another resource",
        );
    }
    match role {
        Some(role) => field.role = role,
        None if shape.is_none() => {}
        None => {
            let (what, help) = wanted(flag);
            errors.at(&field.ty, what, help);
            field.shape = None;
        }
    }
}

const fn wanted(flag: Flag) -> (&'static str, &'static str) {
    match flag {
        Flag::Id => (
            "an id can't be of this type",
            "write `Uuid` (made by the server), `i64` (made by the database) or `String` (given by the caller)",
        ),
        Flag::CreatedAt => ("`created_at` is kept in a `Timestamp`", "write `Timestamp`: every row has one"),
        Flag::UpdatedAt => ("`updated_at` is kept in a `Timestamp`", "write `Timestamp`: every row has one"),
        Flag::Version => ("`version` is kept in an `i64`", "write `i64`: it counts from 1"),
        _ => (
            "`deleted_at` is kept in an `Option<Timestamp>`",
            "write `Option<Timestamp>`: it is null until the row is deleted",
        ),
    }
}

fn id_kind(shape: &Shape) -> Option<IdKind> {
    match shape {
        Shape { optional: false, many: Many::One, element: Element::Scalar(scalar) } => match scalar {
            Scalar::Uuid => Some(IdKind::Uuid),
            Scalar::I64 => Some(IdKind::I64),
            Scalar::String => Some(IdKind::String),
            _ => None,
        },
        _ => None,
    }
}

fn exact(shape: Option<&Shape>, scalar: Scalar, optional: bool) -> bool {
    shape.is_some_and(|shape| *shape == Shape { optional, many: Many::One, element: Element::Scalar(scalar) })
}
