//! Who listens: a group, a function, and how it is run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bus::Start;
use super::cloud::CloudEvent;
use super::event::Event;
use crate::context::Context;
use crate::descriptor::BoxFuture;
use crate::error::Result;
use crate::tasks::RetryPolicy;

/// What listens: an async function over an event and the context that it is run in.
///
/// ```
/// use fourfold::prelude::*;
///
/// /// The order is late.
/// #[derive(Event)]
/// #[event(type = "shop.order.v1.order.delayed", subject = "order_id")]
/// struct OrderDelayed {
///     order_id: Uuid,
/// }
///
/// async fn tell_the_customer(event: OrderDelayed, ctx: &Context) -> Result<()> {
///     tracing::info!(order = %event.order_id, request = ctx.request_id(), "late");
///     Ok(())
/// }
///
/// let server = fourfold::Server::new(fourfold::Config::default()).subscribe("customers", tell_the_customer);
/// # drop(server);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't listen to `{E}`",
    label = "not an `async fn(event, &Context) -> Result<()>`",
    note = "write an `async fn on_event(event: OrderEvent, ctx: &Context) -> Result<()>`; a closure won't do"
)]
pub trait Listener<'a, E> {
    /// What it does.
    type Future: Future<Output = Result<()>> + Send + 'a;

    /// Begins to do it.
    fn hear(&self, event: E, ctx: &'a Context) -> Self::Future;
}

impl<'a, E, F, T> Listener<'a, E> for F
where
    F: Fn(E, &'a Context) -> T,
    T: Future<Output = Result<()>> + Send + 'a,
{
    type Future = T;

    fn hear(&self, event: E, ctx: &'a Context) -> T {
        self(event, ctx)
    }
}

/// Reads an event and does what is to be done.
pub(crate) type Hear =
    Arc<dyn for<'a> Fn(&'a CloudEvent, &'a Context) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// Who listens to what, and how: [`Server::subscription`](crate::Server::subscription) takes it.
#[derive(Clone)]
#[must_use = "it listens once a server has it"]
pub struct Subscription {
    pub(crate) group: String,
    pub(crate) types: &'static [&'static str],
    pub(crate) hear: Hear,
    pub(crate) start: Start,
    pub(crate) only: Vec<(String, String)>,
    pub(crate) retry: RetryPolicy,
    pub(crate) concurrency: Option<usize>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("group", &self.group)
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

impl Subscription {
    /// A group listens by a function. Processes of one group share its events, every group gets all of them.
    pub fn new<E, L>(group: impl Into<String>, listener: L) -> Self
    where
        E: Event,
        L: for<'a> Listener<'a, E> + Send + Sync + 'static,
    {
        let listener = Arc::new(listener);
        let hear: Hear = Arc::new(move |event, ctx| {
            let listener = Arc::clone(&listener);
            Box::pin(async move { listener.hear(E::read(event)?, ctx).await })
        });
        Self::of(group.into(), E::TYPES, hear)
    }

    /// A group that is given the events of some types as they travel.
    pub(crate) fn of(group: String, types: &'static [&'static str], hear: Hear) -> Self {
        Self {
            group,
            types,
            hear,
            start: Start::Now,
            only: Vec::new(),
            retry: RetryPolicy::default(),
            concurrency: None,
        }
    }

    /// Where it begins when the bus sees the group for the first time; with what happens from then on, unless said. A group
    /// that is known goes on where it was.
    pub fn from(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Only events whose attribute (`source`, `subject`, or an extension of yours) has this value; the others are done with.
    pub fn only(mut self, attribute: impl Into<String>, value: impl Into<String>) -> Self {
        self.only.push((attribute.into(), value.into()));
        self
    }

    /// How often it is tried again before it is a dead letter; 5 times unless said.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retry.attempts = retries.saturating_add(1);
        self
    }

    /// The pause before the second attempt, which doubles with each further one, and the longest pause; a second and ten
    /// minutes unless said.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.retry.backoff = first;
        self.retry.backoff_max = longest;
        self
    }

    /// How long one attempt may take; a minute unless said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.retry.timeout = timeout;
        self
    }

    /// How many events the group works on at once in this process, instead of what the configuration says.
    pub fn concurrency(mut self, events: usize) -> Self {
        self.concurrency = Some(events.max(1));
        self
    }

    /// Whether it is for an event of its types.
    pub(crate) fn wants(&self, event: &CloudEvent) -> bool {
        self.only.iter().all(|(name, value)| event.attribute(name).as_deref() == Some(value))
    }
}

/// Everything that is wrong with subscriptions, a sentence each.
pub(crate) fn mistakes(all: &[Subscription]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, subscription) in all.iter().enumerate() {
        let group = &subscription.group;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if group.is_empty() || group.len() > LONGEST_GROUP || !group.bytes().all(plain) {
            wrong.push(format!(
                "the group {group:?} listens to events: write its name in ASCII letters, digits, and - _ . between them, \
                 {LONGEST_GROUP} at most"
            ));
        }
        let others = all[..index].iter().filter(|other| other.group == *group);
        for kind in others.flat_map(|other| other.types).filter(|kind| subscription.types.contains(kind)) {
            wrong.push(format!(
                "two functions of the group {group} listen to {kind}, and an event goes to one of a group: give one of \
                 the two another group"
            ));
        }
    }
    wrong
}

/// What a broker keeps of a name.
const LONGEST_GROUP: usize = 100;
