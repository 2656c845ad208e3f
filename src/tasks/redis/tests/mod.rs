//! What is particular to Redis; what all engines promise is in the suite.

mod away;
mod kills;
mod many;
mod node;
mod sound;
mod strange;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::tasks::broker::{Broker, BrokerOptions, Claim};
use crate::tasks::conformance::{self, Abilities, message};
use sound::Kept;

/// Where the tests find Redis, unless `FOURFOLD_TEST_REDIS_URL` says otherwise.
const USUAL: &str = "redis://127.0.0.1:6379";

fn server() -> String {
    std::env::var("FOURFOLD_TEST_REDIS_URL").unwrap_or_else(|_| USUAL.to_owned())
}

/// A prefix of a test's own. `None` where there is no Redis; in CI that is a failure.
async fn place() -> Option<Spot> {
    let prefix = format!("fourfold-test-{}", Uuid::now_v7().simple());
    let spot = Spot { url: format!("{}?prefix={prefix}", server()), prefix };
    let Err(error) = connection(&server()).await else { return Some(spot) };
    let must = std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_REDIS_URL").is_some();
    assert!(!must, "Redis is away and must be tested here: {error}");
    eprintln!("left out: Redis ({error})");
    None
}

async fn connection(url: &str) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
    redis::Client::open(url)?.get_multiplexed_async_connection().await
}

struct Spot {
    url: String,
    prefix: String,
}

impl Spot {
    /// Takes away all keys of the test.
    async fn clear(self) {
        let mut connection = connection(&server()).await.expect("Redis");
        let pattern = format!("{{{}}}:*", self.prefix);
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(pattern).query_async(&mut connection).await.expect("the keys");
        for some in keys.chunks(1000) {
            redis::cmd("DEL").arg(some).exec_async(&mut connection).await.expect("they go away");
        }
    }
}

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
