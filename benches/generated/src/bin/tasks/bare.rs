//! The same by hand with nothing but RabbitMQ's client: as many bytes, a quorum queue, pipelined confirms, one acknowledgement
//! for a group.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties, Result};

/// How many are on their way at once: as many as the callers of ours are, in four groups.
const GROUP: usize = 64;
/// How many come in at once: as many as ours runs.
const PREFETCH: u16 = 512;
/// About as many bytes as one of ours has.
const BODY: [u8; 400] = [b'x'; 400];
const QUEUE: &str = "fourfold.bench.bare";

pub(crate) async fn measure(url: &str, count: usize) -> Result<()> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments).await?;

    let begun = Instant::now();
    // Four groups at once, as ours has them.
    let lanes = (0..4).map(|_| async {
        for _ in 0..count / GROUP / 4 {
            let sent = (0..GROUP).map(|_| async {
                let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
                let properties = BasicProperties::default().with_delivery_mode(2);
                channel.basic_publish("".into(), QUEUE.into(), options, &BODY, properties).await?.await
            });
            for confirmed in join_all(sent).await {
                assert!(confirmed?.is_ack());
            }
        }
        Ok::<(), lapin::Error>(())
    });
    for lane in join_all(lanes).await {
        lane?;
    }
    let sent = count / GROUP / 4 * GROUP * 4;
    let enqueued = sent as f64 / begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let mut consumer = channel
        .basic_consume(QUEUE.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
        .await?;
    let mut received = 0;
    while received < sent {
        let Some(first) = consumer.next().await else { break };
        let mut last = first?.delivery_tag;
        received += 1;
        // What is there goes with it.
        while let Some(Some(more)) = consumer.next().now_or_never() {
            last = more?.delivery_tag;
            received += 1;
        }
        channel.basic_ack(last, BasicAckOptions { multiple: true }).await?;
    }
    let worked = received as f64 / begun.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_millis(200)).await;
    channel.queue_delete(QUEUE.into(), QueueDeleteOptions::default()).await?;
    connection.close(200, "done".into()).await?;
    println!("| lapin by hand | {enqueued:.0} | | | {worked:.0} | | | |");
    Ok(())
}
