//! One side of `tests/judges/cloudevents_npm.sh`, which runs these two and has JavaScript be the other side.

use super::*;
use crate::events::conformance::judge;

/// The URL with a prefix of its own, as the script makes it.
fn options() -> BusOptions {
    BusOptions::at(std::env::var("FOURFOLD_JUDGE_REDIS_URL").expect("the script says where"))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/judges/cloudevents_npm.sh runs it"]
async fn it_publishes_what_others_read() {
    let bus = open(&options()).await;
    bus.publish(judge::events("fourfold")).await.expect("published");
    bus.publish(vec![judge::untyped()]).await.expect("published");
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/judges/cloudevents_npm.sh runs it"]
async fn it_reads_what_others_publish() {
    let bus = open(&options()).await;
    listen(&bus, "judge", &["judge.made"]).await;
    judge::are_read(&take(&bus, "judge", 10).await, |event| event);
    bus.close().await;
}
