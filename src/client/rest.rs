//! Calls over REST, with protobuf bodies.

use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::call::{Attempt, Transport};
use super::error::RemoteError;
use super::grpc::unfit;
use super::problem;
use super::settings::Settings;
use crate::descriptor::BoxFuture;
use crate::error::{ErrorKind, Result};

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/protobuf");

/// A pool of connections to one service.
pub(super) struct Rest {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: Authority,
    max_request: usize,
    max_answer: usize,
}

impl Rest {
    pub(super) fn new(authority: &Authority, settings: &Settings) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(settings.connect_timeout));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // Attempts are counted in one place.
            .retry_canceled_requests(false)
            .build(connector);
        Self {
            client,
            authority: authority.clone(),
            max_request: settings.max_request_bytes,
            max_answer: settings.max_answer_bytes,
        }
    }

    async fn exchange(&self, attempt: Attempt<'_>) -> Result<Bytes, RemoteError> {
        let request = self.request(&attempt)?;
        let failed = |error: hyper_util::client::legacy::Error| {
            RemoteError::new(ErrorKind::Unavailable, "the connection failed").caused_by(error)
        };
        let (head, body) = self.client.request(request).await.map_err(failed)?.into_parts();
        let body = match Limited::new(body, self.max_answer).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                let sentence = format!("the answer has more than {} bytes", self.max_answer);
                return Err(RemoteError::new(ErrorKind::Internal, sentence));
            }
            Err(error) => {
                return Err(RemoteError::new(ErrorKind::Unavailable, "the connection failed")
                    .caused_by(std::io::Error::other(error)));
            }
        };
        if !head.status.is_success() {
            return Err(problem::error(head.status.as_u16(), &head.headers, &body));
        }
        let named = head.headers.get(header::CONTENT_TYPE);
        if !body.is_empty() && named.is_none_or(|named| !named.as_bytes().starts_with(PROTOBUF.as_bytes())) {
            let sentence = "the answer is not application/protobuf";
            return Err(RemoteError::new(ErrorKind::Internal, sentence));
        }
        Ok(body)
    }

    fn request(&self, attempt: &Attempt<'_>) -> Result<Request<Full<Bytes>>, RemoteError> {
        let call = attempt.call;
        let Some((verb, path)) = call.place() else {
            let sentence =
                "the method has no place in REST (no google.api.http); call it by a grpc:// URL".to_owned();
            return Err(RemoteError::new(ErrorKind::Internal, sentence));
        };
        let mut request = Request::builder()
            .method(verb)
            .uri(format!("http://{}{path}", self.authority))
            .header(header::ACCEPT, PROTOBUF);
        let own = [("idempotency-key", call.request_id()), ("if-match", call.version())];
        let own = own.into_iter().filter(|(_, value)| !value.is_empty());
        for (name, value) in attempt.headers().chain(own) {
            request = request.header(name, HeaderValue::try_from(value).map_err(|_| unfit(name))?);
        }
        let body = call.part();
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, PROTOBUF);
        }
        let body = body.unwrap_or_default();
        if body.len() > self.max_request {
            let sentence = format!("the request has more than {} bytes", self.max_request);
            return Err(RemoteError::new(ErrorKind::TooLarge, sentence));
        }
        let wrong = |error| {
            RemoteError::new(ErrorKind::InvalidArgument, "the request can't be written").caused_by(error)
        };
        request.body(Full::new(body)).map_err(|error: http::Error| wrong(error))
    }
}

impl Transport for Rest {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Bytes, RemoteError>> {
        Box::pin(self.exchange(attempt))
    }
}
