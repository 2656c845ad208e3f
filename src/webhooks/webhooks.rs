//! Who is told of what: what a user writes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::endpoint::Endpoint;
use super::{client, connect, deliver};
use crate::context::Context;
use crate::descriptor::BoxFuture;
use crate::error::Result;
use crate::events::{CloudEvent, Event, Hear, Start, Subscription};

/// The pauses between attempts that Standard Webhooks recommends: ten attempts in three days.
const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];
/// How often it is asked again where an event goes, while that fails: for more than half an hour.
const RETRIES_OF_ASKING: u32 = 12;
/// How many attempts there may be at most.
const MOST_RETRIES: usize = 1000;

/// What says where an event goes: an async function over the event and the context.
///
/// It is asked when the event arrives, and once more before each request: an endpoint that it no longer names is sent
/// nothing more, and one that has moved, or has new secrets, is sent to with these. So it should read what is there, and do
/// nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't say where a `{E}` goes",
    label = "not an `async fn(event, &Context) -> Result<Vec<Endpoint>>`",
    note = "write an `async fn endpoints(event: OrderEvent, ctx: &Context) -> Result<Vec<Endpoint>>`; a closure won't do"
)]
pub trait Endpoints<'a, E> {
    /// What finds them.
    type Future: Future<Output = Result<Vec<Endpoint>>> + Send + 'a;

    /// Begins to find them.
    fn endpoints(&self, event: E, ctx: &'a Context) -> Self::Future;
}

impl<'a, E, F, T> Endpoints<'a, E> for F
where
    F: Fn(E, &'a Context) -> T,
    T: Future<Output = Result<Vec<Endpoint>>> + Send + 'a,
{
    type Future = T;

    fn endpoints(&self, event: E, ctx: &'a Context) -> T {
        self(event, ctx)
    }
}

/// What is done about an event that could not be delivered: an async function over what was given up and the context.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be told of what was given up",
    label = "not an `async fn(GivenUp, &Context) -> Result<()>`",
    note = "write an `async fn disable(given_up: GivenUp, ctx: &Context) -> Result<()>`; a closure won't do"
)]
pub trait OnGivenUp<'a> {
    /// What it does.
    type Future: Future<Output = Result<()>> + Send + 'a;

    /// Begins to do it.
    fn given_up(&self, given_up: GivenUp, ctx: &'a Context) -> Self::Future;
}

impl<'a, F, T> OnGivenUp<'a> for F
where
    F: Fn(GivenUp, &'a Context) -> T,
    T: Future<Output = Result<()>> + Send + 'a,
{
    type Future = T;

    fn given_up(&self, given_up: GivenUp, ctx: &'a Context) -> T {
        self(given_up, ctx)
    }
}

/// An event that an endpoint did not get, and won't.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GivenUp {
    /// The name of the webhooks.
    pub webhooks: String,
    /// Who did not get it.
    pub endpoint: Endpoint,
    /// What it did not get.
    pub event: Arc<CloudEvent>,
    /// Why.
    pub reason: Reason,
    /// How often it was tried.
    pub attempts: u32,
}

/// Why an event was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The endpoint answered 410: it wants nothing more. Name it no longer.
    Gone,
    /// The last attempt failed; with this status, where there was an answer.
    Exhausted(Option<u16>),
    /// It can't be sent to: the URL, a secret or a header is wrong, or its host is in a network where it may not be.
    Refused,
}

pub(super) type Find =
    Arc<dyn for<'a> Fn(&'a CloudEvent, &'a Context) -> BoxFuture<'a, Result<Vec<Endpoint>>> + Send + Sync>;
pub(super) type Hook = Arc<dyn for<'a> Fn(GivenUp, &'a Context) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// Events as requests to people outside, signed as [Standard Webhooks](https://www.standardwebhooks.com) says.
/// [`Server::webhooks`](crate::Server::webhooks) takes them.
///
/// ```
/// use fourfold::prelude::*;
/// use fourfold::webhooks::{Endpoint, Webhooks};
///
/// /// The order is late.
/// #[derive(Event)]
/// #[event(type = "shop.order.v1.order.delayed", subject = "order_id")]
/// struct OrderDelayed {
///     order_id: Uuid,
/// }
///
/// /// Who wants to know. In a service these are mostly rows of a resource.
/// async fn partners(_: OrderDelayed, _: &Context) -> Result<Vec<Endpoint>> {
///     let url = "https://partner.example/orders";
///     Ok(vec![Endpoint::new(url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")])
/// }
///
/// let server = fourfold::Server::new(fourfold::Config::default()).webhooks(Webhooks::new("partners", partners));
/// # drop(server);
/// ```
#[derive(Clone)]
#[must_use = "nobody is told of anything until a server has them"]
pub struct Webhooks {
    pub(super) name: String,
    pub(super) types: &'static [&'static str],
    pub(super) find: Find,
    pub(super) configured: bool,
    pub(super) retries: Vec<Duration>,
    pub(super) concurrency: usize,
    pub(super) hook: Option<Hook>,
    pub(super) client: client::Options,
    start: Start,
    only: Vec<(String, String)>,
    pub(super) mistakes: Vec<String>,
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks")
            .field("name", &self.name)
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

impl Webhooks {
    /// To whom the function says. The name is that of the group on the event bus, `webhooks.partners`, and of what
    /// waits and fails, so it stays. Two of one name may be for different events.
    pub fn new<E, S>(name: impl Into<String>, endpoints: S) -> Self
    where
        E: Event,
        S: for<'a> Endpoints<'a, E> + Send + Sync + 'static,
    {
        let endpoints = Arc::new(endpoints);
        let find: Find = Arc::new(move |event, ctx| {
            let endpoints = Arc::clone(&endpoints);
            Box::pin(async move { endpoints.endpoints(E::read(event)?, ctx).await })
        });
        Self::with::<E>(name.into(), find)
    }

    /// To the endpoint that the configuration says: for `"partners"`, `FOURFOLD_WEBHOOK_PARTNERS_URL` and
    /// `FOURFOLD_WEBHOOK_PARTNERS_SECRET`. To nobody, where it says nothing.
    ///
    /// ```
    /// use fourfold::prelude::*;
    /// use fourfold::webhooks::Webhooks;
    ///
    /// /// The order is late.
    /// #[derive(Event)]
    /// #[event(type = "shop.order.v1.order.delayed", subject = "order_id")]
    /// struct OrderDelayed {
    ///     order_id: Uuid,
    /// }
    ///
    /// let webhooks = Webhooks::configured::<OrderDelayed>("partners").only("source", "/shop.order.v1");
    /// # drop(webhooks);
    /// ```
    pub fn configured<E: Event>(name: impl Into<String>) -> Self {
        let name = name.into();
        let known_as = name.clone();
        let find: Find = Arc::new(move |_, ctx| {
            let configured = super::configured(ctx, &known_as);
            Box::pin(async move { Ok(configured.into_iter().collect()) })
        });
        Self { configured: true, ..Self::with::<E>(name, find) }
    }

    fn with<E: Event>(name: String, find: Find) -> Self {
        Self {
            name,
            types: E::TYPES,
            find,
            configured: false,
            retries: SCHEDULE.to_vec(),
            concurrency: 8,
            hook: None,
            client: client::Options {
                private: false,
                connect_timeout: Duration::from_secs(5),
                timeout: Duration::from_secs(15),
                roots: Vec::new(),
                resolve: connect::system(),
            },
            start: Start::Now,
            only: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// Where it begins when the bus sees it for the first time; with what happens from then on, unless said.
    pub fn from(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Only events whose attribute (`source`, `subject`, or an extension of yours) has this value.
    pub fn only(mut self, attribute: impl Into<String>, value: impl Into<String>) -> Self {
        self.only.push((attribute.into(), value.into()));
        self
    }

    /// The pauses between attempts, one for each retry; ten attempts in about three days unless said. Each is up to a quarter
    /// longer, by chance.
    pub fn retries(mut self, pauses: impl IntoIterator<Item = Duration>) -> Self {
        self.retries = pauses.into_iter().take(MOST_RETRIES + 1).collect();
        if self.retries.len() > MOST_RETRIES {
            self.mistakes.push(format!(
                "the webhooks {:?} have more than {MOST_RETRIES} retries: say fewer pauses, and longer ones",
                self.name
            ));
        }
        self
    }

    /// How long a request may take, with its connection and its answer; 15 seconds unless said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.client.timeout = timeout;
        self
    }

    /// How long the connection alone may take; 5 seconds unless said.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.client.connect_timeout = timeout;
        self
    }

    /// How many requests to one endpoint are underway at once from this process; 8 unless said.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Is told of events that are given up, so that it can disable an endpoint or tell somebody. An error of it is tried
    /// again with the delivery while attempts are left. What it adds to the unit of work is committed.
    pub fn on_given_up<H>(mut self, hook: H) -> Self
    where
        H: for<'a> OnGivenUp<'a> + Send + Sync + 'static,
    {
        let hook = Arc::new(hook);
        self.hook = Some(Arc::new(move |given_up, ctx| {
            let hook = Arc::clone(&hook);
            Box::pin(async move { hook.given_up(given_up, ctx).await })
        }));
        self
    }

    /// Lets requests go to private addresses as well, there also over `http`: for endpoints in one's own network, and for
    /// trying it out. Whoever says endpoints can then reach whatever this process can; `FOURFOLD_WEBHOOKS_ALLOW_PRIVATE`
    /// says it for all webhooks.
    pub fn allow_private(mut self) -> Self {
        self.client.private = true;
        self
    }

    /// Trusts the authorities of these certificates (PEM) beside those that browsers trust.
    pub fn trust(mut self, pem: impl AsRef<[u8]>) -> Self {
        let read: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_ref()).collect();
        match read {
            Ok(certificates) if !certificates.is_empty() => self.client.roots.extend(certificates),
            _ => self.mistakes.push(format!(
                "what the webhooks {:?} are to trust holds no certificate: give the text of a PEM file, which begins with \
                 -----BEGIN CERTIFICATE-----",
                self.name
            )),
        }
        self
    }

    /// What listens for it: a group whose unit of work is a delivery for each endpoint.
    pub(crate) fn subscription(&self) -> Subscription {
        let webhooks = self.clone();
        let hear: Hear = Arc::new(move |event, ctx| {
            let webhooks = webhooks.clone();
            Box::pin(async move { deliver::enqueue(&webhooks, event, ctx).await })
        });
        let subscription = Subscription::of(format!("webhooks.{}", self.name), self.types, hear);
        let subscription = subscription.from(self.start).retries(RETRIES_OF_ASKING);
        self.only.iter().fold(subscription, |all, (attribute, value)| all.only(attribute, value))
    }
}
