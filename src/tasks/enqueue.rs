//! Who enqueues: a program with a broker, or an operation in its own unit of work.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::broker::{Broker, BrokerOptions, Cancelled, Taken};
use super::handler::Task;
use super::intake::Intake;
use super::message::{Caller, Message, Priority, RetryPolicy};
use super::status::{TaskFilter, TaskStatus};
use crate::context::Context;
use crate::descriptor::{BoxFuture, TaskSettings};
use crate::error::{Error, ErrorKind, Result};

/// A broker: where tasks are enqueued, looked at and taken back.
#[derive(Clone)]
pub struct Tasks {
    broker: Arc<dyn Broker>,
    intake: Intake,
}

/// Where a task goes: to a broker at once, or with the unit of work of the running operation.
#[derive(Clone, Copy, Debug)]
pub enum TaskSink<'a> {
    /// At once.
    Broker(&'a Tasks),
    /// With what the operation writes, or not at all.
    Unit(&'a Context),
}

impl<'a> From<&'a Tasks> for TaskSink<'a> {
    fn from(tasks: &'a Tasks) -> Self {
        Self::Broker(tasks)
    }
}

impl<'a> From<&'a Context> for TaskSink<'a> {
    fn from(ctx: &'a Context) -> Self {
        Self::Unit(ctx)
    }
}

/// A task that is about to be enqueued: say how, then await it.
#[must_use = "nothing is enqueued until it is awaited"]
#[derive(Debug)]
pub struct Enqueue<'a> {
    sink: TaskSink<'a>,
    message: Message,
}

/// A task that was enqueued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enqueued {
    /// Its id; where one with the same unique key waits or runs already, that one's.
    pub id: Uuid,
    /// Whether it was there already.
    pub existed: bool,
}

impl<'a> Enqueue<'a> {
    /// For the derive macro and the ways in: a task by name, with its payload as the text of a JSON object.
    pub(crate) fn new(
        sink: impl Into<TaskSink<'a>>,
        name: &str,
        payload: String,
        settings: TaskSettings,
    ) -> Self {
        let sink = sink.into();
        let (caller, trace_parent) = match sink {
            TaskSink::Broker(_) => (None, None),
            TaskSink::Unit(ctx) => {
                let caller = Caller { principal: ctx.principal().clone(), key: None };
                (Some(caller), ctx.trace_parent.clone())
            }
        };
        let usual = RetryPolicy::default();
        let retry = RetryPolicy {
            attempts: settings.retries.map_or(usual.attempts, |retries| retries.saturating_add(1)),
            backoff: settings.backoff.unwrap_or(usual.backoff),
            backoff_max: settings.backoff_max.unwrap_or(usual.backoff_max),
            timeout: settings.timeout.unwrap_or(usual.timeout),
        };
        let queue = settings.queue.unwrap_or("default");
        let message = Message { retry, caller, trace_parent, ..Message::new(queue, name, payload) };
        Self { sink, message }
    }

    /// Not before a span of time from now.
    pub fn after(self, delay: Duration) -> Self {
        self.at(later(delay))
    }

    /// Not before a moment.
    pub fn at(mut self, moment: DateTime<Utc>) -> Self {
        self.message.run_at = Some(moment);
        self
    }

    /// Not begun after a span of time from now.
    pub fn expires_after(self, span: Duration) -> Self {
        self.expires_at(later(span))
    }

    /// Not begun after a moment.
    pub fn expires_at(mut self, moment: DateTime<Utc>) -> Self {
        self.message.expires_at = Some(moment);
        self
    }

    /// How soon among those whose time has come.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.message.priority = priority;
        self
    }

    /// While a task with this key waits or runs, no other with it is taken: awaiting gives that one's id.
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.message.unique_key = Some(key.into());
        self
    }

    /// The task's id, to make enqueuing itself repeatable: an id is taken once.
    pub fn id(mut self, id: Uuid) -> Self {
        self.message.id = id;
        self
    }

    /// Another queue than its own.
    pub fn queue(mut self, queue: impl Into<String>) -> Self {
        self.message.queue = queue.into();
        self
    }

    /// How often it is tried again.
    pub fn retries(mut self, retries: u32) -> Self {
        self.message.retry.attempts = retries.saturating_add(1);
        self
    }

    /// The pause before the second attempt, which doubles with each further one, and the longest pause.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.message.retry.backoff = first;
        self.message.retry.backoff_max = longest;
        self
    }

    /// How long one attempt may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.message.retry.timeout = timeout;
        self
    }

    /// Nobody will ask how it went: neither state nor result is kept once it succeeded.
    pub fn forget(mut self) -> Self {
        self.message.keep = false;
        self
    }

    /// In whose name it runs; by default in that of the operation that enqueues it, else in nobody's.
    pub fn principal(mut self, principal: crate::Principal) -> Self {
        self.message.caller = Some(Caller { principal, key: None });
        self
    }

    /// In the name of who asked, and once for each key of theirs.
    pub(crate) fn on_behalf_of(mut self, ctx: &Context) -> Self {
        let key = ctx.idempotency_key.clone();
        if let Some(key) = &key {
            let principal = ctx.principal().id().unwrap_or_default();
            let name = format!("{principal}\0{key}");
            self.message.id = Uuid::new_v5(&REQUESTS, name.as_bytes());
        }
        self.message.caller = Some(Caller { principal: ctx.principal().clone(), key });
        self.message.trace_parent.clone_from(&ctx.trace_parent);
        self
    }

    async fn run(self) -> Result<Enqueued> {
        match self.sink {
            TaskSink::Broker(tasks) => tasks.take(self.message).await,
            TaskSink::Unit(ctx) => {
                let id = self.message.id;
                ctx.add_task(self.message);
                Ok(Enqueued { id, existed: false })
            }
        }
    }
}

impl<'a> IntoFuture for Enqueue<'a> {
    type Output = Result<Enqueued>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl Tasks {
    /// Needs a runtime: what many callers enqueue at once is grouped by tasks of it.
    pub(crate) fn new(broker: Arc<dyn Broker>) -> Self {
        let intake = Intake::start(&broker);
        Self { broker, intake }
    }

    /// The tasks of a service, for a program that is none: by the URL that the service has, `FOURFOLD_TASKS_URL` or that
    /// of its database. Tables are made on SQLite alone; elsewhere the service makes them.
    ///
    /// ```
    /// # async fn run() -> fourfold::Result<()> {
    /// use fourfold::Tasks;
    /// use serde_json::json;
    ///
    /// let tasks = Tasks::connect("memory:").await?;
    /// let task = tasks.send("order.create", &json!({"data": {"sku": "TEA-1"}})).retries(3).await?;
    /// println!("{:?}", tasks.status(task.id).await?);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
    /// ```
    #[must_use = "nothing happens until it is awaited"]
    pub fn connect(url: &str) -> BoxFuture<'_, Result<Self>> {
        Box::pin(Self::open(url, None))
    }

    /// The same with the URL of the service's database, where the state of tasks is that RabbitMQ carries. Without it,
    /// only tasks that nobody asks about ([`Enqueue::forget`]) can go there.
    #[must_use = "nothing happens until it is awaited"]
    pub fn connect_with<'a>(url: &'a str, database: &'a str) -> BoxFuture<'a, Result<Self>> {
        Box::pin(Self::open(url, Some(database.to_owned())))
    }

    async fn open(url: &str, ledger: Option<String>) -> Result<Self> {
        let patience = Duration::from_secs(5);
        let options = BrokerOptions { url: url.to_owned(), patience, migrate: false, ledger };
        Ok(Self::new(super::open(&options).await?))
    }

    pub(crate) fn broker(&self) -> &Arc<dyn Broker> {
        &self.broker
    }

    /// A task that belongs to no resource.
    pub fn enqueue<T: Task>(&self, task: T) -> Enqueue<'_> {
        Enqueue::of(self, task)
    }

    /// A task by name, for workers that are not ours to type: `payload` is a JSON object. Its workers check it.
    pub fn send(&self, name: &str, payload: &Value) -> Enqueue<'_> {
        Enqueue::new(self, name, payload.to_string(), TaskSettings::NONE)
    }

    /// What can be seen of a task.
    #[must_use = "nothing happens until it is awaited"]
    pub fn status(&self, id: Uuid) -> BoxFuture<'_, Result<Option<TaskStatus>>> {
        Box::pin(async move { Ok(self.broker.status(id).await?) })
    }

    /// What can be seen of tasks, the newest first.
    #[must_use = "nothing happens until it is awaited"]
    pub fn list<'a>(&'a self, filter: &'a TaskFilter) -> BoxFuture<'a, Result<Vec<TaskStatus>>> {
        Box::pin(async move { Ok(self.broker.list(filter).await?) })
    }

    /// Waits until a task has ended, at most so long, and says how it stands then.
    #[must_use = "nothing happens until it is awaited"]
    pub fn wait(&self, id: Uuid, at_most: Duration) -> BoxFuture<'_, Result<Option<TaskStatus>>> {
        Box::pin(async move {
            let end = tokio::time::Instant::now() + at_most;
            let mut pause = Duration::from_millis(5);
            loop {
                let status = self.broker.status(id).await?;
                let now = tokio::time::Instant::now();
                if now >= end || status.as_ref().is_some_and(|status| status.state.is_final()) {
                    return Ok(status);
                }
                tokio::time::sleep(pause.min(end - now)).await;
                pause = (pause * 2).min(Duration::from_millis(250));
            }
        })
    }

    /// Takes back a task that has not begun. One that runs, or has ended, is `FailedPrecondition`; one that does not
    /// exist is `NotFound`.
    #[must_use = "nothing happens until it is awaited"]
    pub fn cancel(&self, id: Uuid) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            match self.broker.cancel(id).await? {
                Cancelled::Done => Ok(()),
                Cancelled::TooLate => Err(Error::failed_precondition(
                    "the task runs, or has ended: it can't be cancelled any more",
                )),
                Cancelled::Unknown => Err(Error::not_found("there is no such task")),
            }
        })
    }

    /// Lets a task that failed, expired or was cancelled begin anew. Where there is none such, `NotFound`.
    #[must_use = "nothing happens until it is awaited"]
    pub fn requeue(&self, id: Uuid) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            if self.broker.requeue(id).await? {
                return Ok(());
            }
            Err(Error::not_found("there is no such task that has failed, expired or was cancelled"))
        })
    }

    /// Takes away what waits in a queue, and says how many.
    #[must_use = "nothing happens until it is awaited"]
    pub fn drain<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move { Ok(self.broker.drain(queue).await?) })
    }

    /// Finishes what waits to be enqueued, and lets go of the broker.
    pub(crate) async fn close(&self) {
        self.broker.close().await;
    }

    pub(crate) async fn take(&self, message: Message) -> Result<Enqueued> {
        if !message.payload.starts_with('{') {
            return Err(Error::violation("", "type", "the payload of a task must be a JSON object"));
        }
        let (id, fingerprint, keyed) = (message.id, message.fingerprint(), message.unique_key.is_some());
        let taken = self.intake.take(message).await?;
        match taken {
            Taken::Known { id: known, fingerprint: other }
                if known == id && other != fingerprint && !keyed =>
            {
                let sentence = "the task's id belongs to another task; use a new one";
                Err(Error::new(ErrorKind::KeyReused, sentence))
            }
            Taken::Known { id, .. } => Ok(Enqueued { id, existed: true }),
            Taken::New => Ok(Enqueued { id, existed: false }),
        }
    }
}

impl<'a> Enqueue<'a> {
    /// A task that belongs to no resource.
    pub(crate) fn of<T: Task>(sink: impl Into<TaskSink<'a>>, task: T) -> Self {
        let mut payload = Vec::new();
        let input = T::DESCRIPTOR;
        crate::json::encode_row(&mut payload, input.fields, &task.into_cells(), crate::json::View::Stored);
        let payload = String::from_utf8_lossy(&payload).into_owned();
        Self::new(sink, T::TASK.name, payload, T::TASK.settings)
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tasks").field(&self.broker).finish()
    }
}

/// The namespace (RFC 9562, section 5.5) of tasks that come from keyed requests.
const REQUESTS: Uuid = Uuid::from_u128(0x8b0e_3f5c_51f7_4d0e_9a5b_2f6f_7d1c_4a90);

fn later(span: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(span)
        .ok()
        .and_then(|span| Utc::now().checked_add_signed(span))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
