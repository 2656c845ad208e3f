//! What an operation knows about the call that it serves.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cell::Cell;
use crate::core::Core;
use crate::events::{Delivered, Pending, Publish};
use crate::resource::FieldType;
use crate::service::Service;
use crate::tasks::{Enqueue, Message, Task};

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Principal {
    id: Option<String>,
    roles: Vec<String>,
    claims: BTreeMap<String, serde_json::Value>,
}

impl Principal {
    /// Nobody known.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Somebody, by an id that is stable and unique: idempotency keys belong to it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..Self::default() }
    }

    /// Adds a role.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Adds a claim.
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// The id; `None` for nobody known.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether it has a role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// The claims.
    #[must_use]
    pub fn claims(&self) -> &BTreeMap<String, serde_json::Value> {
        &self.claims
    }

    /// A claim by name.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&serde_json::Value> {
        self.claims.get(name)
    }
}

/// A statement of your own that joins the unit of work of the running operation.
///
/// The SQL is that of the engine in use (`?1` on SQLite, `$1` on PostgreSQL); values are bound, never written into it.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Cell>,
}

impl Statement {
    /// A statement without parameters.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), parameters: Vec::new() }
    }

    /// Binds the next parameter.
    #[must_use]
    pub fn bind<T: FieldType>(mut self, value: T) -> Self {
        self.parameters.push(value.into_cell());
        self
    }
}

/// What an operation knows about the call that it serves.
pub struct Context {
    pub(crate) core: Arc<Core>,
    pub(crate) principal: Principal,
    pub(crate) request_id: String,
    pub(crate) trace_parent: Option<String>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) idempotency_key: Option<String>,
    /// What tells the request from others under the same key, where that is not what it says once it has been decoded: a
    /// default may be another each time.
    pub(crate) fingerprint: Option<i64>,
    pub(crate) statements: Mutex<Vec<Statement>>,
    pub(crate) tasks: Mutex<Vec<Message>>,
    pub(crate) events: Mutex<Vec<Pending>>,
    /// The event that it serves, where a subscriber runs.
    pub(crate) delivered: Option<Delivered>,
    /// The attempt that it serves, where a worker runs it.
    pub(crate) attempt: Option<Attempt>,
}

/// The attempt of a task that a worker runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The task's id: the same on each attempt, so it makes repeats known to others.
    pub task: uuid::Uuid,
    /// `order.create`.
    pub name: String,
    /// The first is 1.
    pub number: u32,
    /// How many there may be.
    pub of: u32,
}

impl Context {
    pub(crate) fn new(core: Arc<Core>, request_id: String) -> Self {
        Self {
            core,
            principal: Principal::anonymous(),
            request_id,
            trace_parent: None,
            deadline: None,
            idempotency_key: None,
            fingerprint: None,
            statements: Mutex::new(Vec::new()),
            tasks: Mutex::new(Vec::new()),
            events: Mutex::new(Vec::new()),
            delivered: None,
            attempt: None,
        }
    }

    /// For an operation of its own, asked for by this one: the idempotency key and the statements stay here.
    pub(crate) fn nested(&self) -> Self {
        Self {
            principal: self.principal.clone(),
            trace_parent: self.trace_parent.clone(),
            deadline: self.deadline,
            ..Self::new(Arc::clone(&self.core), self.request_id.clone())
        }
    }

    /// Who calls.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The id of the request, the same in every log line and answer about it.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The W3C `traceparent` of the caller, to pass on.
    #[must_use]
    pub fn trace_parent(&self) -> Option<&str> {
        self.trace_parent.as_deref()
    }

    /// When the caller stops waiting.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How long the caller still waits.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The key under which a repeat of this request gets the first answer.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    /// What [`Server::state`](crate::Server::state) was given of this type: a client, a configuration.
    #[must_use]
    pub fn state<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.core.state(std::any::TypeId::of::<T>())?.downcast_ref()
    }

    /// The service that the operation belongs to, to read other resources.
    #[must_use]
    pub fn service(&self) -> Service {
        Service { core: Arc::clone(&self.core) }
    }

    /// Adds a statement of your own to the unit of work: it is committed with the row, the event and the answer, or
    /// not at all. If the operation runs again because the row has moved, it starts without what it added before.
    pub fn execute(&self, statement: Statement) {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
    }

    /// Adds a task to the unit of work: it is enqueued if what the operation writes is committed, and not otherwise.
    ///
    /// The tasks of a resource take the context as their sink in the same way: `Order::tasks(ctx).cancel(id, input)`.
    pub fn enqueue<T: Task>(&self, task: T) -> Enqueue<'_> {
        Enqueue::of(self, task)
    }

    /// Adds an event of your own to the unit of work: it is published if what the operation writes is committed, and not
    /// otherwise. Where the event does not say to what it happened, it happened to the row of the operation.
    ///
    /// Where `FOURFOLD_OUTBOX` is off nothing is published.
    pub fn publish<E: Publish>(&self, event: E) {
        if self.core.events {
            let event = Pending::of(event);
            self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        }
    }

    /// The event that it serves, where a subscriber runs.
    #[must_use]
    pub fn delivered(&self) -> Option<&Delivered> {
        self.delivered.as_ref()
    }

    /// The attempt that it serves, where a worker runs it.
    #[must_use]
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref()
    }

    pub(crate) fn add_task(&self, message: Message) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    }

    pub(crate) fn take_tasks(&self) -> Vec<Message> {
        std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn take_events(&self) -> Vec<Pending> {
        std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn take_statements(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.statements.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("principal", &self.principal.id)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
