//! gRPC: the way in over HTTP/2, and over gRPC-Web. It reads calls, asks the operation core and writes answers; it decides
//! nothing. One service knows the methods of all resources; tonic does framing, compression and trailers.

mod call;
mod framing;
mod health;
mod path;
mod raw;
mod reflection;
mod request;
mod status;
mod tasks;
mod timeout;
mod watch;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Request, header};
use tonic::codec::CompressionEncoding;
use tonic_health::pb::health_server::HealthServer;
use tower_service::Service as _;

use crate::context::Context;
use crate::core::Core;
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::proto::{self, Plan};
use crate::readiness::Readiness;
use crate::rest::guard::id_of;
use crate::rest::request::{leave, trace_parent};
use crate::rpc;

pub(crate) use framing::{Framing, web};
pub(crate) use status::answer;
pub(crate) use timeout::deadline;

/// The services of a server: those of its resources, the user's own, health and reflection.
#[derive(Debug)]
pub(crate) struct Grpc {
    core: Arc<Core>,
    plans: Vec<Arc<Plan>>,
    /// By path, `/shop.order.v1.OrderService/GetOrder`.
    methods: HashMap<String, Method>,
    /// What can be carried out later, by the name of its request.
    writes: HashMap<String, Method>,
    services: HashMap<String, Owner>,
    /// The user's own.
    own: Router,
    /// Health and reflection.
    built_in: Router,
    max_message: usize,
}

#[derive(Clone, Copy, Debug)]
struct Method {
    /// The index of the resource's plan.
    plan: usize,
    call: proto::Call,
}

/// Whose a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Resource,
    User,
    BuiltIn,
    /// What is carried out later.
    Tasks,
}

/// Services that the user brings along, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    pub(crate) names: Vec<&'static str>,
    pub(crate) routes: Router,
}

/// What resources a server can serve over gRPC.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    plans: Vec<Plan>,
    /// Those whose build wrote no contract.
    without: Vec<&'static Descriptor>,
}

/// Links each resource to the message that the build wrote of it. An error is everything that is wrong, a sentence each.
pub(crate) fn link(resources: &[&'static Descriptor], own: &Own) -> std::result::Result<Linked, Vec<String>> {
    let mut linked = Linked::default();
    let mut wrong = Vec::new();
    for descriptor in resources {
        match Plan::link(descriptor) {
            Ok(Some(plan)) => linked.plans.push(plan),
            Ok(None) => linked.without.push(descriptor),
            Err(sentence) => wrong.push(sentence),
        }
    }
    for (index, name) in own.names.iter().enumerate() {
        if linked.plans.iter().any(|plan| plan.service == *name) {
            wrong.push(format!("{name} is the service of a resource: give your own another name"));
        } else if own.names[..index].contains(name) {
            wrong.push(format!("the gRPC service {name} is added twice: leave one of the two out"));
        } else if BUILT_IN.contains(name) || tasks::SERVICES.contains(name) {
            wrong.push(format!("the gRPC service {name} is there already: leave yours out"));
        }
    }
    if wrong.is_empty() { Ok(linked) } else { Err(wrong) }
}

const HEALTH: &str = "grpc.health.v1.Health";
const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
const BUILT_IN: [&str; 3] = [HEALTH, REFLECTION[0], REFLECTION[1]];

impl Linked {
    /// What is not served, and how it would be.
    pub(crate) fn hint(&self) -> Option<String> {
        let names: Vec<_> = self.without.iter().map(|descriptor| descriptor.full_name()).collect();
        (!names.is_empty()).then(|| {
            format!(
                "not served over gRPC: {}; field numbers are given by the build: add a build.rs with \
                 `fn main() {{ fourfold_codegen::build(\"src\"); }}`",
                names.join(", ")
            )
        })
    }
}

impl Grpc {
    pub(crate) fn new(
        core: &Arc<Core>,
        linked: Linked,
        own: Own,
        readiness: &Arc<Readiness>,
        max_message: usize,
        describe: bool,
    ) -> Result<Self> {
        let mut methods = HashMap::new();
        let mut writes = HashMap::new();
        let mut services = HashMap::from([(HEALTH.to_owned(), Owner::BuiltIn)]);
        services.extend(tasks::SERVICES.map(|name| (name.to_owned(), Owner::Tasks)));
        for (index, plan) in linked.plans.iter().enumerate() {
            services.insert(plan.service.clone(), Owner::Resource);
            for method in &plan.methods {
                let path = format!("/{}/{}", plan.service, method.name);
                let call = Method { plan: index, call: method.call };
                if !matches!(method.call, proto::Call::Get | proto::Call::List | proto::Call::Watch) {
                    let request = rpc::request(&method.name);
                    writes.insert(format!("{}.{request}", plan.descriptor.package), call);
                }
                methods.insert(path, call);
            }
        }
        services.extend(own.names.iter().map(|name| ((*name).to_owned(), Owner::User)));
        if describe {
            services.extend(REFLECTION.map(|name| (name.to_owned(), Owner::BuiltIn)));
        }
        let names: HashSet<_> = services.keys().cloned().collect();
        let health = health::Healthy { readiness: Arc::clone(readiness), services: names };
        let health = HealthServer::new(health)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip);
        let mut built_in = Router::new().route_service(&format!("/{HEALTH}/{{*method}}"), health);
        if describe {
            let resources: Vec<_> = linked.plans.iter().map(|plan| plan.descriptor).collect();
            let mut names: Vec<_> = services.keys().cloned().collect();
            names.sort();
            built_in = reflection::mount(built_in, &resources, names.into_iter())?;
        }
        let core = Arc::clone(core);
        let plans = linked.plans.into_iter().map(Arc::new).collect();
        Ok(Self { core, plans, methods, writes, services, own: own.routes, built_in, max_message })
    }

    /// Whether a path belongs to a service that is here.
    pub(crate) fn knows(&self, path: &str) -> bool {
        self.owner(path).is_some()
    }

    /// Whether a path is to be served whatever else there is to do: health, and reflection.
    pub(crate) fn comes_first(&self, path: &str) -> bool {
        self.owner(path) == Some(Owner::BuiltIn)
    }

    fn owner(&self, path: &str) -> Option<Owner> {
        let (service, _) = path.strip_prefix('/')?.rsplit_once('/')?;
        self.services.get(service).copied()
    }

    /// Serves a call; one that nobody knows is `UNIMPLEMENTED`.
    pub(crate) async fn serve(&self, parts: Parts, body: Body, deadline: Instant) -> Response {
        if let Some(method) = self.methods.get(parts.uri.path()) {
            return self.call(*method, parts, body, deadline).await;
        }
        let routes = match self.owner(parts.uri.path()) {
            Some(Owner::User) => &self.own,
            Some(Owner::BuiltIn) => &self.built_in,
            Some(Owner::Tasks) => return self.tasks(parts, body, deadline).await,
            Some(Owner::Resource) | None => return unknown(&parts),
        };
        match routes.clone().call(Request::from_parts(parts, body)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    async fn call(&self, method: Method, parts: Parts, mut body: Body, deadline: Instant) -> Response {
        let plan = &self.plans[method.plan];
        match self.begin(&parts, &mut body, deadline).await {
            Ok(ctx) if matches!(method.call, proto::Call::Watch) => {
                watch::serve(ctx, plan, parts, body, self.max_message).await
            }
            Ok(ctx) => {
                let call = call::Call { core: &self.core, ctx, plan, method: method.call, later: None };
                call.serve(parts, body, self.max_message).await
            }
            Err(response) => *response,
        }
    }

    async fn tasks(&self, parts: Parts, mut body: Body, deadline: Instant) -> Response {
        match self.begin(&parts, &mut body, deadline).await {
            Ok(ctx) => self.serve_later(ctx, parts, body).await,
            Err(response) => *response,
        }
    }

    /// Who calls; a call that nobody may begin is answered.
    async fn begin(
        &self,
        parts: &Parts,
        body: &mut Body,
        deadline: Instant,
    ) -> std::result::Result<Context, Box<Response>> {
        if !framing::is_protobuf(&parts.headers) {
            let error = Error::new(
                ErrorKind::UnsupportedMediaType,
                "messages are protobuf here: send application/grpc or application/grpc+proto",
            );
            return Err(Box::new(answer(&error, id_of(parts))));
        }
        match self.context(parts, deadline).await {
            Ok(ctx) => Ok(ctx),
            Err(error) => {
                leave(parts, body, self.max_message).await;
                let mut response = answer(&error, id_of(parts));
                if error.kind() == ErrorKind::Unauthenticated {
                    let challenge = self.core.authenticator.as_ref().map_or("Bearer", |it| it.challenge());
                    let challenge = HeaderValue::from_str(challenge);
                    let challenge = challenge.unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                }
                Err(Box::new(response))
            }
        }
    }

    /// As REST makes it. The idempotency key is in the message, which is not read yet.
    async fn context(&self, parts: &Parts, deadline: Instant) -> Result<Context> {
        let mut ctx = Context::new(Arc::clone(&self.core), id_of(parts).to_owned());
        ctx.deadline = Some(deadline);
        ctx.trace_parent = trace_parent(&parts.headers);
        ctx.principal = self.core.authenticate(&parts.headers).await?;
        Ok(ctx)
    }
}

/// For a call that nobody here answers.
pub(crate) fn unknown(parts: &Parts) -> Response {
    let error = Error::new(ErrorKind::MethodNotAllowed, "there is no such method here");
    answer(&error, id_of(parts))
}
