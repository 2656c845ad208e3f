//! What arrives: begun at once, or made a row, or parked.

use std::sync::Arc;

use chrono::Utc;
use uuid::Uuid;

use super::super::Amqp;
use super::super::broker::{acknowledge, unreadable_task};
use super::super::source::{Arrived, Source};
use super::Celery;
use super::send::is_sent;
use crate::tasks::broker::{BrokerError, Claim, Claimed, Taken};
use crate::tasks::celery::{Refused, refusal};
use crate::tasks::message::Message;
use crate::tasks::status::Failure;

/// The namespace (RFC 9562, section 5.5) of the rows of tasks that came back to the service that sent them.
const RETURNED: Uuid = Uuid::from_u128(0x9a1d_73c4_0b52_4f6e_b0a7_6e2f_81d5_c3f9);

impl Amqp {
    pub(in super::super) async fn arrive(
        &self,
        celery: &Celery,
        source: &Arc<Source>,
        came: Vec<Arrived>,
        claim: &Claim<'_>,
    ) -> Result<Vec<Claimed>, BrokerError> {
        let now = Utc::now();
        let (mut alone, mut held) = (Vec::new(), Vec::new());
        let (mut rows, mut kept, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for arrived in came {
            match celery.read(claim.queue, &arrived) {
                Err(why) => refused.push((arrived, why)),
                Ok(message) => {
                    let waits = message.run_at.is_some_and(|moment| moment > now);
                    // What somebody had before may have killed its worker, which only a row can count.
                    let again = arrived.again && self.ledger.is_some();
                    if (waits || again) && !message.is_expired(now) {
                        // It has not begun yet.
                        rows.push(Message { attempts: message.attempts.saturating_sub(1), ..message });
                        kept.push(arrived);
                    } else {
                        held.push((message.id, arrived));
                        alone.push(message);
                    }
                }
            }
        }
        if !rows.is_empty() {
            if let Err(error) = self.keep_foreign(rows).await {
                let others = held.into_iter().map(|(_, arrived)| arrived);
                let others = others.chain(refused.into_iter().map(|(arrived, _)| arrived));
                source.put_back(kept.into_iter().chain(others).collect());
                return Err(error);
            }
            source.look_again();
        }
        let leases = self.held.put(held, source);
        let claimed: Vec<Claimed> =
            alone.into_iter().zip(leases).map(|(message, lease)| Claimed { message, lease }).collect();
        celery.hold(&claimed);
        let (mut done, mut later) = (kept, Vec::new());
        for (arrived, why) in refused {
            match self.refuse(claim.queue, &arrived, why).await {
                Ok(()) => done.push(arrived),
                Err(why) => {
                    tracing::warn!(?why, "a message that can't be read waits");
                    later.push(arrived);
                }
            }
        }
        // Where this fails they come again, and their rows are there already.
        acknowledge(done.into_iter().map(|arrived| (arrived.open, arrived.tag)).collect()).await;
        source.put_back(later);
        Ok(claimed)
    }

    /// Parks what can't be run, and says so to whoever waits for it.
    async fn refuse(&self, queue: &str, arrived: &Arrived, why: Refused) -> Result<(), BrokerError> {
        let failure = Failure::new(why.code, why.why);
        self.park(unreadable_task(queue, &arrived.body), failure.clone()).await?;
        let Some((name, origin)) = why.task else { return Ok(()) };
        let metas = refusal(&origin, &name, &failure).into_iter().collect();
        self.answer(metas, Vec::new()).await
    }

    /// Makes rows of messages that came from Celery.
    pub(in super::super) async fn keep_foreign(&self, messages: Vec<Message>) -> Result<(), BrokerError> {
        let ledger = self.ledger()?;
        let rows = messages.into_iter().map(|message| match message.foreign {
            // What its origin says of it is seen by the worker, who tells the sender.
            Some(_) => Message { expires_at: None, ..message },
            None => message,
        });
        let rows: Vec<Message> = rows.collect();
        let taken = ledger.enqueue(rows.clone()).await?;
        let mut again = Vec::new();
        for (row, taken) in rows.into_iter().zip(taken) {
            if let Taken::Known { id, .. } = taken
                && id == row.id
                && ledger.status(id).await?.is_some_and(|status| is_sent(&status.queue))
            {
                // It was sent from here, and has a row that waits for its answer.
                again.push(Message { id: Uuid::new_v5(&RETURNED, row.id.as_bytes()), ..row });
            }
        }
        if !again.is_empty() {
            ledger.enqueue(again).await?;
        }
        Ok(())
    }
}
