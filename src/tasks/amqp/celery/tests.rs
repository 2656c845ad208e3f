//! What is particular to Celery's messages, on `RabbitMQ`; what real workers and producers of Python's make of it is shown by
//! `tests/judges/celery.sh`.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::tests::{Carried, claim, is_there, message, options, server};
use super::sent_queue;
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{Broker, Claim, Claimed, Finish, Outcome, Taken};
use crate::tasks::conformance::{self, Abilities, Need};
use crate::tasks::message::Message;
use crate::tasks::status::{Failure, TaskFilter, TaskState, TaskStatus};

async fn open(ledger: &str) -> Arc<dyn Broker> {
    let options = options(format!("celery+{}", server()), Some(ledger.to_owned()));
    crate::tasks::open(&options).await.expect("it opens")
}

/// A producer or a worker that is not ours.
struct Stranger {
    connection: Connection,
    channel: Channel,
    queue: String,
}

impl Stranger {
    async fn new(queue: &str) -> Self {
        let connection =
            Connection::connect(&server(), ConnectionProperties::default()).await.expect("RabbitMQ");
        let channel = connection.create_channel().await.expect("a channel");
        Self { connection, channel, queue: queue.to_owned() }
    }

    async fn declare(&self, queue: &str, arguments: FieldTable) {
        let declared = self.channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), arguments);
        declared.await.expect("a queue");
    }

    async fn publish(&self, body: &[u8], properties: BasicProperties) {
        let sent = self.channel.basic_publish(
            "".into(),
            self.queue.as_str().into(),
            BasicPublishOptions::default(),
            body,
            properties,
        );
        sent.await.expect("it is sent").await.expect("it is sent");
    }

    /// What comes to a queue next: its headers and properties, and its body.
    async fn next(&self, queue: &str) -> (BasicProperties, Value) {
        let consumer = self.channel.basic_consume(
            queue.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let mut consumer = consumer.await.expect("a consumer");
        let tag = consumer.tag();
        let came = tokio::time::timeout(Duration::from_secs(30), consumer.next()).await.expect("it comes");
        let came = came.expect("a delivery").expect("a delivery");
        self.channel
            .basic_ack(came.delivery_tag, BasicAckOptions::default())
            .await
            .expect("it is acknowledged");
        self.channel.basic_cancel(tag, lapin::options::BasicCancelOptions::default()).await.expect("it ends");
        (came.properties.clone(), serde_json::from_slice(&came.data).expect("JSON"))
    }

    async fn end(self, queues: &[&str]) {
        for queue in queues.iter().copied().chain([self.queue.as_str()]) {
            let gone = self.channel.queue_delete(queue.into(), QueueDeleteOptions::default());
            gone.await.expect("it goes away");
        }
        self.connection.close(200, "done".into()).await.expect("it closes");
    }
}

fn properties(name: &str, id: &str, more: &[(&str, AMQPValue)]) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert("task".into(), AMQPValue::LongString(name.into()));
    headers.insert("id".into(), AMQPValue::LongString(id.into()));
    for (name, value) in more {
        headers.insert((*name).into(), value.clone());
    }
    BasicProperties::default().with_content_type("application/json".into()).with_headers(headers)
}

fn time(moment: chrono::DateTime<Utc>) -> AMQPValue {
    AMQPValue::LongString(moment.to_rfc3339().into())
}

fn name(what: &str) -> String {
    format!("{what}-{}", Uuid::new_v4().simple())
}

async fn next(broker: &Arc<dyn Broker>, queue: &str) -> Claimed {
    broker.claim(claim(queue)).await.expect("a claim").pop().expect("a task")
}

async fn nothing(broker: &Arc<dyn Broker>, queue: &str) {
    let wait = Duration::from_millis(500);
    assert!(broker.claim(Claim { wait, ..claim(queue) }).await.expect("a claim").is_empty());
}

async fn finish(broker: &Arc<dyn Broker>, claimed: &Claimed, outcome: Outcome) {
    let finish = Finish { lease: claimed.lease, outcome };
    assert_eq!(broker.finish(vec![finish]).await.expect("it ends"), [true]);
}

/// The state that comes in a while.
async fn state(broker: &Arc<dyn Broker>, id: Uuid, expected: TaskState) -> TaskStatus {
    for _ in 0..600 {
        let status = broker.status(id).await.expect("an answer");
        if let Some(status) = status.filter(|status| status.state == expected) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", broker.status(id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_alone_keep_what_they_can() {
    if !is_there().await {
        return;
    }
    let ledger = format!("memory:{}", Uuid::new_v4());
    let queues = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&queues);
    let make = move |queues: Vec<String>| {
        noted.lock().expect("the list").extend(queues);
        let ledger = ledger.clone();
        Box::pin(async move { Arc::new(Carried { inner: open(&ledger).await }) as Arc<dyn Broker> })
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
    let queues = queues.lock().expect("the list").clone();
    let stranger = Stranger::new("nothing").await;
    for queue in queues {
        for queue in [queue.clone(), format!("{queue}-other")] {
            let gone = stranger.channel.queue_delete(queue.into(), QueueDeleteOptions::default());
            gone.await.expect("it goes away");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_waits_for_its_answer_and_is_run_by_nobody_here() {
    if !is_there().await {
        return;
    }
    let queue = name("sent");
    let broker = open(&format!("memory:{queue}")).await;
    let sent = Message { payload: r#"{"x":1}"#.to_owned(), ..message(&queue, true) };
    assert_eq!(broker.enqueue(vec![sent.clone()]).await.expect("it is taken"), [Taken::New]);
    assert!(matches!(
        broker.enqueue(vec![sent.clone()]).await.expect("an answer")[..],
        [Taken::Known { .. }]
    ));
    let status = broker.status(sent.id).await.expect("an answer").expect("a row");
    assert_eq!((status.state, status.attempts, status.queue), (TaskState::Waiting, 0, sent_queue(&queue)));
    assert_eq!(status.worker.as_deref(), Some("celery"));

    let worker = Stranger::new(&queue).await;
    let (came, body) = worker.next(&queue).await;
    assert_eq!(body[1], json!({"x": 1}));
    let answers = came.reply_to().as_ref().expect("where to answer").to_string();
    let answer = |status: &str, result: &Value| json!({"status": status, "result": result, "task_id": sent.id.to_string()});
    let failed = json!({"exc_type": "ValueError", "exc_message": ["not yet"], "exc_module": "builtins"});
    let reply = Stranger::new(&answers).await;
    reply.publish(answer("STARTED", &Value::Null).to_string().as_bytes(), BasicProperties::default()).await;
    assert_eq!(state(&broker, sent.id, TaskState::Running).await.attempts, 1);
    for (status, result) in [("RETRY", &failed), ("STARTED", &Value::Null), ("SUCCESS", &json!(7))] {
        reply.publish(answer(status, result).to_string().as_bytes(), BasicProperties::default()).await;
    }
    let status = state(&broker, sent.id, TaskState::Succeeded).await;
    assert_eq!((status.attempts, status.result, status.error), (2, Some(json!(7)), None));
    // What comes later, or is nothing, changes nothing.
    for body in ["{", &answer("FAILURE", &failed).to_string()] {
        reply.publish(body.as_bytes(), BasicProperties::default()).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    state(&broker, sent.id, TaskState::Succeeded).await;
    broker.close().await;
    worker.end(&[&answers]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_elsewhere_is_sent_again_when_it_is_requeued() {
    if !is_there().await {
        return;
    }
    let queue = name("again");
    let broker = open(&format!("memory:{queue}")).await;
    let sent = Message { payload: r#"{"x":1}"#.to_owned(), ..message(&queue, true) };
    broker.enqueue(vec![sent.clone()]).await.expect("it is taken");
    let worker = Stranger::new(&queue).await;
    let (came, _) = worker.next(&queue).await;
    let answers = came.reply_to().as_ref().expect("where to answer").to_string();
    let failed = json!({"status": "FAILURE", "result": {"exc_type": "ValueError", "exc_message": ["no"]}, "task_id": sent.id.to_string()});
    let reply = Stranger::new(&answers).await;
    reply.publish(failed.to_string().as_bytes(), BasicProperties::default()).await;
    let status = state(&broker, sent.id, TaskState::Failed).await;
    assert_eq!(status.error.map(|error| error.code).as_deref(), Some("ValueError"));
    assert!(broker.requeue(sent.id).await.expect("an answer"));
    let (came, body) = worker.next(&queue).await;
    assert_eq!(
        (came.correlation_id().as_ref().map(ToString::to_string), &body[1]),
        (Some(sent.id.to_string()), &json!({"x": 1}))
    );
    broker.close().await;
    worker.end(&[&answers]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sent_is_sent_when_rabbitmq_is_back() {
    if !is_there().await {
        return;
    }
    let queue = name("unsent");
    let ledger = format!("memory:{queue}");
    let away = options("celery+amqp://guest:guest@127.0.0.1:1".to_owned(), Some(ledger.clone()));
    let away = crate::tasks::open(&away).await.expect("it opens");
    let sent = message(&queue, true);
    assert_eq!(away.enqueue(vec![sent.clone()]).await.expect("it has a row"), [Taken::New]);
    assert!(away.enqueue(vec![message(&queue, false)]).await.is_err(), "nothing holds it");
    away.close().await;
    let rows = crate::tasks::open(&options(ledger.clone(), None)).await.expect("it opens");
    assert_eq!(rows.status(sent.id).await.expect("an answer").expect("a row").state, TaskState::Running);
    // As it is when the claim of the process that was sending it has run out.
    let lease = crate::tasks::broker::Lease { id: sent.id, token: 1 };
    assert_eq!(
        rows.finish(vec![Finish { lease, outcome: Outcome::Returned }]).await.expect("an answer"),
        [true]
    );
    let broker = open(&ledger).await;
    // Any use begins it.
    broker.status(sent.id).await.expect("an answer");
    let worker = Stranger::new(&queue).await;
    for _ in 0..100 {
        let worker = broker.status(sent.id).await.expect("an answer").and_then(|status| status.worker);
        if worker.as_deref() == Some("celery") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (came, _) = worker.next(&queue).await;
    assert_eq!(came.correlation_id().as_ref().map(ToString::to_string), Some(sent.id.to_string()));
    let answers = came.reply_to().as_ref().expect("where to answer").to_string();
    broker.close().await;
    worker.end(&[&answers]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_there_stays_as_it_is() {
    if !is_there().await {
        return;
    }
    for kind in ["classic", "quorum"] {
        let queue = name(kind);
        let stranger = Stranger::new(&queue).await;
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString(kind.into()));
        if kind == "classic" {
            arguments.insert("x-max-priority".into(), AMQPValue::LongInt(10));
        }
        stranger.declare(&queue, arguments).await;
        let broker = open(&format!("memory:{queue}")).await;
        stranger.publish(b"[[], {}, {}]", properties("a", "order-7", &[])).await;
        let claimed = next(&broker, &queue).await;
        finish(&broker, &claimed, Outcome::Succeeded(None)).await;
        assert_eq!(broker.enqueue(vec![message(&queue, false)]).await.expect("it is taken"), [Taken::New]);
        broker.close().await;
        stranger.end(&[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_its_moment_is_a_row_and_its_end_is_told_all_the_same() {
    if !is_there().await {
        return;
    }
    let (queue, answers) = (name("later"), name("answers"));
    let stranger = Stranger::new(&queue).await;
    for queue in [&queue, &answers] {
        stranger.declare(queue, FieldTable::default()).await;
    }
    let broker = open(&format!("memory:{queue}")).await;
    let moment = Utc::now() + TimeDelta::milliseconds(1200);
    let said = properties("a", "order-7", &[("eta", time(moment)), ("ignore_result", AMQPValue::Void)]);
    stranger.publish(b"[[], {\"x\": 1}, {}]", said.with_reply_to(answers.as_str().into())).await;
    nothing(&broker, &queue).await;
    let waiting = broker
        .list(&TaskFilter { queue: Some(queue.clone()), ..TaskFilter::default() })
        .await
        .expect("a list");
    assert_eq!(
        waiting.iter().map(|task| (task.state, task.attempts)).collect::<Vec<_>>(),
        [(TaskState::Waiting, 0)]
    );
    let claimed = next(&broker, &queue).await;
    assert!(Utc::now() >= moment && claimed.lease.token > 0);
    finish(&broker, &claimed, Outcome::Retry(Utc::now(), Failure::new("unavailable", "away"))).await;
    let (came, said) = stranger.next(&answers).await;
    assert_eq!((said["status"].as_str(), said["task_id"].as_str()), (Some("RETRY"), Some("order-7")));
    assert_eq!(came.correlation_id().as_ref().map(ToString::to_string).as_deref(), Some("order-7"));
    let claimed = next(&broker, &queue).await;
    assert_eq!(claimed.message.attempts, 2);
    finish(&broker, &claimed, Outcome::Succeeded(Some("7".to_owned()))).await;
    let (_, said) = stranger.next(&answers).await;
    assert_eq!((said["status"].as_str(), &said["result"]), (Some("SUCCESS"), &json!(7)));
    assert_eq!(broker.list(&TaskFilter::default()).await.expect("a list"), [], "nobody asks here");
    broker.close().await;
    stranger.end(&[&answers]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_to_who_sent_it_has_a_row_of_its_own_until_it_ends() {
    if !is_there().await {
        return;
    }
    let queue = name("own");
    let broker = open(&format!("memory:{queue}")).await;
    let sent = message(&queue, true);
    broker.enqueue(vec![sent.clone()]).await.expect("it is taken");
    let claimed = next(&broker, &queue).await;
    assert_eq!((claimed.message.id, claimed.lease.token < 0), (sent.id, true));
    finish(&broker, &claimed, Outcome::Retry(Utc::now(), Failure::new("unavailable", "away"))).await;
    let again = next(&broker, &queue).await;
    assert_eq!((again.message.id, again.message.attempts, again.lease.id == sent.id), (sent.id, 2, false));
    finish(&broker, &again, Outcome::Failed(Failure::new("not_found", "no"))).await;
    let status = state(&broker, sent.id, TaskState::Failed).await;
    assert_eq!((status.queue, status.attempts), (sent_queue(&queue), 2));
    let all = broker.list(&TaskFilter::default()).await.expect("a list");
    assert_eq!(all.len(), 1, "one dead letter: {all:?}");
    let stranger = Stranger::new(&queue).await;
    broker.close().await;
    stranger.end(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_late_is_revoked() {
    if !is_there().await {
        return;
    }
    let (queue, answers) = (name("late"), name("answers"));
    let stranger = Stranger::new(&queue).await;
    for queue in [&queue, &answers] {
        stranger.declare(queue, FieldTable::default()).await;
    }
    let broker = open(&format!("memory:{queue}")).await;
    let (past, soon) = (Utc::now() - TimeDelta::seconds(1), Utc::now() + TimeDelta::milliseconds(300));
    let reply_to = |properties: BasicProperties| properties.with_reply_to(answers.as_str().into());
    let late = properties("a", "late-1", &[("expires", time(past))]);
    stranger.publish(b"[[], {}, {}]", reply_to(late)).await;
    let waits = properties(
        "a",
        "late-2",
        &[("expires", time(soon)), ("eta", time(soon + TimeDelta::milliseconds(300)))],
    );
    stranger.publish(b"[[], {}, {}]", reply_to(waits)).await;
    for id in ["late-1", "late-2"] {
        let claimed = next(&broker, &queue).await;
        assert!(claimed.message.is_expired(Utc::now()), "the worker sees that it is");
        finish(&broker, &claimed, Outcome::Expired).await;
        let (_, said) = stranger.next(&answers).await;
        assert_eq!((said["status"].as_str(), said["task_id"].as_str()), (Some("REVOKED"), Some(id)));
    }
    broker.close().await;
    stranger.end(&[&answers]).await;
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
async fn while_results_can_not_be_stored_ends_wait_and_nothing_new_begins() {
    if !is_there().await {
        return;
    }
    let queue = name("unstored");
    let stranger = Stranger::new(&queue).await;
    stranger.declare(&queue, FieldTable::default()).await;
    let url = format!("celery+{}?result_backend=redis%3A%2F%2F127.0.0.1%3A1%2F0", server());
    let broker = crate::tasks::open(&options(url, Some(format!("memory:{queue}")))).await.expect("it opens");
    for id in ["order-7", "order-8"] {
        stranger.publish(b"[[], {}, {}]", properties("a", id, &[])).await;
    }
    let claimed = next(&broker, &queue).await;
    let finish = Finish { lease: claimed.lease, outcome: Outcome::Succeeded(None) };
    let refused = broker.finish(vec![finish.clone()]).await.expect_err("nobody is told");
    assert!(matches!(refused, crate::tasks::broker::BrokerError::Unavailable(_)), "{refused:?}");
    assert!(broker.claim(claim(&queue)).await.is_err(), "nothing new begins");
    assert_eq!(
        broker.extend(vec![claimed.lease], Duration::from_secs(1)).await.expect("an answer"),
        [true],
        "it is held"
    );
    assert!(broker.finish(vec![finish]).await.is_err());
    broker.close().await;
    stranger.end(&[]).await;
}

/// It may have killed the worker that had it, and a classic queue does not count.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_becomes_a_row_which_counts() {
    if !is_there().await {
        return;
    }
    let queue = name("crashes");
    let stranger = Stranger::new(&queue).await;
    stranger.declare(&queue, FieldTable::default()).await;
    let one = open(&format!("memory:{queue}")).await;
    stranger.publish(b"[[], {}, {}]", properties("a", "order-7", &[])).await;
    assert_eq!(next(&one, &queue).await.message.attempts, 1);
    one.close().await;
    let other = open(&format!("memory:{queue}")).await;
    let again = next(&other, &queue).await;
    assert!(again.lease.token > 0 && again.message.id != Uuid::nil());
    finish(&other, &again, Outcome::Succeeded(None)).await;
    other.close().await;
    stranger.end(&[]).await;
}

fn variants() -> Vec<(&'static str, Vec<u8>, BasicProperties)> {
    let plain = || properties("a", "order-7", &[]);
    let text = |text: &str| AMQPValue::LongString(text.into());
    vec![
        ("no content type and a 2-array", b"[[], {}]".to_vec(), plain().with_content_type("".into())),
        ("a 2-array", b"[[], {}]".to_vec(), plain()),
        ("an object", b"{\"x\": 1}".to_vec(), plain()),
        ("no id", b"[[], {}, {}]".to_vec(), properties("a", "", &[("id", AMQPValue::Void)])),
        (
            "no headers",
            b"{\"x\": 1}".to_vec(),
            BasicProperties::default().with_content_type("application/json".into()),
        ),
        ("yaml", b"a: 1".to_vec(), plain().with_content_type("application/x-yaml".into())),
        ("pickle", b"\x80\x04.".to_vec(), plain().with_content_type("application/x-python-serialize".into())),
        ("broken JSON", b"[[], {}".to_vec(), plain()),
        ("not UTF-8", b"[[\"\xff\"], {}, {}]".to_vec(), plain()),
        (
            "a moment that is none",
            b"[[], {}, {}]".to_vec(),
            properties("a", "order-7", &[("eta", text("soon"))]),
        ),
        ("named arguments that are none", b"[[], [], {}]".to_vec(), plain()),
        ("arguments that are none", b"[7, {}, {}]".to_vec(), plain()),
        ("a chord", b"[[], {}, {\"chord\": {\"task\": \"sum\"}}]".to_vec(), plain()),
        ("nothing", Vec::new(), plain()),
        ("too deep", b"[".repeat(100_000), plain()),
        ("a zero byte", b"[[], {}, {}]".to_vec(), properties("a\0b", "order-7", &[])),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_run_is_parked_with_a_reason_and_the_worker_lives() {
    if !is_there().await {
        return;
    }
    let (queue, answers) = (name("parked"), name("answers"));
    let stranger = Stranger::new(&queue).await;
    for queue in [&queue, &answers] {
        stranger.declare(queue, FieldTable::default()).await;
    }
    let broker = open(&format!("memory:{queue}")).await;
    let variants = variants();
    for (_, body, properties) in &variants {
        stranger.publish(body, properties.clone()).await;
    }
    stranger.publish(b"[[], {}]", properties("a", "told", &[]).with_reply_to(answers.as_str().into())).await;
    stranger.publish(b"[[], {}, {}]", properties("good", "good", &[])).await;
    let claimed = next(&broker, &queue).await;
    assert_eq!(claimed.message.name, "good", "what comes after it is worked off");
    let failed = TaskFilter { state: Some(TaskState::Failed), ..TaskFilter::default() };
    let parked = broker.list(&failed).await.expect("a list");
    assert_eq!(parked.len(), variants.len() + 1);
    for parked in parked {
        let error = parked.error.expect("a reason");
        assert!(["unreadable", "unsupported"].contains(&error.code.as_str()) && !error.message.is_empty());
    }
    let (_, said) = stranger.next(&answers).await;
    assert_eq!((said["status"].as_str(), said["task_id"].as_str()), (Some("FAILURE"), Some("told")));
    broker.close().await;
    stranger.end(&[&answers]).await;
}

/// `FOURFOLD_TEST_FUZZ=10000` is the run in full.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_is_run_or_parked() {
    if !is_there().await {
        return;
    }
    let count: usize =
        std::env::var("FOURFOLD_TEST_FUZZ").map_or(500, |count| count.parse().expect("a number"));
    let queue = name("fuzz");
    let stranger = Stranger::new(&queue).await;
    stranger.declare(&queue, FieldTable::default()).await;
    let broker = open(&format!("memory:{queue}")).await;
    let mut random = Random(0x5eed_1234_abcd_ef01);
    for _ in 0..count {
        let (body, properties) = random.message();
        stranger.publish(&body, properties).await;
    }
    stranger.publish(b"[[], {}, {}]", properties("last", "last", &[])).await;
    let mut ran = 0;
    loop {
        let claimed = broker.claim(Claim { limit: 64, ..claim(&queue) }).await.expect("a claim");
        assert!(!claimed.is_empty(), "the worker lives");
        let last = claimed.iter().any(|claimed| claimed.message.name == "last");
        ran += claimed.len();
        let done = |claimed: Claimed| Finish {
            lease: claimed.lease,
            outcome: Outcome::Succeeded(Some("7".to_owned())),
        };
        let ended = broker.finish(claimed.into_iter().map(done).collect()).await.expect("they end");
        assert!(ended.into_iter().all(|ended| ended));
        if last {
            break;
        }
    }
    let all = broker.list(&TaskFilter { limit: usize::MAX, ..TaskFilter::default() }).await.expect("a list");
    let parked = all.iter().filter(|task| task.state == TaskState::Failed).count();
    let waiting = all.len() - parked;
    println!("{count} messages: {} run, {waiting} wait for their moment, {parked} parked, 0 lost", ran - 1);
    assert_eq!(ran - 1 + all.len(), count);
    broker.close().await;
    stranger.end(&[]).await;
    for queue in ["celery-fuzz-next"] {
        let stranger = Stranger::new(queue).await;
        stranger.end(&[]).await;
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).expect("small")).expect("small")
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 3 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.0),
            3 => json!(-1.5e300),
            4 => json!("Zo\u{eb}\0"),
            5 => json!({"__type__": "datetime", "__value__": "x"}),
            6 => (0..self.below(4)).map(|_| self.value(depth + 1)).collect(),
            7 => {
                json!({"task": "next", "args": self.value(depth + 1), "options": {"queue": "celery-fuzz-next"}})
            }
            _ => json!({"chain": self.value(depth + 1), "chord": null, "callbacks": self.value(depth + 1)}),
        }
    }

    fn header(&mut self) -> AMQPValue {
        match self.below(8) {
            0 => AMQPValue::Void,
            1 => AMQPValue::Boolean(true),
            2 => AMQPValue::LongInt(-7),
            3 => AMQPValue::LongLongInt(i64::MAX),
            4 => AMQPValue::Double(f64::MAX),
            5 => {
                AMQPValue::FieldArray(vec![AMQPValue::LongString("x".into()), AMQPValue::Double(-1.0)].into())
            }
            6 => AMQPValue::LongString("2999-01-01T00:00:00+00:00".into()),
            _ => AMQPValue::LongString(vec![0xff, 0, b'x'].into()),
        }
    }

    fn message(&mut self) -> (Vec<u8>, BasicProperties) {
        let mut body = match self.below(4) {
            0 => self.value(0).to_string().into_bytes(),
            1 => json!([self.value(2), self.value(2), self.value(1)]).to_string().into_bytes(),
            2 => json!([[], {}, {"chain": [self.value(2)], "errbacks": self.value(2)}]).to_string().into_bytes(),
            _ => b"[[], {\"x\": 1}, {\"callbacks\": null, \"errbacks\": null, \"chain\": null, \"chord\": null}]".to_vec(),
        };
        if self.below(3) == 0 && !body.is_empty() {
            let at = self.below(body.len());
            body[at] = u8::try_from(self.below(256)).expect("a byte");
        }
        let id = format!("fuzz-{}", self.0);
        let mut said = properties("a", &id, &[]);
        let mut headers = said.headers().clone().unwrap_or_default();
        let names = [
            "task",
            "id",
            "eta",
            "expires",
            "retries",
            "timelimit",
            "ignore_result",
            "root_id",
            "fourfold",
            "traceparent",
            "compression",
        ];
        for _ in 0..self.below(3) {
            let name = names[self.below(names.len())];
            headers.insert(name.into(), self.header());
        }
        said = said.with_headers(headers);
        match self.below(10) {
            0 => said = BasicProperties::default(),
            1 => said = said.with_content_type("application/x-yaml".into()),
            2 => said = said.with_reply_to("no-such-queue".into()),
            3 => said = said.with_correlation_id("".into()),
            _ => {}
        }
        (body, said)
    }
}
