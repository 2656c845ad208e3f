//! The broker: rows where there are rows, messages where there is nothing else.

use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lapin::options::QueuePurgeOptions;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::source::{Arrived, Source};
use super::{Amqp, is_kept};
use crate::amqp::{Open, refused};
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{
    Answer, Broker, BrokerError, Called, Cancelled, Claim, Claimed, Finish, Lease, Outcome, Taken,
};
use crate::tasks::message::Message;
#[cfg(feature = "celery")]
use crate::tasks::registry::Registry;
use crate::tasks::status::{Failure, TaskFilter, TaskStatus};

/// How often the rows of a queue are looked at while nothing comes in, and while something does: for what waits for its
/// moment, what a worker has left, and what has no message.
const LOOK_IDLE: Duration = Duration::from_millis(200);
const LOOK_BUSY: Duration = Duration::from_secs(2);

impl Broker for Amqp {
    fn enqueue(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        #[cfg(feature = "celery")]
        if let Some(celery) = self.dialect.celery() {
            return Box::pin(self.send_abroad(celery, messages));
        }
        Box::pin(self.take(messages))
    }

    #[cfg(feature = "celery")]
    fn works_for(&self, registry: &Arc<Registry>) {
        if let Some(celery) = self.dialect.celery() {
            celery.works_for(registry);
        }
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Answer<'a, Vec<Claimed>> {
        Box::pin(self.give(claim))
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>> {
        Box::pin(async move {
            let rows: Vec<Lease> = leases.iter().copied().filter(|lease| lease.token > 0).collect();
            let mut told =
                if rows.is_empty() { Vec::new() } else { self.ledger()?.extend(rows, lease).await? }
                    .into_iter();
            let held = self.held.get(&leases);
            let holds = |(lease, held): (&Lease, Option<_>)| match lease.token {
                1.. => told.next().unwrap_or_default(),
                _ => held.is_some(),
            };
            let holds: Vec<bool> = leases.iter().zip(held).map(holds).collect();
            #[cfg(feature = "celery")]
            if let Some(celery) = self.dialect.celery() {
                celery
                    .let_go(leases.iter().zip(&holds).filter(|(_, holds)| !**holds).map(|(lease, _)| lease));
            }
            Ok(holds)
        })
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        Box::pin(self.end(finishes))
    }

    fn status(&self, id: Uuid) -> Answer<'_, Option<TaskStatus>> {
        Box::pin(async move {
            #[cfg(feature = "celery")]
            if let Some(celery) = self.dialect.celery() {
                celery.ask(id).await?;
            }
            self.ledger()?.status(id).await
        })
    }

    fn list<'a>(&'a self, filter: &'a TaskFilter) -> Answer<'a, Vec<TaskStatus>> {
        Box::pin(async move { self.ledger()?.list(filter).await })
    }

    fn cancel(&self, id: Uuid) -> Answer<'_, Cancelled> {
        Box::pin(async move {
            let cancelled = self.ledger()?.cancel(id).await?;
            #[cfg(feature = "celery")]
            if let Some(celery) = self.dialect.celery().filter(|_| cancelled == Cancelled::Done) {
                celery.revoke(id).await;
            }
            Ok(cancelled)
        })
    }

    fn requeue(&self, id: Uuid) -> Answer<'_, bool> {
        // Who works the queue off finds the row.
        Box::pin(async move { self.ledger()?.requeue(id).await })
    }

    fn drain<'a>(&'a self, queue: &'a str) -> Answer<'a, u64> {
        Box::pin(async move {
            #[allow(unused_mut, reason = "without Celery nothing is added")]
            let mut rows = match &self.ledger {
                Some(ledger) => ledger.drain(queue).await?,
                None => 0,
            };
            #[cfg(feature = "celery")]
            if let (Some(_), Some(ledger)) = (self.dialect.celery(), &self.ledger) {
                rows += ledger.drain(&super::celery::sent_queue(queue)).await?;
            }
            let open = self.publishing.open().await?;
            if self.declares {
                self.dialect.declare(&open, queue).await?;
            }
            let mut messages = 0;
            for (_, name) in self.dialect.queues(queue) {
                let purged = open.channel.queue_purge(name.into(), QueuePurgeOptions::default()).await;
                messages += u64::from(purged.map_err(|error| refused(&error))?);
            }
            // Most rows have a message.
            Ok(rows.max(messages))
        })
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(async move {
            match &self.ledger {
                Some(ledger) => ledger.prune(before).await,
                None => Ok(0),
            }
        })
    }

    fn groups_in_flight(&self) -> usize {
        16
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.publishing.open().await?;
            match &self.ledger {
                Some(ledger) => ledger.ready().await,
                None => Ok(()),
            }
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            #[cfg(feature = "celery")]
            if let Some(celery) = self.dialect.celery() {
                celery.close().await;
            }
            self.consuming.close().await;
            self.publishing.close().await;
            if let Some(ledger) = &self.ledger {
                ledger.close().await;
            }
        })
    }
}

impl Amqp {
    pub(super) fn ledger(&self) -> Result<&Arc<dyn Broker>, BrokerError> {
        self.ledger.as_ref().ok_or_else(|| {
            BrokerError::Unsupported(
                "RabbitMQ only carries tasks, and their state is in the service's database: say which one \
                 (DATABASE_URL), or enqueue tasks that nobody asks about (`forget`)"
                    .to_owned(),
            )
        })
    }

    async fn take(&self, messages: Vec<Message>) -> Result<Vec<Taken>, BrokerError> {
        let now = Utc::now();
        let waits = |message: &Message| message.run_at.is_some_and(|moment| moment > now);
        let has_row = |message: &Message| is_kept(message) || waits(message);
        if !messages.iter().any(has_row) {
            self.publish(&messages).await?;
            return Ok(vec![Taken::New; messages.len()]);
        }
        let (mut rows, others): (Vec<Message>, Vec<Message>) = messages.iter().cloned().partition(has_row);
        for row in &mut rows {
            // Its message may come after its end, and the row says then that it has ended.
            row.keep |= row.unique_key.is_some();
        }
        let noted = if rows.is_empty() { Vec::new() } else { self.ledger()?.enqueue(rows.clone()).await? };
        let new =
            rows.iter().zip(&noted).filter(|(_, taken)| **taken == Taken::New).map(|(message, _)| message);
        let new: Vec<Message> = new.filter(|message| !waits(message)).cloned().collect();
        if others.is_empty() {
            // Its row is there, and found by who works the queue off.
            if let Err(why) = self.publish(&new).await {
                tracing::warn!(?why, "tasks go by their rows alone");
            }
        } else {
            self.publish(&[new, others].concat()).await?;
        }
        let mut noted = noted.into_iter();
        let taken = |message: &Message| {
            if has_row(message) { noted.next().unwrap_or(Taken::New) } else { Taken::New }
        };
        Ok(messages.iter().map(taken).collect())
    }

    fn source(&self, queue: &str) -> Arc<Source> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sources.entry(queue.to_owned()).or_default())
    }

    async fn give(&self, claim: Claim<'_>) -> Result<Vec<Claimed>, BrokerError> {
        #[cfg(feature = "celery")]
        if let Some(celery) = self.dialect.celery() {
            celery.may_begin()?;
        }
        let deadline = Instant::now() + claim.wait;
        let source = self.source(claim.queue);
        let _asking = source.ask(claim.limit);
        if let Err(why) = self.listen(&source, claim.queue).await {
            // What has a row goes on.
            return match &self.ledger {
                Some(ledger) => {
                    tracing::warn!(
                        queue = claim.queue,
                        ?why,
                        "RabbitMQ is away: tasks come by their rows alone"
                    );
                    Ok(self.dialect.found(ledger.claim(claim).await?))
                }
                None => Err(why),
            };
        }
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut arrived = pin!(source.arrived.notified());
            arrived.as_mut().enable();
            let mut claimed =
                if source.look_now(LOOK_BUSY) { self.look(&source, &claim).await? } else { Vec::new() };
            let room = claim.limit - claimed.len();
            let came = source.take(room);
            let none = came.is_empty();
            claimed.extend(self.begin(&source, came, &claim).await?);
            if claimed.is_empty() && none && source.look_now(LOOK_IDLE) {
                claimed = self.look(&source, &claim).await?;
            }
            if !claimed.is_empty() || Instant::now() >= deadline {
                return Ok(claimed);
            }
            if none {
                // More may be asked for than before.
                self.listen(&source, claim.queue).await?;
                tokio::select! {
                    () = arrived => {}
                    () = tokio::time::sleep_until(deadline.min(Instant::now() + LOOK_IDLE)) => {}
                }
            }
        }
    }

    async fn listen(&self, source: &Arc<Source>, queue: &str) -> Result<(), BrokerError> {
        let open = self.consuming.open().await?;
        if self.declares {
            self.dialect.declare(&open, queue).await?;
        }
        source.consume(&open, queue, &self.held, &self.dialect).await
    }

    /// What is found by its row.
    async fn look(&self, source: &Source, claim: &Claim<'_>) -> Result<Vec<Claimed>, BrokerError> {
        let Some(ledger) = &self.ledger else { return Ok(Vec::new()) };
        let claimed = ledger.claim(Claim { wait: Duration::ZERO, ..*claim }).await?;
        if claimed.len() == claim.limit {
            source.look_again();
        }
        Ok(self.dialect.found(claimed))
    }

    /// Makes of messages what can be run.
    async fn begin(
        &self,
        source: &Arc<Source>,
        came: Vec<Arrived>,
        claim: &Claim<'_>,
    ) -> Result<Vec<Claimed>, BrokerError> {
        #[cfg(feature = "celery")]
        if let Some(celery) = self.dialect.celery() {
            return self.arrive(celery, source, came, claim).await;
        }
        let came: Vec<_> = came
            .into_iter()
            .map(|arrived| {
                let message = arrived.read();
                (arrived, message)
            })
            .collect();
        let messages = came.iter().filter_map(|(_, message)| message.as_ref().ok());
        let ids: Vec<Uuid> = messages.filter(|message| is_kept(message)).map(|message| message.id).collect();
        let mut called = match &self.ledger {
            Some(ledger) if !ids.is_empty() => match ledger.call(ids, *claim, false).await {
                Ok(called) => called,
                Err(error) => {
                    source.put_back(came.into_iter().map(|(arrived, _)| arrived).collect());
                    return Err(error);
                }
            },
            _ => Vec::new(),
        }
        .into_iter();
        let (mut claimed, mut done, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        let (mut alone, mut held) = (Vec::new(), Vec::new());
        for (arrived, message) in came {
            let message = match message {
                Ok(message) => message,
                Err(why) => {
                    unreadable.push((arrived, why));
                    continue;
                }
            };
            match if is_kept(&message) { called.next() } else { None } {
                Some(Called::Claimed(task)) => {
                    claimed.push(task);
                    done.push((arrived.open, arrived.tag));
                }
                Some(Called::NotNow) => done.push((arrived.open, arrived.tag)),
                // The row may be in another service's database.
                Some(Called::Unknown) | None if message.is_expired(Utc::now()) => {
                    done.push((arrived.open, arrived.tag));
                }
                Some(Called::Unknown) | None => {
                    held.push((message.id, arrived));
                    alone.push(message);
                }
            }
        }
        let leases = self.held.put(held, source);
        claimed.extend(alone.into_iter().zip(leases).map(|(message, lease)| Claimed { message, lease }));
        // Where this fails they come again, and their rows say that they have begun.
        acknowledge(done).await;
        for (arrived, why) in unreadable {
            let failure = Failure::new("unreadable", why);
            if self.park(unreadable_task(claim.queue, &arrived.body), failure).await.is_ok() {
                acknowledge(vec![(arrived.open, arrived.tag)]).await;
            }
        }
        Ok(claimed)
    }

    async fn end(&self, finishes: Vec<Finish>) -> Result<Vec<bool>, BrokerError> {
        #[cfg(feature = "celery")]
        let finishes = match self.dialect.celery() {
            Some(celery) => self.tell(celery, finishes).await?,
            None => finishes,
        };
        let leases: Vec<Lease> = finishes.iter().map(|finish| finish.lease).collect();
        let (rows, messages): (Vec<Finish>, Vec<Finish>) =
            finishes.into_iter().partition(|finish| finish.lease.token > 0);
        let mut rows =
            if rows.is_empty() { Vec::new() } else { self.ledger()?.finish(rows).await? }.into_iter();
        let mut messages = self.end_messages(messages).await?.into_iter();
        let told = |lease: &Lease| if lease.token > 0 { rows.next() } else { messages.next() };
        #[cfg(feature = "celery")]
        if let Some(celery) = self.dialect.celery() {
            celery.let_go(&leases);
        }
        Ok(leases.iter().map(told).map(Option::unwrap_or_default).collect())
    }

    async fn end_messages(&self, finishes: Vec<Finish>) -> Result<Vec<bool>, BrokerError> {
        let leases: Vec<Lease> = finishes.iter().map(|finish| finish.lease).collect();
        let held = self.held.get(&leases);
        let told = held.iter().map(Option::is_some).collect();
        let (mut done, mut returned, mut again) = (Vec::new(), Vec::new(), Vec::new());
        for (finish, holding) in finishes.into_iter().zip(held) {
            let Some(holding) = holding else { continue };
            let arrived = &holding.arrived;
            match finish.outcome {
                Outcome::Returned => {
                    returned.push((Arc::clone(&arrived.open), arrived.tag));
                    continue;
                }
                Outcome::Retry(moment, _) => {
                    let message = self.dialect.message_of(finish.lease, arrived);
                    again.extend(message.map(|message| Message { run_at: Some(moment), ..message }));
                }
                Outcome::Postponed(moment, _) => {
                    let message = self.dialect.message_of(finish.lease, arrived);
                    again.extend(message.map(|message| {
                        let attempts = message.attempts.saturating_sub(1);
                        Message { run_at: Some(moment), attempts, ..message }
                    }));
                }
                Outcome::Failed(failure) => {
                    if let Some(message) = self.dialect.message_of(finish.lease, arrived) {
                        self.park(message, failure).await?;
                    }
                }
                Outcome::Succeeded(_) | Outcome::Expired => {}
            }
            done.push((Arc::clone(&arrived.open), arrived.tag));
        }
        if !again.is_empty() {
            self.keep(again).await?;
        }
        // Where this fails the connection is broken, and they come again.
        acknowledge(done).await;
        for (open, tag) in returned {
            let _ = open.give_back(tag).await;
        }
        self.held.remove(&leases);
        Ok(told)
    }

    /// Makes rows of messages that wait.
    async fn keep(&self, messages: Vec<Message>) -> Result<(), BrokerError> {
        #[cfg(feature = "celery")]
        if self.dialect.celery().is_some() {
            return self.keep_foreign(messages).await;
        }
        self.ledger()?.enqueue(messages).await.map(|_| ())
    }

    /// Makes a row of what failed, so that it can be looked at and requeued.
    pub(super) async fn park(&self, message: Message, failure: Failure) -> Result<(), BrokerError> {
        let Some(ledger) = &self.ledger else {
            tracing::error!(task = %message.id, name = message.name, failure.code, failure.message, "a task failed");
            return Ok(());
        };
        let id = message.id;
        let attempts = message.attempts.saturating_sub(1);
        let queue = message.queue.clone();
        // It must not begin before it is marked as failed.
        let later = Utc::now() + TimeDelta::minutes(1);
        ledger.enqueue(vec![Message { run_at: Some(later), attempts, expires_at: None, ..message }]).await?;
        let claim = Claim {
            queue: &queue,
            limit: 1,
            lease: Duration::from_secs(10),
            wait: Duration::ZERO,
            worker: "",
        };
        for called in ledger.call(vec![id], claim, true).await? {
            if let Called::Claimed(Claimed { lease, .. }) = called {
                ledger.finish(vec![Finish { lease, outcome: Outcome::Failed(failure.clone()) }]).await?;
            }
        }
        Ok(())
    }
}

/// Settles deliveries, those of a connection together. Where it is broken they come again.
pub(super) async fn acknowledge(deliveries: Vec<(Arc<Open>, u64)>) {
    for of_one in deliveries.chunk_by(|(one, _), (other, _)| one.number() == other.number()) {
        let tags: Vec<u64> = of_one.iter().map(|(_, tag)| *tag).collect();
        if let Some((open, _)) = of_one.first() {
            let _ = open.acknowledge(&tags).await;
        }
    }
}

/// What came, as a task that can be looked at.
pub(super) fn unreadable_task(queue: &str, body: &[u8]) -> Message {
    let body = String::from_utf8_lossy(body).replace('\0', "\u{fffd}");
    Message::new(queue, "unreadable", json!({"body": body}).to_string())
}
