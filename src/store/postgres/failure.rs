//! PostgreSQL's errors as the store's.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::descriptor::Descriptor;
use crate::store::StoreError;
use crate::store::schema::{self, Engine, first_field};

/// What kind of failure it is, and so what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The connection is gone; whether the statement ran is not known.
    Broken,
    /// Two transactions stood in each other's way: the same again may work at once.
    Conflict,
    /// A lock was not to be had in the time that was given.
    Locked,
    /// The server can't at the moment; nothing was written.
    Refused,
    /// The prepared statement is not valid any more.
    Stale,
    /// What was to be written, or the statement.
    Content,
}

/// Sorts an error.
pub(super) fn class(error: &Error) -> Class {
    let Some(code) = error.code() else {
        let broken = error.is_closed() || error.source().is_some_and(is_broken_pipe);
        return if broken { Class::Broken } else { Class::Content };
    };
    if *code == SqlState::T_R_DEADLOCK_DETECTED || *code == SqlState::T_R_SERIALIZATION_FAILURE {
        return Class::Conflict;
    }
    match (code.code(), code.code().get(..2)) {
        ("55P03", _) => Class::Locked,
        // Another process of the server crashed: said at any moment, also after the commit.
        ("57P02", _) => Class::Broken,
        ("26000" | "0A000", _) => Class::Stale,
        // Statement timeout, read-only (a standby), disk errors.
        ("57014" | "25006" | "58030", _) | (_, Some("53" | "08")) => Class::Refused,
        (code, _) if code.starts_with("57P") => Class::Refused,
        _ => Class::Content,
    }
}

fn is_broken_pipe(source: &(dyn std::error::Error + 'static)) -> bool {
    // What can't be encoded is an io::Error as well, of these two kinds.
    let kinds = [io::ErrorKind::InvalidInput, io::ErrorKind::InvalidData];
    source.downcast_ref::<io::Error>().is_some_and(|error| !kinds.contains(&error.kind()))
}

/// An error as text for the log: no values, no address, no password.
pub(super) fn describe(error: &Error) -> String {
    match error.as_db_error() {
        // The messages of class 22 quote the value.
        Some(db) if db.code().code().starts_with("22") => format!("SQLSTATE {}", db.code().code()),
        Some(db) => {
            let place = db.constraint().map(|name| format!(", constraint {name}")).unwrap_or_default();
            format!("{} (SQLSTATE {}{place})", db.message(), db.code().code())
        }
        None => match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

/// A failed read.
pub(super) fn read(error: &Error) -> StoreError {
    match class(error) {
        Class::Content | Class::Stale => StoreError::Internal(describe(error)),
        _ => StoreError::Unavailable(describe(error)),
    }
}

/// A failed write of a row of `descriptor`. `deletes`: what was to be done is a delete.
pub(super) fn write(
    error: &Error,
    descriptor: &'static Descriptor,
    deletes: bool,
    resources: &[&'static Descriptor],
) -> StoreError {
    match class(error) {
        Class::Broken => StoreError::Unknown(describe(error)),
        Class::Conflict | Class::Locked | Class::Refused => StoreError::Unavailable(describe(error)),
        Class::Stale => StoreError::Internal(describe(error)),
        Class::Content => error
            .as_db_error()
            .and_then(|db| constraint(db, descriptor, deletes, resources))
            .unwrap_or_else(|| StoreError::Internal(describe(error))),
    }
}

fn constraint(
    db: &DbError,
    descriptor: &'static Descriptor,
    deletes: bool,
    resources: &[&'static Descriptor],
) -> Option<StoreError> {
    let (name, ours) = (db.constraint()?, db.table()? == descriptor.table);
    if *db.code() == SqlState::UNIQUE_VIOLATION {
        if db.table()? == super::schema::RECORDS {
            return Some(StoreError::Repeated);
        }
        return if ours {
            let field = unique_field(name, descriptor)
                .or_else(|| columns_of(db.detail()?).and_then(|columns| first_field(columns, descriptor)));
            field.map(|field| StoreError::Unique { field })
        } else {
            None
        };
    }
    if *db.code() == SqlState::FOREIGN_KEY_VIOLATION {
        if deletes {
            return Some(StoreError::StillReferenced);
        }
        return if ours { reference_field(name, descriptor, resources) } else { None };
    }
    None
}

fn unique_field(name: &str, descriptor: &'static Descriptor) -> Option<usize> {
    let column = schema::tables(&[descriptor], Engine::Postgres)
        .into_iter()
        .flat_map(|table| table.indexes)
        .find(|index| index.name == name)
        .and_then(|index| index.columns.first().copied());
    match column {
        Some(column) => descriptor.field(column).map(|(index, _)| index),
        None => name.ends_with("_pkey").then_some(descriptor.id),
    }
}

/// Of an index that others made: `Key (lower(email), tag)=(..) already exists.`, in the server's own language.
fn columns_of(detail: &str) -> Option<&str> {
    let (columns, _) = detail.split_once(")=(")?;
    columns.split_once('(').map(|(_, columns)| columns)
}

fn reference_field(
    name: &str,
    descriptor: &'static Descriptor,
    resources: &[&'static Descriptor],
) -> Option<StoreError> {
    let reference = schema::tables(resources, Engine::Postgres)
        .into_iter()
        .filter(|table| std::ptr::eq(table.descriptor, descriptor))
        .flat_map(|table| table.references)
        .find(|reference| reference.name == name)?;
    descriptor.field(reference.column).map(|(field, _)| StoreError::MissingReference { field })
}
