//! Opening connections: settings that every connection shares, and errors that say what to do.

use std::cmp::Ordering;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use rust_decimal::Decimal;

use super::location::Location;
use crate::{Error, Result};

/// Statements are few and known; the user's own and those of lists share what is left.
const STATEMENTS: usize = 256;

/// What a reader that must not wait waits at most.
pub(super) const BRIEFLY: Duration = Duration::from_millis(20);

/// How often it is looked for whether another process has left the lock for writing.
pub(super) const LOOK: Duration = Duration::from_millis(1);

const COMMON: &str = "
    PRAGMA trusted_schema = OFF;
    PRAGMA case_sensitive_like = ON;
    PRAGMA temp_store = MEMORY;
";

const WRITER: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -16384;
    PRAGMA journal_size_limit = 67108864;
";

const READER: &str = "
    PRAGMA query_only = ON;
    PRAGMA cache_size = -8192;
";

/// The connection that writes; it makes the file where there is none.
pub(super) fn writer(location: &Location, patience: Duration) -> Result<Connection> {
    try_writer(location, patience).map_err(|error| Error::internal(explain(location, &error)))
}

/// As [`writer`], for opening again.
pub(super) fn try_writer(location: &Location, patience: Duration) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match location {
        Location::Memory => Connection::open_in_memory_with_flags(flags)?,
        Location::File(path) => Connection::open_with_flags(path, flags)?,
    };
    prepare(&connection, patience)?;
    if let Location::File(_) = location {
        write_ahead(&connection, patience)?;
    }
    connection.execute_batch(WRITER)?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection, patience)?;
    connection.execute_batch(READER)?;
    Ok(connection)
}

fn prepare(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.create_collation("fourfold_decimal", compare_decimals)?;
    connection.execute_batch(COMMON)
}

/// Two processes that change the journal mode at once are not made to wait by SQLite itself.
fn write_ahead(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(_) if connection.is_readonly("main")? => return Err(failure(rusqlite::ffi::SQLITE_READONLY)),
            Ok(_) => return Err(failure(rusqlite::ffi::SQLITE_PROTOCOL)),
            Err(error) if is_busy(&error) && begun.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Takes the lock for writing by `begin`, and waits for it no longer than the connection waits for anything.
///
/// `SQLite` itself looks ever more seldom, at last ten times a second, and beside others that commit one transaction after the
/// other it may not once find the lock free.
pub(super) fn patiently<T>(
    connection: &Connection,
    mut begin: impl FnMut() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let mut timeout = connection.prepare_cached("PRAGMA busy_timeout")?;
    let patience = timeout.query_row([], |row| row.get::<_, u32>(0))?;
    let patience = Duration::from_millis(patience.into());
    let since = Instant::now();
    connection.busy_timeout(Duration::ZERO)?;
    let result = loop {
        match begin() {
            Err(error) if is_busy(&error) && since.elapsed() < patience => std::thread::sleep(LOOK),
            result => break result,
        }
    };
    connection.busy_timeout(patience)?;
    result
}

/// What changes when another connection commits.
pub(super) fn version(connection: &Connection) -> Option<u32> {
    connection.prepare_cached("PRAGMA data_version").ok()?.query_row([], |row| row.get(0)).ok()
}

/// Begins a transaction that takes the lock for writing at once.
pub(crate) fn immediate(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    patiently(connection, || Transaction::new_unchecked(connection, TransactionBehavior::Immediate))
}

fn failure(code: std::ffi::c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// By value, so that `1.5` and `1.50` are equal; what is no decimal comes after all that are.
fn compare_decimals(left: &str, right: &str) -> Ordering {
    match (Decimal::from_str_exact(left), Decimal::from_str_exact(right)) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}

/// Why a store could not be opened, and what to do.
fn explain(location: &Location, error: &rusqlite::Error) -> String {
    let name = location.name();
    let Location::File(path) = location else {
        return format!("the database in memory could not be made: {error}");
    };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return format!("the database `{name}` is a directory; name a file in DATABASE_URL");
    }
    if !directory.is_dir() {
        let directory = directory.display();
        return format!(
            "the database `{name}` cannot be made, because there is no directory `{directory}`; make the \
             directory, or name another file in DATABASE_URL"
        );
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => format!(
            "the file `{name}` is not an SQLite database (or is encrypted); move it away, or name another file \
             in DATABASE_URL"
        ),
        Some(ErrorCode::DatabaseCorrupt) => format!(
            "the database `{name}` is damaged: {error}; restore it from a backup, or save what can be read with \
             `sqlite3 {name} .recover`"
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => format!(
            "the database `{name}` cannot be opened for writing: {error}; this process needs to read and write \
             the file, and to make files beside it in `{}`",
            directory.display()
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => format!(
            "the database `{name}` is locked by another process; end the process that holds it, or start again \
             when it is done"
        ),
        Some(ErrorCode::FileLockingProtocolFailed) => format!(
            "the database `{name}` cannot use write-ahead logging, which needs a file system with shared memory; \
             put the file on a local disk"
        ),
        Some(ErrorCode::DiskFull) => format!("the disk that holds the database `{name}` is full; make room"),
        _ => format!("the database `{name}` could not be opened: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value_and_never_by_spelling() {
        for (left, right, order) in [
            ("1.5", "1.50", Ordering::Equal),
            ("9", "10", Ordering::Less),
            ("-10", "-9", Ordering::Less),
            ("-0", "0", Ordering::Equal),
            ("79228162514264337593543950335", "0.0000000000000000000000000001", Ordering::Greater),
            ("x", "1", Ordering::Greater),
            ("x", "y", Ordering::Less),
        ] {
            assert_eq!(compare_decimals(left, right), order, "{left} {right}");
            assert_eq!(compare_decimals(right, left), order.reverse(), "{right} {left}");
        }
    }
}
