//! Publishing: each event is acknowledged by the server before the next one of its key is sent, and those of different keys
//! are underway at once. So whatever of a group is lost on the way, what is published again can't get behind what came after
//! it.

use std::collections::HashSet;

use async_nats::HeaderValue;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use futures_util::future::join_all;

use super::line::{Line, away};
use super::message;
use crate::events::bus::BusError;
use crate::events::cloud::{CloudEvent, header_value};
use crate::events::order;

/// What `JetStream` knows a message by; it drops a second one with the same.
const ID: &str = "Nats-Msg-Id";

/// Comes back when all of them are as safe as the server makes them.
pub(super) async fn all(line: &Line, events: &[CloudEvent]) -> Result<(), BusError> {
    if events.is_empty() {
        return Ok(());
    }
    line.streams().await?;
    for wave in waves(events) {
        let mut sent = Vec::with_capacity(wave.len());
        for event in wave {
            sent.push(send(line, event).await?);
        }
        let taken = join_all(sent.into_iter().map(IntoFuture::into_future)).await;
        for (event, taken) in wave.iter().zip(taken) {
            taken.map_err(|error| refused(event, &error))?;
        }
    }
    Ok(())
}

/// As they are, in parts that have no key twice.
fn waves(events: &[CloudEvent]) -> Vec<&[CloudEvent]> {
    let (mut waves, mut keys, mut begin) = (Vec::new(), HashSet::new(), 0);
    for (index, event) in events.iter().enumerate() {
        let Some(key) = order::key(event) else { continue };
        if keys.contains(&key) {
            waves.push(&events[begin..index]);
            keys.clear();
            begin = index;
        }
        keys.insert(key);
    }
    waves.push(&events[begin..]);
    waves
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
    fn no_key_is_underway_twice_and_the_order_stays() {
        let events: Vec<CloudEvent> = "abac-c--ca"
            .chars()
            .map(|key| {
                let mut event = CloudEvent::new("1", "/shop", "shop.made");
                event.subject = (key != '-').then(|| key.to_string());
                event
            })
            .collect();
        let parts: Vec<String> = waves(&events)
            .into_iter()
            .map(|wave| wave.iter().map(|event| event.subject.as_deref().unwrap_or("-")).collect())
            .collect();
        assert_eq!(parts, ["ab", "ac-", "c--", "ca"]);
    }
}
