//! One side of `tests/judges/cloudevents.sh`, which runs these three and has Python be the other side.

use super::*;
use crate::events::conformance::judge;

/// The URL with an exchange of its own, as the script makes it, and a ledger that lasts from one step to the next.
fn options() -> BusOptions {
    let said = |name| std::env::var(name).expect("the script says where");
    BusOptions {
        ledger: Some(said("FOURFOLD_JUDGE_LEDGER")),
        ..BusOptions::at(said("FOURFOLD_JUDGE_AMQP_URL"))
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/judges/cloudevents.sh runs it"]
async fn it_publishes_what_python_reads() {
    let bus = open(&options()).await;
    bus.publish(judge::events("fourfold")).await.expect("published");
    bus.publish(vec![judge::untyped()]).await.expect("published");
    bus.close().await;
}

/// AMQP 1.0 has moments in milliseconds, and Python's library keeps to it.
fn to_millis(mut event: CloudEvent) -> CloudEvent {
    use chrono::SubsecRound as _;
    event.time = event.time.map(|time| time.trunc_subsecs(3));
    event
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/judges/cloudevents.sh runs it"]
async fn it_listens_to_what_python_will_publish() {
    let bus = open(&options()).await;
    listen(&bus, "judge", &["judge.made"], Start::Now).await;
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/judges/cloudevents.sh runs it"]
async fn it_reads_what_python_published() {
    let bus = open(&options()).await;
    let taken = take(&bus, "judge", 7).await;
    judge::are_read(&taken, to_millis);
    // Once more, from the stream.
    bus.seek("judge", Start::Beginning).await.expect("it is set back");
    let again: Vec<Delivery> = take(&bus, "judge", 11).await;
    let from_python = |it: &Delivery| !it.event.as_ref().is_ok_and(|event| event.source == "/fourfold");
    judge::are_read(&again.into_iter().filter(from_python).collect::<Vec<_>>(), to_millis);
    assert!(bus.forget("judge").await.expect("an answer"));
    bus.close().await;
}
