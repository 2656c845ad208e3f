//! What SQLite's errors mean.

use rusqlite::{Connection, ErrorCode, ffi};

use super::cells;
use crate::cell::Cell;
use crate::descriptor::Descriptor;
use crate::store::StoreError;
use crate::store::schema::first_field;

/// Whether the error is about the database as a whole: full, locked, unreadable, away.
pub(super) fn is_away(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

/// An error that is about no row in particular.
pub(super) fn store_error(error: &rusqlite::Error) -> StoreError {
    let text = format!("SQLite: {error}");
    if is_away(error) { StoreError::Unavailable(text) } else { StoreError::Internal(text) }
}

/// Whether SQLite stopped because it found a lock.
pub(super) fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether the connection may hold on to what is no longer so.
pub(super) fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly)
    )
}

/// Whether a rule of the tables was broken.
pub(super) fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// An insert or update of `row` that SQLite refused.
pub(super) fn write_error(
    connection: &Connection,
    descriptor: &'static Descriptor,
    row: &[Cell],
    error: &rusqlite::Error,
) -> StoreError {
    match error.sqlite_extended_error_code() {
        Some(
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID,
        ) => unique_field(connection, descriptor, error)
            .map_or_else(|| store_error(error), |field| StoreError::Unique { field }),
        Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => match missing_reference(connection, descriptor, row) {
            Ok(Some(field)) => StoreError::MissingReference { field },
            Ok(None) => store_error(error),
            Err(error) => store_error(&error),
        },
        _ => store_error(error),
    }
}

/// A delete that SQLite refused.
pub(super) fn delete_error(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_extended_error_code() {
        Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => StoreError::StillReferenced,
        _ => store_error(error),
    }
}

/// SQLite says `UNIQUE constraint failed: users.email`, and of an index over expressions, which others make, `index 'by_email'`.
fn unique_field(
    connection: &Connection,
    descriptor: &'static Descriptor,
    error: &rusqlite::Error,
) -> Option<usize> {
    let rusqlite::Error::SqliteFailure(_, Some(message)) = error else { return None };
    let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
    if let Some(index) = columns.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\'')) {
        let (_, _, made_by) = super::schema::made_by(connection, index).ok()??;
        return first_field(made_by.split_once('(')?.1, descriptor);
    }
    let first = columns.split(", ").next()?;
    let column = first.strip_prefix(descriptor.table)?.strip_prefix('.')?;
    descriptor.field(column).map(|(index, _)| index)
}

/// SQLite does not say which reference is missing, so each is looked up.
fn missing_reference(
    connection: &Connection,
    descriptor: &'static Descriptor,
    row: &[Cell],
) -> rusqlite::Result<Option<usize>> {
    for key in super::schema::foreign_keys(connection, descriptor.table)? {
        let Some((index, field)) = descriptor.field(&key.column) else { continue };
        let Some(cell) = row.get(index).filter(|cell| !cell.is_null()) else { continue };
        let Ok(column) = cells::column(&field.ty.kind, cell) else { continue };
        let sql = format!("SELECT 1 FROM \"{}\" WHERE \"{}\" = ?1", key.table, key.target);
        if !connection.prepare(&sql)?.exists([column])? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}
