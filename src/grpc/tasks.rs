//! Writes that are carried out later: `fourfold.tasks.v1.TaskService` takes the request of any writing method, and
//! `google.longrunning.Operations` (AIP-151) follows what became of it.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request as HttpRequest;
use http::request::Parts;
use http_body_util::Full;
use prost::Message as _;
use prost_types::{Any, Timestamp};
use tonic::codec::CompressionEncoding;
use tonic::server::UnaryService;
use tonic::{Code, Status};
use uuid::Uuid;

use super::call::{Call, FRAME};
use super::raw::Raw;
use super::status::{self, About};
use super::{Grpc, Method};
use crate::context::Context;
use crate::descriptor::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::proto::Plan;
use crate::rest::request::{leave, read};
use crate::rest::tasks::seen;
use crate::tasks::{Failure, TaskFilter, TaskState, TaskStatus, Tasks};

pub(super) const SERVICES: [&str; 2] = ["fourfold.tasks.v1.TaskService", "google.longrunning.Operations"];

/// The longest that `WaitOperation` waits.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const TYPE: &str = "type.googleapis.com/";
const PREFIX: &str = "operations/";

/// `google.longrunning.Operation`.
#[derive(Clone, PartialEq, prost::Message)]
struct Operation {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    metadata: Option<Any>,
    #[prost(bool, tag = "3")]
    done: bool,
    #[prost(oneof = "Outcome", tags = "4, 5")]
    result: Option<Outcome>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Outcome {
    #[prost(message, tag = "4")]
    Error(tonic_types::pb::Status),
    #[prost(message, tag = "5")]
    Response(Any),
}

/// `fourfold.tasks.v1.TaskMetadata`.
#[derive(Clone, PartialEq, prost::Message)]
struct Metadata {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "2")]
    state: i32,
    #[prost(uint32, tag = "3")]
    attempts: u32,
    #[prost(uint32, tag = "4")]
    max_attempts: u32,
    #[prost(message, optional, tag = "5")]
    create_time: Option<Timestamp>,
    #[prost(message, optional, tag = "6")]
    run_time: Option<Timestamp>,
    #[prost(message, optional, tag = "7")]
    start_time: Option<Timestamp>,
    #[prost(message, optional, tag = "8")]
    end_time: Option<Timestamp>,
}

/// `fourfold.tasks.v1.EnqueueRequest`.
#[derive(Clone, PartialEq, prost::Message)]
struct EnqueueRequest {
    #[prost(message, optional, tag = "1")]
    request: Option<Any>,
    #[prost(message, optional, tag = "2")]
    run_time: Option<Timestamp>,
    #[prost(message, optional, tag = "3")]
    expire_time: Option<Timestamp>,
}

/// `google.longrunning.ListOperationsRequest`.
#[derive(Clone, PartialEq, prost::Message)]
struct ListRequest {
    #[prost(string, tag = "1")]
    filter: String,
    #[prost(int32, tag = "2")]
    page_size: i32,
    #[prost(string, tag = "3")]
    page_token: String,
}

/// `google.longrunning.ListOperationsResponse`.
#[derive(Clone, PartialEq, prost::Message)]
struct ListResponse {
    #[prost(message, repeated, tag = "1")]
    operations: Vec<Operation>,
}

/// The requests that name an operation; `WaitOperation` says how long as well.
#[derive(Clone, PartialEq, prost::Message)]
struct NameRequest {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    timeout: Option<prost_types::Duration>,
}

/// When and until when a call is to be carried out that is not carried out now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Later {
    pub(super) run_at: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Grpc {
    /// Serves a call of one of the two services.
    pub(super) async fn serve_later(&self, ctx: Context, parts: Parts, mut body: Body) -> Response {
        let most = self.max_message;
        let message = match read(&parts, &mut body, most.saturating_add(FRAME), ctx.deadline()).await {
            Ok(message) => message,
            Err(error) => {
                if error.kind() != ErrorKind::RequestTimeout {
                    leave(&parts, &mut body, most).await;
                }
                return status::answer(&error, ctx.request_id());
            }
        };
        let method = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        let mut grpc = tonic::server::Grpc::new(Raw)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(most);
        let run = Run { grpc: self, ctx: Some(ctx), method };
        grpc.unary(run, HttpRequest::from_parts(parts, Full::new(message))).await.map(Body::new)
    }

    async fn later(&self, ctx: Context, method: &str, message: Bytes) -> std::result::Result<Bytes, Status> {
        let request_id = ctx.request_id().to_owned();
        if method == "Enqueue" {
            return self.enqueue(ctx, message).await;
        }
        let answer = self.operations(&ctx, method, message).await;
        answer.map_err(|error| status::status(&error, &About::default(), &request_id))
    }

    async fn enqueue(&self, ctx: Context, message: Bytes) -> std::result::Result<Bytes, Status> {
        let refuse = |error: Error| status::status(&error, &About::default(), ctx.request_id());
        let request: EnqueueRequest = decoded(message).map_err(refuse)?;
        let Some(any) = request.request else {
            return Err(refuse(Error::violation("request", "required", "is required: what is to be done")));
        };
        let name = any.type_url.rsplit('/').next().unwrap_or_default();
        let Some(Method { plan, call }) = self.writes.get(name) else {
            let sentence = "must be the request of a writing method of a resource that is served here";
            return Err(refuse(Error::violation("request", "type", sentence)));
        };
        let (Ok(run_at), Ok(expires_at)) = (moment(request.run_time), moment(request.expire_time)) else {
            return Err(refuse(Error::violation("run_time", "range", "is no moment that there is")));
        };
        let plan = &self.plans[*plan];
        let later = Some(Later { run_at, expires_at });
        let mut call = Call { core: &self.core, ctx, plan, method: *call, later };
        call.enqueue(Bytes::from(any.value)).await
    }

    async fn operations(&self, ctx: &Context, method: &str, message: Bytes) -> Result<Bytes> {
        let tasks = self.core.tasks.as_ref().ok_or_else(no_such)?;
        if method == "ListOperations" {
            return self.list(ctx, tasks, &decoded(message)?).await;
        }
        let request: NameRequest = decoded(message)?;
        let id =
            request.name.strip_prefix(PREFIX).and_then(|id| id.parse::<Uuid>().ok()).ok_or_else(no_such)?;
        match method {
            "GetOperation" => Ok(self.operation(&seen(tasks, ctx, id).await?)),
            "WaitOperation" => {
                seen(tasks, ctx, id).await?;
                let asked = request.timeout.and_then(|timeout| Duration::try_from(timeout).ok());
                let left = ctx.time_left().unwrap_or(LONGEST_WAIT).mul_f32(0.9);
                tasks.wait(id, asked.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT).min(left)).await?;
                Ok(self.operation(&seen(tasks, ctx, id).await?))
            }
            "CancelOperation" => {
                seen(tasks, ctx, id).await?;
                tasks.cancel(id).await?;
                Ok(Bytes::new())
            }
            _ => Err(Error::new(
                ErrorKind::MethodNotAllowed,
                "tasks are forgotten by themselves, after a while",
            )),
        }
    }

    async fn list(&self, ctx: &Context, tasks: &Tasks, request: &ListRequest) -> Result<Bytes> {
        if !request.filter.is_empty() || !request.page_token.is_empty() {
            return Err(Error::violation("filter", "unknown", "must be empty, and so must page_token be"));
        }
        let limit = usize::try_from(request.page_size).unwrap_or_default().min(1000);
        let found = tasks.list(&TaskFilter { limit, ..TaskFilter::default() }).await?;
        let own = found.iter().filter(|status| status.principal.as_deref() == ctx.principal().id());
        let operations = own.map(|status| self.as_operation(status)).collect();
        Ok(ListResponse { operations }.encode_to_vec().into())
    }

    fn operation(&self, status: &TaskStatus) -> Bytes {
        self.as_operation(status).encode_to_vec().into()
    }

    fn as_operation(&self, status: &TaskStatus) -> Operation {
        let metadata = Metadata {
            name: status.name.clone(),
            state: state(status.state),
            attempts: status.attempts,
            max_attempts: status.max_attempts,
            create_time: Some(timestamp(status.created_at)),
            run_time: status.run_at.map(timestamp),
            start_time: status.started_at.map(timestamp),
            end_time: status.finished_at.map(timestamp),
        };
        Operation {
            name: format!("{PREFIX}{}", status.id),
            metadata: Some(any("fourfold.tasks.v1.TaskMetadata", metadata.encode_to_vec())),
            done: status.state.is_final(),
            result: status.state.is_final().then(|| self.outcome(status)),
        }
    }

    fn outcome(&self, status: &TaskStatus) -> Outcome {
        let sentence = |code: Code, message: &str| {
            Outcome::Error(tonic_types::pb::Status {
                code: code.into(),
                message: message.to_owned(),
                details: Vec::new(),
            })
        };
        match status.state {
            TaskState::Succeeded => Outcome::Response(self.response(status)),
            TaskState::Cancelled => sentence(Code::Cancelled, "the task was cancelled before it began"),
            TaskState::Expired => {
                sentence(Code::DeadlineExceeded, "its time had passed before it could begin")
            }
            _ => {
                let failure = status.error.as_ref();
                let message = failure.map_or("", |failure| &failure.message);
                sentence(failure.map_or(Code::Unknown, code), message)
            }
        }
    }

    /// The resource as the task left it; of a delete, and of a task of its own, nothing.
    fn response(&self, status: &TaskStatus) -> Any {
        let plan = self.plans.iter().find(|plan| {
            let known = |operation: &str| plan.descriptor.task_name(operation) == status.name;
            let standard = ["create", "update", "replace"].into_iter();
            standard.chain(plan.descriptor.operations.iter().map(|it| it.name)).any(known)
        });
        match (plan, &status.result) {
            (Some(plan), Some(result)) => resource(plan, result).unwrap_or_else(nothing),
            _ => nothing(),
        }
    }
}

impl Operation {
    /// What has just been enqueued.
    fn begun(id: Uuid, name: String) -> Self {
        let metadata = Metadata { name, state: state(TaskState::Waiting), ..Metadata::default() };
        let metadata = Some(any("fourfold.tasks.v1.TaskMetadata", metadata.encode_to_vec()));
        Self { name: format!("{PREFIX}{id}"), metadata, done: false, result: None }
    }
}

/// The operation of a task that has just been enqueued.
pub(super) fn begun(id: Uuid, name: String) -> Vec<u8> {
    Operation::begun(id, name).encode_to_vec()
}

fn resource(plan: &Plan, result: &serde_json::Value) -> Option<Any> {
    let row = json::decode_shown(plan.descriptor.fields, result).ok()?;
    let mut message = Vec::with_capacity(256);
    plan.encode_row(&mut message, &row);
    Some(any(&plan.descriptor.full_name(), message))
}

fn any(name: &str, value: Vec<u8>) -> Any {
    Any { type_url: format!("{TYPE}{name}"), value }
}

fn nothing() -> Any {
    any("google.protobuf.Empty", Vec::new())
}

fn no_such() -> Error {
    Error::not_found("there is no such operation")
}

fn decoded<M: prost::Message + Default>(message: Bytes) -> Result<M> {
    M::decode(message).map_err(|_| {
        Error::violation("", "syntax", "the message is not valid protobuf, or not of this method")
    })
}

const fn state(state: TaskState) -> i32 {
    match state {
        TaskState::Waiting => 1,
        TaskState::Running => 2,
        TaskState::Succeeded => 3,
        TaskState::Failed => 4,
        TaskState::Cancelled => 5,
        TaskState::Expired => 6,
    }
}

/// The status that the failed operation would have been answered with; the worker's own words have one of the nearest.
fn code(failure: &Failure) -> Code {
    let kind = ErrorKind::ALL.into_iter().find(|kind| kind.http().1 == failure.code);
    match (kind, failure.code.as_str()) {
        (Some(kind), _) => Code::from_i32(kind.grpc().0),
        (None, "timeout") => Code::DeadlineExceeded,
        (None, "unreadable") => Code::InvalidArgument,
        (None, "unknown_task") => Code::Unimplemented,
        (None, _) => Code::Internal,
    }
}

fn timestamp(time: DateTime<Utc>) -> Timestamp {
    SystemTime::from(time).into()
}

fn moment(time: Option<Timestamp>) -> std::result::Result<Option<DateTime<Utc>>, ()> {
    time.map(|time| {
        let nanos = u32::try_from(time.nanos).map_err(|_| ())?;
        DateTime::from_timestamp(time.seconds, nanos).ok_or(())
    })
    .transpose()
}

/// What tonic calls with the message, once.
struct Run<'a> {
    grpc: &'a Grpc,
    ctx: Option<Context>,
    method: String,
}

impl<'a> UnaryService<Bytes> for Run<'a> {
    type Response = Bytes;
    type Future = BoxFuture<'a, std::result::Result<tonic::Response<Bytes>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let (grpc, ctx, method) = (self.grpc, self.ctx.take(), std::mem::take(&mut self.method));
        Box::pin(async move {
            let Some(ctx) = ctx else { return Err(Status::internal("")) };
            grpc.later(ctx, &method, request.into_inner()).await.map(tonic::Response::new)
        })
    }
}
