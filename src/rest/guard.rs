//! What every request passes, whatever it is for: an id, limits, and a net under panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use tokio::sync::Semaphore;
use tower_service::Service as _;

use super::negotiate::{self, Format};
use super::{Rest, answer, routes};
use crate::core::Core;
use crate::descriptor::BoxFuture;
use crate::error::{Error, ErrorKind};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How long a request may take.
    pub(crate) timeout: Duration,
    /// How many requests run at once.
    pub(crate) concurrency: usize,
}

/// Serves every request.
#[derive(Debug)]
pub(crate) struct Guard {
    core: Arc<Core>,
    rest: Arc<Rest>,
    /// The user's own routes, which come first; all else falls back to `rest`.
    own: Option<Router>,
    limits: Limits,
    running: Semaphore,
    draining: AtomicBool,
}

/// The id of a request, once [`Guard`] has seen it.
#[derive(Clone, Debug)]
struct RequestId(String);

/// When the caller of a request that goes through the user's own routes stops waiting.
#[derive(Clone, Copy, Debug)]
struct Deadline(Instant);

/// The id of the request.
pub(super) fn id_of(parts: &Parts) -> &str {
    parts.extensions.get::<RequestId>().map_or("", |id| &id.0)
}

impl Guard {
    pub(crate) fn new(core: Arc<Core>, rest: Rest, own: Option<Router>, limits: Limits) -> Self {
        let rest = Arc::new(rest);
        let own = own.map(|own| {
            let rest = Arc::clone(&rest);
            own.layer(DefaultBodyLimit::max(rest.max_body)).fallback(
                move |request: Request<Body>| async move {
                    let (parts, body) = request.into_parts();
                    let deadline =
                        parts.extensions.get::<Deadline>().map_or_else(Instant::now, |deadline| deadline.0);
                    rest.serve(parts, body, deadline).await
                },
            )
        });
        let running = Semaphore::new(limits.concurrency.min(Semaphore::MAX_PERMITS));
        Self { core, rest, own, limits, running, draining: AtomicBool::new(false) }
    }

    /// From now on readiness is false.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// [`Guard::serve`] behind a pointer: the future is large, and a connection should not carry it while it idles.
    pub(crate) fn serve_boxed(
        self: Arc<Self>,
        request: Request<hyper::body::Incoming>,
    ) -> BoxFuture<'static, Response> {
        Box::pin(async move { self.serve(request).await })
    }

    /// Serves one request, come what may.
    pub(crate) async fn serve(&self, request: Request<hyper::body::Incoming>) -> Response {
        let began = Instant::now();
        let (mut parts, body) = request.into_parts();
        let id = request_id(&parts);
        parts.extensions.insert(RequestId(id.clone()));
        let format = negotiate::answer_format(&parts.headers).unwrap_or_default();
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let mut response = match (path.as_str(), &method) {
            ("/healthz", &Method::GET | &Method::HEAD) => status(StatusCode::OK, r#"{"status":"ok"}"#),
            ("/readyz", &Method::GET | &Method::HEAD) => self.readiness().await,
            ("/healthz" | "/readyz", _) => routes::only_read(&parts, format),
            _ => self.limited(parts, Body::new(body), format, began + self.limits.timeout, &id).await,
        };
        if method == Method::HEAD {
            // HTTP/1 leaves a body out by itself, HTTP/2 does not.
            response = answer::without_body(response);
        }
        if let Ok(value) = HeaderValue::try_from(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        tracing::info!(
            request_id = id,
            %method,
            path,
            status = response.status().as_u16(),
            micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            "served"
        );
        response
    }

    async fn limited(
        &self,
        parts: Parts,
        body: Body,
        format: Format,
        deadline: Instant,
        id: &str,
    ) -> Response {
        let Ok(_permit) = self.running.try_acquire() else {
            let error = Error::unavailable("too many requests are running; try again in a moment");
            return answer::problem(&error, format, id);
        };
        let work = AssertUnwindSafe(self.dispatch(parts, body, deadline)).catch_unwind();
        match tokio::time::timeout_at(deadline.into(), work).await {
            Ok(Ok(response)) => response,
            Ok(Err(_panic)) => answer::problem(&Error::internal("a panic"), format, id),
            Err(_elapsed) => {
                let seconds = self.limits.timeout.as_secs_f64();
                let sentence = format!("the request took longer than the {seconds} seconds it may");
                answer::problem(&Error::new(ErrorKind::DeadlineExceeded, sentence), format, id)
            }
        }
    }

    async fn dispatch(&self, mut parts: Parts, body: Body, deadline: Instant) -> Response {
        let Some(own) = &self.own else { return self.rest.serve(parts, body, deadline).await };
        let mut own = own.clone();
        parts.extensions.insert(Deadline(deadline));
        match own.call(Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    async fn readiness(&self) -> Response {
        if self.draining.load(Ordering::Relaxed) {
            return status(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"draining"}"#);
        }
        match self.core.store.ready().await {
            Ok(()) => status(StatusCode::OK, r#"{"status":"ready"}"#),
            Err(error) => {
                tracing::warn!(?error, "not ready");
                status(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"store unavailable"}"#)
            }
        }
    }
}

fn status(status: StatusCode, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The caller's id where it is one that can go into a log line, else a new one.
fn request_id(parts: &Parts) -> String {
    let given = parts.headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte);
    match given {
        Some(id) if !id.is_empty() && id.len() <= 128 && id.bytes().all(plain) => id.to_owned(),
        _ => uuid::Uuid::now_v7().to_string(),
    }
}
