//! Forgetting what is old, but nothing that a group has not ended.

use std::collections::{BTreeSet, HashSet};

use async_nats::jetstream::stream::{DeleteMessageError, DeleteMessageErrorKind};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use super::Nats;
use super::line::away;
use crate::events::bus::BusError;

/// How many events between those that stay go at a time: `JetStream` deletes them one by one.
const SINGLE: usize = 2_000;
/// How many of them are underway at once.
const AT_ONCE: usize = 200;

pub(super) async fn before(nats: &Nats, moment: DateTime<Utc>) -> Result<u64, BusError> {
    let streams = nats.line.streams().await?;
    let end = streams.before(moment).await? + 1;
    let mut stays = BTreeSet::new();
    for name in nats.names().await? {
        match nats.journal(&name).await {
            Ok(journal) => stays.extend(journal.state().turns.open().range(..end).map(|(seq, _)| *seq)),
            // It was forgotten meanwhile.
            Err(BusError::NoGroup) => {}
            Err(error) => return Err(error),
        }
    }
    let first = stays.first().copied().unwrap_or(end);
    let mut gone = 0;
    // Nothing comes before the first place, and servers have taken "all before it" for "all".
    if first > 1 {
        let purged = streams.events.purge().sequence(first).await.map_err(|error| away(&error))?;
        gone = purged.purged;
    }
    if first == end {
        return Ok(gone);
    }
    let info =
        streams.events.info_builder().with_deleted(true).fetch().await.map_err(|error| away(&error))?;
    let deleted: HashSet<u64> = info.info.state.deleted.unwrap_or_default().into_iter().collect();
    let goes = |seq: &u64| !stays.contains(seq) && !deleted.contains(seq);
    let old: Vec<u64> = (info.info.state.first_sequence.max(1)..end).filter(goes).take(SINGLE).collect();
    for some in old.chunks(AT_ONCE) {
        for result in join_all(some.iter().map(|seq| streams.events.delete_message(*seq))).await {
            gone += u64::from(is_gone(result)?);
        }
    }
    Ok(gone)
}

/// Another process may have been faster.
fn is_gone(result: Result<bool, DeleteMessageError>) -> Result<bool, BusError> {
    match result {
        Ok(gone) => Ok(gone),
        Err(error) if matches!(error.kind(), DeleteMessageErrorKind::JetStream(_)) => Ok(false),
        Err(error) => Err(away(&error)),
    }
}
