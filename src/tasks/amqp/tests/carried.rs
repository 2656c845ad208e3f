//! The engine with tasks that nobody asks about, whatever the suite says of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Arc, Broker, Claim, Finish, Message, Taken, TaskFilter};
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{Answer, Cancelled, Claimed, Lease};
use crate::tasks::status::TaskStatus;

#[derive(Debug)]
pub(in super::super) struct Carried {
    pub(in super::super) inner: Arc<dyn Broker>,
}

impl Broker for Carried {
    fn enqueue(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        self.inner.enqueue(messages.into_iter().map(|message| Message { keep: false, ..message }).collect())
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Answer<'a, Vec<Claimed>> {
        self.inner.claim(claim)
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>> {
        self.inner.extend(leases, lease)
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        self.inner.finish(finishes)
    }

    fn status(&self, id: Uuid) -> Answer<'_, Option<TaskStatus>> {
        self.inner.status(id)
    }

    fn list<'a>(&'a self, filter: &'a TaskFilter) -> Answer<'a, Vec<TaskStatus>> {
        self.inner.list(filter)
    }

    fn cancel(&self, id: Uuid) -> Answer<'_, Cancelled> {
        self.inner.cancel(id)
    }

    fn requeue(&self, id: Uuid) -> Answer<'_, bool> {
        self.inner.requeue(id)
    }

    fn drain<'a>(&'a self, queue: &'a str) -> Answer<'a, u64> {
        self.inner.drain(queue)
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        self.inner.prune(before)
    }

    fn ready(&self) -> Answer<'_, ()> {
        self.inner.ready()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}
