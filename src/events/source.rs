//! A group of a bus as what a worker works off: the same worker that runs tasks.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bus::{Bus, BusError, Take};
use super::run::{Hearing, Parcel};
use crate::tasks::{
    Beyond, BrokerAnswer, BrokerError, Claim, Finish, Lease, Outcome, Piece, RetryPolicy, Terms, Work,
};

/// A group.
pub(crate) struct Source {
    bus: Arc<dyn Bus>,
    hearing: Hearing,
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
        Arc::new(Self { bus: Arc::clone(bus), hearing })
    }
}

impl Work for Source {
    type What = Parcel;

    fn follow(&self) -> bool {
        // What may be begun once is not held before it begins: whoever holds it may die of something else.
        self.bus.follow() && self.hearing.subscriptions.iter().all(|it| it.retry.attempts > 1)
    }

    fn claim<'a>(&'a self, claim: Claim<'a>, beyond: Beyond) -> BrokerAnswer<'a, Vec<Piece<Parcel>>> {
        Box::pin(async move {
            let Claim { queue, limit, lease, wait, .. } = claim;
            let Beyond { ahead, behind } = beyond;
            let given = self.bus.take(Take { group: queue, limit, lease, wait, ahead, behind }).await?;
            let pieces = given.into_iter().map(|delivery| Piece {
                lease: delivery.lease,
                follows: delivery.follows,
                what: Parcel::from(delivery),
            });
            Ok(pieces.collect())
        })
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> BrokerAnswer<'_, Vec<bool>> {
        Box::pin(async move { Ok(self.bus.extend(&self.hearing.group, leases, lease).await?) })
    }

    fn finish(&self, finishes: Vec<Finish>) -> BrokerAnswer<'_, Vec<bool>> {
        Box::pin(async move { Ok(self.bus.finish(&self.hearing.group, finishes).await?) })
    }

    fn terms(&self, parcel: &Self::What) -> Terms {
        let delivery = &parcel.delivery;
        let kind = delivery.event.as_ref().ok().map(|event| event.kind.as_str());
        let known = kind.and_then(|kind| {
            let subscription = self.hearing.subscription(kind)?;
            let name = subscription.types.iter().find(|known| **known == kind)?;
            Some((*name, subscription.retry))
        });
        let (name, retry) = known.unwrap_or_else(|| ("", RetryPolicy::default()));
        Terms {
            id: delivery.lease.id,
            name: Cow::Borrowed(name),
            attempts: delivery.attempts,
            retry,
            is_expired: false,
        }
    }

    fn prepare(&self, parcels: Vec<&mut Self::What>) -> impl Future<Output = ()> + Send {
        self.hearing.look(parcels)
    }

    fn run(&self, parcel: Self::What) -> impl Future<Output = Outcome> + Send {
        self.hearing.run(parcel)
    }
}
