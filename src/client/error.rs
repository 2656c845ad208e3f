//! What went wrong at another service, alike for all transports.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// An error of a call to another service.
///
/// Look at its [`kind`](Self::kind) where the answer means something to you:
///
/// ```
/// use fourfold::client::RemoteError;
/// use fourfold::{Error, ErrorKind, Result};
///
/// fn check<T>(user: Result<T, RemoteError>) -> Result<T> {
///     user.map_err(|error| match error.kind() {
///         ErrorKind::NotFound => Error::violation("/user_id", "reference", "points to a User that does not exist"),
///         _ => error.into(),
///     })
/// }
/// # let gone = check::<()>(Err(RemoteError::new(ErrorKind::NotFound, "")));
/// # assert_eq!(gone.unwrap_err().kind(), ErrorKind::InvalidArgument);
/// ```
///
/// `?` makes it an [`Error`] of the running operation. What the other service says of *your* request is not an answer to
/// *your* caller, who wrote another one: so its `InvalidArgument`, `NotFound` or `PermissionDenied` become
/// [`ErrorKind::Internal`], and the log has all of it. What a caller can act on stays: the other service is away or busy
/// ([`ErrorKind::Unavailable`], try again), or it took too long ([`ErrorKind::DeadlineExceeded`]).
///
/// Like `Error` it is not a `std::error::Error`, so that `?` can decide this.
#[derive(Clone)]
pub struct RemoteError {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    violations: Vec<RemoteViolation>,
    detail: Option<String>,
    retry_after: Option<Duration>,
    rpc: &'static str,
    target: String,
    attempts: u32,
}

/// One thing that the other service says is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteViolation {
    /// Where: a JSON Pointer into what was sent, `/items/0/sku`, `/page_size`; empty for all of it.
    pub pointer: String,
    /// The rule that is broken, in a word: `required`, `length`, ..
    pub code: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl RemoteViolation {
    /// A violation, as a test may want one.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), message: message.into() }
    }
}

impl RemoteError {
    /// An error of a kind, with the sentence of the other service: for transports, and for what a test puts in the place
    /// of a client.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message: message.into(),
                violations: Vec::new(),
                detail: None,
                retry_after: None,
                rpc: "",
                target: String::new(),
                attempts: 0,
            }),
        }
    }

    /// A request that breaks rules.
    #[must_use]
    pub fn invalid(violations: Vec<RemoteViolation>) -> Self {
        let message = match violations.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.message),
            many => format!("{} things are wrong with the request", many.len()),
        };
        Self::new(ErrorKind::InvalidArgument, message).with_violations(violations)
    }

    /// Adds violations to an error of any kind.
    #[must_use]
    pub fn with_violations(mut self, violations: Vec<RemoteViolation>) -> Self {
        self.inner.violations = violations;
        self
    }

    /// Adds after how long the other service wants to be asked again.
    #[must_use]
    pub fn later(mut self, after: Duration) -> Self {
        self.inner.retry_after = Some(after);
        self
    }

    /// Adds what the network or the codec said, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::error::Error) -> Self {
        let mut detail = cause.to_string();
        let mut source = cause.source();
        while let Some(inner) = source {
            let next = inner.to_string();
            // Layers like to repeat what is below them.
            if !detail.contains(&next) {
                detail = format!("{detail}: {next}");
            }
            source = inner.source();
        }
        self.inner.detail = Some(detail);
        self
    }

    /// Adds which call it was.
    pub(super) fn during(mut self, rpc: &'static str, target: &str, attempts: u32) -> Self {
        self.inner.rpc = rpc;
        target.clone_into(&mut self.inner.target);
        self.inner.attempts = attempts;
        self
    }

    /// What went wrong, in the words that all services share.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Whether there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the same call may work later: the other service is away, busy or slow.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Unavailable | ErrorKind::DeadlineExceeded | ErrorKind::ResourceExhausted
        )
    }

    /// The sentence of the other service, or of the transport where none came.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Everything that the other service found wrong with the request.
    #[must_use]
    pub fn violations(&self) -> &[RemoteViolation] {
        &self.inner.violations
    }

    /// After how long the other service wants to be asked again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// How often it was tried; 0 where the call was not made at all.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// The service that was called, `shop.user.v1.UserService`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.inner.rpc.trim_start_matches('/').split('/').next().unwrap_or_default()
    }
}

/// All that is known, for the log.
impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        let (_, word, title) = inner.kind.http();
        if !inner.rpc.is_empty() {
            write!(f, "{} at {}: ", inner.rpc.trim_start_matches('/'), inner.target)?;
        }
        let message = if inner.message.is_empty() { title } else { &inner.message };
        write!(f, "{message} ({word}")?;
        if inner.attempts > 1 {
            write!(f, ", {} attempts", inner.attempts)?;
        }
        f.write_str(")")?;
        if let Some(detail) = &inner.detail {
            write!(f, ": {detail}")?;
        }
        for violation in &inner.violations {
            write!(f, "\n  {}: {} ({})", violation.pointer, violation.message, violation.code)?;
        }
        Ok(())
    }
}

/// Reads as a sentence, as [`Error`] does.
impl fmt::Debug for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What the operation that made the call answers if it does not look into the error.
impl From<RemoteError> for Error {
    fn from(error: RemoteError) -> Self {
        let service = match error.service() {
            "" => "another service that this needs",
            name => name,
        };
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::ResourceExhausted => {
                let seconds = error.retry_after().map_or(1, |after| {
                    let whole = u32::try_from(after.as_secs()).unwrap_or(u32::MAX);
                    whole.saturating_add(u32::from(after.subsec_nanos() > 0)).max(1)
                });
                Self::unavailable(format!("{service} is not available at the moment; try again"))
                    .retry_after(seconds)
                    .with_detail(error)
            }
            ErrorKind::DeadlineExceeded => {
                let sentence = format!("{service} did not answer in time; try again");
                Self::new(ErrorKind::DeadlineExceeded, sentence).with_detail(error)
            }
            _ => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RPC: &str = "/shop.user.v1.UserService/GetUser";

    fn passed_on(kind: ErrorKind) -> Error {
        RemoteError::new(kind, "no").during(RPC, "grpc://10.0.0.1:80", 3).into()
    }

    #[test]
    fn what_the_other_service_says_of_our_request_is_no_answer_to_our_caller() {
        for kind in super::super::kind::ALL {
            let expected = match kind {
                ErrorKind::Unavailable | ErrorKind::ResourceExhausted => ErrorKind::Unavailable,
                ErrorKind::DeadlineExceeded => kind,
                _ => ErrorKind::Internal,
            };
            assert_eq!(passed_on(kind).kind(), expected, "{kind:?}");
        }
        let error: Error =
            RemoteError::invalid(vec![RemoteViolation::new("/email", "email", "is none")]).into();
        assert!(error.violations().is_empty());
    }

    #[test]
    fn who_is_away_is_named_and_where_it_is_stays_in_the_log() {
        let error = passed_on(ErrorKind::Unavailable);
        assert_eq!(error.message(), "shop.user.v1.UserService is not available at the moment; try again");
        assert_eq!(error.retry_after_seconds(), Some(1));
        assert!(error.detail().is_some_and(|detail| detail.contains("10.0.0.1")), "{error}");
    }

    #[test]
    fn part_of_a_second_is_rounded_up_for_our_caller() {
        let error: Error =
            RemoteError::new(ErrorKind::ResourceExhausted, "").later(Duration::from_millis(1200)).into();
        assert_eq!(error.retry_after_seconds(), Some(2));
    }
}
