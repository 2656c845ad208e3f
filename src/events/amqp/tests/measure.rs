//! The bus and the bare client in turns, so that what else the machine does hits both.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::time::Instant;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
};

use super::*;
use crate::events::conformance::measure::{self, GROUP, consume_by_bus, publish_by_bus, row};

async fn publish_by_hand(channel: &Channel, queue: &str, count: usize) -> f64 {
    let body = "x".repeat(250);
    let begun = Instant::now();
    for _ in (0..count).step_by(GROUP) {
        let sends = (0..GROUP).map(|_| async {
            let properties = BasicProperties::default()
                .with_delivery_mode(2)
                .with_message_id(Uuid::now_v7().to_string().into());
            let options = BasicPublishOptions::default();
            channel.basic_publish("".into(), queue.into(), options, body.as_bytes(), properties).await?.await
        });
        try_join_all(sends).await.expect("taken");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// 256 at once, as the bus.
async fn consume_by_hand(queue: &str, count: usize) -> f64 {
    let channel = channel().await;
    channel.basic_qos(2_000, BasicQosOptions::default()).await.expect("a limit");
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await;
    let begun = Instant::now();
    let mut groups = consumer.expect("a consumer").ready_chunks(256);
    let mut done = 0;
    while done < count {
        let group = groups.next().await.expect("messages");
        let last = group.last().expect("one").as_ref().expect("a message").delivery_tag;
        channel.basic_ack(last, BasicAckOptions { multiple: true }).await.expect("sent");
        done += group.len();
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// `FOURFOLD_TEST_EVENTS=20000 cargo test --release .. -- --ignored --nocapture measure`; `FOURFOLD_TEST_LEDGER` says where the
/// ledger is, unless in memory.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn the_bus_and_the_bare_client_in_turns() {
    let Some((exchange, mut options)) = place().await else { return };
    options.ledger = std::env::var("FOURFOLD_TEST_LEDGER").ok().or(options.ledger);
    let count = measure::count();
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"], Start::Now).await;
    let channel = channel().await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
    let queue = format!("{exchange}-bare");
    let arguments = crate::amqp::quorum();
    let declared =
        channel.queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), arguments).await;
    declared.expect("a queue");
    let mut all: [Vec<f64>; 4] = Default::default();
    for _ in 0..5 {
        all[0].push(publish_by_bus(&bus, count, count).await);
        all[2].push(consume_by_bus(&bus, count).await);
        all[1].push(publish_by_hand(&channel, &queue, count).await);
        all[3].push(consume_by_hand(&queue, count).await);
    }
    let [published, bare_publish, consumed, bare_consume] = &mut all;
    println!("| RabbitMQ, medians of 5 rounds of {count} | ours /s | lapin /s | ratio | least | most |");
    println!("|---|---:|---:|---:|---:|---:|");
    row("publish to a group and the stream", published, bare_publish);
    row("take and end, 256 at once", consumed, bare_consume);
    channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.expect("it goes away");
    delete(&exchange, &bus).await;
}
