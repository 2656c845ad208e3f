//! One call for one resource: authorise, decode, ask the core, encode.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::Request as HttpRequest;
use http::request::Parts;
use http_body_util::Full;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataValue;
use tonic::server::UnaryService;
use tonic::{Code, Status};

use super::raw::Raw;
use super::request::Request;
use super::status::{self, About};
use super::tasks::{self, Later};
use crate::behavior::OperationKind;
use crate::cell::{Cell, Input};
use crate::context::Context;
use crate::core::{Answer, Change, Core, Preconditions, parse_id};
use crate::descriptor::{BoxFuture, Kind, Operation, Scalar};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{At, Mode, Violations};
use crate::proto::{self, Plan};
use crate::query::ListRequest;
use crate::rest::conditional;
use crate::rest::request::{is_key, leave, read};
use crate::tasks::{enqueue_operation, payload_of_change, payload_of_create};
use crate::{rpc, validate};

/// Smaller answers are not worth to be compressed.
const WORTH_COMPRESSING: usize = 1024;
/// What stands before a message: a flag and its length.
pub(super) const FRAME: usize = 5;

/// One call.
pub(super) struct Call<'a> {
    pub(super) core: &'a Core,
    pub(super) ctx: Context,
    pub(super) plan: &'a Plan,
    pub(super) method: proto::Call,
    /// Where it is not to be carried out now.
    pub(super) later: Option<Later>,
}

/// An answer, encoded.
#[derive(Default)]
struct Done {
    message: Vec<u8>,
    replayed: bool,
}

impl Call<'_> {
    pub(super) async fn serve(mut self, parts: Parts, mut body: Body, max_message: usize) -> Response {
        let message = match self.read(&parts, &mut body, max_message).await {
            Ok(message) => message,
            Err(error) => {
                if error.kind() != ErrorKind::RequestTimeout {
                    leave(&parts, &mut body, max_message).await;
                }
                return status::answer(&error, self.ctx.request_id());
            }
        };
        let mut grpc = tonic::server::Grpc::new(Raw)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(max_message);
        let reached = AtomicBool::new(false);
        let run = Run { call: Some(&mut self), reached: &reached };
        let response = grpc.unary(run, HttpRequest::from_parts(parts, Full::new(message))).await;
        let reached = reached.into_inner();
        match misframed(response.headers(), max_message) {
            Some(error) if !reached => status::answer(&error, self.ctx.request_id()),
            _ => response.map(Body::new),
        }
    }

    /// All of the body, which is one message in its frame. Who may not do this is not read.
    async fn read(&self, parts: &Parts, body: &mut Body, max_message: usize) -> Result<Bytes> {
        if let Some(operation) = self.asked_first() {
            self.core.authorise(&self.ctx, self.plan.descriptor, operation).await?;
        }
        read(parts, body, max_message.saturating_add(FRAME), self.ctx.deadline()).await
    }

    /// What the policy is asked about before the message is read.
    const fn asked_first(&self) -> Option<OperationKind> {
        match self.method {
            proto::Call::Create => Some(OperationKind::Create),
            proto::Call::Delete => Some(OperationKind::Delete),
            proto::Call::Custom(operation) => Some(OperationKind::Custom(operation.name)),
            // Whether it is an update or a replace is in the message; reads are asked about by the core.
            proto::Call::Get | proto::Call::List | proto::Call::Watch | proto::Call::Update => None,
        }
    }

    /// Takes the request for later; the answer is an operation (AIP-151).
    pub(super) async fn enqueue(&mut self, message: Bytes) -> std::result::Result<Bytes, Status> {
        self.answer(message).await.map(tonic::Response::into_inner)
    }

    async fn answer(&mut self, message: Bytes) -> std::result::Result<tonic::Response<Bytes>, Status> {
        let mut id = String::new();
        match self.run(message, &mut id).await {
            Ok(done) => {
                let small = done.message.len() < WORTH_COMPRESSING;
                let mut response = tonic::Response::new(Bytes::from(done.message));
                if small {
                    response.disable_compression();
                }
                if done.replayed {
                    let yes = MetadataValue::from_static("true");
                    response.metadata_mut().insert("idempotency-replayed", yes);
                }
                Ok(response)
            }
            Err(error) => {
                let fields = match self.method {
                    proto::Call::Custom(operation) => operation.input.map_or(&[][..], |input| input.fields),
                    _ => self.plan.descriptor.fields,
                };
                let about = About { descriptor: Some(self.plan.descriptor), id: &id, fields };
                Err(status::status(&error, &about, self.ctx.request_id()))
            }
        }
    }

    async fn run(&mut self, message: Bytes, id: &mut String) -> Result<Done> {
        let request = Request::read(message).ok_or_else(|| {
            Error::violation("", "syntax", "the message is not valid protobuf, or not of this method")
        })?;
        if let (Some(_), Some(operation)) = (&self.later, self.asked_first()) {
            self.core.authorise(&self.ctx, self.plan.descriptor, operation).await?;
        }
        match self.method {
            proto::Call::Get => self.get(&request, id).await,
            proto::Call::List => self.list(&request).await,
            proto::Call::Watch => Err(Error::internal("a watch is no call with one answer")),
            proto::Call::Create => self.create(&request).await,
            proto::Call::Update => self.update(&request, id).await,
            proto::Call::Delete => self.delete(&request, id).await,
            proto::Call::Custom(operation) => self.custom(operation, &request, id).await,
        }
    }

    async fn get(&self, request: &Request, id: &mut String) -> Result<Done> {
        let mut violations = Violations::default();
        *id = self.id(request, rpc::get::ID, &mut violations);
        violations.check()?;
        let key = parse_id(self.plan.descriptor, id)?;
        let answer = self.core.get(&self.ctx, self.plan.descriptor, &key).await?;
        Ok(self.row(&answer))
    }

    async fn list(&self, request: &Request) -> Result<Done> {
        let mut violations = Violations::default();
        let request = ListRequest {
            page_size: Some(request.number(rpc::list::PAGE_SIZE, "page_size", &mut violations)),
            page_token: request.text(rpc::list::PAGE_TOKEN, "page_token", &mut violations),
            filter: request.text(rpc::list::FILTER, "filter", &mut violations),
            order_by: request.text(rpc::list::ORDER_BY, "order_by", &mut violations),
            equals: Vec::new(),
        };
        violations.check()?;
        let page = self.core.list(&self.ctx, self.plan.descriptor, &request).await?;
        let mut message = Vec::with_capacity(256 * (page.rows.len() + 1));
        self.plan.encode_page(&mut message, &page.rows, &page.next_page_token);
        Ok(Done { message, replayed: false })
    }

    async fn create(&mut self, request: &Request) -> Result<Done> {
        let descriptor = self.plan.descriptor;
        let mut violations = Violations::default();
        self.ctx.idempotency_key = key(request, rpc::create::REQUEST_ID, &mut violations);
        let message = self.resource(request, rpc::create::RESOURCE, &mut violations)?;
        let input = self.plan.object(Mode::Create(descriptor), &message, &mut violations);
        let input = self.checked(input, violations)?;
        if let Some(later) = self.later {
            self.check(&input)?;
            return self.take(later, OperationKind::Create, payload_of_create(descriptor, &input)).await;
        }
        Ok(self.row(&self.core.create(&self.ctx, descriptor, input).await?))
    }

    async fn update(&mut self, request: &Request, id: &mut String) -> Result<Done> {
        let descriptor = self.plan.descriptor;
        let mut violations = Violations::default();
        self.ctx.idempotency_key = key(request, rpc::update::REQUEST_ID, &mut violations);
        let mask = mask(request, &mut violations);
        let message = self.resource(request, rpc::update::RESOURCE, &mut violations)?;
        let replace = mask.as_deref().is_some_and(proto::mask_is_all);
        let operation = if replace { OperationKind::Replace } else { OperationKind::Update };
        self.core.authorise(&self.ctx, descriptor, operation).await?;
        let (said, etag) = self.plan.identity(&message);
        *id = said.unwrap_or_default();
        if id.is_empty() {
            let name = descriptor.fields[descriptor.id].name;
            violations.push(&At::ROOT.key(name), "required", "is required: it says which one");
        }
        if replace && !id.is_empty() {
            // An id that can't be one belongs to nothing, here as in a path.
            parse_id(descriptor, id)?;
        }
        let preconditions = preconditions(&etag, &mut violations);
        let input = self.plan.update(&message, mask.as_deref(), &mut violations);
        let input = self.checked(input, violations)?;
        if self.later.is_some() {
            self.check(&input)?;
        }
        let change = if replace { Change::Replace(input) } else { Change::Update(input) };
        self.changed(id, change, &preconditions).await
    }

    async fn delete(&mut self, request: &Request, id: &mut String) -> Result<Done> {
        let mut violations = Violations::default();
        let preconditions = self.change(request, id, &mut violations);
        violations.check()?;
        self.changed(id, Change::Delete, &preconditions).await
    }

    async fn custom(
        &mut self,
        operation: &'static Operation,
        request: &Request,
        id: &mut String,
    ) -> Result<Done> {
        let mut violations = Violations::default();
        let preconditions = self.change(request, id, &mut violations);
        let mut input = Cell::Null;
        if let Some(value) = operation.input {
            // An absent message is an empty one: what it lacks is said by name.
            let message =
                request.message(rpc::change::INPUT, rpc::INPUT, &mut violations).unwrap_or_default();
            input = self.plan.operation_input(operation, &message, &mut violations).unwrap_or(Cell::Null);
            if let Cell::Value(cells) = &input {
                validate::fields(value.fields, cells, &At::ROOT, &mut violations);
            }
        }
        violations.check()?;
        self.changed(id, Change::Custom(operation, input), &preconditions).await
    }

    /// What a delete and a custom operation say first.
    fn change(&mut self, request: &Request, id: &mut String, violations: &mut Violations) -> Preconditions {
        *id = self.id(request, rpc::change::ID, violations);
        self.ctx.idempotency_key = key(request, rpc::change::REQUEST_ID, violations);
        let etag = request.text(rpc::change::ETAG, rpc::ETAG, violations);
        preconditions(&etag, violations)
    }

    async fn changed(&self, id: &str, change: Change, preconditions: &Preconditions) -> Result<Done> {
        let descriptor = self.plan.descriptor;
        let id = parse_id(descriptor, id)?;
        if let Some(later) = self.later {
            let etag = conditional::etag(preconditions);
            let payload = payload_of_change(descriptor, &id, &change, etag.as_deref());
            return self.take(later, change.kind(), payload).await;
        }
        let delete = matches!(change, Change::Delete);
        let answer = self.core.change(&self.ctx, descriptor, &id, change, preconditions).await?;
        Ok(if delete { Done { message: Vec::new(), replayed: answer.replayed } } else { self.row(&answer) })
    }

    async fn take(&self, later: Later, operation: OperationKind, payload: String) -> Result<Done> {
        let Some(tasks) = &self.core.tasks else {
            return Err(Error::failed_precondition(
                "this service carries nothing out later: it has no tasks",
            ));
        };
        let descriptor = self.plan.descriptor;
        let mut task = enqueue_operation(tasks, descriptor, operation, payload).on_behalf_of(&self.ctx);
        if let Some(moment) = later.run_at {
            task = task.at(moment);
        }
        if let Some(moment) = later.expires_at {
            task = task.expires_at(moment);
        }
        let enqueued = task.await?;
        let message = tasks::begun(enqueued.id, descriptor.task_name(operation.name()));
        Ok(Done { message, replayed: enqueued.existed })
    }

    /// The rules that the input itself has to keep: what can be refused now is not refused later.
    fn check(&self, input: &Input) -> Result<()> {
        let mut violations = Violations::default();
        validate::changes(self.plan.descriptor.fields, input, &At::ROOT, &mut violations);
        violations.check()
    }

    fn id(&self, request: &Request, number: u32, violations: &mut Violations) -> String {
        let descriptor = self.plan.descriptor;
        let wrong = violations.len();
        let id = if let Kind::Scalar(Scalar::I64) = descriptor.fields[descriptor.id].ty.kind {
            Some(request.number(number, "id", violations)).filter(|id| *id != 0).map(|id| id.to_string())
        } else {
            Some(request.text(number, "id", violations)).filter(|id| !id.is_empty())
        };
        if id.is_none() && violations.len() == wrong {
            violations.push_named("id", "required", "is required: it says which one");
        }
        id.unwrap_or_default()
    }

    /// The resource that is in the request. Without one there is nothing more to be found wrong.
    fn resource(&self, request: &Request, number: u32, violations: &mut Violations) -> Result<Bytes> {
        let name = self.plan.descriptor.singular;
        if let Some(message) = request.message(number, name, violations) {
            return Ok(message);
        }
        let mut violations = std::mem::take(violations);
        violations.push_named(name, "required", "is required");
        Err(Error::invalid(violations.into_list()))
    }

    /// As REST does: where something is wrong already, the operation won't run and say which rules the rest breaks.
    fn checked(&self, input: Option<Input>, mut violations: Violations) -> Result<Input> {
        match input {
            Some(input) if violations.is_empty() => Ok(input),
            Some(input) => {
                validate::changes(self.plan.descriptor.fields, &input, &At::ROOT, &mut violations);
                Err(Error::invalid(violations.into_list()))
            }
            None => Err(Error::invalid(violations.into_list())),
        }
    }

    fn row(&self, answer: &Answer) -> Done {
        let mut message = Vec::with_capacity(256);
        self.plan.encode_row(&mut message, &answer.row);
        Done { message, replayed: answer.replayed }
    }
}

/// The paths of the mask; `None` where there are none, which means the fields that are populated (AIP-134).
fn mask(request: &Request, violations: &mut Violations) -> Option<Vec<String>> {
    const PATHS: u32 = 1;
    const NAME: &str = "update_mask";
    let message = request.message(rpc::update::UPDATE_MASK, NAME, violations)?;
    let Some(mask) = Request::read(message) else {
        violations.push_named(NAME, "syntax", "is not a valid google.protobuf.FieldMask");
        return None;
    };
    Some(mask.texts(PATHS, NAME, violations)).filter(|paths| !paths.is_empty())
}

/// The request id under which a repeat gets the first answer (AIP-155).
fn key(request: &Request, number: u32, violations: &mut Violations) -> Option<String> {
    let key = request.text(number, "request_id", violations);
    if key.is_empty() {
        return None;
    }
    if !is_key(&key) {
        let message = "must be one key of 1 to 255 visible ASCII characters, such as a UUID";
        violations.push_named("request_id", "syntax", message);
    }
    Some(key)
}

fn preconditions(etag: &str, violations: &mut Violations) -> Preconditions {
    if etag.is_empty() {
        return Preconditions::default();
    }
    let matches = conditional::versions_of(etag);
    if matches.is_none() {
        let message = "must be an etag as it was given, such as \"7\" with the double quotes, or *";
        violations.push_named(rpc::ETAG, "syntax", message);
    }
    Preconditions { matches, none_match: None }
}

/// Why no message came out of the frame, as we say it; `None` where tonic says it well.
pub(super) fn misframed(headers: &http::HeaderMap, max_message: usize) -> Option<Error> {
    let status = Status::from_header_map(headers)?;
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => {
            let sentence = format!("a message may have at most {max_message} bytes");
            Some(Error::new(ErrorKind::TooLarge, sentence))
        }
        // The protocol wants it to be INTERNAL if a message says that it is compressed and nobody says how.
        Code::Internal if !status.message().contains("compressed-flag") => {
            Some(Error::violation("", "syntax", "the body is not one whole message in its frame"))
        }
        _ => None,
    }
}

/// What tonic calls with the message, once.
struct Run<'r, 'a> {
    call: Option<&'r mut Call<'a>>,
    reached: &'r AtomicBool,
}

impl<'r> UnaryService<Bytes> for Run<'r, '_> {
    type Response = Bytes;
    type Future = BoxFuture<'r, std::result::Result<tonic::Response<Bytes>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        self.reached.store(true, Ordering::Relaxed);
        let call = self.call.take();
        Box::pin(async move {
            match call {
                Some(call) => call.answer(request.into_inner()).await,
                None => Err(Status::internal("")),
            }
        })
    }
}
