//! What an attempt promises: the same pipeline as every other way in, and one effect however often it is tried.

mod operations;
mod outcomes;
mod own;
mod payloads;
mod producers;
mod registry;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::attempt;
use crate::core::Core;
use crate::prelude::*;
use crate::resource::Resource as _;
use crate::tasks::broker::Outcome;
use crate::tasks::message::{Message, RetryPolicy};
use crate::tasks::registry::Registry;
use crate::{Config, Principal, Running, Server, Service, Statement};

/// Something with rules, nested parts, and operations that count.
#[derive(Resource)]
#[resource(
    package = "test.parcel.v1",
    path = "parcels",
    operation(send, input = Send, event = "sent"),
    operation(count, task(queue = "counting", backoff = "2m")),
    task(queue = "parcels", retries = 2, timeout = "10s", delete(timeout = "1s"))
)]
pub(super) struct Parcel {
    #[field(id)]
    pub id: Uuid,
    #[field(unique, validate(length(1..=20)))]
    pub name: String,
    #[field(validate(length(..=3)))]
    pub items: Vec<Item>,
    pub labels: BTreeMap<String, String>,
    pub extra: Option<Json>,
    #[field(input_only)]
    pub secret: Option<String>,
    /// Another each time that it is made.
    #[field(default = Uuid::now_v7())]
    pub token: Uuid,
    #[field(output_only, default = 0)]
    pub sent: i64,
    #[field(output_only)]
    pub sender: Option<String>,
    #[field(version)]
    pub version: i64,
}

#[derive(Clone, Value)]
pub(super) struct Item {
    #[field(validate(length(2..=10)))]
    pub sku: String,
    #[field(validate(range(1..=9)))]
    pub count: u32,
}

#[derive(Value)]
pub(super) struct Send {
    #[field(validate(length(1..=10)))]
    pub by: String,
}

impl ParcelOperations for Parcel {
    async fn send(&mut self, ctx: &Context, input: Send) -> Result<()> {
        if input.by == "hand" {
            return Err(Error::failed_precondition("not by hand"));
        }
        self.sent += 1;
        self.sender = ctx.principal().id().map(str::to_owned);
        ctx.execute(hit("send"));
        Ok(())
    }

    async fn count(&mut self, ctx: &Context) -> Result<()> {
        let attempt = ctx.attempt().expect("a worker runs it");
        assert_eq!((ctx.request_id(), attempt.number), (attempt.task.to_string().as_str(), 1));
        assert!(ctx.time_left().is_some());
        self.sent += 10;
        Ok(())
    }
}

/// What statements of the user's own count.
#[derive(Resource)]
#[resource(package = "test.hits.v1", path = "hits")]
pub(super) struct Hits {
    #[field(id)]
    pub id: String,
    pub hits: i64,
}

pub(super) fn hit(id: &str) -> Statement {
    Statement::new("UPDATE hits SET hits = hits + 1 WHERE id = ?1").bind(id.to_owned())
}

/// A service on a file of its own, and a worker's view of it.
pub(super) struct House {
    _running: Running,
    pub(super) service: Service,
    pub(super) registry: Registry,
    directory: PathBuf,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(|server| server).await
    }

    pub(super) async fn with(change: impl FnOnce(Server) -> Server) -> Self {
        let directory = std::env::temp_dir().join(format!("fourfold-run-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            database_url: format!("sqlite:{}", directory.join("test.db").display()).into(),
            ..Config::default()
        };
        let server = change(Server::new(config).mount::<Parcel>().mount::<Hits>());
        let running = server.start().await.expect("a server");
        let service = running.service();
        let resources = [Parcel::DESCRIPTOR, Hits::DESCRIPTOR];
        let registry = Registry::new(&resources, &own::TASKS);
        let house = Self { _running: running, service, registry, directory };
        for id in ["send", "own"] {
            let hits = HitsCreate { id: id.to_owned(), hits: 0 };
            house.service.create::<Hits>(&house.system(), hits).await.expect("a counter");
        }
        house
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.service.core
    }

    pub(super) fn system(&self) -> Context {
        self.service.context(Principal::new("system"))
    }

    pub(super) async fn run(&self, message: &Message) -> Result<Option<Json>> {
        let answer = attempt(self.core(), &self.registry, message, &Principal::new("worker")).await?;
        Ok(answer.map(|answer| serde_json::from_str(&answer).expect("JSON")))
    }

    /// Runs a task that must be done, and answers something.
    pub(super) async fn done(&self, name: &str, payload: Json) -> Json {
        self.run(&message(name, &payload.to_string())).await.expect("done").expect("an answer")
    }

    /// What becomes of a task that can't be done.
    pub(super) async fn refused(&self, name: &str, payload: Json) -> Error {
        self.run(&message(name, &payload.to_string())).await.expect_err("refused")
    }

    pub(super) async fn outcome(&self, message: &Message) -> Outcome {
        let answer = attempt(self.core(), &self.registry, message, &Principal::anonymous()).await;
        super::outcome(answer, message, chrono::Utc::now())
    }

    pub(super) async fn parcel(&self, id: &str) -> Result<Parcel> {
        self.service.get(&self.system(), id.parse().expect("an id")).await
    }

    pub(super) async fn hits(&self, id: &str) -> i64 {
        self.service.get::<Hits>(&self.system(), id.to_owned()).await.expect("a counter").hits
    }

    /// A number that the database knows.
    pub(super) fn count(&self, query: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.directory.join("test.db")).expect("the database");
        connection
            .query_row(&format!("SELECT count(*) FROM {query}"), [], |row| row.get(0))
            .expect("a number")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A message as a worker gets it: the first attempt of three.
pub(super) fn message(name: &str, payload: &str) -> Message {
    Message {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        queue: "default".to_owned(),
        payload: payload.to_owned(),
        priority: crate::tasks::Priority::Normal,
        run_at: None,
        expires_at: None,
        unique_key: None,
        keep: true,
        retry: RetryPolicy { attempts: 3, ..RetryPolicy::default() },
        caller: None,
        trace_parent: None,
        foreign: None,
        created_at: chrono::Utc::now(),
        attempts: 1,
    }
}

pub(super) fn parcel(name: &str) -> Json {
    json!({"data": {"name": name, "items": [{"sku": "abc", "count": 1}], "labels": {"a": "1"}, "secret": "s3cret"}})
}
