//! `WatchOrders`: changes as a stream of messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream;
use http::Request as HttpRequest;
use http::request::Parts;
use http_body_util::Full;
use tonic::Status;
use tonic::server::ServerStreamingService;

use super::call::{FRAME, misframed};
use super::raw::Raw;
use super::request::Request;
use super::status::{self, About};
use super::timeout;
use crate::behavior::OperationKind;
use crate::context::Context;
use crate::descriptor::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::input::Violations;
use crate::proto::Plan;
use crate::rest::request::{leave, read};
use crate::rpc;
use crate::watch::{End, Step, WatchRequest, Watcher};

/// How long a stream may last as far as this way in is concerned.
const LONG: Duration = Duration::from_hours(24 * 365);

type Messages = std::pin::Pin<Box<dyn Stream<Item = std::result::Result<Bytes, Status>> + Send>>;

/// Serves one call.
pub(super) async fn serve(
    ctx: Context,
    plan: &Arc<Plan>,
    parts: Parts,
    mut body: Body,
    max_message: usize,
) -> Response {
    let request_id = ctx.request_id().to_owned();
    let message = match message(&ctx, plan, &parts, &mut body, max_message).await {
        Ok(message) => message,
        Err(error) => {
            if error.kind() != ErrorKind::RequestTimeout {
                leave(&parts, &mut body, max_message).await;
            }
            return status::answer(&error, &request_id);
        }
    };
    // What the caller says of its time is about all of the stream.
    let now = Instant::now();
    let most = timeout::deadline(&parts.headers, now, LONG).ok().map(|deadline| deadline - now);
    let most = most.filter(|most| *most < LONG);
    let mut grpc = tonic::server::Grpc::new(Raw)
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
        .max_decoding_message_size(max_message);
    let reached = AtomicBool::new(false);
    let run = Run { begin: Some((ctx, Arc::clone(plan), most)), reached: &reached };
    let response = grpc.server_streaming(run, HttpRequest::from_parts(parts, Full::new(message))).await;
    match misframed(response.headers(), max_message) {
        Some(error) if !reached.into_inner() => status::answer(&error, &request_id),
        _ => response.map(Body::new),
    }
}

/// The request in its frame. Who may not do this is not read.
async fn message(
    ctx: &Context,
    plan: &Plan,
    parts: &Parts,
    body: &mut Body,
    max_message: usize,
) -> Result<Bytes> {
    ctx.core.authorise(ctx, plan.descriptor, OperationKind::Watch).await?;
    read(parts, body, max_message.saturating_add(FRAME), ctx.deadline()).await
}

/// What tonic calls with the message, once.
struct Run<'r> {
    begin: Option<(Context, Arc<Plan>, Option<Duration>)>,
    reached: &'r AtomicBool,
}

impl ServerStreamingService<Bytes> for Run<'_> {
    type Response = Bytes;
    type ResponseStream = Messages;
    type Future = BoxFuture<'static, std::result::Result<tonic::Response<Messages>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        self.reached.store(true, Ordering::Relaxed);
        let once = self.begin.take();
        Box::pin(async move {
            let Some((ctx, plan, most)) = once else { return Err(Status::internal("")) };
            let (core, request_id) = (Arc::clone(&ctx.core), ctx.request_id().to_owned());
            let begun = match asked(request.into_inner()) {
                Ok(request) => core.watch(ctx, plan.descriptor, &request, most).await,
                Err(error) => Err(error),
            };
            match begun {
                Ok(watcher) => Ok(tonic::Response::new(Box::pin(messages(plan, watcher)) as Messages)),
                Err(error) => Err(refusal(&error, &plan, &request_id)),
            }
        })
    }
}

fn asked(message: Bytes) -> Result<WatchRequest> {
    let request = Request::read(message).ok_or_else(|| {
        Error::violation("", "syntax", "the message is not valid protobuf, or not of this method")
    })?;
    let mut violations = Violations::default();
    let request = WatchRequest {
        resume_token: request.text(rpc::watch::RESUME_TOKEN, "resume_token", &mut violations),
        filter: request.text(rpc::watch::FILTER, "filter", &mut violations),
        from_beginning: request.flag(rpc::watch::FROM_BEGINNING, "from_beginning", &mut violations),
    };
    violations.check()?;
    Ok(request)
}

fn refusal(error: &Error, plan: &Plan, request_id: &str) -> Status {
    let about = About { descriptor: Some(plan.descriptor), id: "", fields: plan.descriptor.fields };
    status::status(error, &about, request_id)
}

fn messages(plan: Arc<Plan>, watcher: Watcher) -> impl Stream<Item = std::result::Result<Bytes, Status>> {
    stream::unfold(Some((plan, watcher)), |state| async move {
        let (plan, mut watcher) = state?;
        let message = match watcher.next().await {
            Step::Told(told) => {
                let encode = || {
                    let mut out = Vec::with_capacity(512);
                    plan.encode_told(&mut out, &watcher.token(), Some(&told));
                    Bytes::from(out)
                };
                told.message.get_or_init(encode).clone()
            }
            Step::Still => {
                let mut out = Vec::with_capacity(80);
                plan.encode_told(&mut out, &watcher.token(), None);
                Bytes::from(out)
            }
            Step::End(end) => {
                let status = match end {
                    End::ComeAgain => {
                        let sentence = "this stream ends: come again with the last resume_token";
                        status::quiet(&Error::unavailable(sentence), &About::default(), watcher.request_id())
                    }
                    End::Failed(error) => refusal(&error, &plan, watcher.request_id()),
                };
                return Some((Err(status), None));
            }
        };
        Some((Ok(message), Some((plan, watcher))))
    })
}
