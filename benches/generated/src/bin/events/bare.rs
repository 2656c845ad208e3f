//! The same messages with nothing but the client of NATS.

use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, pull};
use async_nats::jetstream::{self, Context, stream};
use bytes::Bytes;
use fourfold::{Result, Uuid};
use futures_util::{StreamExt, TryStreamExt, stream as futures};

use crate::{TEXT, key, per_second};

/// How many are underway at once.
pub(crate) const UNDERWAY: usize = 1000;
const KIND: &str = "bench.note.v1.note.made";

/// A stream of its own.
pub(crate) struct Bare {
    context: Context,
    name: String,
    subject: String,
}

impl Bare {
    pub(crate) async fn open(server: &str, name: &str) -> Result<Self> {
        let context = jetstream::new(async_nats::connect(server).await?);
        let subject = format!("{name}.events.{KIND}");
        let config = stream::Config {
            name: name.to_owned(),
            subjects: vec![format!("{name}.events.>")],
            duplicate_window: Duration::from_mins(10),
            ..stream::Config::default()
        };
        context.create_stream(config).await?;
        Ok(Self { context, name: name.to_owned(), subject })
    }

    /// Publishes, with so many acknowledgements outstanding at most.
    pub(crate) async fn publish(&self, count: usize, keys: usize, underway: usize) -> Result<f64> {
        let begun = Instant::now();
        let acknowledged = futures::iter(0..count)
            .map(async |number| {
                let (headers, body) = message(&key(number, keys));
                let sent = self.context.publish_with_headers(self.subject.clone(), headers, body).await?;
                sent.into_future().await
            })
            .buffer_unordered(underway);
        let taken = acknowledged.try_fold(0, |taken, _| std::future::ready(Ok(taken + 1))).await?;
        assert_eq!(taken, count);
        Ok(per_second(count, begun))
    }

    /// Takes and acknowledges each.
    pub(crate) async fn consume(&self, count: usize) -> Result<f64> {
        let begun = Instant::now();
        let (mut consumer, mut messages) = self.messages("readers").await?;
        for _ in 0..count {
            messages.next().await.expect("the stream goes on")?.ack().await.expect("acknowledged");
        }
        while consumer.info().await?.num_ack_pending > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(per_second(count, begun))
    }

    /// Everything that is there, for a consumer of its own.
    pub(crate) async fn messages(&self, name: &str) -> Result<(Consumer<pull::Config>, pull::Stream)> {
        let stream = self.context.get_stream(&self.name).await?;
        let config = pull::Config {
            durable_name: Some(name.to_owned()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            max_ack_pending: 10_000,
            ..pull::Config::default()
        };
        let consumer = stream.create_consumer(config).await?;
        let messages = consumer.stream().max_messages_per_batch(1000).messages().await?;
        Ok((consumer, messages))
    }

    pub(crate) async fn delete(self) -> Result<()> {
        self.context.delete_stream(&self.name).await?;
        Ok(())
    }
}

/// The headers and the body that the relay writes for an event like that.
fn message(key: &str) -> (HeaderMap, Bytes) {
    let id = Uuid::now_v7().to_string();
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", format!("/bench.note.v1 {id}").as_str());
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", id.as_str());
    headers.insert("ce-source", "/bench.note.v1");
    headers.insert("ce-type", KIND);
    headers.insert("ce-subject", key);
    headers.insert("ce-partitionkey", key);
    headers.insert("ce-time", "2026-01-02T03:04:05.678901Z");
    headers.insert("ce-datacontenttype", "application/json");
    headers.insert("Content-Type", "application/json");
    let body = format!("{{\"key\":\"{key}\",\"text\":\"{}\"}}", "x".repeat(TEXT));
    (headers, body.into())
}

/// Deletes the streams of a bus.
pub(crate) async fn forget(server: &str, prefix: &str) -> Result<()> {
    let context = jetstream::new(async_nats::connect(server).await?);
    for of in ["events", "groups", "dead"] {
        context.delete_stream(format!("{prefix}-{of}")).await?;
    }
    Ok(())
}
