//! One request to an endpoint: connected to an address that was looked at, over TLS, once, and never anywhere else.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use super::connect::{Connector, Forbidden, Resolve};
use super::endpoint::Target;
use super::key::content;
use super::{ID, SIGNATURE, TIMESTAMP};
use crate::error::{Error, Result};

/// How much of an answer is read, so that its connection can be used again; what is longer is cut off with it.
const MOST_READ: usize = 16 << 10;
/// How long it is read.
const READING: Duration = Duration::from_secs(1);
/// How long a connection waits for its next request.
const IDLE: Duration = Duration::from_secs(30);

/// How requests are sent.
#[derive(Clone)]
pub(super) struct Options {
    /// Whether endpoints may be in one's own network, and be spoken to over `http` there.
    pub(super) private: bool,
    pub(super) connect_timeout: Duration,
    /// How long a request may take, with the connection and the answer.
    pub(super) timeout: Duration,
    /// Who is trusted beside the authorities that browsers trust.
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) resolve: Resolve,
}

/// What sends requests, and keeps connections for the next ones.
pub(super) struct Client {
    pool: Pool<HttpsConnector<Connector>, Full<Bytes>>,
    pub(super) private: bool,
    timeout: Duration,
}

/// What an endpoint answered: nothing of it beside the status and when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
}

/// Why there is no answer. The texts hold neither what was sent nor the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Its addresses are not to be connected to.
    Forbidden(String),
    /// It took too long.
    TimedOut(Duration),
    /// It can't be reached, or broke off.
    Unreachable(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(why) => f.write_str(why),
            Self::TimedOut(timeout) => write!(f, "it did not answer within {timeout:?}"),
            Self::Unreachable(why) => write!(f, "it can't be reached: {why}"),
        }
    }
}

/// What is sent.
pub(super) struct Letter<'a> {
    /// The same for each attempt.
    pub(super) id: &'a str,
    pub(super) body: Bytes,
}

impl Client {
    pub(super) fn new(options: Options) -> Result<Self> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in options.roots {
            roots
                .add(root)
                .map_err(|error| Error::internal(format!("a certificate of `trust` is none: {error}")))?;
        }
        // Said here: what other crates of the program install as the usual provider is not ours to choose.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::internal(format!("TLS for webhooks: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = Connector {
            private: options.private,
            timeout: options.connect_timeout,
            resolve: options.resolve,
        };
        let https = HttpsConnectorBuilder::new().with_tls_config(tls);
        // Over `http` the connector goes to private addresses alone.
        let https = if options.private { https.https_or_http() } else { https.https_only() };
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(https.enable_http1().wrap_connector(connector));
        Ok(Self { pool, private: options.private, timeout: options.timeout })
    }

    /// Sends it once. Redirects are answers like others.
    pub(super) async fn send(&self, target: &Target, letter: Letter<'_>) -> Result<Answer, Trouble> {
        let now = chrono::Utc::now().timestamp();
        let request = request(target, letter, now);
        let exchange = async {
            let response = self.pool.request(request).await.map_err(|error| trouble(&error))?;
            let answer =
                Answer { status: response.status(), retry_after: retry_after(response.headers(), now) };
            // What it says is nobody's affair, and may be endless, or never come.
            let _ = timeout(READING, Limited::new(response.into_body(), MOST_READ).collect()).await;
            Ok(answer)
        };
        timeout(self.timeout, exchange).await.unwrap_or(Err(Trouble::TimedOut(self.timeout)))
    }
}

fn request(target: &Target, letter: Letter<'_>, now: i64) -> Request<Full<Bytes>> {
    let timestamp = now.to_string();
    let content = content(letter.id, &timestamp, &letter.body);
    let signatures: Vec<_> = target.keys.iter().map(|key| key.sign(&content)).collect();
    let mut request = Request::new(Full::new(letter.body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.url.clone();
    let headers = request.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("fourfold/", env!("CARGO_PKG_VERSION"))));
    headers.extend(target.headers.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(crate::events::JSON));
    for (name, value) in [(ID, letter.id), (TIMESTAMP, &timestamp), (SIGNATURE, &signatures.join(" "))] {
        // All are of base64, digits and what we made: they are values.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    request
}

/// Why there was no answer, by what is behind the error.
fn trouble(error: &(dyn StdError + 'static)) -> Trouble {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
            return Trouble::Forbidden(forbidden.to_string());
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_none() {
            text = error.to_string();
        }
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    // The innermost says what happened; those around it that a request failed.
    Trouble::Unreachable(text)
}

/// The header as a span of time: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = value.parse().ok().or_else(|| {
        let moment = chrono::DateTime::parse_from_rfc2822(value).ok()?;
        Some(u64::try_from(moment.timestamp() - now).unwrap_or(0))
    })?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_come_back_is_seconds_or_a_date() {
        let now = 1_445_412_480 - 90;
        for (value, seconds) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(90)),
            ("Wed, 21 Oct 2009 07:28:00 GMT", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().expect("a value"))]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
