//! One delivery: from an event to a subscriber and back to an outcome.
//!
//! What a subscriber adds to the unit of work is committed with a mark that this group has dealt with this event, so its
//! effect happens once, however often the event arrives.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use uuid::Uuid;

use super::bus::Delivery;
use super::cloud::CloudEvent;
use super::subscribe::Subscription;
use crate::context::{Context, Principal};
use crate::core::{self, Core};
use crate::error::{Decision, Error, ErrorKind, Result};
use crate::store::{Record, StoreError, Unit, Write};
use crate::tasks::{Failure, Outcome, RetryPolicy, next_attempt};
use crate::text;

/// The event that a subscriber is run for: [`Context::delivered`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivered {
    /// Whose turn it is.
    pub group: String,
    /// The event, with all of its attributes.
    pub event: Arc<CloudEvent>,
    /// The first attempt is 1.
    pub number: u32,
    /// How many there may be.
    pub of: u32,
}

/// A delivery, and what the inbox says of its event where that was looked at beforehand.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) delivery: Delivery,
    looked: Option<Looked>,
}

/// What the inbox says of an event: one of the marks that were looked up together, and whether it is there.
#[derive(Debug)]
struct Looked {
    marks: Arc<[String]>,
    index: usize,
    is_known: bool,
}

impl From<Delivery> for Parcel {
    fn from(delivery: Delivery) -> Self {
        Self { delivery, looked: None }
    }
}

/// How many events are looked up in the inbox at once.
const LOOK: usize = 256;

/// What a group needs to run its subscribers.
pub(crate) struct Hearing {
    pub(crate) core: Arc<Core>,
    pub(crate) group: String,
    pub(crate) subscriptions: Vec<Subscription>,
    /// In whose name they run.
    pub(crate) principal: Principal,
}

impl Hearing {
    /// Who is for events of a type.
    pub(crate) fn subscription(&self, kind: &str) -> Option<&Subscription> {
        self.subscriptions.iter().find(|subscription| subscription.types.contains(&kind))
    }

    /// Looks at once which of some events the group has dealt with. Where it can't be told, each attempt looks by itself.
    pub(crate) async fn look(&self, mut parcels: Vec<&mut Parcel>) {
        for some in parcels.chunks_mut(LOOK) {
            let marks = some.iter().map(|Parcel { delivery, .. }| {
                let event = delivery.event.as_ref().ok();
                event.map(|event| mark(&self.group, event, delivery.round)).unwrap_or_default()
            });
            let marks: Arc<[String]> = marks.collect();
            let Ok(known) = self.core.store.known(&marks).await else { return };
            let mut seen = HashSet::with_capacity(some.len());
            for (index, ((parcel, mark), is_known)) in some.iter_mut().zip(&*marks).zip(known).enumerate() {
                // One that is there twice may be dealt with meanwhile.
                let looked = || Looked { marks: Arc::clone(&marks), index, is_known };
                parcel.looked = seen.insert(mark).then(looked);
            }
        }
    }

    async fn look_for(&self, event: &CloudEvent, round: i64) -> Result<Looked> {
        let mark = mark(&self.group, event, round);
        let record = self.core.store.record(&mark).await.map_err(core::rowless_error)?;
        Ok(Looked { marks: Arc::new([mark]), index: 0, is_known: record.is_some() })
    }

    /// Runs a delivery to its outcome.
    pub(crate) async fn run(&self, parcel: impl Into<Parcel>) -> Outcome {
        let Parcel { delivery, looked } = parcel.into();
        let event = match delivery.event {
            Ok(event) => event,
            Err(received) => {
                tracing::warn!(group = self.group, why = %received.why, "something that is no event");
                return Outcome::Failed(Failure::new("unreadable", received.why.to_string()));
            }
        };
        let Some(subscription) = self.subscription(&event.kind) else {
            // The group listened to it before, or another version of the service does.
            tracing::debug!(group = self.group, kind = event.kind, "nobody here listens to it");
            return Outcome::Succeeded(None);
        };
        if !subscription.wants(&event) {
            return Outcome::Succeeded(None);
        }
        let delivered = Delivered {
            group: self.group.clone(),
            event: Arc::clone(&event),
            number: delivery.attempts,
            of: subscription.retry.attempts,
        };
        let attempt =
            AssertUnwindSafe(self.attempt(subscription, delivered, (delivery.round, looked))).catch_unwind();
        let result = match tokio::time::timeout(subscription.retry.timeout, attempt).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::internal("the subscriber panicked")),
            Err(_) => {
                let sentence = format!("the attempt took longer than {:?}", subscription.retry.timeout);
                Err(Error::new(ErrorKind::DeadlineExceeded, sentence).called("timeout"))
            }
        };
        outcome(result, &self.group, &event, delivery.attempts, &subscription.retry)
    }

    async fn attempt(
        &self,
        subscription: &Subscription,
        delivered: Delivered,
        (round, looked): (i64, Option<Looked>),
    ) -> Result<()> {
        let event = Arc::clone(&delivered.event);
        let Looked { marks, index, is_known } = match looked {
            Some(looked) => looked,
            None => self.look_for(&event, round).await?,
        };
        if is_known {
            return Ok(());
        }
        let mut ctx = Context::new(Arc::clone(&self.core), event.id.clone());
        ctx.principal = self.principal.clone();
        ctx.trace_parent.clone_from(&event.trace_parent);
        ctx.deadline = Instant::now().checked_add(subscription.retry.timeout);
        ctx.delivered = Some(delivered);
        (subscription.hear)(&event, &ctx).await?;
        let (statements, tasks, events) =
            (ctx.take_statements(), core::task_rows(&ctx), core::event_rows(&ctx));
        if statements.is_empty() && tasks.is_empty() && events.is_empty() {
            return Ok(());
        }
        let record = Record {
            key: marks[index].clone(),
            fingerprint: text::fnv1a(event.kind.as_bytes()).cast_signed(),
            operation: format!("event/{}", self.group),
            answer: String::new(),
            created_at: Utc::now(),
        };
        let unit = Unit { write: Write::Nothing, events, record: Some(record), statements, tasks };
        match self.core.commit(unit).await {
            // Another attempt was faster.
            Ok(()) | Err(StoreError::Repeated) => Ok(()),
            Err(error) => Err(core::rowless_error(error)),
        }
    }
}

/// Longer ones stand as their hash: an index holds no more.
const LONGEST_MARK: usize = 300;

/// That a group has dealt with an event. The keys of callers never begin with a space.
fn mark(group: &str, event: &CloudEvent, round: i64) -> String {
    let round = if round == 0 { String::new() } else { format!("#{round}") };
    let mark = [" event/", group, &round, "/", &event.source, "/", &event.id].concat();
    if mark.len() <= LONGEST_MARK {
        return mark;
    }
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{} {}", event.source, event.id).as_bytes());
    format!(" event/{group}{round}/{hash}")
}

/// What becomes of a delivery after an attempt: done, tried again or given up, as it is with tasks.
fn outcome(
    result: Result<()>,
    group: &str,
    event: &CloudEvent,
    attempt: u32,
    retry: &RetryPolicy,
) -> Outcome {
    let Err(error) = result else { return Outcome::Succeeded(None) };
    let failure = Failure::of(&error);
    let (retries, said) = match error.decision() {
        Some(Decision::GiveUp) => (false, None),
        Some(Decision::TryAgain(after)) => (true, after),
        Some(Decision::Postpone(after)) => (true, Some(after)),
        None => (error.kind().retries(), None),
    };
    let (id, kind, code) = (&event.id, &event.kind, error.code());
    if !retries || attempt >= retry.attempts {
        tracing::error!(group, id, kind, attempt, code, %error, "event given up");
        return Outcome::Failed(failure);
    }
    let moment: DateTime<Utc> = next_attempt(retry, attempt, &error, said);
    tracing::warn!(group, id, kind, attempt, code, %error, "event to be tried again");
    Outcome::Retry(moment, failure)
}
