//! Calls to other services: what their typed clients run on.
//!
//! The generator writes a client for every resource of another service, `UserClient` with its trait `UserApi`, from that
//! service's committed contracts. Both speak through a [`Client`], which does for all of them what a call over a network
//! needs: a deadline, repeats where they are safe, and errors that read alike whatever carried them.
//!
//! ```no_run
//! # fn main() -> fourfold::Result<()> {
//! use fourfold::Duration;
//! use fourfold::client::Client;
//!
//! let users = Client::builder("grpc://users.internal:8080").deadline(Duration::from_secs(2)).build()?;
//! // let users = UserClient::new(users);
//! # drop(users);
//! # Ok(())
//! # }
//! ```
//!
//! The URL chooses the transport: `grpc://host:port`, or `http://host:port` for REST with protobuf bodies. Neither
//! connects before the first call, and both connect again by themselves. TLS is not spoken: put a mesh or a local proxy
//! in between.
//!
//! # What is repeated
//!
//! A call is repeated, after a pause that doubles and is drawn at random, when the other side says that it is not
//! available (AIP-194: `UNAVAILABLE` and 503), when the connection fails or an attempt takes too long, and when it says
//! that too much was asked and when to come back (`RetryInfo`, `Retry-After`). A write is repeated too, because every
//! write carries a request id, the same on each attempt, under which the other service does it once. Where a method takes
//! no request id it is tried once.
//!
//! Nothing else is repeated. `ABORTED` is not: it means that a row has moved, and what to do about it is for whoever read
//! the row to decide. No repeat begins after the deadline, and none waits past it.

mod call;
mod error;
mod grpc;
mod kind;
mod options;
mod problem;
mod rest;
mod retry;
mod settings;
mod status;
mod target;
#[cfg(test)]
mod tests;
mod watch;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;

pub use self::call::{Attempt, Call, Messages, Transport};
pub use self::error::{RemoteError, RemoteViolation};
pub use self::options::CallOptions;
pub use self::settings::ClientBuilder;
pub use self::watch::Watch;
#[doc(hidden)]
pub use http::Method;
/// What the messages are written with.
pub use prost;
/// The messages that Google's `.proto` files define, `Timestamp`, `Duration`, `FieldMask`.
pub use prost_types;

use self::settings::Settings;
use crate::context::Context;
use crate::descriptor::BoxFuture;
use crate::error::{ErrorKind, Result};

/// One other service: where it is, and how it is called. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    options: CallOptions,
}

struct Shared {
    transport: Box<dyn Transport>,
    settings: Settings,
    target: String,
}

impl Client {
    /// A client with the usual settings, for `grpc://host:port` or `http://host:port`. It connects when it is first used.
    pub fn connect(url: &str) -> Result<Self> {
        Self::builder(url).build()
    }

    /// A client with settings of your own.
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder::new(url)
    }

    fn over(transport: Box<dyn Transport>, settings: Settings, target: String) -> Self {
        Self { shared: Arc::new(Shared { transport, settings, target }), options: CallOptions::default() }
    }

    /// The same client, with options for the calls made through it.
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { shared: Arc::clone(&self.shared), options }
    }

    /// The same client, for calls on behalf of a running operation: they carry its request id and its trace, and end when
    /// its caller stops waiting.
    #[must_use]
    pub fn within(&self, ctx: &Context) -> Self {
        self.with(self.options.clone().within(ctx))
    }

    /// The request id for the next write: the one that was given, else a new one.
    #[must_use]
    pub fn request_id(&self) -> String {
        self.options.request_id.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string())
    }

    /// The version that the next write must meet: the one that was given, else the one that the message has.
    #[must_use]
    pub fn etag(&self, own: String) -> String {
        self.options.etag.clone().unwrap_or(own)
    }

    /// Makes a call and reads its answer.
    pub fn call<R: Message + Default>(
        &self,
        call: Call,
    ) -> impl Future<Output = Result<R, RemoteError>> + Send + use<R> {
        let rpc = call.rpc();
        let target = self.shared.target.clone();
        let answer = self.clone().send(call);
        async move {
            let answer = answer.await?;
            R::decode(answer).map_err(|error| {
                RemoteError::new(ErrorKind::Internal, "the answer is not the message that was expected")
                    .caused_by(error)
                    .during(rpc, &target, 1)
            })
        }
    }

    /// All attempts of a call. Boxed, so that it is compiled here and not with every message.
    fn send(self, call: Call) -> BoxFuture<'static, Result<Bytes, RemoteError>> {
        Box::pin(async move {
            let mut attempts = 0;
            let answer = self.attempts(&call, &mut attempts).await;
            answer.map_err(|error| error.during(call.rpc(), &self.shared.target, attempts))
        })
    }

    async fn attempts(&self, call: &Call, attempts: &mut u32) -> Result<Bytes, RemoteError> {
        if !call.mistakes().is_empty() {
            return Err(RemoteError::invalid(call.mistakes().to_vec()));
        }
        let settings = &self.shared.settings;
        let deadline = self.options.deadline_from(settings.deadline, Instant::now());
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(RemoteError::new(
                    ErrorKind::DeadlineExceeded,
                    "there was no time left to call it",
                ));
            }
            *attempts += 1;
            let error = match self.attempt(call, left.min(settings.attempt_timeout)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if *attempts >= settings.attempts || !retry::may_repeat(call, &error) {
                return Err(error);
            }
            let pause = settings.backoff.pause(*attempts, error.retry_after());
            if pause >= deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            tracing::debug!(rpc = call.rpc(), attempt = attempts, ?pause, %error, "a call is repeated");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call, timeout: Duration) -> Result<Bytes, RemoteError> {
        in_time(timeout, self.shared.transport.send(self.prepared(call, timeout))).await
    }

    /// One attempt at a call that is answered by a stream.
    async fn begin(&self, call: &Call) -> Result<Messages, RemoteError> {
        let timeout = self.shared.settings.attempt_timeout;
        in_time(timeout, self.shared.transport.stream(self.prepared(call, timeout))).await
    }

    fn prepared<'a>(&'a self, call: &'a Call, timeout: Duration) -> Attempt<'a> {
        let authorization = self.options.bearer.as_ref().or(self.shared.settings.bearer.as_ref());
        Attempt {
            call,
            timeout,
            authorization: authorization.map(|token| format!("Bearer {}", token.0)),
            trace_parent: self.options.trace_parent.as_deref(),
            correlation: self.options.correlation.as_deref(),
        }
    }
}

async fn in_time<T>(
    timeout: Duration,
    attempt: impl Future<Output = Result<T, RemoteError>>,
) -> Result<T, RemoteError> {
    tokio::time::timeout(timeout, attempt).await.unwrap_or_else(|_elapsed| {
        let sentence = format!("no answer came within {timeout:.1?}");
        Err(RemoteError::new(ErrorKind::DeadlineExceeded, sentence))
    })
}

/// The mask of an update; without paths there is none, and the fields that are populated change.
#[doc(hidden)]
#[must_use]
pub fn field_mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    (!paths.is_empty()).then_some(prost_types::FieldMask { paths })
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("target", &self.shared.target)
            .field("settings", &self.shared.settings)
            .field("options", &self.options)
            .finish()
    }
}
