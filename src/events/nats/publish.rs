//! Publishing: each event is acknowledged by the server before the next one of its key is sent, and those of different keys
//! are underway at once. So whatever of a group is lost on the way, what is published again can't get behind what came after
//! it. To send all of a key at once and count on the order of the connection would not do: what waits in the client when a
//! connection breaks goes over the next one, behind something that was lost with the first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use async_nats::HeaderValue;
use async_nats::header::HeaderName;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::line::{Line, away};
use super::message;
use crate::events::bus::BusError;
use crate::events::cloud::{CloudEvent, header_value};

/// What `JetStream` knows a message by; it drops a second one with the same.
const ID: HeaderName = HeaderName::from_static("Nats-Msg-Id");

/// How many events are underway at once, of different keys: what a process writes in the journals of its groups waits behind them.
const UNDERWAY: usize = 2000;

/// Comes back when all of them are as safe as the server makes them.
pub(super) async fn all(line: &Line, events: &[CloudEvent]) -> Result<(), BusError> {
    if events.is_empty() {
        return Ok(());
    }
    line.streams().await?;
    let Turns { first, next } = turns(events);
    let mut ready: BinaryHeap<Reverse<usize>> = first.into_iter().map(Reverse).collect();
    let mut underway = FuturesUnordered::new();
    loop {
        while underway.len() < UNDERWAY
            && let Some(Reverse(index)) = ready.pop()
        {
            let sent = send(line, &events[index]).await?;
            underway.push(acknowledged(index, sent));
        }
        let Some((index, taken)) = underway.next().await else { return Ok(()) };
        taken.map_err(|error| refused(&events[index], &error))?;
        ready.extend(next[index].map(Reverse));
    }
}

/// It knows nothing but that: there are as many of these as events are underway.
async fn acknowledged(index: usize, sent: PublishAckFuture) -> (usize, Result<PublishAck, PublishError>) {
    (index, sent.await)
}

/// Which events wait for which, by their places.
#[derive(Debug, PartialEq, Eq)]
struct Turns {
    /// The first of each key, and what has no key.
    first: Vec<usize>,
    /// For each event the next one of its key.
    next: Vec<Option<usize>>,
}

fn turns(events: &[CloudEvent]) -> Turns {
    let mut turns = Turns { first: Vec::with_capacity(events.len()), next: vec![None; events.len()] };
    let mut last = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        match event.key().and_then(|key| last.insert((&event.source, key), index)) {
            Some(before) => turns.next[before] = Some(index),
            None => turns.first.push(index),
        }
    }
    turns
}

async fn send(line: &Line, event: &CloudEvent) -> Result<PublishAckFuture, BusError> {
    let (mut headers, payload) = message::write(event);
    let id = format!("{} {}", event.source, event.id);
    if let Ok(id) = header_value(&id).parse::<HeaderValue>() {
        headers.insert(ID, id);
    }
    let sent = line.context().publish_with_headers(line.place.events(&event.kind), headers, payload).await;
    sent.map_err(|error| refused(event, &error))
}

fn refused(event: &CloudEvent, error: &PublishError) -> BusError {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => BusError::Internal(format!(
            "the event {} of {} is larger than NATS takes ({error}): raise its `max_payload`",
            event.id, event.source
        )),
        _ => away(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_one_key_goes_one_after_the_other_and_nothing_else_waits() {
        let events: Vec<CloudEvent> = "abac-c--ca"
            .chars()
            .map(|key| {
                let mut event = CloudEvent::new("1", "/shop", "shop.made");
                event.subject = (key != '-').then(|| key.to_string());
                event
            })
            .collect();
        let Turns { first, next } = turns(&events);
        assert_eq!(first, [0, 1, 3, 4, 6, 7]);
        let chain = |first: usize| std::iter::successors(Some(first), |index| next[*index]).collect();
        let chains: Vec<Vec<usize>> = first.into_iter().map(chain).collect();
        assert_eq!(chains, [vec![0, 2, 9], vec![1], vec![3, 5, 8], vec![4], vec![6], vec![7]]);
    }
}
