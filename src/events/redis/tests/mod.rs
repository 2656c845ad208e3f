//! What is particular to Redis; what all engines promise is in the suite.

mod away;
mod judge;
mod kills;
mod letters;
mod log;
mod measure;
mod sound;
mod strange;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::events::bus::{Bus, BusOptions, Delivery, Group, Start, Take};
use crate::events::cloud::CloudEvent;
use crate::events::conformance::{self, Abilities};
use crate::redis::testing::{connection, place, server};
use crate::tasks::{Failure, Finish, Outcome};
use sound::Kept;

async fn open(options: &BusOptions) -> Arc<dyn Bus> {
    super::open(options).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises() {
    let Some(place) = place().await else { return };
    let options = BusOptions::at(place.url.clone());
    let make = move || {
        let options = options.clone();
        Box::pin(async move { open(&options).await }) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ONE_BY_ONE).await;
    let mut connection = connection(&server()).await.expect("Redis");
    Kept::of(&mut connection, &place.prefix).await.assert_sound();
    place.clear().await;
}

fn event(kind: &str, key: &str) -> CloudEvent {
    let mut event = CloudEvent::new(Uuid::now_v7().to_string(), "/test", kind).with_json("{}");
    event.subject = Some(key.to_owned());
    event
}

async fn listen(bus: &Arc<dyn Bus>, name: &str, types: &[&str]) {
    let types = types.iter().map(|kind| (*kind).to_owned()).collect();
    let group = Group { name: name.to_owned(), types, start: Start::Beginning };
    bus.subscribe(group).await.expect("it is known");
}

/// What is there for a group, at most so many.
async fn take(bus: &Arc<dyn Bus>, group: &str, limit: usize) -> Vec<Delivery> {
    let (lease, wait) = (Duration::from_mins(1), Duration::from_millis(300));
    let mut taken: Vec<Delivery> = Vec::new();
    while taken.len() < limit {
        let take = Take { group, limit: limit - taken.len(), lease, wait, ahead: 0, behind: 0 };
        let more = bus.take(take).await.expect("a take");
        if more.is_empty() {
            break;
        }
        taken.extend(more);
    }
    taken
}

fn events(taken: Vec<Delivery>) -> Vec<CloudEvent> {
    taken.into_iter().map(Delivery::into_event).collect()
}

async fn finish(bus: &Arc<dyn Bus>, group: &str, delivery: &Delivery, outcome: Outcome) {
    let finish = Finish { lease: delivery.lease, outcome };
    assert_eq!(bus.finish(group, vec![finish]).await.expect("an answer"), [true]);
}

fn failure() -> Failure {
    Failure::new("test", "as it is meant to")
}
