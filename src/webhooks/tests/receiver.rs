//! Somebody outside: a server with TLS that does what a test says.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderMap, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What it does with a request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Status(u16),
    /// With a header.
    Header(u16, &'static str, String),
    /// Nothing, for ever.
    Hang,
    /// A status, and a body without an end.
    Endless(u16),
    /// A status, and a body that never comes.
    Stalled(u16),
}

/// A request that came.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Came {
    pub(super) fn id(&self) -> String {
        self.header("webhook-id")
    }

    pub(super) fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

type Decide = dyn Fn(usize, &Came) -> Reply + Send + Sync;

pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    /// What its certificate is trusted by.
    pub(super) pem: String,
    came: Arc<Mutex<Vec<Came>>>,
    connections: Arc<Mutex<usize>>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// The certificate is for `localhost` and `hooks.test`. The function gets how many came before, and what came.
    pub(super) async fn start(decide: impl Fn(usize, &Came) -> Reply + Send + Sync + 'static) -> Self {
        let names = vec!["localhost".to_owned(), "hooks.test".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a key that fits");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (came, connections) = (Arc::<Mutex<Vec<Came>>>::default(), Arc::<Mutex<usize>>::default());
        let (decide, seen, counted) =
            (Arc::new(decide) as Arc<Decide>, Arc::clone(&came), Arc::clone(&connections));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *counted.lock().expect("a lock") += 1;
                let (acceptor, decide, seen) = (acceptor.clone(), Arc::clone(&decide), Arc::clone(&seen));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service =
                        service_fn(|request| answer(request, Arc::clone(&decide), Arc::clone(&seen)));
                    let connection = hyper::server::conn::http1::Builder::new();
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, pem: made.cert.pem(), came, connections, serving }
    }

    /// One that takes everything.
    pub(super) async fn kind() -> Self {
        Self::start(|_, _| Reply::Status(204)).await
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    pub(super) fn came(&self) -> Vec<Came> {
        self.came.lock().expect("a lock").clone()
    }

    pub(super) fn count(&self) -> usize {
        self.came.lock().expect("a lock").len()
    }

    pub(super) fn connections(&self) -> usize {
        *self.connections.lock().expect("a lock")
    }
}

async fn answer(
    request: Request<Incoming>,
    decide: Arc<Decide>,
    seen: Arc<Mutex<Vec<Came>>>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let came = Came { path: parts.uri.path().to_owned(), headers: parts.headers, body };
    let before = {
        let mut seen = seen.lock().expect("a lock");
        seen.push(came.clone());
        seen.len() - 1
    };
    let empty = || Full::new(Bytes::new()).boxed();
    let (status, body, header) = match decide(before, &came) {
        Reply::Status(status) => (status, empty(), None),
        Reply::Header(status, name, value) => (status, empty(), Some((name, value))),
        Reply::Hang => std::future::pending().await,
        Reply::Endless(status) => {
            let frames = futures_util::stream::repeat(Bytes::from(vec![b'x'; 4096]));
            (status, BodyExt::boxed(StreamBody::new(frames.map(|bytes| Ok(Frame::data(bytes))))), None)
        }
        Reply::Stalled(status) => {
            let frames = futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>();
            (status, BodyExt::boxed(StreamBody::new(frames)), None)
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().expect("a status");
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value.parse().expect("a value"));
    }
    Ok(response)
}

/// How long anything here takes at most, unless it hangs.
pub(super) const HANGS: Duration = Duration::from_secs(30);
