//! What events promise, from an operation to a subscriber.

mod hearing;
mod outbox;
mod relaying;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use super::bus::Delivery;
use super::cloud::CloudEvent;
use super::run::Hearing;
use crate::core::Core;
use crate::prelude::*;
use crate::tasks::{Lease, Outcome};
use crate::{Config, Principal, Running, Server, Service, Statement, Subscription};

/// Longer than anything here takes, unless it hangs.
pub(super) const HANGS: Duration = Duration::from_secs(20);

/// Something with secrets, on the outside and on the inside.
#[derive(Resource)]
#[resource(
    package = "test.safe.v1",
    path = "safes",
    operation(open, input = Open, event = "opened"),
    operation(knock)
)]
pub(super) struct Safe {
    #[field(id)]
    pub id: Uuid,
    pub owner: String,
    #[field(sensitive)]
    pub code: String,
    #[field(input_only)]
    pub password: Option<String>,
    pub locks: Vec<Lock>,
    #[field(output_only, default = 0)]
    pub knocks: i64,
    #[field(version)]
    pub version: i64,
}

#[derive(Clone, PartialEq, Value)]
pub(super) struct Lock {
    pub maker: String,
    #[field(sensitive)]
    pub key: String,
}

#[derive(Value)]
pub(super) struct Open {
    pub how: String,
}

/// Somebody knocks.
#[derive(Event)]
#[event(type = "test.safe.v1.safe.knocked_at")]
pub(super) struct KnockedAt {
    pub loudness: u32,
}

/// Something happens to whom it says.
#[derive(Event)]
#[event(type = "test.alarm.v1.alarm.rang", subject = "alarm")]
pub(super) struct AlarmRang {
    pub alarm: Uuid,
    #[field(default = "quietly")]
    pub how: String,
    pub note: Option<String>,
}

impl SafeOperations for Safe {
    async fn open(&mut self, ctx: &Context, input: Open) -> Result<()> {
        ctx.publish(AlarmRang { alarm: self.id, how: input.how.clone(), note: None });
        if input.how == "by force" {
            return Err(Error::failed_precondition("it holds"));
        }
        self.owner = format!("whoever opened it {}", input.how);
        Ok(())
    }

    async fn knock(&mut self, ctx: &Context) -> Result<()> {
        self.knocks += 1;
        ctx.publish(KnockedAt { loudness: 11 });
        Ok(())
    }
}

/// What subscribers count.
#[derive(Resource)]
#[resource(package = "test.hits.v1", path = "hits")]
pub(super) struct Hits {
    #[field(id)]
    pub id: String,
    pub hits: i64,
}

pub(super) fn hit() -> Statement {
    Statement::new("UPDATE hits SET hits = hits + 1 WHERE id = 'here'")
}

/// A service on a file of its own.
pub(super) struct House {
    _running: Running,
    pub(super) service: Service,
    directory: PathBuf,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(|server| server).await
    }

    pub(super) async fn with(change: impl FnOnce(Server) -> Server) -> Self {
        let directory = std::env::temp_dir().join(format!("fourfold-heard-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            database_url: format!("sqlite:{}", directory.join("test.db").display()).into(),
            ..Config::default()
        };
        let server = change(Server::new(config).mount::<Safe>().mount::<Hits>());
        let running = server.start().await.expect("a server");
        let service = running.service();
        let hits = HitsCreate { id: "here".to_owned(), hits: 0 };
        let house = Self { _running: running, service, directory };
        house.service.create::<Hits>(&house.system(), hits).await.expect("a counter");
        house
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.service.core
    }

    pub(super) fn system(&self) -> Context {
        self.service.context(Principal::new("system"))
    }

    pub(super) async fn safe(&self) -> Safe {
        let create = SafeCreate {
            owner: "Ada".to_owned(),
            code: "c0de".to_owned(),
            password: Some("passw0rd".to_owned()),
            locks: vec![Lock { maker: "Yale".to_owned(), key: "k3y".to_owned() }],
        };
        self.service.create::<Safe>(&self.system(), create).await.expect("a safe")
    }

    pub(super) async fn hits(&self) -> i64 {
        self.service.get::<Hits>(&self.system(), "here".to_owned()).await.expect("a counter").hits
    }

    /// What is in the outbox about safes and alarms: type, what it is about, payload.
    pub(super) fn outbox(&self) -> Vec<(String, String, Json)> {
        let connection = rusqlite::Connection::open(self.directory.join("test.db")).expect("the database");
        let text = "SELECT type, aggregateid, payload FROM fourfold_outbox WHERE type NOT LIKE '%hits%' ORDER BY seq";
        let mut statement = connection.prepare(text).expect("a statement");
        let rows = statement.query_map([], |row| {
            let payload: String = row.get(2)?;
            Ok((row.get(0)?, row.get(1)?, serde_json::from_str(&payload).expect("JSON")))
        });
        rows.expect("rows").collect::<rusqlite::Result<_>>().expect("rows")
    }

    pub(super) fn hearing(&self, subscriptions: Vec<Subscription>) -> Hearing {
        Hearing {
            core: Arc::clone(self.core()),
            group: "test".to_owned(),
            subscriptions,
            principal: Principal::new("listener"),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A delivery of an event, the first attempt.
pub(super) fn delivery(event: &CloudEvent) -> Delivery {
    let lease = Lease { id: Uuid::now_v7(), token: 1 };
    Delivery { lease, attempts: 1, round: 0, follows: false, event: Ok(Arc::new(event.clone())) }
}

pub(super) fn alarm(data: &str) -> CloudEvent {
    CloudEvent::new(Uuid::now_v7().to_string(), "/test.alarm.v1", "test.alarm.v1.alarm.rang").with_json(data)
}

/// The code of what was given up.
pub(super) fn given_up(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Failed(failure) => &failure.code,
        other => panic!("{other:?}"),
    }
}

/// Waits until something holds.
pub(super) async fn until(holds: impl AsyncFn() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(HANGS, wait).await.expect("it comes to that");
}
