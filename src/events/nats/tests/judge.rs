//! One side of `tests/judges/cloudevents.sh`, which runs these two and has Python be the other side.

use super::*;
use crate::events::conformance::judge;

/// The URL with a prefix of its own, as the script makes it.
fn options() -> BusOptions {
    BusOptions::at(std::env::var("FOURFOLD_JUDGE_NATS_URL").expect("the script says where"))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/judges/cloudevents.sh runs it"]
async fn it_publishes_what_python_reads() {
    let bus = open(&options()).await;
    bus.publish(judge::events("fourfold")).await.expect("published");
    bus.publish(vec![judge::untyped()]).await.expect("published");
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/judges/cloudevents.sh runs it"]
async fn it_reads_what_python_publishes() {
    let bus = open(&options()).await;
    listen(&bus, "judge", &["judge.made"]).await;
    judge::are_read(&take(&bus, "judge", 10).await, |event| event);
    bus.close().await;
}
