//! What arrives, and what becomes of what does not.

use super::*;
use crate::Statement;
use crate::webhooks::{GivenUp, Reason, Verifier};

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_arrives_signed() {
    let receiver = Receiver::kind().await;
    let endpoint =
        Endpoint::new(receiver.url("/hooks?key=t0ken"), SECRET).header("authorization", "Bearer t0ken");
    let webhooks = Webhooks::new("partners", in_book::<BellCreated>).trust(&receiver.pem).allow_private();
    let house = House::new(webhooks, &Book::of([endpoint])).await;
    let create = BellCreate { tenant: "a".to_owned(), code: "c0de".to_owned() };
    let bell = house.service.create::<Bell>(&house.system(), create).await.expect("a bell");
    let delivery = house.delivery(TaskState::Succeeded).await;
    assert_eq!(delivery.result, Some(format!("{} answered 204", receiver.url("")).into()));

    let came = receiver.came().remove(0);
    let verified =
        Verifier::new(SECRET).expect("a verifier").verify(&came.headers, &came.body).expect("signed");
    assert!(verified.id.starts_with("msg_") && !verified.id.contains('.'), "{}", verified.id);
    assert_eq!((came.path.as_str(), came.header("content-type").as_str()), ("/hooks", "application/json"));
    assert_eq!(came.header("authorization"), "Bearer t0ken");
    assert!(came.header("user-agent").starts_with("fourfold/"));
    let body = came.json();
    assert_eq!(body["type"], "test.bell.v1.bell.created");
    assert_eq!(body["data"]["bell"]["id"], bell.id.to_string());
    body["timestamp"].as_str().and_then(|time| time.parse::<Timestamp>().ok()).expect("a moment");
    assert!(!contains(&came.body, "c0de"), "no event has secrets");
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a lock").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// On one thread, as the log is that of a thread.
#[tokio::test]
async fn what_is_secret_is_neither_stored_nor_logged() {
    // Alone in its process: where other threads without a subscriber come by a place that logs first, it may stay silent.
    const ALONE: &str = "FOURFOLD_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = format!("{}::what_is_secret_is_neither_stored_nor_logged", module_path!());
        let name = name.split_once("::").expect("a crate").1;
        let binary = std::env::current_exe().expect("the path of this binary");
        let output = std::process::Command::new(binary).args(["--exact", name]).env(ALONE, "1").output();
        let output = output.expect("it runs again");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let receiver = Receiver::start(|before, _| Reply::Status(if before == 0 { 500 } else { 410 })).await;
    let endpoint = Endpoint::new(receiver.url("/t0ken"), SECRET).header("x-key", "k3y");
    let house = House::new(quick(&receiver), &Book::of([endpoint])).await;
    house.ring("here it is").await;
    house.delivery(TaskState::Failed).await;
    let (stored, logged) = (house.stored(), log.0.lock().expect("a lock").clone());
    assert!(contains(&stored, "here it is"), "it looks where things are stored");
    assert!(contains(&logged, "answered 500"), "it looks where things are logged");
    for secret in ["t0ken", "k3y", &SECRET["whsec_".len()..]] {
        assert!(!contains(&stored, secret) && !contains(&logged, secret), "{secret}");
    }
    assert!(!contains(&logged, "here it is"), "nor is the body");
    drop(guard);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_under_the_same_id() {
    let receiver = Receiver::start(|before, _| match before {
        0 => Reply::Status(500),
        1 => Reply::Status(404),
        2 => Reply::Status(429),
        _ => Reply::Status(200),
    });
    let receiver = receiver.await;
    let house = House::new(quick(&receiver), &Book::of([Endpoint::new(receiver.url("/"), SECRET)])).await;
    house.ring("once").await;
    assert_eq!(house.delivery(TaskState::Succeeded).await.attempts, 4);
    let came = receiver.came();
    let ids: Vec<_> = came.iter().map(Came::id).collect();
    assert_eq!(ids, vec![ids[0].clone(); 4]);
    assert!(came.iter().all(|one| one.body == came[0].body), "and with the same body");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_endpoint_gets_each_event_once_and_under_an_id_of_its_own() {
    let receiver = Receiver::kind().await;
    let endpoint = |path| Endpoint::new(receiver.url(path), SECRET);
    let twice = [endpoint("/a"), endpoint("/b"), endpoint("/a")];
    let house = House::new(quick(&receiver), &Book::of(twice)).await;
    for how in ["one", "two"] {
        house.ring(how).await;
    }
    until(async || {
        house.deliveries().await.iter().filter(|it| it.state == TaskState::Succeeded).count() == 4
    })
    .await;
    let mut ids: Vec<_> = receiver.came().iter().map(Came::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), receiver.count()), (4, 4));
    // A group that is set back tells it once more, under the ids that are known.
    let events = house.service.events().expect("a bus");
    events.seek("webhooks.partners", crate::events::Start::Beginning).await.expect("set back");
    until(async || receiver.count() == 8).await;
    assert!(receiver.came().iter().all(|came| ids.contains(&came.id())));
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_go_to_where_the_endpoint_is_by_then() {
    let receiver =
        Receiver::start(|_, came| Reply::Status(if came.path == "/new" { 204 } else { 500 })).await;
    let book = Book::of([Endpoint::new(receiver.url("/old"), OLD_SECRET).id(1)]);
    let webhooks = quick(&receiver).retries([Duration::from_millis(20); 200]);
    let house = House::new(webhooks, &book).await;
    house.ring("once").await;
    until(async || receiver.count() > 0).await;
    book.say([Endpoint::new(receiver.url("/new"), SECRET).id(1).also_signed_with(OLD_SECRET)]);
    house.delivery(TaskState::Succeeded).await;
    let came = receiver.came().pop().expect("a request");
    assert_eq!(came.path, "/new");
    for secret in [SECRET, OLD_SECRET] {
        let verifier = Verifier::new(secret).expect("a verifier");
        verifier.verify(&came.headers, &came.body).expect("signed with both");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_named_no_longer_is_sent_nothing_more() {
    let receiver = Receiver::start(|_, _| Reply::Status(500)).await;
    let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
    let house = House::new(quick(&receiver).retries([Duration::from_millis(20); 200]), &book).await;
    house.ring("once").await;
    until(async || receiver.count() > 0).await;
    book.say([]);
    let ended = house.delivery(TaskState::Succeeded).await;
    assert_eq!(ended.result, Some("not sent: the endpoint is not named any more".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_seen_and_can_be_tried_anew() {
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_broken = Arc::clone(&broken);
    let receiver = Receiver::start(move |_, _| {
        Reply::Status(if is_broken.load(std::sync::atomic::Ordering::SeqCst) { 500 } else { 204 })
    });
    let receiver = receiver.await;
    let book = Book::of([Endpoint::new(receiver.url("/t0ken"), SECRET)]);
    let house = House::new(quick(&receiver).on_given_up(note), &book).await;
    house.ring("once").await;
    let failed = house.delivery(TaskState::Failed).await;
    assert_eq!((failed.attempts, receiver.count()), (5, 5));
    let failure = failed.error.expect("a reason");
    assert_eq!(
        (failure.code.as_str(), failure.message),
        ("answer", format!("{} answered 500", receiver.url("")))
    );
    assert_eq!(house.losses().await, ["Exhausted(Some(500)) after 5"]);
    broken.store(false, std::sync::atomic::Ordering::SeqCst);
    house.service.tasks().expect("tasks").requeue(failed.id).await.expect("there it is");
    house.delivery(TaskState::Succeeded).await;
    assert_eq!(receiver.came()[0].id(), receiver.came()[5].id());
}

/// Notes what was given up, by a statement of the unit of work.
async fn note(given_up: GivenUp, ctx: &Context) -> Result<()> {
    let why = format!("{:?} after {}", given_up.reason, given_up.attempts);
    let sql = "INSERT INTO losses (id, why, version) VALUES (?1, ?2, 1)";
    ctx.execute(Statement::new(sql).bind(given_up.event.id.clone()).bind(why));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_gone_is_asked_once_and_told_of() {
    let receiver = Receiver::start(|_, _| Reply::Status(410)).await;
    let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
    let house = House::new(quick(&receiver).on_given_up(note), &book).await;
    house.ring("once").await;
    assert_eq!(house.failure().await.0, "gone");
    assert_eq!(house.losses().await, ["Gone after 1"]);
    assert_eq!(receiver.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_is_called_again_while_attempts_are_left() {
    async fn fail_once(given_up: GivenUp, ctx: &Context) -> Result<()> {
        assert_eq!(given_up.reason, Reason::Gone);
        if given_up.attempts == 1 {
            return Err(Error::unavailable("away"));
        }
        note(given_up, ctx).await
    }
    let receiver = Receiver::start(|_, _| Reply::Status(410)).await;
    let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
    let house = House::new(quick(&receiver).on_given_up(fail_once), &book).await;
    house.ring("once").await;
    assert_eq!(house.failure().await.0, "gone");
    assert_eq!(house.losses().await, ["Gone after 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_when_to_come_back_is_left_alone_until_then() {
    for status in [429, 503] {
        let receiver =
            Receiver::start(move |_, _| Reply::Header(status, "retry-after", "3600".to_owned())).await;
        let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
        let house = House::new(quick(&receiver), &book).await;
        house.ring("one").await;
        until(async || house.deliveries().await.iter().any(|it| it.error.is_some())).await;
        house.ring("other").await;
        until(async || house.deliveries().await.iter().filter(|it| it.error.is_some()).count() == 2).await;
        let soon = chrono::Utc::now() + chrono::TimeDelta::minutes(30);
        for delivery in house.deliveries().await {
            assert!(delivery.run_at.is_some_and(|moment| moment > soon), "{delivery:?}");
        }
        assert_eq!(receiver.count(), 1, "the second was not sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_says_an_endpoint() {
    let receiver = Receiver::kind().await;
    let webhooks = Webhooks::configured::<Rang>("new-partners").trust(&receiver.pem);
    let url = receiver.url("/configured");
    let configure = |config: &mut Config| {
        config.webhooks_allow_private = true;
        config.webhook_endpoints.insert("NEW_PARTNERS".to_owned(), Endpoint::new(url, SECRET));
    };
    let house = House::with(|server| server.webhooks(webhooks).configure(configure), &Book::default()).await;
    house.ring("once").await;
    house.delivery(TaskState::Succeeded).await;
    assert_eq!(receiver.came()[0].path, "/configured");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_one_name_are_for_different_events_and_filters_hold() {
    async fn nobody(_: BellDeleted, _: &Context) -> Result<Vec<Endpoint>> {
        Ok(Vec::new())
    }
    let receiver = Receiver::kind().await;
    let book = Book::of([Endpoint::new(receiver.url("/"), SECRET)]);
    let change = |server: Server| {
        let elsewhere = Webhooks::new("elsewhere", in_book::<Rang>).only("source", "/elsewhere");
        let bells = Webhooks::new("partners", nobody);
        server.webhooks(bells).webhooks(quick(&receiver)).webhooks(elsewhere)
    };
    let house = House::with(change, &book).await;
    house.ring("once").await;
    house.delivery(TaskState::Succeeded).await;
    let groups = house.service.events().expect("a bus").groups().await.expect("groups");
    let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["webhooks.elsewhere", "webhooks.partners"]);
    until(async || {
        let groups = house.service.events().expect("a bus").groups().await.expect("groups");
        groups.iter().all(|group| group.open == 0 && group.behind == 0)
    })
    .await;
    assert_eq!(house.deliveries().await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_start() {
    let config = Config { database_url: "sqlite::memory:".into(), ..Config::default() };
    let server = Server::new(config)
        .webhooks(Webhooks::new("a b", in_book::<Rang>).trust("no certificate"))
        .webhooks(Webhooks::configured::<Rang>("set").retries([Duration::from_secs(1); 1001]))
        .webhooks(Webhooks::configured::<Rang>("set"))
        .configure(|config| {
            config.webhook_endpoints.insert("SET".to_owned(), Endpoint::new("http://a.example", "s3cret"));
        });
    let error = server.start().await.expect_err("refused").to_string();
    for part in [
        "the group \"webhooks.a b\"",
        "certificate",
        "more than 1000 retries",
        "two functions of the group webhooks.set",
        "FOURFOLD_WEBHOOK_SET_URL: must begin with https:",
        "FOURFOLD_WEBHOOK_SET_SECRET: must begin with whsec_",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("s3cret"), "{error}");
}
