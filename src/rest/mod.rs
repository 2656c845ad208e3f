//! REST: the way in over HTTP. It reads requests, calls the operation core and writes answers; it decides nothing.

mod answer;
mod collection;
pub(crate) mod conditional;
mod describe;
pub(crate) mod guard;
mod merge;
mod negotiate;
pub(crate) mod request;
mod routes;
pub(crate) mod tasks;
mod watch;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;

use crate::behavior::OperationKind;
use crate::cell::{Cell, Input};
use crate::context::Context;
use crate::core::{Change, Core, Preconditions, no_such, parse_id};
use crate::descriptor::{Descriptor, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{At, Mode, Violations};
use crate::tasks::{payload_of_change, payload_of_create};
use crate::validate;

use answer::Written;
use collection::Collection;
use negotiate::Format;

#[cfg(feature = "xml")]
pub(crate) use answer::{Problem, place};
pub(crate) use describe::Description;
pub(crate) use guard::{Guard, Limits};

/// The routes of all resources.
#[derive(Debug)]
pub(crate) struct Rest {
    core: Arc<Core>,
    /// By version and path, `v1/orders`.
    collections: HashMap<String, Collection>,
    /// `/v1/tasks`.
    tasks_path: String,
    max_body: usize,
}

/// What a path means.
#[derive(Clone, Copy)]
enum Target<'a> {
    Collection,
    Item(&'a str),
    Custom(&'a str, &'static Operation),
    Watch,
}

impl Rest {
    pub(crate) fn new(core: Arc<Core>, max_body: usize, tasks_path: String) -> Self {
        let collections = core
            .resources
            .iter()
            .map(|descriptor| {
                (format!("{}/{}", descriptor.version, descriptor.path), Collection::new(descriptor))
            })
            .collect();
        Self { core, collections, tasks_path, max_body }
    }

    /// Serves a request for a resource; every other path is not found.
    pub(crate) async fn serve(&self, parts: Parts, mut body: Body, deadline: Instant) -> Response {
        let negotiated = negotiate::answer_format(&parts.headers, true);
        let format = negotiated.as_ref().copied().unwrap_or_default();
        let answer = self.route(&parts, &mut body, negotiated, deadline).await;
        if !matches!(&answer, Err(error) if error.kind() == ErrorKind::RequestTimeout) {
            request::leave(&parts, &mut body, self.max_body).await;
        }
        match answer {
            Ok(response) => response,
            Err(error) => {
                let mut response = answer::problem(&error, format, guard::id_of(&parts));
                match error.kind() {
                    ErrorKind::Unauthenticated => {
                        let authenticator = self.core.authenticator.as_ref();
                        let challenge =
                            authenticator.map_or("Bearer", |authenticator| authenticator.challenge());
                        let challenge = HeaderValue::from_str(challenge)
                            .unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
                        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                    }
                    ErrorKind::UnsupportedMediaType if parts.method == Method::PATCH => {
                        let collection = self.target(parts.uri.path()).ok();
                        let protobuf = collection.is_some_and(|(collection, _)| collection.speaks_protobuf());
                        response.headers_mut().insert("accept-patch", routes::types(true, protobuf));
                    }
                    _ => {}
                }
                response
            }
        }
    }

    async fn route(
        &self,
        parts: &Parts,
        body: &mut Body,
        format: Result<Format>,
        deadline: Instant,
    ) -> Result<Response> {
        if let Some(collection) = self.watched(parts.uri.path()) {
            return self.watch(collection, parts, format.unwrap_or_default(), deadline).await;
        }
        let format = format?;
        if parts.uri.path() == "*" && parts.method == Method::OPTIONS {
            return Ok(routes::options_of_all());
        }
        if let Some(target) = tasks::Target::of(&self.tasks_path, parts.uri.path()) {
            if let Some(response) = target.without_principal(parts) {
                return Ok(response);
            }
            let ctx = self.context(parts, deadline).await?;
            return target.serve(&self.core, &ctx, parts, body).await;
        }
        let (collection, target) = self.target(parts.uri.path())?;
        if parts.method == Method::OPTIONS {
            return Ok(routes::options(target, collection.speaks_protobuf()));
        }
        let format = collection.answer_format(&parts.headers, format)?;
        if !routes::allowed(target).contains(&parts.method) {
            return Ok(routes::not_allowed(target, parts, format));
        }
        let ctx = self.context(parts, deadline).await?;
        let call =
            Call { rest: self, parts, format, ctx: &ctx, collection, descriptor: collection.descriptor };
        match (target, &parts.method) {
            (Target::Collection, &Method::POST) => call.create(body).await,
            (Target::Collection, _) => call.list().await,
            (Target::Item(id), &Method::PATCH) => call.update(id, body).await,
            (Target::Item(id), &Method::PUT) => call.replace(id, body).await,
            (Target::Item(id), &Method::DELETE) => call.delete(id).await,
            (Target::Item(id), _) => call.get(id).await,
            (Target::Custom(id, operation), _) => call.custom(id, operation, body).await,
            // It has been served before.
            (Target::Watch, _) => Err(Error::not_found("there is nothing at this path")),
        }
    }

    fn target<'a>(&self, path: &'a str) -> Result<(&Collection, Target<'a>)> {
        let nothing = || Error::not_found("there is nothing at this path");
        let path = path.strip_prefix('/').ok_or_else(nothing)?;
        let version = path.find('/').ok_or_else(nothing)?;
        let end = path[version + 1..].find('/').map_or(path.len(), |slash| version + 1 + slash);
        let collection = self.collections.get(&path[..end]).ok_or_else(nothing)?;
        let Some(rest) = path.get(end + 1..) else { return Ok((collection, Target::Collection)) };
        match rest.split_once('/') {
            _ if rest.is_empty() => Err(nothing()),
            None => Ok((collection, Target::Item(rest))),
            Some((id, name)) => {
                let operation =
                    collection.descriptor.operations.iter().find(|operation| operation.name == name);
                let operation = operation.filter(|_| !id.is_empty()).ok_or_else(nothing)?;
                Ok((collection, Target::Custom(id, operation)))
            }
        }
    }

    async fn context(&self, parts: &Parts, deadline: Instant) -> Result<Context> {
        let mut ctx = Context::new(Arc::clone(&self.core), guard::id_of(parts).to_owned());
        ctx.deadline = Some(deadline);
        ctx.trace_parent = request::trace_parent(&parts.headers);
        ctx.principal = self.core.authenticate(&parts.headers).await?;
        ctx.idempotency_key = request::idempotency_key(&parts.headers)?;
        Ok(ctx)
    }
}

/// One request for one resource.
struct Call<'a> {
    rest: &'a Rest,
    parts: &'a Parts,
    format: Format,
    ctx: &'a Context,
    collection: &'a Collection,
    descriptor: &'static Descriptor,
}

impl Call<'_> {
    async fn get(&self, id: &str) -> Result<Response> {
        request::no_query(self.parts)?;
        let answer = self.core().get(self.ctx, self.descriptor, &self.id(id)?).await?;
        let version = self.descriptor.row_version(&answer.row);
        let tag = conditional::tag(version, self.format);
        match conditional::check_read(&self.parts.headers, &tag)? {
            conditional::Read::Fresh => Ok(answer::not_modified(&tag)),
            conditional::Read::Show => {
                Ok(answer::row(StatusCode::OK, self.collection, &answer.row, self.format, Written::No))
            }
        }
    }

    async fn list(&self) -> Result<Response> {
        let request = request::list_request(self.parts)?;
        let page = self.core().list(self.ctx, self.descriptor, &request).await?;
        Ok(answer::page(self.collection, &page, self.format))
    }

    async fn create(&self, body: &mut Body) -> Result<Response> {
        request::no_query(self.parts)?;
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Create).await?;
        let (input, ..) = self.input(Mode::Create(self.descriptor), body).await?;
        if let Some(tasks) = self.later() {
            self.check(&input)?;
            let payload = payload_of_create(self.descriptor, &input);
            return self.accept(tasks, OperationKind::Create, payload).await;
        }
        let answer = self.core().create(self.ctx, self.descriptor, input).await?;
        let written = Written::from_replayed(answer.replayed);
        let mut response =
            answer::row(StatusCode::CREATED, self.collection, &answer.row, self.format, written);
        if let Some(location) = answer::location(self.descriptor, &answer.row) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    async fn update(&self, id: &str, body: &mut Body) -> Result<Response> {
        #[cfg(feature = "grpc")]
        if let Ok(Format::Protobuf) = self.collection.body_format(&self.parts.headers, true) {
            return self.masked(id, body).await;
        }
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Update).await?;
        let (input, ..) = self.input(Mode::Update, body).await?;
        request::no_query(self.parts)?;
        self.change(id, Change::Update(input), &self.preconditions()?).await
    }

    /// An update by a message and a mask, as gRPC's.
    #[cfg(feature = "grpc")]
    async fn masked(&self, id: &str, body: &mut Body) -> Result<Response> {
        let mask = Collection::update_mask(self.parts);
        let replace = matches!(&mask, Ok(Some(mask)) if crate::proto::mask_is_all(mask));
        let kind = if replace { OperationKind::Replace } else { OperationKind::Update };
        self.core().authorise(self.ctx, self.descriptor, kind).await?;
        let mask = mask?;
        let body = self.read(body).await?;
        let mut violations = Violations::default();
        let input = self.collection.update(&body, mask.as_deref(), &mut violations);
        let input = self.checked(input, violations)?;
        let mut preconditions = self.preconditions()?;
        self.collection.expect(Format::Protobuf, &body, &mut preconditions)?;
        let change = if replace { Change::Replace(input) } else { Change::Update(input) };
        self.change(id, change, &preconditions).await
    }

    async fn replace(&self, id: &str, body: &mut Body) -> Result<Response> {
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Replace).await?;
        let (input, format, body) = self.input(Mode::Replace(self.descriptor), body).await?;
        request::no_query(self.parts)?;
        let mut preconditions = self.preconditions()?;
        self.collection.expect(format, &body, &mut preconditions)?;
        self.change(id, Change::Replace(input), &preconditions).await
    }

    async fn delete(&self, id: &str) -> Result<Response> {
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Delete).await?;
        request::no_query(self.parts)?;
        self.change(id, Change::Delete, &self.preconditions()?).await
    }

    async fn custom(&self, id: &str, operation: &'static Operation, body: &mut Body) -> Result<Response> {
        let kind = OperationKind::Custom(operation.name);
        self.core().authorise(self.ctx, self.descriptor, kind).await?;
        let input = if operation.input.is_some() {
            self.value(operation, body).await?
        } else {
            request::no_body(self.parts, body, self.ctx.deadline()).await?;
            Cell::Null
        };
        request::no_query(self.parts)?;
        self.change(id, Change::Custom(operation, input), &self.preconditions()?).await
    }

    fn preconditions(&self) -> Result<Preconditions> {
        conditional::preconditions(&self.parts.headers)
    }

    async fn change(&self, id: &str, change: Change, preconditions: &Preconditions) -> Result<Response> {
        let delete = matches!(change, Change::Delete);
        let id = self.id(id)?;
        if let Some(tasks) = self.later() {
            if let Change::Update(input) | Change::Replace(input) = &change {
                self.check(input)?;
            }
            let etag = conditional::etag(preconditions);
            let payload = payload_of_change(self.descriptor, &id, &change, etag.as_deref());
            return self.accept(tasks, change.kind(), payload).await;
        }
        let answer = self.core().change(self.ctx, self.descriptor, &id, change, preconditions).await?;
        let written = Written::from_replayed(answer.replayed);
        if delete {
            return Ok(answer::no_content(written));
        }
        Ok(answer::row(StatusCode::OK, self.collection, &answer.row, self.format, written))
    }

    /// The rules that the input itself has to keep: what can be refused now is not refused later.
    fn check(&self, input: &Input) -> Result<()> {
        let mut violations = Violations::default();
        validate::changes(self.descriptor.fields, input, &At::ROOT, &mut violations);
        violations.check()
    }

    async fn read(&self, body: &mut Body) -> Result<Bytes> {
        request::read(self.parts, body, self.rest.max_body, self.ctx.deadline()).await
    }

    /// The body of a create, an update or a replace, and what it was read from.
    async fn input(&self, mode: Mode, body: &mut Body) -> Result<(Input, Format, Bytes)> {
        let format = self.collection.body_format(&self.parts.headers, mode.is_update())?;
        let body = self.read(body).await?;
        let mut violations = Violations::default();
        let input = self.collection.object(format, mode, &body, &mut violations);
        Ok((self.checked(input, violations)?, format, body))
    }

    fn checked(&self, input: Option<Input>, mut violations: Violations) -> Result<Input> {
        let Some(input) = input else {
            return Err(Error::invalid(violations.into_list()));
        };
        if !violations.is_empty() {
            // The operation won't run, so nobody else says which rules the rest of it breaks.
            validate::changes(self.descriptor.fields, &input, &At::ROOT, &mut violations);
        }
        violations.check()?;
        Ok(input)
    }

    async fn value(&self, operation: &'static Operation, body: &mut Body) -> Result<Cell> {
        let format = self.collection.body_format(&self.parts.headers, false)?;
        let body = self.read(body).await?;
        let mut violations = Violations::default();
        let Some(cells) = self.collection.operation_input(format, operation, &body, &mut violations) else {
            return Err(Error::invalid(violations.into_list()));
        };
        let fields = operation.input.map_or(&[][..], |input| input.fields);
        validate::fields(fields, &cells, &At::ROOT, &mut violations);
        violations.check()?;
        Ok(Cell::Value(cells))
    }

    fn id(&self, segment: &str) -> Result<Cell> {
        let text: Cow<'_, str> =
            percent_decode_str(segment).decode_utf8().map_err(|_| no_such(self.descriptor))?;
        parse_id(self.descriptor, &text)
    }

    fn core(&self) -> &Core {
        &self.rest.core
    }
}
