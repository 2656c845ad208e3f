//! What is particular to RabbitMQ; what all engines promise is in the suite, which runs on tasks with rows, and on such as
//! are nothing but messages.

mod carried;
#[cfg(unix)]
mod kills;

use std::sync::Arc;
use std::time::Duration;

use lapin::options::{BasicPublishOptions, QueueDeleteOptions};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use uuid::Uuid;

use super::queue_name;
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{Broker, BrokerError, BrokerOptions, Claim, Finish, Outcome, Taken};
use crate::tasks::conformance::{self, Abilities, Need};
use crate::tasks::message::{Message, Priority};
use crate::tasks::status::{TaskFilter, TaskState};
pub(super) use carried::Carried;

/// Where the tests find `RabbitMQ`, unless `FOURFOLD_TEST_AMQP_URL` says otherwise.
const USUAL: &str = "amqp://guest:guest@127.0.0.1:5672";

pub(super) fn server() -> String {
    std::env::var("FOURFOLD_TEST_AMQP_URL").unwrap_or_else(|_| USUAL.to_owned())
}

/// Whether there is one. Where there has to be, its absence is a failure.
pub(super) async fn is_there() -> bool {
    let server = server();
    let connected = Connection::connect(&server, ConnectionProperties::default());
    let error = match tokio::time::timeout(Duration::from_secs(10), connected).await {
        Ok(Ok(_)) => return true,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    let must = std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_AMQP_URL").is_some();
    assert!(!must, "RabbitMQ is away and must be tested here: {error}");
    eprintln!("left out: RabbitMQ ({error})");
    false
}

pub(super) fn options(url: String, ledger: Option<String>) -> BrokerOptions {
    BrokerOptions { url, patience: Duration::from_secs(5), migrate: true, ledger }
}

async fn open(ledger: Option<String>) -> Arc<dyn Broker> {
    super::open(&options(server(), ledger)).await.expect("it opens")
}

async fn delete(queues: &[String]) {
    let connection = Connection::connect(&server(), ConnectionProperties::default()).await.expect("RabbitMQ");
    let channel = connection.create_channel().await.expect("a channel");
    // One case looks at a queue beside its own.
    let others = queues.iter().map(|queue| format!("{queue}-other"));
    for queue in queues.iter().cloned().chain(others) {
        for priority in Priority::ALL {
            let name = queue_name(&queue, priority);
            channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.expect("it goes away");
        }
    }
    connection.close(200, "done".into()).await.expect("it closes");
}

pub(super) fn message(queue: &str, keep: bool) -> Message {
    Message { keep, ..Message::new(queue, "order.create", "{}".to_owned()) }
}

pub(super) fn claim(queue: &str) -> Claim<'_> {
    let (lease, wait) = (Duration::from_secs(15), Duration::from_secs(10));
    Claim { queue, limit: 1, lease, wait, worker: "worker-1" }
}

/// The queues that a test made, deleted with it.
#[derive(Clone, Default)]
struct Queues(Arc<std::sync::Mutex<Vec<String>>>);

impl Queues {
    fn add(&self, queues: &[String]) {
        let mut all = self.0.lock().expect("the list");
        all.extend(queues.iter().cloned());
    }

    async fn delete(&self) {
        let mut all = self.0.lock().expect("the list").clone();
        all.sort_unstable();
        all.dedup();
        delete(&all).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_with_rows_keep_what_every_broker_promises() {
    if !is_there().await {
        return;
    }
    let ledger = format!("memory:{}", Uuid::new_v4());
    let queues = Queues::default();
    let noted = queues.clone();
    let make = move |queues: Vec<String>| {
        noted.add(&queues);
        Box::pin(open(Some(ledger.clone()))) as BoxFuture<'static, _>
    };
    // The most urgent of what has arrived comes first, and the queues of the priorities are apart.
    conformance::all(make, Abilities { lacks: &[Need::Priority], ..Abilities::ALL }).await;
    queues.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_alone_keep_what_they_can() {
    if !is_there().await {
        return;
    }
    let ledger = format!("memory:{}", Uuid::new_v4());
    let queues = Queues::default();
    let noted = queues.clone();
    let make = move |queues: Vec<String>| {
        noted.add(&queues);
        let inner = open(Some(ledger.clone()));
        Box::pin(async move { Arc::new(Carried { inner: inner.await }) as Arc<dyn Broker> })
            as BoxFuture<'static, _>
    };
    let lacks = &[
        Need::Status,
        Need::List,
        Need::Cancel,
        Need::Requeue,
        Need::Remembers,
        Need::Unique,
        Need::Leases,
        Need::Expiry,
        Need::Prune,
        Need::Whole,
        Need::Priority,
        Need::Unfetched,
    ];
    conformance::all(make, Abilities { lacks, ..Abilities::ALL }).await;
    queues.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_task_is_parked_with_a_reason_and_the_worker_lives() {
    if !is_there().await {
        return;
    }
    let queue = format!("parked-{}", Uuid::new_v4().simple());
    let broker = open(Some(format!("memory:{queue}"))).await;
    assert!(broker.claim(Claim { wait: Duration::ZERO, ..claim(&queue) }).await.expect("a claim").is_empty());
    let connection = Connection::connect(&server(), ConnectionProperties::default()).await.expect("RabbitMQ");
    let channel = connection.create_channel().await.expect("a channel");
    for body in [&b"\xff\0 no text"[..], b"", b"[]", b"{\"id\":7}", &b"[".repeat(100_000)] {
        let name = queue_name(&queue, Priority::Normal);
        let sent = channel.basic_publish(
            "".into(),
            name.into(),
            BasicPublishOptions::default(),
            body,
            BasicProperties::default(),
        );
        sent.await.expect("it is sent").await.expect("it is sent");
    }
    broker.enqueue(vec![message(&queue, false)]).await.expect("it is taken");
    let claimed = broker.claim(claim(&queue)).await.expect("a claim").remove(0);
    assert_eq!(claimed.message.name, "order.create", "what comes after it is worked off");
    let failed = TaskFilter { state: Some(TaskState::Failed), ..TaskFilter::default() };
    let parked = broker.list(&failed).await.expect("a list");
    assert_eq!(parked.len(), 5);
    for parked in parked {
        let error = parked.error.expect("a reason");
        assert_eq!((parked.name.as_str(), error.code.as_str()), ("unreadable", "unreadable"));
        assert!(!error.message.is_empty() && parked.queue == queue);
    }
    broker.close().await;
    delete(&[queue]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_failed_can_be_looked_at_and_requeued() {
    if !is_there().await {
        return;
    }
    let queue = format!("failed-{}", Uuid::new_v4().simple());
    let broker = open(Some(format!("memory:{queue}"))).await;
    let sent = message(&queue, false);
    assert_eq!(broker.enqueue(vec![sent.clone()]).await.expect("it is taken"), [Taken::New]);
    let claimed = broker.claim(claim(&queue)).await.expect("a claim").remove(0);
    assert_eq!(broker.status(sent.id).await.expect("an answer"), None, "nobody asks about it");
    let failure = conformance::failure();
    let finish = Finish { lease: claimed.lease, outcome: Outcome::Failed(failure.clone()) };
    assert_eq!(broker.finish(vec![finish.clone()]).await.expect("it ends"), [true]);
    assert_eq!(broker.finish(vec![finish]).await.expect("it ends"), [false], "once");
    let status = broker.status(sent.id).await.expect("an answer").expect("a dead letter");
    assert_eq!((status.state, status.attempts, status.error), (TaskState::Failed, 1, Some(failure)));
    assert!(broker.requeue(sent.id).await.expect("an answer"));
    let again = broker.claim(claim(&queue)).await.expect("a claim").remove(0);
    assert_eq!((again.message.id, again.message.attempts), (sent.id, 1));
    broker.close().await;
    delete(&[queue]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_from_a_service_with_another_database_runs() {
    if !is_there().await {
        return;
    }
    let queue = format!("elsewhere-{}", Uuid::new_v4().simple());
    let (there, here) = (open(Some("memory:".to_owned())).await, open(Some("memory:".to_owned())).await);
    let sent = message(&queue, true);
    there.enqueue(vec![sent.clone()]).await.expect("it is taken");
    let claimed = here.claim(claim(&queue)).await.expect("a claim").remove(0);
    assert_eq!(claimed.message.id, sent.id);
    let finish = Finish { lease: claimed.lease, outcome: Outcome::Succeeded(None) };
    assert_eq!(here.finish(vec![finish]).await.expect("it ends"), [true]);
    assert!(here.claim(Claim { wait: Duration::ZERO, ..claim(&queue) }).await.expect("a claim").is_empty());
    there.close().await;
    here.close().await;
    delete(&[queue]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_rabbitmq_is_away_tasks_go_by_their_rows_and_others_are_refused() {
    let url = "amqp://guest:guest@127.0.0.1:1".to_owned();
    let broker = super::open(&options(url, Some("memory:".to_owned()))).await.expect("it opens");
    let sent = message("away", true);
    assert_eq!(broker.enqueue(vec![sent.clone()]).await.expect("it has a row"), [Taken::New]);
    let refused = broker.enqueue(vec![message("away", false)]).await.expect_err("nothing holds it");
    assert!(matches!(refused, BrokerError::Unavailable(_)), "{refused:?}");
    let claimed = broker.claim(claim("away")).await.expect("a claim").remove(0);
    assert_eq!(claimed.lease.id, sent.id);
    assert!(broker.ready().await.is_err());
}

/// Its row is worked off while its message still waits: the message must not run it again.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_after_its_task_has_ended_is_nothing() {
    if !is_there().await {
        return;
    }
    let queue = format!("late-{}", Uuid::new_v4().simple());
    let broker = open(Some(format!("memory:{queue}"))).await;
    let ledger = crate::tasks::open(&options(format!("memory:{queue}"), None)).await.expect("it opens");
    for keep in [true, false] {
        let sent = Message { unique_key: Some("once".to_owned()), ..message(&queue, keep) };
        assert_eq!(broker.enqueue(vec![sent.clone()]).await.expect("it is taken"), [Taken::New]);
        let claimed = ledger.claim(claim(&queue)).await.expect("a claim").remove(0);
        let finish = Finish { lease: claimed.lease, outcome: Outcome::Succeeded(None) };
        assert_eq!(ledger.finish(vec![finish]).await.expect("it ends"), [true]);
        let wait = Duration::from_secs(1);
        assert!(broker.claim(Claim { wait, ..claim(&queue) }).await.expect("a claim").is_empty());
    }
    broker.close().await;
    delete(&[queue]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_only_what_nobody_asks_about_is_taken() {
    if !is_there().await {
        return;
    }
    let queue = format!("alone-{}", Uuid::new_v4().simple());
    let broker = open(None).await;
    let refused = broker.enqueue(vec![message(&queue, true)]).await.expect_err("no place for its state");
    assert!(
        matches!(&refused, BrokerError::Unsupported(sentence) if sentence.contains("DATABASE_URL")),
        "{refused:?}"
    );
    assert_eq!(broker.enqueue(vec![message(&queue, false)]).await.expect("it is taken"), [Taken::New]);
    broker.close().await;
    delete(&[queue]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broken_connection_held_goes_to_another_and_does_not_count_for_the_first() {
    if !is_there().await {
        return;
    }
    let queue = format!("broken-{}", Uuid::new_v4().simple());
    let (one, other) = (open(Some("memory:".to_owned())).await, open(Some("memory:".to_owned())).await);
    one.enqueue(vec![message(&queue, false)]).await.expect("it is taken");
    let lost = one.claim(claim(&queue)).await.expect("a claim").remove(0);
    assert_eq!(one.extend(vec![lost.lease], Duration::from_secs(1)).await.expect("an answer"), [true]);
    one.close().await;
    let given = other.claim(claim(&queue)).await.expect("a claim").remove(0);
    assert_eq!((given.lease.id, given.message.attempts), (lost.lease.id, 1));
    assert_eq!(one.extend(vec![lost.lease], Duration::from_secs(1)).await.expect("an answer"), [false]);
    let done = |lease| vec![Finish { lease, outcome: Outcome::Succeeded(None) }];
    assert_eq!(one.finish(done(lost.lease)).await.expect("an answer"), [false]);
    assert_eq!(other.finish(done(given.lease)).await.expect("an answer"), [true]);
    other.close().await;
    delete(&[queue]).await;
}
