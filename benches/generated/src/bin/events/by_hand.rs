//! What a service by hand does with nothing but the client of NATS to promise about as much as a subscriber has: each event is
//! read, those of one key are heard one after the other, and each is acknowledged until the server has confirmed it. That an
//! effect happens once, that an event is tried again behind a pause, and that one key is held up alone by that, is not there.

use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use async_nats::HeaderMap;
use async_nats::jetstream::Message;
use bytes::Bytes;
use fourfold::Result;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::bare::Bare;
use crate::{HEARD, per_second};

/// How many keys are heard at once.
const LANES: usize = 64;
/// How many events wait for a lane.
const WAITING: usize = 256;

/// The event, as it is read.
#[derive(Deserialize)]
struct Made {
    key: String,
    text: String,
}

async fn hear(event: Made) {
    std::hint::black_box((event.key, event.text));
    HEARD.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
}

/// Hears all that a stream has.
pub(crate) async fn consume(bare: &Bare, count: usize) -> Result<f64> {
    let begun = Instant::now();
    let (mut consumer, mut messages) = bare.messages("hand").await?;
    let hasher = RandomState::new();
    let (lanes, work): (Vec<_>, Vec<_>) = (0..LANES)
        .map(|_| {
            let (lane, waiting) = mpsc::channel(WAITING);
            (lane, tokio::spawn(work(waiting)))
        })
        .unzip();
    for _ in 0..count {
        let message = messages.next().await.expect("the stream goes on")?;
        let headers = message.headers.as_ref().expect("an event has headers");
        let key = headers.get("ce-partitionkey").expect("an event has a key").as_str();
        let lane = hasher.hash_one(key) as usize % LANES;
        lanes[lane].send(message).await.expect("the lane goes on");
    }
    drop(lanes);
    for lane in work {
        lane.await.expect("a lane");
    }
    assert_eq!(consumer.info().await?.num_ack_pending, 0);
    Ok(per_second(count, begun))
}

async fn work(mut waiting: mpsc::Receiver<Message>) {
    let mut acknowledged = FuturesUnordered::new();
    loop {
        tokio::select! {
            message = waiting.recv() => {
                let Some(message) = message else { break };
                let headers = message.headers.as_ref().expect("an event has headers");
                hear(read(headers, &message.payload)).await;
                acknowledged.push(async move { message.double_ack().await });
            }
            Some(ack) = acknowledged.next() => ack.expect("acknowledged"),
        }
    }
    while let Some(ack) = acknowledged.next().await {
        ack.expect("acknowledged");
    }
}

/// What has to be there is, and the data is what it should be.
fn read(headers: &HeaderMap, payload: &Bytes) -> Made {
    let get = |name: &str| headers.get(name).expect("an attribute").as_str();
    assert_eq!(get("ce-specversion"), "1.0");
    for name in ["ce-id", "ce-source", "ce-type", "ce-subject", "ce-time"] {
        assert!(!get(name).is_empty());
    }
    serde_json::from_slice(payload).expect("JSON")
}
