//! Changes at another service, one after the other, over connections that come and go.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use prost::Message;
use prost::encoding::WireType;

use super::call::{Call, Messages, part};
use super::error::RemoteError;
use super::{Client, retry};
use crate::error::ErrorKind;
use crate::rpc::{told, watch};

/// How long nothing at all may come before the connection is taken for dead. Whoever is watched says at least every few
/// seconds that nothing has happened.
const SILENCE: Duration = Duration::from_mins(1);

/// What happens to the resources of another service: [`next`](Self::next) waits for the next change. Where the connection
/// breaks or the other service restarts it goes on by itself from where it was, without a gap and without a repeat.
///
/// The generated clients begin one, `users.watch(WatchUsersRequest::default())`. It can be dropped and begun anew
/// from its [`resume_token`](Self::resume_token), by another process or another day: put that into the request.
///
/// ```no_run
/// # use fourfold::client::{RemoteError, Watch, prost};
/// # async fn keep(token: &str) {}
/// # async fn copy<WatchUsersResponse: prost::Message + Default>(mut changes: Watch<WatchUsersResponse>)
/// # -> Result<(), RemoteError> {
/// // let mut changes = users.watch(WatchUsersRequest { resume_token, ..Default::default() });
/// loop {
///     let change = changes.next().await?;
///     // change.happened, change.user, ..
///     keep(changes.resume_token()).await;
/// }
/// # }
/// ```
pub struct Watch<R> {
    client: Client,
    call: Call,
    token: String,
    messages: Option<Messages>,
    failures: u32,
    answer: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Watch<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("rpc", &self.call.rpc()).finish_non_exhaustive()
    }
}

impl<R: Message + Default> Watch<R> {
    /// Begins when it is first asked for a change. For the generated clients.
    #[doc(hidden)]
    #[must_use]
    pub fn new(client: Client, call: Call) -> Self {
        let token = part(call.request(), watch::RESUME_TOKEN);
        let token = token.map(|token| String::from_utf8_lossy(&token).into_owned()).unwrap_or_default();
        Self { client, call, token, messages: None, failures: 0, answer: PhantomData }
    }

    /// Where it is: what came before and with this has been handed out. Empty as long as the other service has said nothing.
    #[must_use]
    pub fn resume_token(&self) -> &str {
        &self.token
    }

    /// The next change. It waits for as long as there is none, and while the other service is away.
    ///
    /// An error is one that waiting does not mend: the caller may not watch ([`ErrorKind::PermissionDenied`]), the request
    /// is wrong, or the token is too old ([`ErrorKind::OutOfRange`]): then list anew and watch without a token. After an
    /// error the next call tries again. Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Result<R, RemoteError> {
        let rpc = self.call.rpc();
        loop {
            match self.message().await {
                Ok(Some(message)) => {
                    self.failures = 0;
                    self.note(&message);
                    // Where nothing happened the token is all there is.
                    if part(message.clone(), told::HAPPENED).is_none_or(|happened| happened.is_empty()) {
                        continue;
                    }
                    return R::decode(message).map_err(|error| {
                        RemoteError::new(
                            ErrorKind::Internal,
                            "what came is not the message that was expected",
                        )
                        .caused_by(error)
                        .during(rpc, &self.client.shared.target, 1)
                    });
                }
                // It ended as streams do.
                Ok(None) => self.messages = None,
                Err(error) => {
                    self.messages = None;
                    if !retry::may_repeat(&self.call, &error) {
                        return Err(error.during(rpc, &self.client.shared.target, self.failures + 1));
                    }
                    tracing::debug!(rpc, %error, "a watch is begun again");
                    self.failures = self.failures.saturating_add(1);
                    let backoff = self.client.shared.settings.backoff;
                    tokio::time::sleep(backoff.pause(self.failures, error.retry_after())).await;
                }
            }
        }
    }

    async fn message(&mut self) -> Result<Option<Bytes>, RemoteError> {
        let messages = if let Some(messages) = &mut self.messages {
            messages
        } else {
            let begun = self.client.begin(&self.resumed()).await?;
            self.messages.insert(begun)
        };
        match tokio::time::timeout(SILENCE, messages.next()).await {
            Ok(message) => message.transpose(),
            Err(_) => Err(RemoteError::new(ErrorKind::Unavailable, format!("nothing came for {SILENCE:?}"))),
        }
    }

    fn note(&mut self, message: &Bytes) {
        if let Some(token) = part(message.clone(), told::RESUME_TOKEN) {
            self.token = String::from_utf8_lossy(&token).into_owned();
        }
    }

    /// The call, from where it is now.
    fn resumed(&self) -> Call {
        if self.token.is_empty() {
            return self.call.clone();
        }
        let mut more = BytesMut::with_capacity(self.token.len() + 8);
        prost::encoding::string::encode(watch::RESUME_TOKEN, &self.token, &mut more);
        prost::encoding::encode_key(watch::FROM_BEGINNING, WireType::Varint, &mut more);
        prost::encoding::encode_varint(0, &mut more);
        self.call.with(&more)
    }
}
