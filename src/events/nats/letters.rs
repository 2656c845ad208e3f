//! Dead letters: messages of a stream of their own, as they came, with the reason in headers of ours.
//!
//! A letter is written before its event ends, and deleted after it has begun anew. A process that dies in between leaves one
//! of an event that is open: such a letter does not count, and goes when its event ends otherwise.

use async_nats::HeaderMap;
use async_nats::header::HeaderValue;
use async_nats::jetstream::message::StreamMessage;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;

use super::line::{Line, away, there};
use super::message;
use super::state::State;
use crate::events::bus::BusError;
use crate::events::cloud::{from_header_value, header_value};
use crate::events::status::DeadLetter;
use crate::events::turns::Open;
use crate::tasks::Failure;

/// The reason, as JSON.
const REASON: &str = "Fourfold-Reason";
const ATTEMPTS: &str = "Fourfold-Attempts";
const TOKEN: &str = "Fourfold-Token";
const KEY: &str = "Fourfold-Key";
/// The headers that would make `JetStream` do something.
const DOING: &str = "Nats-";
/// How much of a reason fits into a header.
const LONGEST_REASON: usize = 16 * 1024;

/// A letter, and what its event needs to begin anew.
pub(super) struct Letter {
    pub(super) shown: DeadLetter,
    pub(super) seq: u64,
    pub(super) key: Option<u64>,
    pub(super) token: i64,
    place: u64,
}

fn head(value: &str) -> HeaderValue {
    // What can't stand in a header is encoded beforehand.
    value.parse().unwrap_or_else(|_| HeaderValue::new())
}

/// Writes the letter of an event that is given up.
pub(super) async fn write(
    line: &Line,
    group: &str,
    (seq, open): (u64, &Open<u64>),
    failure: &Failure,
) -> Result<(), BusError> {
    let (came, payload) = match there(line.streams().await?.events.direct_get(seq).await)? {
        Some(message) => (message.headers, message.payload),
        // The stream has lost it.
        None => Default::default(),
    };
    let mut headers = HeaderMap::new();
    for (name, values) in came.iter() {
        if !AsRef::<str>::as_ref(name).starts_with(DOING) {
            for value in values {
                headers.append(name.clone(), value.clone());
            }
        }
    }
    let mut reason = failure.to_json().to_string();
    if reason.len() > LONGEST_REASON {
        reason = Failure { violations: Vec::new(), ..failure.clone() }.to_json().to_string();
    }
    headers.insert(REASON, head(&header_value(&reason)));
    headers.insert(ATTEMPTS, head(&open.begun().to_string()));
    headers.insert(TOKEN, head(&open.token.to_string()));
    if let Some(key) = open.key {
        headers.insert(KEY, head(&key.to_string()));
    }
    let subject = line.place.dead(group, Some(seq));
    let context = line.context();
    let sent = context.publish_with_headers(subject, headers, payload).await;
    sent.map_err(|error| away(&error))?.await.map_err(|error| away(&error))?;
    Ok(())
}

fn read(message: &StreamMessage, place: u64) -> Option<Letter> {
    let seq: u64 = message.subject.rsplit_once('.')?.1.parse().ok()?;
    let text = |name| message.headers.get(name).map(|value| from_header_value(value.as_str()).into_owned());
    let number = |name: &str| message.headers.get(name).and_then(|value| value.as_str().parse::<i64>().ok());
    let reason = text(REASON).and_then(|reason| serde_json::from_str(&reason).ok()).unwrap_or_default();
    let (token, attempts) = (number(TOKEN).unwrap_or_default(), number(ATTEMPTS).unwrap_or_default());
    let key = message.headers.get(KEY).and_then(|key| key.as_str().parse().ok());
    let died_at: DateTime<Utc> = message.time;
    let event = message::read(&message.headers, &message.payload).ok();
    let shown = DeadLetter {
        id: event.as_ref().map_or_else(|| seq.to_string(), |event| event.id.clone()),
        event,
        error: Failure::from_json(&reason),
        attempts: u32::try_from(attempts).unwrap_or_default(),
        died_at,
    };
    Some(Letter { shown, seq, key, token, place })
}

/// The letters of a group that come after one of them, the oldest first.
pub(super) async fn list(
    line: &Line,
    group: &str,
    state: &State,
    limit: usize,
    mut after: u64,
) -> Result<(Vec<Letter>, u64), BusError> {
    let stream = &line.streams().await?.dead;
    let subject = line.place.dead(group, None);
    let mut letters = Vec::new();
    while letters.len() < limit {
        let next = stream.direct_get_next_for_subject(&subject, Some(after + 1)).await;
        let Some(message) = there(next)? else { break };
        after = message.sequence;
        letters.extend(read(&message, after).filter(|letter| !state.turns.open().contains_key(&letter.seq)));
    }
    Ok((letters, after))
}

/// Deletes letters that were read.
pub(super) async fn delete(line: &Line, letters: &[Letter]) -> Result<(), BusError> {
    let stream = &line.streams().await?.dead;
    let delete = letters.iter().map(|letter| stream.delete_message(letter.place));
    try_join_all(delete).await.map_err(|error| away(&error))?;
    Ok(())
}

/// Deletes what there may be of an event, or of a group.
pub(super) async fn purge(line: &Line, group: &str, seq: Option<u64>) -> Result<(), BusError> {
    let stream = &line.streams().await?.dead;
    stream.purge().filter(line.place.dead(group, seq)).await.map_err(|error| away(&error))?;
    Ok(())
}

/// How many there are, by event.
pub(super) async fn count(line: &Line, group: &str, state: &State) -> Result<u64, BusError> {
    let stream = &line.streams().await?.dead;
    let found =
        stream.info_with_subjects(line.place.dead(group, None)).await.map_err(|error| away(&error))?;
    let subjects: Vec<(String, usize)> = found.try_collect().await.map_err(|error| away(&error))?;
    let counts = |subject: &str| {
        let seq = subject.rsplit_once('.').and_then(|(_, seq)| seq.parse().ok());
        seq.is_some_and(|seq: u64| !state.turns.open().contains_key(&seq))
    };
    Ok(subjects.iter().filter(|(subject, _)| counts(subject)).count() as u64)
}
