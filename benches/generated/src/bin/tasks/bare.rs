//! The same by hand with nothing but RabbitMQ's client: as many bytes, a quorum queue, pipelined confirms, one acknowledgement
//! for a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Result};

/// How many are on their way at once: as many as the callers of ours are, in four groups.
const GROUP: usize = 64;
/// How many come in at once: as many as ours runs.
const PREFETCH: u16 = 512;
/// About as many bytes as one of ours has.
const BODY: [u8; 340] = [b'x'; 340];
const QUEUE: &str = "fourfold.bench.bare";

/// A connection with a channel and a queue.
pub(crate) struct Bare {
    connection: Connection,
    channel: Channel,
}

impl Bare {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments).await?;
        Ok(Self { connection, channel })
    }

    /// By 256 callers, each of whom waits for its confirm before the next: how many a second.
    pub(crate) async fn enqueue_one_by_one(&self, count: usize) -> Result<f64> {
        let begun = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let callers = (0..4 * GROUP).map(|_| {
            let (channel, next) = (self.channel.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < count {
                    publish(&channel).await?;
                }
                Ok::<(), lapin::Error>(())
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.expect("a caller")?;
        }
        Ok(count as f64 / begun.elapsed().as_secs_f64())
    }

    /// By one loop, in four groups of 64 at once.
    pub(crate) async fn enqueue_in_groups(&self, count: usize) -> Result<f64> {
        let begun = Instant::now();
        let rounds = count.div_ceil(4 * GROUP);
        let lanes = (0..4).map(|_| async {
            for _ in 0..rounds {
                for confirmed in join_all((0..GROUP).map(|_| publish(&self.channel))).await {
                    confirmed?;
                }
            }
            Ok::<(), lapin::Error>(())
        });
        for lane in join_all(lanes).await {
            lane?;
        }
        Ok((rounds * 4 * GROUP) as f64 / begun.elapsed().as_secs_f64())
    }

    /// Takes in all that is there, and does nothing with it: how many a second.
    pub(crate) async fn work(url: &str) -> Result<f64> {
        let bare = Self::open(url).await?;
        let declared = bare
            .channel
            .queue_declare(
                QUEUE.into(),
                QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() },
                FieldTable::default(),
            )
            .await?;
        let count = declared.message_count();
        let begun = Instant::now();
        bare.channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let mut consumer = bare
            .channel
            .basic_consume(QUEUE.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?;
        let mut received = 0;
        while received < count {
            let Some(first) = consumer.next().await else { break };
            let mut last = first?.delivery_tag;
            received += 1;
            // What is there goes with it.
            while let Some(Some(more)) = consumer.next().now_or_never() {
                last = more?.delivery_tag;
                received += 1;
            }
            bare.channel.basic_ack(last, BasicAckOptions { multiple: true }).await?;
        }
        let worked = f64::from(received) / begun.elapsed().as_secs_f64();
        bare.connection.close(200, "done".into()).await?;
        Ok(worked)
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.channel.queue_delete(QUEUE.into(), QueueDeleteOptions::default()).await?;
        self.connection.close(200, "done".into()).await
    }
}

async fn publish(channel: &Channel) -> Result<()> {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let properties = BasicProperties::default().with_delivery_mode(2);
    let confirmed = channel.basic_publish("".into(), QUEUE.into(), options, &BODY, properties).await?.await?;
    assert!(confirmed.is_ack());
    Ok(())
}
