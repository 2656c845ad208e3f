//! Paths, methods and content types: what is a call, and what is not.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tonic::Code;

use crate::caller::{Caller, GET, Told as _};
use crate::engines::{Service, on_sqlite};
use crate::resources::all;

/// Sends over HTTP/2 what no gRPC client would send, or not like this.
pub(crate) async fn send(
    service: &Service,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> http::Response<Bytes> {
    let stream = TcpStream::connect(service.address()).await.expect("the server listens");
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(format!("http://{}{path}", service.address()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body.into())).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    http::Response::from_parts(parts, body)
}

pub(crate) fn header<'a>(answer: &'a http::Response<Bytes>, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn what_nobody_knows_is_unimplemented_to_a_call_and_not_found_to_a_browser() {
    let service = on_sqlite(all).await;
    let mut caller = Caller::of(&service).await;
    for path in [
        "/test.order.v1.OrderService/PaintOrder",
        "/test.order.v1.NobodyService/GetOrder",
        "/test.plain.v1.PlainService/GetPlain",
        "/nowhere",
        "/v1/orders",
    ] {
        let error = caller.send_bytes(path, b"").await.unwrap_err();
        assert_eq!(error.code(), Code::Unimplemented, "{path}");
        error.request_id();
    }
    let mut rest = service.client().await;
    for path in ["/nope", GET, "/test.order.v1.OrderService"] {
        let answer = rest.get(path).await.expect(404);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_call_is_a_post_of_protobuf_over_http_2() {
    let service = on_sqlite(all).await;
    let answer = send(&service, "GET", GET, &[("content-type", "application/grpc")], "").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "allow")), (405, "POST"));
    let answer = send(&service, "POST", GET, &[("content-type", "application/json")], "{}").await;
    assert_eq!(answer.status(), 415);
    let answer =
        send(&service, "POST", GET, &[("content-type", "application/grpc+json")], "\0\0\0\0\x02{}").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "grpc-status")), (200, "12"));
    let mut rest = service.client().await;
    let answer = rest.send("POST", GET, &[("content-type", "application/grpc")], "").await.expect(400);
    assert!(answer.text().contains("gRPC needs HTTP/2"), "{}", answer.text());
    service.stop().await;
}

#[tokio::test]
async fn what_is_not_framed_as_one_message_is_told_so() {
    let service = on_sqlite(all).await;
    for (body, code) in [
        (&b""[..], "3"),
        (b"\0\0\0\0", "3"),
        (b"\0\0\0\0\x09abc", "3"),
        (b"\x07\0\0\0\0", "3"),
        (b"\0\xff\xff\xff\xff", "8"),
        // The protocol wants this one to be INTERNAL: compressed, and nobody says how.
        (b"\x01\0\0\0\0", "13"),
    ] {
        let answer = send(&service, "POST", GET, &[("content-type", "application/grpc")], body).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "grpc-status"), code, "{body:?}");
        assert_eq!(header(&answer, "content-type"), "application/grpc");
    }
    service.stop().await;
}
