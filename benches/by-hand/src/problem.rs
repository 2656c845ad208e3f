//! The one error: an RFC 9457 problem.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    errors: Vec<Violation>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Serialize)]
pub(crate) struct Violation {
    pub(crate) pointer: &'static str,
    pub(crate) detail: &'static str,
}

#[derive(Serialize)]
struct Body<'a> {
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Violation]>::is_empty")]
    errors: &'a [Violation],
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: Vec::new() }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn invalid(errors: Vec<Violation>) -> Self {
        let detail = "the request breaks rules".to_owned();
        Self { status: StatusCode::BAD_REQUEST, detail, errors }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such thing")
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(crate) fn version_mismatch() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "it has changed since the version in If-Match")
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::not_found(),
            sqlx::Error::PoolTimedOut => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database is too busy, try again")
            }
            sqlx::Error::Database(error) if error.is_unique_violation() => {
                Self::conflict("another one has this value already")
            }
            error => {
                eprintln!("{error}");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}
