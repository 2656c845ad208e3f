//! What is particular to Redis; what all engines promise is in the suite.

mod away;
mod kills;
mod many;
mod sound;
mod strange;

use std::sync::Arc;
use std::time::Duration;

use crate::descriptor::BoxFuture;
use crate::redis::testing::{connection, place, server};
use crate::tasks::broker::{Broker, BrokerOptions, Claim};
use crate::tasks::conformance::{self, Abilities, message};
use sound::Kept;

fn options(url: String) -> BrokerOptions {
    BrokerOptions { url, patience: Duration::from_secs(5), migrate: true, ledger: None }
}

async fn open(options: BrokerOptions) -> Arc<dyn Broker> {
    super::open(&options).await.expect("it opens")
}

fn claim(queue: &str) -> Claim<'_> {
    let (lease, wait) = (Duration::from_secs(15), Duration::from_secs(10));
    Claim { queue, limit: 100, lease, wait, worker: "worker-1" }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_broker_promises() {
    let Some(place) = place().await else { return };
    let options = options(place.url.clone());
    let make = move |_| Box::pin(open(options.clone())) as BoxFuture<'static, _>;
    conformance::all(make, Abilities::ALL).await;
    let mut connection = connection(&server()).await.expect("Redis");
    Kept::of(&mut connection, &place.prefix).await.assert_sound();
    place.clear().await;
}
