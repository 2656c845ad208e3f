//! A canary in every `sensitive` and `input_only` field, nested ones too, sung over every way in, with all logs on: it is in
//! no event, dead letter, log line, trace, header, error or task status.

#![allow(missing_docs, reason = "tests say what they mean by their names")]

#[path = "../../../wire/client.rs"]
#[allow(dead_code, reason = "not every test needs all of a client")]
mod client;
#[path = "../../../wire/engines.rs"]
#[allow(dead_code, reason = "not every test needs all engines")]
mod engines;
mod listen;
mod sing;

use std::time::Duration;

use base64::Engine as _;
use fourfold::events::{CloudEvent, Data};
use fourfold::prelude::*;
use fourfold::tasks::{TaskFilter, TaskState, Tasks};
use fourfold::{Config, EventsFormat, Server};
use fourfold_fixture::resources::vault::{LookAfter, Vault, VaultEvent};

use engines::postgres;
use listen::Silence;

/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_secs(30);

/// Always gives up, so that everything becomes a dead letter.
async fn never_content(_: VaultEvent, _: &Context) -> Result<()> {
    Err(Error::failed_precondition("not now"))
}

/// Tries again until it may not any more.
async fn never_ready(_: VaultEvent, _: &Context) -> Result<()> {
    Err(Error::unavailable("not yet"))
}

async fn sing_on(database: &str, format: EventsFormat, silence: &Silence) {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = database.into();
    config.migrate = true;
    config.events_format = format;
    let stubborn = fourfold::Subscription::new("stubborn", never_ready)
        .retries(1)
        .backoff(Duration::from_millis(1), Duration::from_millis(2));
    let running = Server::new(config)
        .mount::<Vault>()
        .task::<LookAfter>()
        .subscribe("hasty", never_content)
        .subscription(stubborn)
        .start()
        .await
        .expect("it starts");
    let address = running.address();
    let made = sing::over_rest(address, silence).await + sing::over_grpc(address, silence).await;
    assert!(made == 5, "{made} vaults");
    let tasks = Tasks::connect(database).await.expect("the broker");
    tasks.enqueue(LookAfter { vault: Uuid::nil(), code: listen::TEXT.to_owned() }).await.expect("taken");
    if let Err(error) = tasks.enqueue(LookAfter { vault: Uuid::nil(), code: listen::TEXT.repeat(9) }).await {
        silence.must_hold("a task that is refused", format!("{error:?} {error}").as_bytes());
    }

    let service = running.service();
    let events = service.events().expect("a bus");
    let mut letters = Vec::new();
    for group in ["hasty", "stubborn"] {
        letters.extend(until(async || events.dead_letters(group, 1000).await.expect("letters"), 5).await);
    }
    for letter in &letters {
        let event = letter.event.as_ref().expect("what was sent is an event");
        silence.must_hold("a dead letter", format!("{letter:?} {:?}", letter.error).as_bytes());
        silence.must_hold("an event", event.to_json().as_bytes());
        silence.must_hold("the data of an event", data(event));
        let is_json = matches!(event.data, Data::Json(_));
        assert_eq!(is_json, format == EventsFormat::Json, "{}", event.kind);
    }
    let mut failed = TaskFilter::default();
    failed.state = Some(TaskState::Failed);
    for status in until(async || tasks.list(&failed).await.expect("tasks"), 3).await {
        let error = status.error.as_ref().expect("a reason");
        silence.must_hold("the error of a task", format!("{error:?} {status:?}").as_bytes());
    }
    running.stop().await;
}

fn data(event: &CloudEvent) -> &[u8] {
    match &event.data {
        Data::Json(text) => text.as_bytes(),
        Data::Bytes(bytes) => bytes,
        Data::None => &[],
    }
}

/// Waits until there are so many.
async fn until<T>(look: impl AsyncFn() -> Vec<T>, count: usize) -> Vec<T> {
    let wait = async {
        loop {
            let found = look().await;
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(HANGS, wait).await.expect("it comes to that")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_should_not_hears_it() {
    let silence = Silence::begin();
    let folder = std::env::temp_dir().join(format!("fourfold-canary-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    for format in [EventsFormat::Json, EventsFormat::Protobuf] {
        let file = folder.join(format!("{format:?}.db"));
        sing_on(&format!("sqlite:{}", file.display()), format, &silence).await;
        if let Some((name, url)) = postgres::database().await {
            sing_on(&url, format, &silence).await;
            postgres::drop_database(&name).await;
        }
    }
    std::fs::remove_dir_all(folder).expect("the folder goes away");
    silence.must_hold_in_the_log();
}

#[test]
fn it_would_be_heard() {
    for heard in ["x k4narienv0gel", "[107, 52, 110, 97]", "6b346e61", "pin: 4711081547110815"] {
        assert!(listen::heard(heard.as_bytes()).is_some(), "{heard}");
    }
    for before in ["", "a", "ab"] {
        let text = base64::prelude::BASE64_STANDARD.encode(format!("{before}{}", listen::TEXT));
        assert!(listen::heard(text.as_bytes()).is_some(), "{text}");
    }
    assert!(listen::heard(b"Yale made the lock").is_none());
}
