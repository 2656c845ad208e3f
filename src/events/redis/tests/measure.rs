//! The bus and the bare client in turns, so that what else the machine does hits both.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::time::Instant;

use redis::Value;
use redis::aio::MultiplexedConnection;

use super::*;
use crate::redis::values::{array, text};

const GROUP: usize = 500;
const AT_ONCE: usize = 256;

async fn publish_by_bus(bus: &Arc<dyn Bus>, count: usize, keys: usize) -> f64 {
    let body = format!("\"{}\"", "x".repeat(248));
    let events: Vec<CloudEvent> =
        (0..count).map(|n| event("shop.made", &(n % keys).to_string()).with_json(body.clone())).collect();
    let begun = Instant::now();
    for some in events.chunks(GROUP) {
        bus.publish(some.to_vec()).await.expect("published");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

async fn publish_by_hand(connection: &mut MultiplexedConnection, count: usize) -> f64 {
    let body = "x".repeat(250);
    let begun = Instant::now();
    for _ in 0..count / GROUP {
        let mut pipe = redis::pipe();
        for _ in 0..GROUP {
            let id = Uuid::now_v7().to_string();
            pipe.cmd("XADD").arg("bare").arg("*").arg("id").arg(id).arg("data").arg(&body);
        }
        pipe.exec_async(connection).await.expect("sent");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

async fn consume_by_bus(bus: &Arc<dyn Bus>, count: usize) -> f64 {
    let begun = Instant::now();
    let mut done = 0;
    while done < count {
        let (lease, wait) = (Duration::from_secs(15), Duration::from_secs(5));
        let taken = bus.take(Take { group: "mail", limit: AT_ONCE, lease, wait }).await.expect("a take");
        let outcome = || Outcome::Succeeded(None);
        let finishes = taken.iter().map(|it| Finish { lease: it.lease, outcome: outcome() }).collect();
        done += bus.finish("mail", finishes).await.expect("an answer").len();
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

async fn consume_by_hand(connection: &mut MultiplexedConnection, count: usize) -> f64 {
    let begun = Instant::now();
    let mut done = 0;
    while done < count {
        let read = "XREADGROUP GROUP bare me COUNT 256 STREAMS bare >";
        let mut command = redis::cmd("XREADGROUP");
        command.arg(&read.split(' ').skip(1).collect::<Vec<_>>());
        let answer = array(command.query_async(connection).await.expect("entries"));
        let of_stream = answer.into_iter().flat_map(array).nth(1).unwrap_or_default();
        let ids: Vec<Value> =
            array(of_stream).into_iter().filter_map(|it| array(it).into_iter().next()).collect();
        let ids: Vec<String> = ids.into_iter().filter_map(text).collect();
        done += ids.len();
        redis::cmd("XACK")
            .arg("bare")
            .arg("bare")
            .arg(ids)
            .exec_async(connection)
            .await
            .expect("acknowledged");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

fn row(what: &str, ours: &mut [f64], bare: &mut [f64]) {
    let mut ratios: Vec<f64> = ours.iter().zip(&*bare).map(|(ours, bare)| ours / bare).collect();
    [&mut *ours, &mut *bare, &mut ratios].into_iter().for_each(|all| all.sort_unstable_by(f64::total_cmp));
    let (middle, most) = (ratios.len() / 2, ratios.len() - 1);
    println!(
        "| {what} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} |",
        ours[middle], bare[middle], ratios[middle], ratios[0], ratios[most]
    );
}

/// `FOURFOLD_TEST_EVENTS=20000 cargo test --release .. -- --ignored --nocapture the_bus_on_redis`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn the_bus_on_redis_and_the_bare_client_in_turns() {
    use crate::redis::testing::{DURABLE, Node, run};
    let Some(node) = Node::start(DURABLE).await else { return };
    let count = std::env::var("FOURFOLD_TEST_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let count = usize::max(count, GROUP) / GROUP * GROUP;
    let bus = open(&options(node.url())).await;
    listen(&bus, "mail", &["shop.made"]).await;
    let mut connection = node.connection().await;
    run(&mut connection, &["XGROUP", "CREATE", "bare", "bare", "0", "MKSTREAM"]).await;
    let mut all: [Vec<f64>; 5] = Default::default();
    for _ in 0..5 {
        all[0].push(publish_by_bus(&bus, count, count).await);
        all[1].push(publish_by_hand(&mut connection, count).await);
        all[2].push(consume_by_bus(&bus, count).await);
        all[3].push(consume_by_hand(&mut connection, count).await);
        all[4].push(publish_by_bus(&bus, count, 100).await);
        consume_by_bus(&bus, count).await;
    }
    let [apart, bare_publish, consumed, bare_consume, together] = &mut all;
    println!(
        "| Redis, appendfsync always, medians of 5 rounds of {count} | ours /s | bare client /s | ratio | least | most |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    row("publish, a key each", apart, &mut bare_publish.clone());
    row("publish, 100 keys", together, bare_publish);
    row("take and end, 256 at once", consumed, bare_consume);
}
