//! An event as the ledger of a group holds it.
//!
//! The ledger is the bus of the service's database, which others may use as well, and it remembers events by source and id.
//! So what it holds for a group is called otherwise: its type is the group's own, and its source begins with the group and the
//! round, so that every group has the event, and has it once more after it was set back.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::message::Arrived;
use crate::events::bus::{Delivery, Received, Standing, Start};
use crate::events::cloud::{CloudEvent, Data, Unreadable};
use crate::events::order::round_of;
use crate::tasks::Lease;

/// The attribute that has the type of the event.
const KIND: &str = "fourfoldheldtype";
/// The attribute that says why it is none.
const WHY: &str = "fourfoldheldwhy";
/// How many bytes a source has at most, together with an id or a key: an index holds no more.
const LONGEST: usize = 1_500;

/// A group since it became known, or was set back the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// Since it became known.
    pub(super) epoch: Arc<str>,
    pub(super) round: i64,
}

impl Label {
    /// Of a group that begins.
    pub(super) fn first() -> Self {
        let epoch = Uuid::new_v4().simple().to_string();
        Self { epoch: epoch[..12].into(), round: 0 }
    }

    /// After it is set back.
    pub(super) fn next(&self) -> Self {
        Self { epoch: Arc::clone(&self.epoch), round: self.round + 1 }
    }

    /// Before it was set back.
    pub(super) fn before(&self) -> Option<Self> {
        (self.round > 0).then(|| Self { epoch: Arc::clone(&self.epoch), round: self.round - 1 })
    }

    fn kind(&self) -> String {
        format!("amqp {}", self.epoch)
    }

    fn source(&self, source: &str) -> String {
        format!("{}-{} {source}", self.epoch, self.round)
    }

    /// What the ledger holds of something that came in.
    pub(super) fn hold(&self, arrived: Arrived) -> CloudEvent {
        match arrived.event.and_then(|event| storable(&event).map(|()| event)) {
            Ok(mut event) => {
                event.source = self.source(&event.source);
                let kind = std::mem::replace(&mut event.kind, self.kind());
                event.extensions.insert(KIND.to_owned(), kind);
                event
            }
            Err(why) => self.unreadable(arrived.body, arrived.content_type, &why),
        }
    }

    /// The same for what the ledger refuses.
    pub(super) fn refused(&self, event: &CloudEvent, why: &str) -> CloudEvent {
        let body = match &event.data {
            Data::None => Bytes::new(),
            Data::Json(text) => Bytes::from(text.clone()),
            Data::Bytes(bytes) => bytes.clone(),
        };
        let why = Unreadable(format!("the database does not take it: {why}"));
        self.unreadable(body, event.data_content_type.clone(), &why)
    }

    fn unreadable(&self, body: Bytes, content_type: Option<String>, why: &Unreadable) -> CloudEvent {
        // Where it is delivered once more it is the same.
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &[&body[..], why.0.as_bytes()].concat());
        let mut held = CloudEvent::new(id.to_string(), self.source("unreadable"), self.kind());
        held.extensions.insert(WHY.to_owned(), why.0.clone());
        held.data_content_type = content_type;
        held.data = Data::Bytes(body);
        held
    }
}

/// A group, as it stands in the ledger: that listens for it to the group's own type, and beside it stand words that no event
/// there is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) label: Label,
    /// The types of its events.
    pub(super) types: Vec<String>,
    /// Where it began, or was set back to. Should its queue be lost, what it missed is in the stream.
    pub(super) since: Start,
}

impl Known {
    pub(super) fn of(standing: &Standing) -> Self {
        let words =
            |before: &'static str| standing.types.iter().filter_map(move |it| it.strip_prefix(before));
        let epoch = words("amqp ").next().unwrap_or_default();
        let since = words("amqp@").next().and_then(|micros| micros.parse().ok());
        let since = since.and_then(DateTime::<Utc>::from_timestamp_micros);
        Self {
            label: Label { epoch: epoch.into(), round: standing.round },
            types: words("amqp:").map(str::to_owned).collect(),
            since: since.map_or(Start::Beginning, Start::At),
        }
    }

    /// What the group listens to in the ledger.
    pub(super) fn words(&self) -> Vec<String> {
        let since = if let Start::At(moment) = self.since {
            moment.timestamp_micros().to_string()
        } else {
            String::new()
        };
        let types = self.types.iter().map(|kind| format!("amqp:{kind}"));
        [self.label.kind(), format!("amqp@{since}")].into_iter().chain(types).collect()
    }
}

/// A start that means the same later.
pub(super) fn lasting(start: Start) -> Start {
    if start == Start::Now { Start::At(Utc::now()) } else { start }
}

fn storable(event: &CloudEvent) -> Result<(), Unreadable> {
    let CloudEvent { id, source, kind, .. } = event;
    let key = event.key().unwrap_or_default();
    if source.len() + id.len().max(key.len()) > LONGEST {
        let sentence =
            format!("its source and its id, or its source and its key, have more than {LONGEST} bytes");
        return Err(Unreadable(sentence));
    }
    if [id, source, kind, key].into_iter().any(|text| text.contains('\0')) {
        return Err(Unreadable("there is a null character in its id, source, type or key".to_owned()));
    }
    if [KIND, WHY].into_iter().any(|name| event.extensions.contains_key(name)) {
        return Err(Unreadable(format!("{KIND} and {WHY} are attributes of the bus alone")));
    }
    Ok(())
}

/// The event that was held, or why it is none.
pub(super) fn release(mut held: CloudEvent) -> Result<CloudEvent, Unreadable> {
    if let Some(why) = held.extensions.remove(WHY) {
        return Err(Unreadable(why));
    }
    if let Some(kind) = held.extensions.remove(KIND) {
        held.kind = kind;
        let source = held.source.split_once(' ').map(|(_, source)| source.to_owned());
        held.source = source.unwrap_or_default();
    }
    Ok(held)
}

/// What the ledger gave out, as the group gets it; the lease where it came in for an earlier round than that in which the group
/// came to it. A dead letter that begins anew is of the round in which it died.
pub(super) fn deliver(delivery: Delivery) -> Result<Delivery, Lease> {
    let event = match delivery.event {
        Ok(held) => {
            let label = held.source.split_once(' ').and_then(|(label, _)| label.split_once('-'));
            let round = label.and_then(|(_, round)| round.parse::<i64>().ok());
            if round.is_some_and(|round| round != round_of(delivery.lease.token)) {
                return Err(delivery.lease);
            }
            release(Arc::unwrap_or_clone(held)).map(Arc::new).map_err(|why| Received { why })
        }
        Err(received) => Err(received),
    };
    Ok(Delivery { event, ..delivery })
}

#[cfg(test)]
mod tests {
    use chrono::SubsecRound as _;

    use super::*;

    fn arrived(event: CloudEvent) -> Arrived {
        Arrived { event: Ok(event), body: Bytes::from_static(b"\0body"), content_type: None }
    }

    #[test]
    fn what_is_held_comes_out_as_it_was_and_is_another_in_each_round() {
        let mut event = CloudEvent::new("1", "/a b", "shop.made").with_json("{}");
        event.subject = Some("s".to_owned());
        let label = Label::first();
        let held = label.hold(arrived(event.clone()));
        for other in [label.next(), Label::first()] {
            assert_ne!(held.source, other.hold(arrived(event.clone())).source);
        }
        assert_eq!((held.id.as_str(), held.key()), ("1", Some("s")));
        assert_eq!(release(held).expect("an event"), event);
    }

    #[test]
    fn what_the_ledger_could_not_hold_is_held_as_unreadable() {
        let event = || CloudEvent::new("1", "/shop", "shop.made");
        let mut long = event();
        long.partition_key = Some("x".repeat(3000));
        let mut null = event();
        null.id = "a\0".to_owned();
        let mut own = event();
        own.extensions.insert(WHY.to_owned(), "x".to_owned());
        for (event, why) in [(long, "1500 bytes"), (null, "null character"), (own, "of the bus alone")] {
            let refused = release(Label::first().hold(arrived(event))).expect_err("it is none");
            assert!(refused.to_string().contains(why), "{refused}");
        }
    }

    #[test]
    fn a_group_is_known_again_by_what_it_listens_to() {
        for since in [Start::Beginning, Start::At(Utc::now().trunc_subsecs(6))] {
            let types = vec!["shop.made".to_owned(), "amqp x".to_owned()];
            let known = Known { label: Label::first().next(), types, since };
            assert_eq!(Known::of(&Standing { types: known.words(), round: 1 }), known);
        }
    }
}
