//! Any writing request, carried out later, and what became of it (AIP-151).

use prost::Message;
use prost_types::Any;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::caller::{Caller, Told as _, an_order};
use crate::engines::on_every_engine;
use crate::order;
use crate::resources::all;

const ENQUEUE: &str = "/fourfold.tasks.v1.TaskService/Enqueue";
const GET: &str = "/google.longrunning.Operations/GetOperation";
const WAIT: &str = "/google.longrunning.Operations/WaitOperation";
const CANCEL: &str = "/google.longrunning.Operations/CancelOperation";
const LIST: &str = "/google.longrunning.Operations/ListOperations";

#[derive(Clone, PartialEq, prost::Message)]
struct EnqueueRequest {
    #[prost(message, optional, tag = "1")]
    request: Option<Any>,
    #[prost(message, optional, tag = "2")]
    run_time: Option<prost_types::Timestamp>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Operation {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    metadata: Option<Any>,
    #[prost(bool, tag = "3")]
    done: bool,
    #[prost(message, optional, tag = "4")]
    error: Option<tonic_types::pb::Status>,
    #[prost(message, optional, tag = "5")]
    response: Option<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    timeout: Option<prost_types::Duration>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ListRequest {
    #[prost(int32, tag = "2")]
    page_size: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ListResponse {
    #[prost(message, repeated, tag = "1")]
    operations: Vec<Operation>,
}

fn request(name: &str, message: &impl Message) -> EnqueueRequest {
    let type_url = format!("type.googleapis.com/test.order.v1.{name}");
    EnqueueRequest { request: Some(Any { type_url, value: message.encode_to_vec() }), run_time: None }
}

fn create(number: &str, request_id: &str) -> EnqueueRequest {
    let request_id = request_id.to_owned();
    request("CreateOrderRequest", &order::CreateOrderRequest { order: Some(an_order(number)), request_id })
}

async fn enqueue(caller: &mut Caller, request: EnqueueRequest) -> Result<Operation, Status> {
    caller.send::<_, Operation>(ENQUEUE, request).await.map(tonic::Response::into_inner)
}

async fn named(caller: &mut Caller, method: &'static str, name: &str) -> Result<Operation, Status> {
    let timeout = Some(prost_types::Duration { seconds: 20, nanos: 0 });
    let request = Named { name: name.to_owned(), timeout };
    caller.send::<_, Operation>(method, request).await.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_carried_out_later_and_its_answer_is_that_of_the_method() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let begun = enqueue(&mut caller, create("L-1", "")).await.unwrap();
        assert!(begun.name.starts_with("operations/"), "{begun:?}");
        let done = named(&mut caller, WAIT, &begun.name).await.unwrap();
        assert!(done.done && done.error.is_none(), "{done:?}");
        let response = done.response.unwrap();
        assert_eq!(response.type_url, "type.googleapis.com/test.order.v1.Order");
        let made = order::Order::decode(response.value.as_slice()).unwrap();
        // A task's answer has what the resource declares, and it declares no version: the etag is for who reads it.
        let now = order::Order { etag: String::new(), ..caller.get(&made.id).await.unwrap() };
        assert_eq!(now, made);

        let gone = order::DeleteOrderRequest { id: made.id.clone(), ..Default::default() };
        let gone = enqueue(&mut caller, request("DeleteOrderRequest", &gone)).await.unwrap();
        let gone = named(&mut caller, WAIT, &gone.name).await.unwrap();
        assert_eq!(gone.response.unwrap().type_url, "type.googleapis.com/google.protobuf.Empty");
        assert_eq!(caller.get(&made.id).await.unwrap_err().code(), Code::NotFound);
        let list = caller.send::<_, ListResponse>(LIST, ListRequest { page_size: 10 }).await.unwrap();
        assert_eq!(list.into_inner().operations.len(), 2);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_once_and_what_fails_later_has_the_same_status() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let empty = order::CreateOrderRequest::default();
        let refused = enqueue(&mut caller, request("CreateOrderRequest", &empty)).await.unwrap_err();
        assert_eq!(refused.why(), (Code::InvalidArgument, "INVALID_ARGUMENT".to_owned()));
        for not_a_write in ["GetOrderRequest", "Order", "NoSuchRequest"] {
            let refused = enqueue(&mut caller, request(not_a_write, &empty)).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{not_a_write}");
            assert!(refused.get_details_bad_request().is_some(), "{not_a_write}");
        }
        let missing = "0198c0de-0000-7000-8000-000000000000".to_owned();
        let cancel = order::DeleteOrderRequest { id: missing, ..Default::default() };
        let begun = enqueue(&mut caller, request("DeleteOrderRequest", &cancel)).await.unwrap();
        let done = named(&mut caller, WAIT, &begun.name).await.unwrap();
        assert_eq!(done.error.unwrap().code, Code::NotFound as i32);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_one_operation_and_what_has_not_begun_can_be_cancelled() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let one = enqueue(&mut caller, create("L-2", "once")).await.unwrap();
        let again = enqueue(&mut caller, create("L-2", "once")).await.unwrap();
        assert_eq!(again.name, one.name);
        let other = enqueue(&mut caller, create("L-3", "once")).await.unwrap_err();
        assert_eq!(other.why(), (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED".to_owned()));

        let tomorrow = prost_types::Timestamp { seconds: 4_000_000_000, nanos: 0 };
        let later = EnqueueRequest { run_time: Some(tomorrow), ..create("L-4", "") };
        let later = enqueue(&mut caller, later).await.unwrap();
        assert!(!named(&mut caller, GET, &later.name).await.unwrap().done);
        named(&mut caller, CANCEL, &later.name).await.unwrap();
        let cancelled = named(&mut caller, GET, &later.name).await.unwrap();
        assert_eq!(cancelled.error.unwrap().code, Code::Cancelled as i32);
        for unknown in ["operations/0198c0de-0000-7000-8000-000000000000", "operations/", "x"] {
            assert_eq!(named(&mut caller, GET, unknown).await.unwrap_err().code(), Code::NotFound);
        }
        service.stop().await;
    }
}
