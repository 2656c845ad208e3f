//! Health and reflection.

use std::collections::BTreeSet;

use prost::Message as _;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::{v1, v1alpha};

use crate::caller::channel;
use crate::engines::{Service, on_every_engine, on_sqlite};
use crate::resources::all;

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn health_knows_every_service() {
    for service in on_every_engine(all).await {
        let mut health = HealthClient::new(channel(service.address()).await);
        for name in ["", "test.order.v1.OrderService", "grpc.health.v1.Health"] {
            let answer = health.check(about(name)).await.unwrap().into_inner();
            assert_eq!(answer.status(), ServingStatus::Serving, "{name}");
        }
        for name in ["test.plain.v1.PlainService", "nobody"] {
            assert_eq!(health.check(about(name)).await.unwrap_err().code(), Code::NotFound);
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn health_may_be_asked_in_gzip() {
    let service = on_sqlite(all).await;
    let health = HealthClient::new(channel(service.address()).await);
    let mut health =
        health.send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip);
    assert_eq!(health.check(about("")).await.unwrap().into_inner().status(), ServingStatus::Serving);
    service.stop().await;
}

#[tokio::test]
async fn who_watches_hears_that_the_server_drains() {
    let service = on_sqlite(all).await;
    let mut health = HealthClient::new(channel(service.address()).await);
    let mut watch = health.watch(about("")).await.unwrap().into_inner();
    let mut unknown = health.watch(about("nobody")).await.unwrap().into_inner();
    let status = |answer: Option<HealthCheckResponse>| answer.map(|answer| answer.status());
    assert_eq!(status(watch.message().await.unwrap()), Some(ServingStatus::Serving));
    assert_eq!(status(unknown.message().await.unwrap()), Some(ServingStatus::ServiceUnknown));
    let (stopped, heard) = tokio::join!(service.stop(), watch.message());
    let () = stopped;
    assert_eq!(status(heard.unwrap()), Some(ServingStatus::NotServing));
    assert_eq!(status(watch.message().await.unwrap()), None, "and it ends");
    assert_eq!(status(unknown.message().await.unwrap()), None);
}

async fn ask(
    service: &Service,
    question: v1::server_reflection_request::MessageRequest,
) -> v1::server_reflection_response::MessageResponse {
    let mut client =
        v1::server_reflection_client::ServerReflectionClient::new(channel(service.address()).await);
    let request = v1::ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut answers = client.server_reflection_info(once(request)).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap().message_response.unwrap()
}

fn once<T: Send + 'static>(item: T) -> impl tonic::codegen::tokio_stream::Stream<Item = T> + Send + 'static {
    tonic::codegen::tokio_stream::once(item)
}

#[tokio::test]
async fn reflection_shows_what_is_served_and_no_more() {
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;

    let service = on_sqlite(all).await;
    let MessageResponse::ListServicesResponse(list) =
        ask(&service, MessageRequest::ListServices(String::new())).await
    else {
        panic!("another answer")
    };
    let names: BTreeSet<_> = list.service.into_iter().map(|service| service.name).collect();
    assert_eq!(
        names,
        BTreeSet::from(
            [
                "fourfold.tasks.v1.TaskService",
                "google.longrunning.Operations",
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
                "test.counter.v1.CounterService",
                "test.order.v1.OrderService",
            ]
            .map(str::to_owned)
        )
    );
    for (symbol, file) in [
        ("test.order.v1.OrderService", "test/order/v1/order.proto"),
        ("test.counter.v1.Counter", "test/counter/v1/counter.proto"),
        ("google.protobuf.FieldMask", "google/protobuf/field_mask.proto"),
        ("google.protobuf.Empty", "google/protobuf/empty.proto"),
        ("google.rpc.BadRequest", "google/rpc/error_details.proto"),
        ("grpc.health.v1.Health", "health.proto"),
        ("grpc.reflection.v1.ServerReflection", "reflection_v1.proto"),
        ("grpc.reflection.v1alpha.ServerReflection", "reflection_v1alpha.proto"),
    ] {
        let question = MessageRequest::FileContainingSymbol(symbol.to_owned());
        let MessageResponse::FileDescriptorResponse(found) = ask(&service, question).await else {
            panic!("another answer for {symbol}")
        };
        let found = prost_types::FileDescriptorProto::decode(&*found.file_descriptor_proto[0]).unwrap();
        // Files may come grouped as tonic's own are.
        assert!(found.name() == file || symbol.starts_with("google.rpc"), "{}", found.name());
    }
    service.stop().await;
}

#[tokio::test]
async fn the_older_reflection_is_there_too() {
    use v1alpha::server_reflection_request::MessageRequest;

    let service = on_sqlite(all).await;
    let mut client =
        v1alpha::server_reflection_client::ServerReflectionClient::new(channel(service.address()).await);
    let message_request = Some(MessageRequest::FileByFilename("test/order/v1/order.proto".to_owned()));
    let request = v1alpha::ServerReflectionRequest { host: String::new(), message_request };
    let mut answers = client.server_reflection_info(once(request)).await.unwrap().into_inner();
    assert!(answers.message().await.unwrap().unwrap().message_response.is_some());
    service.stop().await;
}

#[tokio::test]
async fn a_server_that_does_not_describe_itself_has_no_reflection() {
    let service = on_sqlite(|server| all(server).configure(|config| config.describe = false)).await;
    let mut client =
        v1::server_reflection_client::ServerReflectionClient::new(channel(service.address()).await);
    let request = v1::ServerReflectionRequest::default();
    let error = client.server_reflection_info(once(request)).await.unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
    let mut health = HealthClient::new(channel(service.address()).await);
    assert!(health.check(about("")).await.is_ok());
    service.stop().await;
}

/// Tools ask for the files of a service, and for all that they import.
#[tokio::test]
async fn every_file_that_a_served_file_imports_can_be_asked_for() {
    use prost::Message as _;
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;

    let service = on_sqlite(all).await;
    let mut open: Vec<MessageRequest> =
        ["fourfold.tasks.v1.TaskService", "google.longrunning.Operations", "test.order.v1.OrderService"]
            .map(|name| MessageRequest::FileContainingSymbol(name.to_owned()))
            .into();
    let mut seen = BTreeSet::new();
    while let Some(question) = open.pop() {
        let answer = ask(&service, question.clone()).await;
        let MessageResponse::FileDescriptorResponse(files) = answer else {
            panic!("{question:?}: {answer:?}")
        };
        for file in files.file_descriptor_proto {
            let file = prost_types::FileDescriptorProto::decode(file.as_slice()).unwrap();
            let imports = file.dependency.into_iter().filter(|import| seen.insert(import.clone()));
            open.extend(imports.map(MessageRequest::FileByFilename));
        }
    }
    assert!(seen.contains("google/rpc/status.proto"), "{seen:?}");
    service.stop().await;
}
