//! From a host to a connection. What is connected to is the address that was looked at, so a name that resolves to another
//! one a moment later changes nothing.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::address::not_public;
use crate::descriptor::BoxFuture;

/// What a host resolves to.
pub(super) type Resolve =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// By the system.
pub(super) fn system() -> Resolve {
    Arc::new(|host, port| Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }))
}

/// Makes connections to addresses that a request may go to.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) private: bool,
    pub(super) timeout: Duration,
    pub(super) resolve: Resolve,
}

/// Its addresses are not to be connected to.
#[derive(Debug)]
pub(super) struct Forbidden(String);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Forbidden {}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect(&url).await.map(TokioIo::new) })
    }
}

impl Connector {
    async fn connect(&self, url: &Uri) -> io::Result<TcpStream> {
        let end = Instant::now() + self.timeout;
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
        let plain = url.scheme() == Some(&Scheme::HTTP);
        let port = url.port_u16().unwrap_or(if plain { 80 } else { 443 });
        let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let addresses = timeout_at(end, (self.resolve)(host.to_owned(), port)).await.map_err(late)?;
        let addresses = self.allowed(addresses?, plain).map_err(io::Error::other)?;
        let mut why = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        let mut left = addresses.len();
        for address in addresses {
            // One that does not answer leaves time for the others.
            let now = Instant::now();
            let share = end.saturating_duration_since(now) / u32::try_from(left).unwrap_or(u32::MAX).max(1);
            left -= 1;
            match timeout_at(now + share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => why = error,
                Err(elapsed) => why = late(elapsed),
            }
        }
        Err(why)
    }

    /// The addresses, if all of them may be connected to: a host that has one of the others as well means no good.
    fn allowed(&self, addresses: Vec<SocketAddr>, plain: bool) -> Result<Vec<SocketAddr>, Forbidden> {
        let kinds = || addresses.iter().map(|address| not_public(address.ip()));
        if !self.private
            && let Some(what) = kinds().flatten().next()
        {
            return Err(Forbidden(format!(
                "its host resolves to an address that is not public ({what}); FOURFOLD_WEBHOOKS_ALLOW_PRIVATE=on lets \
                 webhooks go to one's own network"
            )));
        }
        if plain && kinds().any(|kind| kind.is_none()) {
            return Err(Forbidden(
                "its host resolves to a public address, where a request has to be https".to_owned(),
            ));
        }
        Ok(addresses)
    }
}
