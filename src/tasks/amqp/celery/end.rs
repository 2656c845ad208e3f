//! Ends of what arrived: who waits for them is told before they count.

use super::super::Amqp;
use super::Celery;
use crate::amqp::Parcel;
use crate::tasks::broker::{BrokerError, Finish, Outcome};
use crate::tasks::celery::{Meta, Origin, ends};

impl Amqp {
    /// Publishes what ends publish. At least once: what can't be finished after it is told again by who has the task then.
    pub(in super::super) async fn tell(
        &self,
        celery: &Celery,
        finishes: Vec<Finish>,
    ) -> Result<Vec<Finish>, BrokerError> {
        let (mut metas, mut calls) = (Vec::new(), Vec::new());
        let mut told = Vec::with_capacity(finishes.len());
        for Finish { lease, outcome } in finishes {
            // What a broken connection held is told by who has it then.
            let holds = lease.token > 0 || self.held.get(&[lease]).iter().any(Option::is_some);
            let message = celery.message_of(lease).filter(|_| holds);
            let origin =
                message.as_ref().and_then(|message| message.foreign.as_deref()).and_then(Origin::from_json);
            let (Some(message), Some(origin)) = (message, origin) else {
                told.push(Finish { lease, outcome });
                continue;
            };
            let (results, next) = ends(&origin, &outcome, &message.name, celery.known());
            metas.extend(results);
            calls.extend(next);
            // Sent from here: the row that waits for the answer is the dead letter.
            let came_back = lease.token > 0 && lease.id != message.id;
            let outcome = match outcome {
                Outcome::Failed(_) | Outcome::Expired if came_back => Outcome::Succeeded(None),
                outcome => outcome,
            };
            told.push(Finish { lease, outcome });
        }
        self.answer(metas, calls).await?;
        Ok(told)
    }

    /// Results to where they are looked for, and the messages of what comes next.
    pub(super) async fn answer(&self, metas: Vec<Meta>, calls: Vec<Parcel>) -> Result<(), BrokerError> {
        let Some(celery) = self.dialect.celery() else { return Ok(()) };
        if metas.is_empty() && calls.is_empty() {
            return Ok(());
        }
        let told = celery.deliver(&metas, calls).await;
        celery.told(&told);
        told
    }
}

impl Celery {
    async fn deliver(&self, metas: &[Meta], mut parcels: Vec<Parcel>) -> Result<(), BrokerError> {
        #[cfg(feature = "redis")]
        if let Some(results) = &self.abroad.results {
            results.store(metas).await?;
            return self.abroad.send(&parcels).await;
        }
        parcels.extend(metas.iter().filter_map(Meta::parcel));
        self.abroad.send(&parcels).await
    }
}
