//! Kinds of errors, from the words and codes that come over the wire.

use tonic::Code;

use crate::error::ErrorKind;

pub(super) const ALL: [ErrorKind; 19] = [
    ErrorKind::InvalidArgument,
    ErrorKind::Unauthenticated,
    ErrorKind::PermissionDenied,
    ErrorKind::NotFound,
    ErrorKind::AlreadyExists,
    ErrorKind::FailedPrecondition,
    ErrorKind::OutOfRange,
    ErrorKind::VersionMismatch,
    ErrorKind::Aborted,
    ErrorKind::KeyReused,
    ErrorKind::MethodNotAllowed,
    ErrorKind::NotAcceptable,
    ErrorKind::TooLarge,
    ErrorKind::UnsupportedMediaType,
    ErrorKind::RequestTimeout,
    ErrorKind::ResourceExhausted,
    ErrorKind::Unavailable,
    ErrorKind::DeadlineExceeded,
    ErrorKind::Internal,
];

/// By the word of a problem or of an `ErrorInfo`, in any case: `version_mismatch`, `VERSION_MISMATCH`.
pub(super) fn from_word(word: &str) -> Option<ErrorKind> {
    ALL.into_iter().find(|kind| kind.http().1.eq_ignore_ascii_case(word))
}

/// By the status of an answer that says nothing more: it need not come from one of ours.
pub(super) fn from_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        405 => ErrorKind::MethodNotAllowed,
        406 => ErrorKind::NotAcceptable,
        408 => ErrorKind::RequestTimeout,
        409 => ErrorKind::FailedPrecondition,
        410 => ErrorKind::OutOfRange,
        412 => ErrorKind::VersionMismatch,
        413 => ErrorKind::TooLarge,
        415 => ErrorKind::UnsupportedMediaType,
        429 => ErrorKind::ResourceExhausted,
        502 | 503 => ErrorKind::Unavailable,
        504 => ErrorKind::DeadlineExceeded,
        400..=499 => ErrorKind::InvalidArgument,
        _ => ErrorKind::Internal,
    }
}

/// By the code of a status that says nothing more.
pub(super) fn from_code(code: Code) -> ErrorKind {
    match code {
        Code::InvalidArgument => ErrorKind::InvalidArgument,
        Code::OutOfRange => ErrorKind::OutOfRange,
        Code::Unauthenticated => ErrorKind::Unauthenticated,
        Code::PermissionDenied => ErrorKind::PermissionDenied,
        Code::NotFound => ErrorKind::NotFound,
        Code::AlreadyExists => ErrorKind::AlreadyExists,
        Code::FailedPrecondition => ErrorKind::FailedPrecondition,
        Code::Aborted => ErrorKind::Aborted,
        Code::ResourceExhausted => ErrorKind::ResourceExhausted,
        Code::Unavailable => ErrorKind::Unavailable,
        Code::DeadlineExceeded => ErrorKind::DeadlineExceeded,
        Code::Unimplemented => ErrorKind::MethodNotAllowed,
        Code::Ok | Code::Cancelled | Code::Unknown | Code::Internal | Code::DataLoss => ErrorKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_by_its_word() {
        for kind in ALL {
            let (status, word, _) = kind.http();
            assert_eq!(from_word(&word.to_uppercase()), Some(kind));
            assert_eq!(from_status(status).http().0 / 100, status / 100, "{kind:?}");
        }
        assert_eq!(from_word("teapot"), None);
    }
}
