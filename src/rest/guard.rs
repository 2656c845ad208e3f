//! What every request passes, whatever it is for: an id, limits, and a net under panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use futures_util::FutureExt;
#[cfg(feature = "grpc")]
use http::Version;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use tokio::sync::Semaphore;
use tower_service::Service as _;

use super::negotiate::{self, Format};
use super::{Description, Rest, answer, routes};
use crate::descriptor::BoxFuture;
use crate::error::{Error, ErrorKind};
#[cfg(feature = "grpc")]
use crate::grpc::{self, Framing, Grpc};
use crate::metrics::{self, Metrics};
use crate::readiness::{Readiness, Ready};

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
    readiness: Arc<Readiness>,
    rest: Arc<Rest>,
    #[cfg(feature = "grpc")]
    grpc: Grpc,
    /// The user's own routes, which come first; all else falls back to `rest`.
    own: Option<Router>,
    limits: Limits,
    running: Semaphore,
    /// What the service says of itself, where it is to.
    description: Option<Description>,
    /// What monitoring is told, where it is to.
    metrics: Option<Metrics>,
}

/// What an answer of the guard's own looks like.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Problem(Format),
    #[cfg(feature = "grpc")]
    Status,
}

impl Shape {
    fn error(self, error: &Error, id: &str) -> Response {
        match self {
            Self::Problem(format) => answer::problem(error, format, id),
            #[cfg(feature = "grpc")]
            Self::Status => grpc::answer(error, id),
        }
    }
}

/// The id of a request, once [`Guard`] has seen it.
#[derive(Clone, Debug)]
struct RequestId(String);

/// When the caller of a request that goes through the user's own routes stops waiting.
#[derive(Clone, Copy, Debug)]
struct Deadline(Instant);

/// The id of the request.
pub(crate) fn id_of(parts: &Parts) -> &str {
    parts.extensions.get::<RequestId>().map_or("", |id| &id.0)
}

impl Guard {
    pub(crate) fn new(
        readiness: Arc<Readiness>,
        rest: Rest,
        #[cfg(feature = "grpc")] grpc: Grpc,
        own: Option<Router>,
        limits: Limits,
    ) -> Self {
        let rest = Arc::new(rest);
        let own = own.map(|own| {
            let rest = Arc::clone(&rest);
            own.layer(DefaultBodyLimit::max(rest.max_body)).fallback(
                move |request: Request<Body>| async move {
                    let (parts, body) = request.into_parts();
                    #[cfg(feature = "grpc")]
                    if Framing::of(&parts.headers).is_some() {
                        return grpc::unknown(&parts);
                    }
                    let deadline =
                        parts.extensions.get::<Deadline>().map_or_else(Instant::now, |deadline| deadline.0);
                    rest.serve(parts, body, deadline).await
                },
            )
        });
        let running = Semaphore::new(limits.concurrency.min(Semaphore::MAX_PERMITS));
        Self {
            readiness,
            rest,
            #[cfg(feature = "grpc")]
            grpc,
            own,
            limits,
            running,
            description: None,
            metrics: None,
        }
    }

    /// The same, which also says what it serves.
    pub(crate) fn describing(mut self, description: Option<Description>) -> Self {
        self.description = description;
        self
    }

    /// The same, which also tells monitoring how it goes.
    pub(crate) fn measured(mut self, metrics: Option<Metrics>) -> Self {
        self.metrics = metrics;
        self
    }

    /// From now on readiness is false.
    pub(crate) fn drain(&self) {
        self.readiness.drain();
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
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let mut response = self.answer(parts, Body::new(body), began, &id).await;
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
            grpc_status = response.headers().get("grpc-status").and_then(|status| status.to_str().ok()),
            micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            "served"
        );
        response
    }

    async fn answer(&self, parts: Parts, body: Body, began: Instant, id: &str) -> Response {
        #[cfg(feature = "grpc")]
        if let Some(framing) = Framing::of(&parts.headers) {
            return self.call(framing, parts, body, began, id).await;
        }
        let format = negotiate::answer_format(&parts.headers, true).unwrap_or_default();
        match (parts.uri.path(), &parts.method) {
            ("/healthz", &Method::GET | &Method::HEAD) => status(StatusCode::OK, r#"{"status":"ok"}"#),
            ("/readyz", &Method::GET | &Method::HEAD) => self.ready().await,
            ("/healthz" | "/readyz", _) => routes::only_read(&parts, format),
            #[cfg(feature = "grpc")]
            (path, &Method::POST) if path.contains('.') && self.grpc.knows(path) => {
                let sentence = "this is a method of a gRPC service: send application/grpc";
                answer::problem(&Error::new(ErrorKind::UnsupportedMediaType, sentence), format, id)
            }
            _ => {
                if let Some(metrics) = self.metrics.as_ref().filter(|_| parts.uri.path() == "/metrics") {
                    if !matches!(parts.method, Method::GET | Method::HEAD) {
                        return routes::only_read(&parts, format);
                    }
                    return match metrics.text().await {
                        Ok(text) => read(StatusCode::OK, metrics::MEDIA_TYPE, text),
                        Err(error) => answer::problem(&error, format, id),
                    };
                }
                let described = self.description.as_ref();
                if let Some(response) = described.and_then(|description| description.answer(&parts, format)) {
                    return response;
                }
                let deadline = began + self.limits.timeout;
                self.limited(parts, body, Shape::Problem(format), deadline, id).await
            }
        }
    }

    /// A call of gRPC or gRPC-Web.
    #[cfg(feature = "grpc")]
    async fn call(&self, framing: Framing, parts: Parts, body: Body, began: Instant, id: &str) -> Response {
        if parts.method != Method::POST {
            return routes::only_post(&parts, Format::default());
        }
        let request = Request::from_parts(parts, body);
        match framing {
            Framing::Grpc if request.version() != Version::HTTP_2 => {
                let sentence = "gRPC needs HTTP/2, for its trailers; over HTTP/1.1 there is gRPC-Web";
                let error = Error::new(ErrorKind::InvalidArgument, sentence);
                answer::problem(&error, Format::default(), id)
            }
            Framing::Grpc => self.called(request, began, id).await,
            Framing::Web => {
                grpc::web(request, move |request| Box::pin(self.called(request, began, id))).await
            }
        }
    }

    #[cfg(feature = "grpc")]
    async fn called(&self, request: Request<Body>, began: Instant, id: &str) -> Response {
        let (parts, body) = request.into_parts();
        let deadline = match grpc::deadline(&parts.headers, began, self.limits.timeout) {
            Ok(deadline) => deadline,
            Err(error) => return grpc::answer(&error, id),
        };
        if self.grpc.comes_first(parts.uri.path()) {
            return self.grpc.serve(parts, body, deadline).await;
        }
        self.limited(parts, body, Shape::Status, deadline, id).await
    }

    async fn limited(&self, parts: Parts, body: Body, shape: Shape, deadline: Instant, id: &str) -> Response {
        let Ok(_permit) = self.running.try_acquire() else {
            let error = Error::unavailable("too many requests are running; try again in a moment");
            return shape.error(&error, id);
        };
        let work = AssertUnwindSafe(self.dispatch(parts, body, shape, deadline)).catch_unwind();
        match tokio::time::timeout_at(deadline.into(), work).await {
            Ok(Ok(response)) => response,
            Ok(Err(_panic)) => shape.error(&Error::internal("a panic"), id),
            Err(_elapsed) => shape.error(&self.too_long(shape), id),
        }
    }

    fn too_long(&self, shape: Shape) -> Error {
        let sentence = match shape {
            Shape::Problem(_) => {
                let seconds = self.limits.timeout.as_secs_f64();
                format!("the request took longer than the {seconds} seconds it may")
            }
            #[cfg(feature = "grpc")]
            Shape::Status => "the call took longer than it may".to_owned(),
        };
        Error::new(ErrorKind::DeadlineExceeded, sentence)
    }

    #[cfg_attr(not(feature = "grpc"), allow(unused_variables, reason = "there is one shape alone"))]
    async fn dispatch(&self, mut parts: Parts, body: Body, shape: Shape, deadline: Instant) -> Response {
        #[cfg(feature = "grpc")]
        if matches!(shape, Shape::Status) && (self.own.is_none() || self.grpc.knows(parts.uri.path())) {
            parts.extensions.insert(Deadline(deadline));
            return self.grpc.serve(parts, body, deadline).await;
        }
        let Some(own) = &self.own else { return self.rest.serve(parts, body, deadline).await };
        let mut own = own.clone();
        parts.extensions.insert(Deadline(deadline));
        match own.call(Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    async fn ready(&self) -> Response {
        match self.readiness.now().await {
            Ready::Yes => status(StatusCode::OK, r#"{"status":"ready"}"#),
            Ready::Draining => status(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"draining"}"#),
            Ready::StoreAway => status(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"store unavailable"}"#),
            Ready::TasksAway => {
                status(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"task broker unavailable"}"#)
            }
        }
    }
}

fn status(status: StatusCode, body: &'static str) -> Response {
    read(status, "application/json", body)
}

/// What is true at the moment alone.
fn read(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
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
