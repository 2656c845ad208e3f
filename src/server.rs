//! The server: resources, store and ways in, put together and run.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch as signal};

use crate::auth::{Authenticator, Policy};
use crate::catalog;
use crate::config::{Config, Role};
use crate::connections;
use crate::context::Principal;
use crate::core::Core;
use crate::descriptor::{BoxFuture, Descriptor};
use crate::error::{Error, Result};
use crate::events::{Event, Listener, Subscription, background as listening};
#[cfg(feature = "grpc")]
use crate::grpc::{self, Grpc};
use crate::metrics::Metrics;
use crate::migrations::{self, Migration};
use crate::query;
use crate::readiness::Readiness;
use crate::resource::Resource;
use crate::rest::{Description, Guard, Limits, Rest};
use crate::running::{Running, prune, stop_signal};
use crate::store::{Store, StoreOptions};
use crate::tasks::Task;
use crate::tasks::background::Plan;
use crate::watch::{self, Watching};
#[cfg(feature = "webhooks")]
use crate::webhooks::{self, Hooks, Webhooks};

/// A service: its resources on one store, behind one port, which speaks REST, gRPC and gRPC-Web.
///
/// Over gRPC it serves the resources whose package has a build script that calls `fourfold_codegen::build`; the log names
/// the others at start. Beside them it answers `/healthz` and `/readyz`, gRPC health, and, unless
/// [`Config::describe`] is off, `/openapi.json`, `/asyncapi.json`, `/docs` and gRPC reflection; with
/// [`Config::metrics`] also `/metrics`.
///
/// ```no_run
/// use fourfold::prelude::*;
///
/// /// A city.
/// #[derive(Resource)]
/// #[resource(package = "geo.city.v1", path = "cities")]
/// struct City {
///     #[field(id)]
///     id: Uuid,
///     name: String,
/// }
///
/// # async fn run() -> fourfold::Result<()> {
/// fourfold::Server::from_env()?.mount::<City>().run().await
/// # }
/// ```
pub struct Server {
    config: Config,
    resources: Vec<&'static Descriptor>,
    authenticator: Option<Arc<dyn Authenticator>>,
    policy: Option<Arc<dyn Policy>>,
    state: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    own: Option<Router>,
    tasks: Plan,
    events: listening::Plan,
    #[cfg(feature = "webhooks")]
    webhooks: Vec<Webhooks>,
    migrations: Vec<Migration>,
    #[cfg(feature = "grpc")]
    services: grpc::Own,
}

// What is public here is a plain function with a boxed future: the code of an `async fn` is compiled anew in every crate
// that awaits it, and all of the server hangs on these.
impl Server {
    /// A server as the environment says; see [`Config`].
    pub fn from_env() -> Result<Self> {
        Config::from_env().map(Self::new)
    }

    /// A server as the code says.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let (resources, state) = (Vec::new(), HashMap::new());
        Self {
            config,
            resources,
            authenticator: None,
            policy: None,
            state,
            own: None,
            tasks: Plan::default(),
            events: listening::Plan::default(),
            #[cfg(feature = "webhooks")]
            webhooks: Vec::new(),
            migrations: Vec::new(),
            #[cfg(feature = "grpc")]
            services: grpc::Own::default(),
        }
    }

    /// Changes the configuration.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Serves a resource, on every way in.
    #[must_use]
    pub fn mount<R: Resource>(mut self) -> Self {
        self.resources.push(R::DESCRIPTOR);
        self
    }

    /// Works off a task of its own, and enqueues it where it has a schedule. The tasks of resources come with them.
    #[must_use]
    pub fn task<T: Task>(mut self) -> Self {
        self.tasks.own.push(T::TASK);
        self
    }

    /// Listens to events, in a group: processes of one group share its events, and every group gets all of them. What is
    /// listened to is the function's first argument: all that happens to a resource (`OrderEvent`), one thing
    /// (`OrderCancelled`), or a struct with `#[derive(Event)]`.
    ///
    /// What the function adds to the unit of work (`execute`, `enqueue`, `publish`) is committed once, however often the
    /// event arrives; what it does to the world outside happens at least once.
    #[must_use]
    pub fn subscribe<E, L>(self, group: impl Into<String>, listener: L) -> Self
    where
        E: Event,
        L: for<'a> Listener<'a, E> + Send + Sync + 'static,
    {
        self.subscription(Subscription::new(group, listener))
    }

    /// The same, with more to say: where to begin, what to leave out, how often to try again.
    #[must_use]
    pub fn subscription(mut self, subscription: Subscription) -> Self {
        self.events.subscriptions.push(subscription);
        self
    }

    /// Tells people outside what happens, by signed requests: each event is a task for each endpoint, committed with the
    /// mark that the event has been dealt with, and tried for days.
    #[cfg(feature = "webhooks")]
    #[must_use]
    pub fn webhooks(mut self, webhooks: Webhooks) -> Self {
        if self.webhooks.is_empty() {
            self.tasks.own.push(webhooks::deliver::Deliver::TASK);
            self.tasks.places.push((webhooks::deliver::QUEUE, webhooks::PLACES));
        }
        self.events.subscriptions.push(webhooks.subscription());
        self.webhooks.push(webhooks);
        self
    }

    /// In whose name subscribers run, and tasks that name nobody, such as those that a program with nothing but the broker's URL has
    /// enqueued; by default in nobody's, which a [`policy`](Self::policy) may refuse.
    #[must_use]
    pub fn task_principal(mut self, principal: Principal) -> Self {
        self.tasks.otherwise = principal;
        self
    }

    /// Says who calls. Without it, and without a [`policy`](Self::policy), the server serves this machine alone.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticator = Some(Arc::new(authenticator));
        self
    }

    /// Says who may do what.
    #[must_use]
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.policy = Some(Arc::new(policy));
        self
    }

    /// Gives operations something of yours, by its type: see [`Context::state`](crate::Context::state).
    #[must_use]
    pub fn state<T: Any + Send + Sync>(mut self, state: T) -> Self {
        self.state.insert(TypeId::of::<T>(), Arc::new(state));
        self
    }

    /// Adds routes of your own. They pass the same limits, request ids and panic net as all others, come before the
    /// resources' routes, and do their own authentication.
    #[must_use]
    pub fn routes(mut self, routes: Router) -> Self {
        self.own = Some(match self.own.take() {
            Some(own) => own.merge(routes),
            None => routes,
        });
        self
    }

    /// Adds a gRPC service of your own, made by tonic, beside those of the resources. Its calls pass the same limits,
    /// request ids and panic net as all others, come over gRPC-Web too, and do their own authentication. Health knows it.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use std::future::{Ready, ready};
    /// use std::task::{Context, Poll};
    ///
    /// use fourfold::{Config, Server};
    ///
    /// // In your service this is what tonic writes, such as `GreeterServer::new(MyGreeter)`.
    /// #[derive(Clone)]
    /// struct Greeter;
    ///
    /// impl tonic::server::NamedService for Greeter {
    ///     const NAME: &'static str = "greet.v1.Greeter";
    /// }
    ///
    /// impl tower_service::Service<http::Request<axum::body::Body>> for Greeter {
    ///     type Response = http::Response<tonic::body::Body>;
    ///     type Error = Infallible;
    ///     type Future = Ready<Result<Self::Response, Infallible>>;
    ///
    ///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
    ///         Poll::Ready(Ok(()))
    ///     }
    ///
    ///     fn call(&mut self, _: http::Request<axum::body::Body>) -> Self::Future {
    ///         ready(Ok(tonic::Status::unimplemented("say it yourself").into_http()))
    ///     }
    /// }
    ///
    /// let server = Server::new(Config::default()).grpc(Greeter);
    /// ```
    #[cfg(feature = "grpc")]
    #[must_use]
    pub fn grpc<S>(mut self, service: S) -> Self
    where
        S: tower_service::Service<http::Request<axum::body::Body>, Error = std::convert::Infallible>
            + tonic::server::NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        // Another of the same name is said when the server starts; a router would panic.
        if !self.services.names.contains(&S::NAME) {
            let path = format!("/{}/{{*method}}", S::NAME);
            self.services.routes = self.services.routes.route_service(&path, service);
        }
        self.services.names.push(S::NAME);
        self
    }

    /// Makes the tables by versioned migrations and by nothing else: with `FOURFOLD_MIGRATE=on`, and on SQLite always, the
    /// server applies what has not been applied yet before it serves; else it refuses to start until that has been done.
    /// Then it makes sure that the tables are as its resources need them. Any number of processes may start at once.
    ///
    /// The build script writes the list from the package's folder `migrations`, which `cargo fourfold migrate new` fills:
    ///
    /// ```ignore
    /// fourfold::include_generated!();
    ///
    /// fourfold::Server::from_env()?.mount::<Order>().migrations(generated::MIGRATIONS).run().await
    /// ```
    #[must_use]
    pub fn migrations(mut self, migrations: &[Migration]) -> Self {
        self.migrations.extend_from_slice(migrations);
        self
    }

    /// Makes and extends the tables, and says what it did, a sentence each. Without [`Server::migrations`] nothing is ever
    /// dropped: what can't be done without losing data is an error that names it.
    #[must_use = "nothing happens until it is awaited"]
    pub fn migrate(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(self.migrate_now())
    }

    async fn migrate_now(&self) -> Result<Vec<String>> {
        self.check()?;
        let store = self.store().await?;
        let done = self.prepare(&store, true).await;
        store.close().await;
        done
    }

    /// Has the tables made, or made sure that they are there.
    async fn prepare(&self, store: &Store, migrate: bool) -> Result<Vec<String>> {
        if self.migrations.is_empty() {
            return store.prepare(&self.resources, migrate).await;
        }
        let mut done = Vec::new();
        if migrate {
            let applied = store.run_migrations(&self.migrations, false).await?;
            done.extend(applied.iter().map(|name| format!("applied the migration {name}")));
        } else {
            let records = store.migration_records().await?;
            migrations::complete(&self.migrations, &records, store.engine())?;
        }
        done.extend(store.prepare(&self.resources, false).await?);
        Ok(done)
    }

    /// Serves until Ctrl-C or SIGTERM; then it finishes what runs and ends.
    #[must_use = "nothing happens until it is awaited"]
    pub fn run(self) -> BoxFuture<'static, Result<()>> {
        Box::pin(self.run_to_the_end())
    }

    async fn run_to_the_end(self) -> Result<()> {
        let running = self.start().await?;
        if running.serving.is_some() {
            tracing::info!(address = %running.address(), "serving");
        } else {
            tracing::info!("working off tasks");
        }
        stop_signal().await;
        tracing::info!("stopping: no new requests are taken, running ones are finished");
        running.stop().await;
        Ok(())
    }

    /// Starts to serve and comes back at once.
    #[must_use = "nothing happens until it is awaited"]
    pub fn start(self) -> BoxFuture<'static, Result<Running>> {
        Box::pin(self.start_now())
    }

    async fn start_now(self) -> Result<Running> {
        self.check()?;
        for sentence in catalog::outside(&self.resources) {
            tracing::info!("{sentence}");
        }
        let store = self.store().await?;
        let migrate = self.config.migrate || store.migrates_at_start();
        for sentence in self.prepare(&store, migrate).await? {
            tracing::info!("{sentence}");
        }
        #[cfg(feature = "grpc")]
        let linked =
            grpc::link(&self.resources, &self.services).map_err(|wrong| Error::internal(wrong.join("\n")))?;
        #[cfg(feature = "grpc")]
        if let Some(hint) = linked.hint() {
            tracing::info!("{hint}");
        }
        #[cfg(feature = "grpc")]
        let services = self.services;
        #[cfg(feature = "webhooks")]
        let hooks = Hooks::new(self.webhooks, &self.config)?;
        let Self {
            config, resources, authenticator, policy, state, own, tasks: plan, events: listeners, ..
        } = self;
        #[cfg(feature = "webhooks")]
        let state = {
            let mut state = state;
            state.insert(TypeId::of::<Hooks>(), Arc::new(hooks) as Arc<dyn Any + Send + Sync>);
            state
        };
        let tasks = Plan::open(&config).await?;
        let limits =
            query::Limits { default_page_size: config.page_size, max_page_size: config.max_page_size };
        let events = config.outbox;
        let bus = listeners.open(&config, &store).await?;
        let (outbox, happened) = (Notify::new(), Notify::new());
        let watching = Watching::new(
            store.clone(),
            &resources,
            watch::Limits {
                watchers: config.watchers,
                heartbeat: config.watch_heartbeat,
                lifetime: config.watch_lifetime,
            },
        );
        let core = Core {
            store,
            resources,
            authenticator,
            policy,
            limits,
            events,
            state,
            tasks,
            outbox,
            bus,
            happened,
            watching,
        };
        let core = Arc::new(core);
        let rest = Rest::new(Arc::clone(&core), config.max_body_bytes, config.tasks_path.clone());
        let limits = Limits { timeout: config.request_timeout, concurrency: config.max_concurrency };
        let description = config.describe.then(|| Description::of(&core.resources));
        let readiness = Arc::new(Readiness::new(Arc::clone(&core)));
        #[cfg(feature = "grpc")]
        let grpc = Grpc::new(&core, linked, services, &readiness, config.max_body_bytes, config.describe)?;
        let guard = Guard::new(
            readiness,
            rest,
            #[cfg(feature = "grpc")]
            grpc,
            own,
            limits,
        );
        let metrics = config.metrics.then(|| Metrics::new(&core, listeners.groups()));
        let guard = Arc::new(guard.describing(description).measured(metrics));
        let (stop, stopped) = signal::channel(());
        // Nothing runs before the port is known to be free.
        let (serving, address) = if config.role == Role::Worker {
            (None, config.listen)
        } else {
            let listener = listen(config.listen).await?;
            let address = listener.local_addr()?;
            let serving = connections::serve(listener, Arc::clone(&guard), config.clone(), stopped.clone());
            (Some(tokio::spawn(serving)), address)
        };
        let listening = listeners.start(&core, &config, &plan.otherwise).await;
        let background = plan.start(&core, &config);
        let grace = config.shutdown_grace;
        let pruning = tokio::spawn(prune(Arc::clone(&core), config, stopped));
        Ok(Running { address, core, guard, stop, serving, pruning, background, listening, grace })
    }

    async fn store(&self) -> Result<Store> {
        Store::open(StoreOptions {
            url: self.config.database_url.0.clone(),
            patience: self.config.database_patience,
            connections: self.config.database_connections,
        })
        .await
    }

    /// What would go wrong later, said before anything begins.
    fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        if !self.config.listen.ip().is_loopback() && (self.authenticator.is_none() || self.policy.is_none()) {
            wrong.push(format!(
                "the server would be open to everybody on {}: give it an authenticator and a policy \
                 (Server::authenticator, Server::policy; fourfold::Anyone and fourfold::AllowAll say that this is \
                 meant), or listen on 127.0.0.1",
                self.config.listen
            ));
        }
        wrong.extend(catalog::mistakes(&self.resources));
        wrong.extend(self.events.mistakes(&self.config, &self.resources));
        wrong.extend(self.tasks.mistakes(&self.resources, &self.config));
        #[cfg(feature = "webhooks")]
        wrong.extend(webhooks::mistakes(&self.webhooks, &self.config));
        #[cfg(feature = "grpc")]
        wrong.extend(grpc::link(&self.resources, &self.services).err().into_iter().flatten());
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::internal(wrong.join("\n")))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.resources.iter().map(|descriptor| descriptor.name).collect();
        f.debug_struct("Server")
            .field("config", &self.config)
            .field("resources", &names)
            .finish_non_exhaustive()
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::internal(format!(
            "can't listen on {address}: {error}; choose another address with FOURFOLD_LISTEN"
        ))
    })
}
