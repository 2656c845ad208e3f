//! Errors as gRPC says them.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// One thing that is wrong with a request.
pub(crate) struct Violation {
    pub(crate) field: &'static str,
    pub(crate) detail: &'static str,
}

pub(crate) fn invalid(violations: Vec<Violation>) -> Status {
    let violations: Vec<_> =
        violations.into_iter().map(|it| FieldViolation::new(it.field, it.detail)).collect();
    let mut details = ErrorDetails::new();
    details.set_bad_request(violations);
    Status::with_error_details(Code::InvalidArgument, "the request breaks rules", details)
}

pub(crate) fn bad(field: &'static str, detail: &'static str) -> Status {
    invalid(vec![Violation { field, detail }])
}

pub(crate) fn not_found() -> Status {
    Status::not_found("there is no such thing")
}

pub(crate) fn version_mismatch() -> Status {
    Status::aborted("it has changed since the version in etag")
}

pub(crate) fn store(error: sqlx::Error) -> Status {
    match error {
        sqlx::Error::RowNotFound => not_found(),
        sqlx::Error::PoolTimedOut => Status::unavailable("the database is too busy, try again"),
        sqlx::Error::Database(error) if error.is_unique_violation() => {
            Status::already_exists("another one has this value already")
        }
        error => {
            eprintln!("{error}");
            Status::internal("")
        }
    }
}
