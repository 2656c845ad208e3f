//! How a call comes: gRPC itself over HTTP/2, or gRPC-Web over either version of HTTP.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Request, header};
use tonic_web::GrpcWebLayer;
use tower_layer::Layer as _;
use tower_service::Service;

use crate::descriptor::BoxFuture;

/// How a call comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Grpc,
    Web,
}

impl Framing {
    /// By the content type; `None` where it is no call.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let rest = media_type(headers)?.strip_prefix(b"application/grpc")?;
        match rest {
            b"" | [b'+' | b';' | b' ', ..] => Some(Self::Grpc),
            b"-web" | b"-web+proto" | b"-web-text" | b"-web-text+proto" => Some(Self::Web),
            _ => None,
        }
    }
}

fn media_type(headers: &HeaderMap) -> Option<&[u8]> {
    Some(headers.get(header::CONTENT_TYPE)?.as_bytes())
}

/// Whether the messages of a call are protobuf.
pub(super) fn is_protobuf(headers: &HeaderMap) -> bool {
    let kind = media_type(headers).unwrap_or_default();
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    matches!(kind, b"application/grpc" | b"application/grpc+proto")
}

/// Serves a call of gRPC-Web by what serves it as gRPC.
pub(crate) async fn web<'a, F>(request: Request<Body>, serve: F) -> Response
where
    F: FnOnce(Request<Body>) -> BoxFuture<'a, Response> + Send,
{
    let mut translated = GrpcWebLayer::new().layer(Once { serve: Some(serve) });
    match translated.call(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// A service for one call.
struct Once<F> {
    serve: Option<F>,
}

impl<'a, F> Service<Request<tonic::body::Body>> for Once<F>
where
    F: FnOnce(Request<Body>) -> BoxFuture<'a, Response>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'a, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let answer = self.serve.take().map(|serve| serve(request.map(Body::new)));
        Box::pin(async move {
            Ok(match answer {
                Some(answer) => answer.await,
                None => Response::new(Body::empty()),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_says_how_a_call_comes() {
        for (text, framing) in [
            ("application/grpc", Some(Framing::Grpc)),
            ("application/grpc+proto", Some(Framing::Grpc)),
            ("application/grpc;charset=utf-8", Some(Framing::Grpc)),
            ("application/grpc-web", Some(Framing::Web)),
            ("application/grpc-web-text+proto", Some(Framing::Web)),
            ("application/grpc-web+json", None),
            ("application/grpcish", None),
            ("application/json", None),
        ] {
            let headers =
                HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(text))]);
            assert_eq!(Framing::of(&headers), framing, "{text}");
        }
        assert_eq!(Framing::of(&HeaderMap::new()), None);
    }
}
