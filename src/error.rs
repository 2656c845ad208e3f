//! The one error of the runtime, and the three tables from its kinds: to HTTP, to gRPC, and to whether a task is tried again.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// A result with fourfold's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as a caller may act on it. The names are those of `google.rpc.Code` where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request says something that is not allowed.
    InvalidArgument,
    /// Nobody, or nobody known, is calling.
    Unauthenticated,
    /// The caller may not do this.
    PermissionDenied,
    /// There is no such thing.
    NotFound,
    /// Another row holds this unique value already.
    AlreadyExists,
    /// The state of things does not allow it.
    FailedPrecondition,
    /// What was asked for lies too far back: it is not known any more.
    OutOfRange,
    /// A version that the caller named is not the current one.
    VersionMismatch,
    /// The row kept changing under an operation.
    Aborted,
    /// An idempotency key came again with another request.
    KeyReused,
    /// The method is not allowed here.
    MethodNotAllowed,
    /// No representation that the caller accepts.
    NotAcceptable,
    /// The body is larger than the limit.
    TooLarge,
    /// The body's type is not understood.
    UnsupportedMediaType,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The caller asks too much.
    ResourceExhausted,
    /// Something that is needed is away; it may work again later.
    Unavailable,
    /// It took longer than it may.
    DeadlineExceeded,
    /// A defect; the caller learns nothing but the request id.
    Internal,
}

impl ErrorKind {
    /// All kinds.
    #[cfg_attr(not(any(test, feature = "grpc")), allow(dead_code, reason = "gRPC looks for one by its code"))]
    pub(crate) const ALL: [Self; 19] = [
        Self::InvalidArgument,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::NotFound,
        Self::AlreadyExists,
        Self::FailedPrecondition,
        Self::OutOfRange,
        Self::VersionMismatch,
        Self::Aborted,
        Self::KeyReused,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::RequestTimeout,
        Self::ResourceExhausted,
        Self::Unavailable,
        Self::DeadlineExceeded,
        Self::Internal,
    ];

    /// The HTTP status, the word for code to read, and the title for people.
    #[must_use]
    pub const fn http(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidArgument => (400, "invalid_argument", "The request is not valid"),
            Self::Unauthenticated => (401, "unauthenticated", "Authentication is needed"),
            Self::PermissionDenied => (403, "permission_denied", "This is not allowed"),
            Self::NotFound => (404, "not_found", "Not found"),
            Self::AlreadyExists => (409, "already_exists", "It exists already"),
            Self::FailedPrecondition => (409, "failed_precondition", "The current state does not allow this"),
            Self::OutOfRange => (410, "out_of_range", "It is not known any more"),
            Self::VersionMismatch => (412, "version_mismatch", "The resource has changed"),
            Self::Aborted => (409, "aborted", "The resource kept changing"),
            Self::KeyReused => {
                (422, "idempotency_key_reused", "The idempotency key belongs to another request")
            }
            Self::MethodNotAllowed => (405, "method_not_allowed", "The method is not allowed here"),
            Self::NotAcceptable => (406, "not_acceptable", "No acceptable representation"),
            Self::TooLarge => (413, "too_large", "The body is too large"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "The body's type is not supported"),
            Self::RequestTimeout => (408, "request_timeout", "The request did not arrive in time"),
            Self::ResourceExhausted => (429, "resource_exhausted", "Too much was asked"),
            Self::Unavailable => (503, "unavailable", "Not available at the moment"),
            Self::DeadlineExceeded => (504, "deadline_exceeded", "It took too long"),
            Self::Internal => (500, "internal", "Something went wrong here"),
        }
    }

    /// The gRPC status (a number of `google.rpc.Code`), and the `reason` of its `ErrorInfo` in the domain `fourfold`.
    ///
    /// Where two kinds share a status, the reason tells them apart. A version that is not the current one is `ABORTED`
    /// (AIP-154): read, decide again, repeat. A key that belongs to another request is `FAILED_PRECONDITION`: what was
    /// sent is valid, and no repeat of it will ever be taken. A message that is too large is `RESOURCE_EXHAUSTED`, as
    /// gRPC's own limits are. What gRPC has no word for, because there it can't happen, is `UNIMPLEMENTED`.
    #[must_use]
    pub const fn grpc(self) -> (i32, &'static str) {
        match self {
            Self::InvalidArgument => (3, "INVALID_ARGUMENT"),
            Self::Unauthenticated => (16, "UNAUTHENTICATED"),
            Self::PermissionDenied => (7, "PERMISSION_DENIED"),
            Self::NotFound => (5, "NOT_FOUND"),
            Self::AlreadyExists => (6, "ALREADY_EXISTS"),
            Self::FailedPrecondition => (9, "FAILED_PRECONDITION"),
            Self::OutOfRange => (11, "OUT_OF_RANGE"),
            Self::VersionMismatch => (10, "VERSION_MISMATCH"),
            Self::Aborted => (10, "ABORTED"),
            Self::KeyReused => (9, "IDEMPOTENCY_KEY_REUSED"),
            Self::MethodNotAllowed => (12, "METHOD_NOT_ALLOWED"),
            Self::NotAcceptable => (12, "NOT_ACCEPTABLE"),
            Self::TooLarge => (8, "TOO_LARGE"),
            Self::UnsupportedMediaType => (12, "UNSUPPORTED_MEDIA_TYPE"),
            Self::RequestTimeout => (4, "REQUEST_TIMEOUT"),
            Self::ResourceExhausted => (8, "RESOURCE_EXHAUSTED"),
            Self::Unavailable => (14, "UNAVAILABLE"),
            Self::DeadlineExceeded => (4, "DEADLINE_EXCEEDED"),
            Self::Internal => (13, "INTERNAL"),
        }
    }

    /// Whether a task that failed so is tried again: where time alone may mend it. All else would fail again in the same
    /// way, so the task gives up at once. A defect counts as what time may mend, because it often is something that is
    /// away and that nobody thought of; [`Error::give_up`] and [`Error::try_again`] decide otherwise.
    #[must_use]
    pub const fn retries(self) -> bool {
        match self {
            Self::Aborted
            | Self::RequestTimeout
            | Self::ResourceExhausted
            | Self::Unavailable
            | Self::DeadlineExceeded
            | Self::Internal => true,
            Self::InvalidArgument
            | Self::Unauthenticated
            | Self::PermissionDenied
            | Self::NotFound
            | Self::AlreadyExists
            | Self::FailedPrecondition
            | Self::OutOfRange
            | Self::VersionMismatch
            | Self::KeyReused
            | Self::MethodNotAllowed
            | Self::NotAcceptable
            | Self::TooLarge
            | Self::UnsupportedMediaType => false,
        }
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: a JSON Pointer (RFC 6901) into the body, or the name of a query parameter or header.
    pub pointer: String,
    /// The rule that is broken, in a word: `required`, `type`, `unknown`, `length`, ..
    pub code: &'static str,
    /// What is wrong and what is allowed, without the value that was sent.
    pub message: Cow<'static, str>,
}

/// An error of an operation.
///
/// Any error type turns into one by `?`: it becomes [`ErrorKind::Internal`], is logged with its request id, and the
/// caller learns nothing but that id. For an answer that a caller can act on, use the constructors:
///
/// ```
/// # use fourfold::{Error, Result};
/// fn cancel(shipped: bool) -> Result<()> {
///     if shipped {
///         return Err(Error::failed_precondition("the order has been shipped"));
///     }
///     Ok(())
/// }
/// # assert!(cancel(true).is_err());
/// ```
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    violations: Vec<Violation>,
    detail: Option<String>,
    retry_after: Option<u32>,
    decision: Option<Decision>,
    code: Option<&'static str>,
}

/// What whoever made the error decided about the task that it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is not tried again.
    GiveUp,
    /// It is tried again, after so long where it is said.
    TryAgain(Option<Duration>),
    /// It is tried again after so long, and this was no attempt.
    #[cfg_attr(not(feature = "webhooks"), allow(dead_code, reason = "for deliveries that find no place"))]
    Postpone(Duration),
}

impl Error {
    /// An error of a kind, with a sentence for the caller.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let inner = Inner {
            kind,
            message: message.into(),
            violations: Vec::new(),
            detail: None,
            retry_after: None,
            decision: None,
            code: None,
        };
        Self { inner: Box::new(inner) }
    }

    /// A request that breaks rules, all of which are named.
    #[must_use]
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let mut error = Self::new(ErrorKind::InvalidArgument, sentence(&violations));
        error.inner.violations = violations;
        error
    }

    /// A request that breaks one rule at one place.
    #[must_use]
    pub fn violation(
        pointer: impl Into<String>,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::invalid(vec![Violation { pointer: pointer.into(), code, message: message.into() }])
    }

    /// The state of things does not allow it.
    #[must_use]
    pub fn failed_precondition(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::FailedPrecondition, message)
    }

    /// The caller may not do this.
    #[must_use]
    pub fn permission_denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::PermissionDenied, message)
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// Something that is needed is away; the caller may try again.
    #[must_use]
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unavailable, message).retry_after(1)
    }

    /// A defect; `detail` goes to the log, never to the caller.
    #[must_use]
    pub fn internal(detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Internal, "").with_detail(detail)
    }

    /// Adds what the log should say and the caller should not.
    #[must_use]
    pub fn with_detail(mut self, detail: impl fmt::Display) -> Self {
        self.inner.detail = Some(detail.to_string());
        self
    }

    /// Adds after how many seconds a caller may try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.inner.retry_after = Some(seconds);
        self
    }

    /// For a task's handler: the task is not tried again, whatever the kind.
    ///
    /// ```
    /// # use fourfold::Error;
    /// let refused = Error::unavailable("the bank refuses this account for ever").give_up();
    /// ```
    #[must_use]
    pub fn give_up(mut self) -> Self {
        self.inner.decision = Some(Decision::GiveUp);
        self
    }

    /// For a task's handler: the task is tried again, whatever the kind, as long as attempts are left. `after` says how
    /// long to wait; without it the pause is that of the task's backoff.
    ///
    /// ```
    /// # use fourfold::{Duration, Error};
    /// let early = Error::not_found("the invoice is not there yet").try_again(Some(Duration::from_secs(30)));
    /// ```
    #[must_use]
    pub fn try_again(mut self, after: Option<Duration>) -> Self {
        self.inner.decision = Some(Decision::TryAgain(after));
        self
    }

    /// For a task's own use of the runtime: it was no attempt, and is one after so long.
    #[cfg(feature = "webhooks")]
    pub(crate) fn postpone(mut self, after: Duration) -> Self {
        self.inner.decision = Some(Decision::Postpone(after));
        self
    }

    /// What was decided about the task that it ends, where something was.
    pub(crate) fn decision(&self) -> Option<Decision> {
        self.inner.decision
    }

    /// Another word than that of the kind, for what only a worker meets.
    pub(crate) fn called(mut self, code: &'static str) -> Self {
        self.inner.code = Some(code);
        self
    }

    /// The word for code to read.
    pub(crate) fn code(&self) -> &'static str {
        self.inner.code.unwrap_or(self.inner.kind.http().1)
    }

    /// What was said about the places of an object, where that object is itself a member of what was sent.
    pub(crate) fn inside(mut self, member: &str) -> Self {
        let inner = &mut self.inner;
        let usual = inner.message == sentence(&inner.violations);
        for violation in &mut inner.violations {
            if violation.pointer.is_empty() || violation.pointer.starts_with('/') {
                violation.pointer = format!("/{member}{}", violation.pointer);
            }
        }
        if usual {
            inner.message = sentence(&inner.violations);
        }
        self
    }

    /// Adds violations to an error of any kind.
    #[must_use]
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.inner.violations = violations;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The sentence for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Everything that is wrong with the request.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.inner.violations
    }

    /// What only the log says.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.inner.detail.as_deref()
    }

    /// After how many seconds a caller may try again.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.inner.retry_after
    }
}

/// What is wrong with a request, in one sentence.
fn sentence(violations: &[Violation]) -> Cow<'static, str> {
    match violations {
        [one] if one.pointer.is_empty() => one.message.clone(),
        [one] => Cow::Owned(format!("{}: {}", one.pointer, one.message)),
        many => Cow::Owned(format!("{} things are wrong with the request", many.len())),
    }
}

/// For the log and the terminal: the sentence, the violations, and the detail that no caller learns.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (true, Some(detail)) = (self.inner.message.is_empty(), &self.inner.detail) {
            return f.write_str(detail);
        }
        let (_, word, title) = self.inner.kind.http();
        let message = if self.inner.message.is_empty() { title } else { &self.inner.message };
        write!(f, "{message} ({word})")?;
        for violation in &self.inner.violations {
            write!(f, "\n  {}: {}", violation.pointer, violation.message)?;
        }
        match &self.inner.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

/// Reads as a sentence, because this is what `main` prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not `std::error::Error` itself, so that every other error can become one by `?`.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut detail = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            detail = format!("{detail}: {inner}");
            source = inner.source();
        }
        Self::internal(detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_use_the_same_word() {
        for kind in ErrorKind::ALL {
            assert_eq!(kind.http().1.to_ascii_uppercase(), kind.grpc().1);
        }
    }

    #[test]
    fn what_stands_inside_is_told_from_outside() {
        let at = |pointer: &str| Violation {
            pointer: pointer.to_owned(),
            code: "length",
            message: Cow::Borrowed("is too long"),
        };
        let error = Error::invalid(vec![at("/items/0")]).inside("data");
        assert_eq!(error.violations(), [at("/data/items/0")]);
        assert_eq!(error.message(), "/data/items/0: is too long");
        let own = Error::failed_precondition("no").with_violations(vec![at("")]).inside("data");
        assert_eq!((own.violations(), own.message()), (&[at("/data")][..], "no"));
    }
}
