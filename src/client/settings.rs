//! How a client behaves.

use std::time::Duration;

use super::call::Transport;
use super::retry::Backoff;
use super::target::Target;
use super::{Client, grpc, rest};
use crate::config::Secret;
use crate::error::Result;

/// A client to be: see [`Client::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing is made until `build`"]
pub struct ClientBuilder {
    url: String,
    settings: Settings,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) deadline: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) attempts: u32,
    pub(super) backoff: Backoff,
    pub(super) max_request_bytes: usize,
    pub(super) max_answer_bytes: usize,
    pub(super) bearer: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(1),
            attempts: 3,
            backoff: Backoff { base: Duration::from_millis(50), cap: Duration::from_secs(1) },
            max_request_bytes: 4 << 20,
            max_answer_bytes: 4 << 20,
            bearer: None,
        }
    }
}

impl ClientBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), settings: Settings::default() }
    }

    /// How long a call may take, with all its attempts and pauses: 5 seconds. What is left of the deadline of the
    /// operation that it is made within may make it shorter.
    pub fn deadline(mut self, within: Duration) -> Self {
        self.settings.deadline = within;
        self
    }

    /// How long one attempt may take: 2 seconds.
    pub fn attempt_timeout(mut self, within: Duration) -> Self {
        self.settings.attempt_timeout = within;
        self
    }

    /// How long it may take to connect: 1 second.
    pub fn connect_timeout(mut self, within: Duration) -> Self {
        self.settings.connect_timeout = within;
        self
    }

    /// How many attempts a call has: 3. With 1 nothing is repeated.
    pub fn attempts(mut self, most: u32) -> Self {
        self.settings.attempts = most;
        self
    }

    /// The limit of the pause after the first attempt, which doubles with each (50 milliseconds), and the longest that it
    /// grows to (1 second). A pause is drawn at random below its limit.
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.settings.backoff = Backoff { base, cap };
        self
    }

    /// The largest request that is sent: 4 MiB.
    pub fn max_request_bytes(mut self, most: usize) -> Self {
        self.settings.max_request_bytes = most;
        self
    }

    /// The largest answer that is read: 4 MiB.
    pub fn max_answer_bytes(mut self, most: usize) -> Self {
        self.settings.max_answer_bytes = most;
        self
    }

    /// The token that goes with every call, as `authorization: Bearer ..`.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.settings.bearer = Some(Secret(token.into()));
        self
    }

    /// The client. A URL that can't be used is an error that says which can.
    pub fn build(self) -> Result<Client> {
        let target = Target::parse(&self.url)?;
        let transport: Box<dyn Transport> = match &target {
            Target::Grpc(authority) => Box::new(grpc::Grpc::new(authority, &self.settings)?),
            Target::Rest(authority) => Box::new(rest::Rest::new(authority, &self.settings)),
        };
        Ok(Client::over(transport, self.settings, target.to_string()))
    }

    /// The client, over a transport of your own: what a test puts in place of the network.
    #[must_use]
    pub fn over(self, transport: impl Transport) -> Client {
        Client::over(Box::new(transport), self.settings, self.url)
    }
}
