//! Publishing: each event is acknowledged by the server before the next one of its key is sent, and those of different keys
//! are underway at once. So whatever of a group is lost on the way, what is published again can't get behind what came after
//! it. To send all of a key at once and count on the order of the connection would not do: what waits in the client when a
//! connection breaks goes over the next one, behind something that was lost with the first.

use std::collections::HashMap;

use async_nats::HeaderValue;
use async_nats::header::HeaderName;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;

use super::line::{Line, away};
use super::message;
use crate::events::bus::BusError;
use crate::events::cloud::{CloudEvent, header_value};
use crate::events::order;

/// What `JetStream` knows a message by; it drops a second one with the same.
const ID: HeaderName = HeaderName::from_static("Nats-Msg-Id");

/// Comes back when all of them are as safe as the server makes them.
pub(super) async fn all(line: &Line, events: &[CloudEvent]) -> Result<(), BusError> {
    if events.is_empty() {
        return Ok(());
    }
    line.streams().await?;
    let underway = FuturesUnordered::new();
    for chain in chains(events) {
        let sent = send(line, &events[chain[0]]).await?;
        underway.push(go_on(line, events, chain, sent));
    }
    underway.try_collect().await
}

/// Waits for the first of a key, then sends and waits for one after the other of the rest.
async fn go_on(
    line: &Line,
    events: &[CloudEvent],
    chain: Vec<usize>,
    mut sent: PublishAckFuture,
) -> Result<(), BusError> {
    let mut chain = chain.into_iter().peekable();
    while let Some(index) = chain.next() {
        sent.await.map_err(|error| refused(&events[index], &error))?;
        let Some(next) = chain.peek() else { break };
        sent = send(line, &events[*next]).await?;
    }
    Ok(())
}

/// Which of them are sent one after the other, by their places: those of one key. The first of all come in their order.
fn chains(events: &[CloudEvent]) -> Vec<Vec<usize>> {
    let (mut chains, mut keys) = (Vec::with_capacity(events.len()), HashMap::new());
    for (index, event) in events.iter().enumerate() {
        let chain = match order::key(event) {
            Some(key) => *keys.entry(key).or_insert(chains.len()),
            None => chains.len(),
        };
        match chains.get_mut(chain) {
            Some(chain) => Vec::push(chain, index),
            None => chains.push(vec![index]),
        }
    }
    chains
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
        let expected: [&[usize]; 6] = [&[0, 2, 9], &[1], &[3, 5, 8], &[4], &[6], &[7]];
        assert_eq!(chains(&events), expected);
    }
}
