//! What a worker works off.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::tasks::broker::{Answer, Broker, Claim, Finish, Lease, Outcome};
use crate::tasks::message::{Message, RetryPolicy};

/// A piece of work that a worker holds.
#[derive(Debug)]
pub(crate) struct Piece<T> {
    /// A task, an event.
    pub(crate) what: T,
    pub(crate) lease: Lease,
    /// It begins when the one before it has ended for good, and is not held any more where that has not.
    pub(crate) follows: bool,
}

/// What a worker has to know of a piece.
#[derive(Debug)]
pub(crate) struct Terms {
    /// For logs.
    pub(crate) id: Uuid,
    /// What it is called, for logs.
    pub(crate) name: Cow<'static, str>,
    /// How many attempts have begun, with this one. It may be more than the policy allows, where workers died of it.
    pub(crate) attempts: u32,
    pub(crate) retry: RetryPolicy,
    /// Whether it was to begin before now.
    pub(crate) is_expired: bool,
}

/// What is held beyond the places that are free, where pieces follow each other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beyond {
    /// So many more, of what nobody has tried before.
    pub(crate) ahead: usize,
    /// Directly behind each up to so many that follow it.
    pub(crate) behind: usize,
}

/// Where pieces of work come from, and what is done with each. The promises are those of a [`Broker`].
pub(crate) trait Work: Send + Sync + 'static {
    /// What a piece is.
    type What: Send + 'static;

    /// Whether there are pieces that follow each other. Then their ends are told in their order.
    fn follow(&self) -> bool;

    /// Gives out pieces.
    fn claim<'a>(&'a self, claim: Claim<'a>, beyond: Beyond) -> Answer<'a, Vec<Piece<Self::What>>>;

    /// Prolongs leases from now on; says for each whether it still held.
    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>>;

    /// Ends attempts; says for each whether its lease still held.
    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>>;

    /// What a worker has to know of a piece.
    fn terms(&self, what: &Self::What) -> Terms;

    /// Finds out at once for several what each attempt would have to find out by itself.
    fn prepare(&self, what: Vec<&mut Self::What>) -> impl Future<Output = ()> + Send;

    /// Runs one attempt to its outcome.
    fn run(&self, what: Self::What) -> impl Future<Output = Outcome> + Send;
}

/// Runs one attempt of a task to its outcome.
pub(crate) type Run = Arc<dyn Fn(Message) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// The queues of a broker.
pub(crate) struct Queues {
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) run: Run,
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queues").finish_non_exhaustive()
    }
}

impl Work for Queues {
    type What = Message;

    fn follow(&self) -> bool {
        false
    }

    fn claim<'a>(&'a self, claim: Claim<'a>, _: Beyond) -> Answer<'a, Vec<Piece<Message>>> {
        Box::pin(async move {
            let claimed = self.broker.claim(claim).await?.into_iter();
            Ok(claimed.map(|it| Piece { what: it.message, lease: it.lease, follows: false }).collect())
        })
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>> {
        self.broker.extend(leases, lease)
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        self.broker.finish(finishes)
    }

    fn terms(&self, message: &Message) -> Terms {
        Terms {
            id: message.id,
            name: Cow::Owned(message.name.clone()),
            attempts: message.attempts,
            retry: message.retry,
            is_expired: message.is_expired(Utc::now()),
        }
    }

    fn prepare(&self, _: Vec<&mut Message>) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    fn run(&self, message: Message) -> impl Future<Output = Outcome> + Send {
        (self.run)(message)
    }
}
