//! A group of a bus as a queue that a worker works off: the same worker that runs tasks.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::bus::{Bus, BusError, Delivery, Take};
use super::run::Hearing;
use crate::descriptor::BoxFuture;
use crate::tasks::{
    Broker, BrokerAnswer, BrokerError, Cancelled, Claim, Claimed, Finish, Lease, Message, Priority,
    RetryPolicy, Run, Taken, TaskFilter, TaskStatus,
};

/// A group.
pub(crate) struct Source {
    bus: Arc<dyn Bus>,
    hearing: Arc<Hearing>,
    /// What is claimed and not begun, by the id of its lease.
    parcels: Mutex<HashMap<Uuid, Delivery>>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("group", &self.hearing.group).finish_non_exhaustive()
    }
}

impl From<BusError> for BrokerError {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Unavailable(why) => Self::Unavailable(why),
            BusError::Unsupported(why) => Self::Unsupported(why),
            BusError::NoGroup => Self::Unavailable("the group is not known to the bus any more".to_owned()),
            BusError::Internal(why) => Self::Internal(why),
        }
    }
}

impl Source {
    pub(crate) fn new(bus: &Arc<dyn Bus>, hearing: Hearing) -> Arc<Self> {
        Arc::new(Self { bus: Arc::clone(bus), hearing: Arc::new(hearing), parcels: Mutex::default() })
    }

    /// What a worker does with what it has claimed.
    pub(crate) fn run(self: &Arc<Self>) -> Run {
        let source = Arc::clone(self);
        Arc::new(move |message| {
            let source = Arc::clone(&source);
            Box::pin(async move {
                let parcel = source.parcels().remove(&message.id);
                match parcel {
                    Some(delivery) => source.hearing.run(delivery).await,
                    // It was lost, and another has it.
                    None => crate::tasks::Outcome::Returned,
                }
            })
        })
    }

    fn parcels(&self) -> MutexGuard<'_, HashMap<Uuid, Delivery>> {
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a worker has to know of a delivery.
    fn message(&self, delivery: &Delivery) -> Message {
        let kind = delivery.event.as_ref().map_or("", |event| &event.kind);
        let retry = self.hearing.subscription(kind).map_or_else(RetryPolicy::default, |it| it.retry);
        Message {
            id: delivery.lease.id,
            name: kind.to_owned(),
            queue: self.hearing.group.clone(),
            payload: String::new(),
            priority: Priority::Normal,
            run_at: None,
            expires_at: None,
            unique_key: None,
            keep: false,
            retry,
            caller: None,
            trace_parent: None,
            created_at: Utc::now(),
            attempts: delivery.attempts,
            foreign: None,
        }
    }
}

fn unsupported<'a, T: Send + 'a>() -> BrokerAnswer<'a, T> {
    let sentence = "a group of events is no queue of tasks".to_owned();
    Box::pin(std::future::ready(Err(BrokerError::Unsupported(sentence))))
}

impl Broker for Source {
    fn claim<'a>(&'a self, claim: Claim<'a>) -> BrokerAnswer<'a, Vec<Claimed>> {
        Box::pin(async move {
            let Claim { queue, limit, lease, wait, .. } = claim;
            let given = self.bus.take(Take { group: queue, limit, lease, wait }).await?;
            let mut parcels = self.parcels();
            let claimed = given.into_iter().map(|delivery| {
                let claimed = Claimed { message: self.message(&delivery), lease: delivery.lease };
                parcels.insert(delivery.lease.id, delivery);
                claimed
            });
            Ok(claimed.collect())
        })
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> BrokerAnswer<'_, Vec<bool>> {
        Box::pin(async move { Ok(self.bus.extend(&self.hearing.group, leases, lease).await?) })
    }

    fn finish(&self, finishes: Vec<Finish>) -> BrokerAnswer<'_, Vec<bool>> {
        Box::pin(async move {
            for finish in &finishes {
                let mut parcels = self.parcels();
                if parcels.get(&finish.lease.id).is_some_and(|parcel| parcel.lease == finish.lease) {
                    parcels.remove(&finish.lease.id);
                }
            }
            Ok(self.bus.finish(&self.hearing.group, finishes).await?)
        })
    }

    fn enqueue(&self, _: Vec<Message>) -> BrokerAnswer<'_, Vec<Taken>> {
        unsupported()
    }

    fn status(&self, _: Uuid) -> BrokerAnswer<'_, Option<TaskStatus>> {
        unsupported()
    }

    fn list<'a>(&'a self, _: &'a TaskFilter) -> BrokerAnswer<'a, Vec<TaskStatus>> {
        unsupported()
    }

    fn cancel(&self, _: Uuid) -> BrokerAnswer<'_, Cancelled> {
        unsupported()
    }

    fn requeue(&self, _: Uuid) -> BrokerAnswer<'_, bool> {
        unsupported()
    }

    fn drain<'a>(&'a self, _: &'a str) -> BrokerAnswer<'a, u64> {
        unsupported()
    }

    fn prune(&self, _: DateTime<Utc>) -> BrokerAnswer<'_, u64> {
        unsupported()
    }

    fn ready(&self) -> BrokerAnswer<'_, ()> {
        Box::pin(async move { Ok(self.bus.ready().await?) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
