//! REST: the way in over HTTP. It reads requests, calls the operation core and writes answers; it decides nothing.

mod answer;
mod conditional;
mod guard;
mod negotiate;
mod request;
mod routes;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;

use crate::auth::Credentials;
use crate::behavior::OperationKind;
use crate::cell::{Cell, Input};
use crate::context::Context;
use crate::core::{Change, Core, no_such, parse_id};
use crate::descriptor::{Descriptor, Field, Operation};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{self, At, Mode, Violations};
use crate::validate;

use answer::Written;
use negotiate::Format;

#[cfg(feature = "xml")]
pub(crate) use answer::{Problem, place};
pub(crate) use guard::{Guard, Limits};

/// The routes of all resources.
#[derive(Debug)]
pub(crate) struct Rest {
    core: Arc<Core>,
    /// By version and path, `v1/orders`.
    collections: HashMap<String, &'static Descriptor>,
    max_body: usize,
}

/// What a path means.
#[derive(Clone, Copy)]
enum Target<'a> {
    Collection,
    Item(&'a str),
    Custom(&'a str, &'static Operation),
}

impl Rest {
    pub(crate) fn new(core: Arc<Core>, max_body: usize) -> Self {
        let collections = core
            .resources
            .iter()
            .map(|descriptor| (format!("{}/{}", descriptor.version, descriptor.path), *descriptor))
            .collect();
        Self { core, collections, max_body }
    }

    /// Serves a request for a resource; every other path is not found.
    pub(crate) async fn serve(&self, parts: Parts, mut body: Body, deadline: Instant) -> Response {
        let (format, answer) = match negotiate::answer_format(&parts.headers) {
            Ok(format) => (format, self.route(&parts, &mut body, format, deadline).await),
            Err(error) => (Format::default(), Err(error)),
        };
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
                        let types = HeaderValue::from_static(negotiate::PATCH_TYPES);
                        response.headers_mut().insert("accept-patch", types);
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
        format: Format,
        deadline: Instant,
    ) -> Result<Response> {
        if parts.uri.path() == "*" && parts.method == Method::OPTIONS {
            return Ok(routes::options_of_all());
        }
        let (descriptor, target) = self.target(parts.uri.path())?;
        if parts.method == Method::OPTIONS {
            return Ok(routes::options(target));
        }
        if !routes::allowed(target).contains(&parts.method) {
            return Ok(routes::not_allowed(target, parts, format));
        }
        let ctx = self.context(parts, deadline).await?;
        let call = Call { rest: self, parts, format, ctx: &ctx, descriptor };
        match (target, &parts.method) {
            (Target::Collection, &Method::POST) => call.create(body).await,
            (Target::Collection, _) => call.list().await,
            (Target::Item(id), &Method::PATCH) => call.update(id, body).await,
            (Target::Item(id), &Method::PUT) => call.replace(id, body).await,
            (Target::Item(id), &Method::DELETE) => call.delete(id).await,
            (Target::Item(id), _) => call.get(id).await,
            (Target::Custom(id, operation), _) => call.custom(id, operation, body).await,
        }
    }

    fn target<'a>(&self, path: &'a str) -> Result<(&'static Descriptor, Target<'a>)> {
        let nothing = || Error::not_found("there is nothing at this path");
        let path = path.strip_prefix('/').ok_or_else(nothing)?;
        let version = path.find('/').ok_or_else(nothing)?;
        let end = path[version + 1..].find('/').map_or(path.len(), |slash| version + 1 + slash);
        let descriptor = *self.collections.get(&path[..end]).ok_or_else(nothing)?;
        let Some(rest) = path.get(end + 1..) else { return Ok((descriptor, Target::Collection)) };
        match rest.split_once('/') {
            _ if rest.is_empty() => Err(nothing()),
            None => Ok((descriptor, Target::Item(rest))),
            Some((id, name)) => {
                let operation = descriptor.operations.iter().find(|operation| operation.name == name);
                let operation = operation.filter(|_| !id.is_empty()).ok_or_else(nothing)?;
                Ok((descriptor, Target::Custom(id, operation)))
            }
        }
    }

    async fn context(&self, parts: &Parts, deadline: Instant) -> Result<Context> {
        let mut ctx = Context::new(Arc::clone(&self.core), guard::id_of(parts).to_owned());
        ctx.deadline = Some(deadline);
        ctx.trace_parent = request::trace_parent(&parts.headers);
        if let Some(authenticator) = &self.core.authenticator {
            ctx.principal = authenticator.authenticate(Credentials { headers: &parts.headers }).await?;
        }
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
                Ok(answer::row(StatusCode::OK, self.descriptor, &answer.row, self.format, Written::No))
            }
        }
    }

    async fn list(&self) -> Result<Response> {
        let request = request::list_request(self.parts)?;
        let page = self.core().list(self.ctx, self.descriptor, &request).await?;
        Ok(answer::page(self.descriptor, &page, self.format))
    }

    async fn create(&self, body: &mut Body) -> Result<Response> {
        request::no_query(self.parts)?;
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Create).await?;
        let input = self.input(Mode::Create(self.descriptor), body).await?;
        let answer = self.core().create(self.ctx, self.descriptor, input).await?;
        let written = Written::from_replayed(answer.replayed);
        let mut response =
            answer::row(StatusCode::CREATED, self.descriptor, &answer.row, self.format, written);
        if let Some(location) = answer::location(self.descriptor, &answer.row) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    async fn update(&self, id: &str, body: &mut Body) -> Result<Response> {
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Update).await?;
        let input = self.input(Mode::Update, body).await?;
        self.change(id, Change::Update(input)).await
    }

    async fn replace(&self, id: &str, body: &mut Body) -> Result<Response> {
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Replace).await?;
        let input = self.input(Mode::Replace(self.descriptor), body).await?;
        self.change(id, Change::Replace(input)).await
    }

    async fn delete(&self, id: &str) -> Result<Response> {
        self.core().authorise(self.ctx, self.descriptor, OperationKind::Delete).await?;
        self.change(id, Change::Delete).await
    }

    async fn custom(&self, id: &str, operation: &'static Operation, body: &mut Body) -> Result<Response> {
        let kind = OperationKind::Custom(operation.name);
        self.core().authorise(self.ctx, self.descriptor, kind).await?;
        let input = if let Some(input) = operation.input {
            self.value(input.fields, body).await?
        } else {
            request::no_body(self.parts, body, self.ctx.deadline()).await?;
            Cell::Null
        };
        self.change(id, Change::Custom(operation, input)).await
    }

    async fn change(&self, id: &str, change: Change) -> Result<Response> {
        request::no_query(self.parts)?;
        let preconditions = conditional::preconditions(&self.parts.headers)?;
        let delete = matches!(change, Change::Delete);
        let id = self.id(id)?;
        let answer = self.core().change(self.ctx, self.descriptor, &id, change, &preconditions).await?;
        let written = Written::from_replayed(answer.replayed);
        if delete {
            return Ok(answer::no_content(written));
        }
        Ok(answer::row(StatusCode::OK, self.descriptor, &answer.row, self.format, written))
    }

    async fn input(&self, mode: Mode, body: &mut Body) -> Result<Input> {
        let format = negotiate::body_format(&self.parts.headers, mode.is_update())?;
        let body = request::read(self.parts, body, self.rest.max_body, self.ctx.deadline()).await?;
        let mut violations = Violations::default();
        let (fields, element) = (self.descriptor.fields, self.descriptor.singular);
        let Some(input) = format.object(mode, fields, element, &body, &mut violations) else {
            return Err(Error::invalid(violations.into_list()));
        };
        if !violations.is_empty() {
            // The operation won't run, so nobody else says which rules the rest of it breaks.
            validate::changes(fields, &input, &At::ROOT, &mut violations);
        }
        violations.check()?;
        Ok(input)
    }

    async fn value(&self, fields: &'static [Field], body: &mut Body) -> Result<Cell> {
        let format = negotiate::body_format(&self.parts.headers, false)?;
        let body = request::read(self.parts, body, self.rest.max_body, self.ctx.deadline()).await?;
        let mut violations = Violations::default();
        let Some(input) = format.object(Mode::Value, fields, "input", &body, &mut violations) else {
            return Err(Error::invalid(violations.into_list()));
        };
        let cells = input::into_cells(input);
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
