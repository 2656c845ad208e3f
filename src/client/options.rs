//! What is said of single calls.

use std::fmt;
use std::time::{Duration, Instant};

use crate::config::Secret;
use crate::context::Context;

/// Options for the calls made through [`Client::with`](super::Client::with).
#[derive(Clone, Default)]
pub struct CallOptions {
    pub(super) request_id: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) bearer: Option<Secret>,
    pub(super) trace_parent: Option<String>,
    pub(super) correlation: Option<String>,
    timeout: Option<Duration>,
    until: Option<Instant>,
}

impl CallOptions {
    /// Nothing special.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of the one write that follows: the same id again gets the first answer. Without it each write gets a new
    /// one, so an operation that may itself be run again had better derive one from what it works on.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// The version that the write must meet, as an answer's `etag` says it.
    #[must_use]
    pub fn etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }

    /// The token that goes with the calls, in place of the client's own.
    #[must_use]
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.bearer = Some(Secret(token.into()));
        self
    }

    /// How long each call may take, with all its attempts.
    #[must_use]
    pub fn deadline(mut self, within: Duration) -> Self {
        self.timeout = Some(within);
        self
    }

    /// On behalf of a running operation: its request id, its trace, and no longer than its caller waits.
    #[must_use]
    pub fn within(mut self, ctx: &Context) -> Self {
        self.trace_parent = ctx.trace_parent().map(str::to_owned);
        self.correlation = Some(ctx.request_id().to_owned());
        self.until = ctx.deadline();
        self
    }

    /// When a call that begins now has to end.
    pub(super) fn deadline_from(&self, usual: Duration, now: Instant) -> Instant {
        /// So long that adding it to the present can't overflow.
        const LONG: Duration = Duration::from_hours(24 * 365);
        let own = now + self.timeout.unwrap_or(usual).min(LONG);
        self.until.map_or(own, |until| own.min(until))
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("request_id", &self.request_id)
            .field("etag", &self.etag)
            .field("bearer", &self.bearer)
            .field("deadline", &self.timeout)
            .finish_non_exhaustive()
    }
}
