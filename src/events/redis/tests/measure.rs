//! The bus and the bare client in turns, so that what else the machine does hits both.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::time::Instant;

use redis::Value;
use redis::aio::MultiplexedConnection;

use super::*;
use crate::events::conformance::measure::{self, GROUP, consume_by_bus, publish_by_bus, row};
use crate::redis::values::{array, text};

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

async fn consume_by_hand(connection: &mut MultiplexedConnection, count: usize) -> f64 {
    let begun = Instant::now();
    let mut done = 0;
    while done < count {
        let read = "XREADGROUP GROUP bare me COUNT 256 STREAMS bare >";
        let mut command = redis::cmd("XREADGROUP");
        command.arg(read.split(' ').skip(1).collect::<Vec<_>>());
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

/// `FOURFOLD_TEST_EVENTS=20000 cargo test --release .. -- --ignored --nocapture the_bus_on_redis`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn the_bus_on_redis_and_the_bare_client_in_turns() {
    use crate::redis::testing::{DURABLE, Node, run};
    let Some(node) = Node::start(DURABLE).await else { return };
    let count = measure::count();
    let bus = open(&BusOptions::at(node.url())).await;
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
