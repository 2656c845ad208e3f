//! What webhooks promise, from an operation to somebody outside.

mod away;
mod delivery;
mod judge;
mod network;
mod receiver;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use super::{Endpoint, Webhooks};
use crate::events::Event;
use crate::prelude::*;
use crate::tasks::{TaskFilter, TaskState, TaskStatus};
use crate::{Config, Principal, Running, Server, Service};
use receiver::{Came, HANGS, Receiver, Reply};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Somebody rings.
#[derive(Event)]
#[event(type = "test.bell.v1.bell.rang", subject = "bell")]
pub(super) struct Rang {
    pub bell: Uuid,
    pub how: String,
}

/// Something with a secret.
#[derive(Resource)]
#[resource(package = "test.bell.v1", path = "bells")]
pub(super) struct Bell {
    #[field(id)]
    pub id: Uuid,
    pub tenant: String,
    #[field(sensitive)]
    pub code: String,
}

/// What was given up, where a hook says so.
#[derive(Resource)]
#[resource(package = "test.loss.v1", path = "losses")]
pub(super) struct Loss {
    #[field(id)]
    pub id: String,
    pub why: String,
    #[field(version)]
    pub version: i64,
}

/// Who is told, as a test changes it while a service runs.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<Endpoint>>>);

impl Book {
    fn of(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        let book = Self::default();
        book.say(endpoints);
        book
    }

    fn say(&self, endpoints: impl IntoIterator<Item = Endpoint>) {
        *self.0.lock().expect("a lock") = endpoints.into_iter().collect();
    }
}

/// A lookup that waits, as one in a database would.
async fn in_book<E: Event>(_: E, ctx: &Context) -> Result<Vec<Endpoint>> {
    tokio::task::yield_now().await;
    let book = ctx.state::<Book>().map(|book| book.0.lock().expect("a lock").clone());
    book.ok_or_else(|| Error::internal("there is no book"))
}

/// To whom the book says, tried again at once.
fn quick(receiver: &Receiver) -> Webhooks {
    Webhooks::new("partners", in_book::<Rang>)
        .trust(&receiver.pem)
        .allow_private()
        .retries([Duration::from_millis(20); 4])
}

/// A service on a file of its own.
struct House {
    running: Option<Running>,
    service: Service,
    directory: PathBuf,
}

impl House {
    async fn new(webhooks: Webhooks, book: &Book) -> Self {
        Self::with(|server| server.webhooks(webhooks), book).await
    }

    async fn with(change: impl FnOnce(Server) -> Server, book: &Book) -> Self {
        let directory = std::env::temp_dir().join(format!("fourfold-hooked-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            database_url: format!("sqlite:{}", directory.join("test.db").display()).into(),
            ..Config::default()
        };
        let server = Server::new(config).mount::<Bell>().mount::<Loss>().state(book.clone());
        let running = change(server).start().await.expect("a server");
        let service = running.service();
        Self { running: Some(running), service, directory }
    }

    fn system(&self) -> Context {
        self.service.context(Principal::new("system"))
    }

    async fn ring(&self, how: &str) {
        let event = Rang { bell: Uuid::now_v7(), how: how.to_owned() };
        self.service.publish(&self.system(), event).await.expect("published");
    }

    /// All deliveries, the newest first.
    async fn deliveries(&self) -> Vec<TaskStatus> {
        let filter = TaskFilter { queue: Some("webhooks".to_owned()), limit: 1000, ..TaskFilter::default() };
        self.service.tasks().expect("tasks").list(&filter).await.expect("a list")
    }

    /// The one delivery, once it stands so.
    async fn delivery(&self, state: TaskState) -> TaskStatus {
        until(async || matches!(&*self.deliveries().await, [one] if one.state == state)).await;
        self.deliveries().await.remove(0)
    }

    /// The one delivery, once it was given up: the code and the sentence.
    async fn failure(&self) -> (String, String) {
        let failure = self.delivery(TaskState::Failed).await.error.expect("a reason");
        (failure.code, failure.message)
    }

    async fn losses(&self) -> Vec<String> {
        let page = self.service.list::<Loss>(&self.system(), "", "", 100, "").await.expect("a page");
        page.items.into_iter().map(|loss| loss.why).collect()
    }

    /// All that is on the disk.
    fn stored(&self) -> Vec<u8> {
        let files = std::fs::read_dir(&self.directory).expect("a directory");
        files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("bytes")).collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.running.take());
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Waits until something holds.
async fn until(holds: impl AsyncFn() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(HANGS, wait).await.expect("it comes to that");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
