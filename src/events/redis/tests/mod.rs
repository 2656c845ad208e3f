//! What is particular to Redis; what all engines promise is in the suite.

use std::sync::Arc;
use std::time::Duration;

use crate::descriptor::BoxFuture;
use crate::events::bus::{Bus, BusOptions};
use crate::events::conformance::{self, Abilities};
use crate::redis::testing::place;

fn options(url: String) -> BusOptions {
    BusOptions { url, patience: Duration::from_secs(5), migrate: true }
}

async fn open(options: &BusOptions) -> Arc<dyn Bus> {
    super::open(options).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises() {
    let Some(place) = place().await else { return };
    let options = options(place.url.clone());
    let make = move || {
        let options = options.clone();
        Box::pin(async move { open(&options).await }) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ALL).await;
    place.clear().await;
}
