//! Two connections to a bus, and types and groups of a case's own.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::events::bus::{Bus, BusError, Delivery, Group, Start, Take};
use crate::events::cloud::CloudEvent;
use crate::tasks::{Failure, Finish, Lease, Outcome};

/// Longer than anything takes here.
pub(super) const LONG: Duration = Duration::from_mins(1);
/// Long enough for what is to come, and short enough to wait for what is not.
const SHORT: Duration = Duration::from_millis(300);

#[derive(Clone)]
pub(super) struct Place {
    pub(super) bus: Arc<dyn Bus>,
    pub(super) other: Arc<dyn Bus>,
    /// The type of the case's events.
    pub(super) kind: String,
}

impl Place {
    pub(super) fn new(bus: Arc<dyn Bus>, other: Arc<dyn Bus>) -> Self {
        Self { bus, other, kind: format!("test.case.v1.t{}.happened", Uuid::new_v4().simple()) }
    }

    pub(super) fn event(&self, key: &str) -> CloudEvent {
        let mut event = CloudEvent::new(Uuid::now_v7().to_string(), "/test.case.v1", &self.kind)
            .with_json(r#"{"note":"Zoë \"x\""}"#);
        event.subject = Some(key.to_owned());
        event.partition_key = Some(key.to_owned());
        event
    }

    pub(super) async fn publish(&self, event: &CloudEvent) {
        self.bus.publish(vec![event.clone()]).await.expect("published");
    }

    /// Publishes one for each key, and gives their ids.
    pub(super) async fn publish_all(&self, keys: &[&str]) -> Vec<String> {
        let events: Vec<CloudEvent> = keys.iter().map(|key| self.event(key)).collect();
        let ids = events.iter().map(|event| event.id.clone()).collect();
        self.bus.publish(events).await.expect("published");
        ids
    }

    /// A new group that listens to the case's events.
    pub(super) async fn group(&self, start: Start) -> String {
        let name = format!("conform-{}", Uuid::new_v4().simple());
        self.subscribe(&name, start).await;
        name
    }

    pub(super) async fn subscribe(&self, name: &str, start: Start) {
        let group = Group { name: name.to_owned(), types: vec![self.kind.clone()], start };
        self.bus.subscribe(group).await.expect("known");
    }

    /// What is there for a group now, at most so many.
    pub(super) async fn take(&self, group: &str, limit: usize, lease: Duration) -> Vec<Delivery> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let take = Take { group, limit: limit - taken.len(), lease, wait: SHORT, ahead: 0, behind: 0 };
            let more = self.bus.take(take).await.expect("a take");
            if more.is_empty() {
                break;
            }
            taken.extend(more);
        }
        taken
    }

    /// The next of a group.
    pub(super) async fn one(&self, group: &str) -> Delivery {
        self.one_for(group, LONG).await
    }

    /// The next of a group, for so long.
    pub(super) async fn one_for(&self, group: &str, lease: Duration) -> Delivery {
        let take = Take { group, limit: 1, lease, wait: Duration::from_secs(10), ahead: 0, behind: 0 };
        self.bus.take(take).await.expect("a take").pop().expect("there is one")
    }

    pub(super) async fn nothing(&self, group: &str) {
        let taken = self.take(group, 1, LONG).await;
        assert!(taken.is_empty(), "{taken:?}");
    }

    pub(super) async fn finish(&self, group: &str, lease: Lease, outcome: Outcome) -> bool {
        self.bus.finish(group, vec![Finish { lease, outcome }]).await.expect("told")[0]
    }

    pub(super) async fn done(&self, group: &str, delivery: &Delivery) {
        assert!(self.finish(group, delivery.lease, Outcome::Succeeded(None)).await);
    }

    /// Takes and ends all that is there, and gives the ids.
    pub(super) async fn drain(&self, group: &str) -> Vec<String> {
        let mut ids = Vec::new();
        loop {
            let taken = self.take(group, 64, LONG).await;
            if taken.is_empty() {
                return ids;
            }
            for delivery in taken {
                ids.push(id(&delivery));
                self.done(group, &delivery).await;
            }
        }
    }

    pub(super) async fn no_group(&self, name: &str) {
        let take = Take { group: name, limit: 1, lease: LONG, wait: Duration::ZERO, ahead: 0, behind: 0 };
        let refused = self.bus.take(take).await.expect_err("there is none");
        assert!(matches!(refused, BusError::NoGroup), "{refused:?}");
    }
}

pub(super) fn id(delivery: &Delivery) -> String {
    delivery.event.as_ref().expect("an event").id.clone()
}

pub(super) fn failure() -> Failure {
    Failure::new("test", "as it is meant to")
}

pub(super) fn ids(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(id).collect()
}
