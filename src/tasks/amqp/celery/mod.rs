//! The broker with Celery's messages: what is sent is answered by whoever works it off, what arrives is answered from here.
//!
//! A task that is sent and may be asked for is a row in the queue `celery:<queue>`, which no worker claims: it waits there until
//! it is sent, and then until it is answered. A task that arrives is nothing but a message, until it waits for a moment, is
//! tried again or fails: then it is a row of its queue, which holds what its end needs (`foreign`).
//!
//! | part | where |
//! | --- | --- |
//! | what the URL says | `settings.rs` |
//! | what is sent, and what was left unsent | `send.rs` |
//! | what comes back | `answers.rs` |
//! | what arrives, and its ends | `arrive.rs`, `end.rs` |
//! | results in Redis | `results.rs` |

mod answers;
mod arrive;
mod end;
#[cfg(feature = "redis")]
mod results;
mod send;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::source::Arrived;
use crate::amqp::Line;
use crate::tasks::broker::{Broker, BrokerError, BrokerOptions, Claimed, Lease};
use crate::tasks::celery::{Origin, Refused};
use crate::tasks::message::Message;
use crate::tasks::registry::Registry;
use answers::Abroad;
pub(super) use send::sent_queue;
pub(super) use settings::Settings;

/// Celery's side of the broker.
pub(super) struct Celery {
    registry: OnceLock<Arc<Registry>>,
    /// What a process knows that runs nothing.
    nothing: Registry,
    /// What this process has and whose end is told to others.
    held: Mutex<HashMap<Lease, Message>>,
    /// When ends could last not be told.
    untold: Mutex<Option<Instant>>,
    abroad: Arc<Abroad>,
}

/// For so long nothing new is begun then: what has ended is held until it is told, and would be ever more.
const UNTOLD: Duration = Duration::from_secs(5);

impl Celery {
    pub(super) fn open(
        options: &BrokerOptions,
        settings: &Settings,
        ledger: Option<Arc<dyn Broker>>,
        publishing: &Arc<Line>,
    ) -> Result<Self, BrokerError> {
        let abroad = Abroad::new(options, settings, ledger, publishing)?;
        let (registry, nothing, held, untold) = Default::default();
        Ok(Self { registry, nothing, held, untold, abroad: Arc::new(abroad) })
    }

    pub(super) fn works_for(&self, registry: &Arc<Registry>) {
        // Said once, by the one server of the process.
        let _ = self.registry.set(Arc::clone(registry));
    }

    fn known(&self) -> &Registry {
        self.registry.get().map_or(&self.nothing, |registry| registry)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Lease, Message>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those are not held any more.
    pub(super) fn let_go<'a>(&self, leases: impl IntoIterator<Item = &'a Lease>) {
        let mut held = self.held();
        for lease in leases {
            held.remove(lease);
        }
    }

    /// Whether ends could be told.
    fn told(&self, told: &Result<(), BrokerError>) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        *untold = told.as_ref().err().map(|_| Instant::now());
    }

    /// Whether anything new may begin.
    pub(super) fn may_begin(&self) -> Result<(), BrokerError> {
        let untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        match *untold {
            Some(since) if since.elapsed() < UNTOLD => Err(BrokerError::Unavailable(
                "the results of tasks that have ended can't be delivered: nothing new is begun before they are".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// The message of a lease, as it arrived.
    pub(super) fn message_of(&self, lease: Lease) -> Option<Message> {
        self.held().get(&lease).cloned()
    }

    fn read(&self, queue: &str, arrived: &Arrived) -> Result<Message, Refused> {
        crate::tasks::celery::read(queue, &arrived.body, &arrived.properties, self.known())
    }

    fn hold(&self, claimed: &[Claimed]) {
        self.held().extend(claimed.iter().map(|claimed| (claimed.lease, claimed.message.clone())));
    }

    /// Rows that were given out, as they arrived.
    pub(super) fn found(&self, mut claimed: Vec<Claimed>) -> Vec<Claimed> {
        let mut held = self.held();
        for Claimed { message, lease } in &mut claimed {
            let Some(origin) = message.foreign.as_deref().and_then(Origin::from_json) else { continue };
            message.id = origin.uuid();
            message.expires_at = origin.expires;
            held.insert(*lease, message.clone());
        }
        claimed
    }

    /// Looks for a result where results are looked for.
    pub(super) async fn ask(&self, id: Uuid) -> Result<(), BrokerError> {
        self.abroad.start();
        self.abroad.ask(id).await
    }

    /// Tells Python's workers that they are not to begin it. One that has it already, or comes later, may not have heard of it.
    pub(super) async fn revoke(&self, id: Uuid) {
        if let Err(why) = self.abroad.revoke(id).await {
            tracing::warn!(task = %id, ?why, "Celery's workers were not told that the task is cancelled");
        }
    }

    pub(super) async fn close(&self) {
        self.abroad.close().await;
    }
}
