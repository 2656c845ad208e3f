//! A service of the user's own, beside those of the resources.

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll};

use fourfold::{Config, Server};
use prost::Message as _;
use tonic::Code;
use tonic::server::NamedService;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::caller::{Caller, Told as _, an_order, channel};
use crate::engines::on_sqlite;
use crate::resources::all;

/// Answers with a message of one field, or panics.
#[derive(Clone)]
struct Greeter;

impl NamedService for Greeter {
    const NAME: &'static str = "test.greet.v1.Greeter";
}

impl tonic::codegen::Service<http::Request<axum::body::Body>> for Greeter {
    type Response = http::Response<axum::body::Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<axum::body::Body>) -> Self::Future {
        assert!(!request.uri().path().ends_with("/Panic"), "s3cret");
        let message = "hello".to_owned().encode_to_vec();
        let mut body = vec![0, 0, 0, 0, u8::try_from(message.len()).unwrap()];
        body.extend(message);
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
        let body = http_body_util::BodyExt::with_trailers(
            http_body_util::Full::new(bytes::Bytes::from(body)),
            std::future::ready(Some(Ok(trailers))),
        );
        let mut response = http::Response::new(axum::body::Body::new(body));
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/grpc"));
        std::future::ready(Ok(response))
    }
}

#[tokio::test]
async fn it_is_served_beside_the_resources_and_behind_the_same_guard() {
    let service = on_sqlite(|server| all(server).grpc(Greeter)).await;
    let mut caller = Caller::of(&service).await;
    let hello: String =
        caller.send("/test.greet.v1.Greeter/Hello", ()).await.expect("an answer").into_inner();
    assert_eq!(hello, "hello");
    let error = caller.send::<_, String>("/test.greet.v1.Greeter/Panic", ()).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal);
    error.request_id();
    caller.create(an_order("A-1")).await.expect("the resources are there");
    let mut health = HealthClient::new(channel(service.address()).await);
    let request = HealthCheckRequest { service: Greeter::NAME.to_owned() };
    assert!(health.check(request).await.is_ok());
    service.stop().await;
}

#[tokio::test]
async fn routes_of_the_users_own_do_not_hide_it() {
    let service = on_sqlite(|server| {
        let routes = axum::Router::new().route("/own", axum::routing::get(|| async { "mine" }));
        all(server).routes(routes).grpc(Greeter)
    })
    .await;
    let mut caller = Caller::of(&service).await;
    caller.create(an_order("A-1")).await.expect("the resources are there");
    let hello: String =
        caller.send("/test.greet.v1.Greeter/Hello", ()).await.expect("an answer").into_inner();
    assert_eq!(hello, "hello");
    let error = caller.send_bytes("/nowhere", b"").await.unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
    let mut rest = service.client().await;
    assert_eq!(rest.get("/own").await.expect(200).text(), "mine");
    rest.get("/nope").await.expect(404);
    service.stop().await;
}

#[tokio::test]
async fn two_of_one_name_are_refused_with_a_way_out() {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = "sqlite::memory:".into();
    let server = all(Server::new(config)).grpc(Greeter).grpc(Greeter);
    let said = server.start().await.expect_err("it does not start").to_string();
    assert!(said.contains("the gRPC service test.greet.v1.Greeter is added twice"), "{said}");
}
