//! The bus and the bare client in turns, so that what else the machine does hits both.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::time::Instant;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::Config;
use futures_util::StreamExt;
use futures_util::future::{join_all, try_join_all};

use super::*;
use crate::events::conformance::measure::{self, GROUP, consume_by_bus, publish_by_bus, row};

async fn publish_by_hand(context: &jetstream::Context, subject: &str, count: usize) -> f64 {
    let body = bytes::Bytes::from("x".repeat(250));
    let begun = Instant::now();
    for begin in (0..count).step_by(GROUP) {
        let sends = (begin..begin + GROUP).map(|_| {
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", Uuid::now_v7().to_string().as_str());
            context.publish_with_headers(subject.to_owned(), headers, body.clone())
        });
        let sent = try_join_all(sends).await.expect("sent");
        for taken in join_all(sent.into_iter().map(IntoFuture::into_future)).await {
            taken.expect("taken");
        }
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

async fn consume_by_hand(context: &jetstream::Context, stream: &str, count: usize) -> f64 {
    let stream = context.get_stream(stream).await.expect("the stream");
    let config = pull::Config {
        durable_name: Some("bare".to_owned()),
        ack_policy: AckPolicy::Explicit,
        max_ack_pending: 10_000,
        ..pull::Config::default()
    };
    let consumer = stream.get_or_create_consumer("bare", config).await.expect("a consumer");
    let begun = Instant::now();
    let mut messages = consumer.messages().await.expect("messages");
    for _ in 0..count {
        messages.next().await.expect("one").expect("a message").ack().await.expect("sent");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// `FOURFOLD_TEST_EVENTS=20000 cargo test --release .. -- --ignored --nocapture measure`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn the_bus_and_the_bare_client_in_turns() {
    let Some((prefix, options)) = place().await else { return };
    let count = measure::count();
    let bus = open(&options).await;
    listen(&bus, "mail", &["shop.made"]).await;
    let context = context().await;
    let (name, subject) = (format!("{prefix}-bare"), format!("{prefix}.bare"));
    let config = Config { name: name.clone(), subjects: vec![subject.clone()], ..Config::default() };
    context.create_stream(config).await.expect("a stream");
    let mut all: [Vec<f64>; 5] = Default::default();
    for _ in 0..5 {
        all[0].push(publish_by_bus(&bus, count, count).await);
        all[1].push(publish_by_hand(&context, &subject, count).await);
        all[2].push(consume_by_bus(&bus, count).await);
        all[3].push(consume_by_hand(&context, &name, count).await);
        all[4].push(publish_by_bus(&bus, count, 100).await);
        consume_by_bus(&bus, count).await;
    }
    let [apart, bare_publish, consumed, bare_consume, together] = &mut all;
    println!("| NATS, medians of 5 rounds of {count} | ours /s | async-nats /s | ratio | least | most |");
    println!("|---|---:|---:|---:|---:|---:|");
    row("publish, a key each", apart, &mut bare_publish.clone());
    row("publish, 100 keys", together, bare_publish);
    row("take and end, 256 at once", consumed, bare_consume);
    context.delete_stream(name).await.expect("it goes away");
    bus.close().await;
    delete(&prefix).await;
}
