//! What can go wrong, on both ways in. The runtime's `ErrorKind` decides; a test compares this with it.

use super::table::{row, table};

/// The HTTP status, the word for code to read, the gRPC code, and when it comes.
const ERRORS: [(&str, &str, &str, &str); 19] = [
    ("400", "invalid_argument", "INVALID_ARGUMENT", "the request says something that is not allowed"),
    ("401", "unauthenticated", "UNAUTHENTICATED", "nobody, or nobody known, is calling"),
    ("403", "permission_denied", "PERMISSION_DENIED", "the caller may not do this"),
    ("404", "not_found", "NOT_FOUND", "there is no such thing"),
    ("405", "method_not_allowed", "UNIMPLEMENTED", "the method is not allowed here"),
    ("406", "not_acceptable", "UNIMPLEMENTED", "no representation that the caller accepts"),
    ("408", "request_timeout", "DEADLINE_EXCEEDED", "the request did not arrive in time"),
    ("409", "already_exists", "ALREADY_EXISTS", "another has this unique value"),
    ("409", "failed_precondition", "FAILED_PRECONDITION", "the state of things does not allow it"),
    ("409", "aborted", "ABORTED", "it kept changing under the operation: try again"),
    ("410", "out_of_range", "OUT_OF_RANGE", "what happened so long ago is not known any more"),
    ("412", "version_mismatch", "ABORTED", "the version that the caller names is not the current one"),
    ("413", "too_large", "RESOURCE_EXHAUSTED", "the body is larger than the limit"),
    ("415", "unsupported_media_type", "UNIMPLEMENTED", "the body's type is not understood"),
    ("422", "idempotency_key_reused", "FAILED_PRECONDITION", "the key came with another request before"),
    ("429", "resource_exhausted", "RESOURCE_EXHAUSTED", "the caller asks too much"),
    ("500", "internal", "INTERNAL", "a defect; the log knows more, by the request id"),
    ("503", "unavailable", "UNAVAILABLE", "something that is needed is away: try again"),
    ("504", "deadline_exceeded", "DEADLINE_EXCEEDED", "it took longer than it may"),
];

/// The table.
pub(crate) fn errors() -> String {
    let mut rows = vec![row(["HTTP", "code", "gRPC", "when"])];
    rows.extend(ERRORS.iter().map(|(status, code, grpc, when)| row([*status, *code, *grpc, *when])));
    table(&rows)
}
