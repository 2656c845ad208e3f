//! What a server does for events beside its requests: the relay, and who listens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::bus::{Bus, BusError, BusOptions, Group};
use super::format;
use super::handle::Events;
use super::relay::Relay;
use super::run::Hearing;
use super::source::Source;
use super::subscribe::{self, Subscription};
use crate::config::{Config, Role};
use crate::context::Principal;
use crate::core::Core;
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::store::Store;
use crate::tasks::{Options, Worker};

/// What a server knows of events before it starts.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) subscriptions: Vec<Subscription>,
}

impl Plan {
    /// What would go wrong later, a sentence each.
    pub(crate) fn mistakes(&self, config: &Config, resources: &[&'static Descriptor]) -> Vec<String> {
        let mut mistakes = subscribe::mistakes(&self.subscriptions);
        if config.outbox {
            mistakes.extend(format::mistakes(config.events_format, resources));
        }
        mistakes
    }

    /// Who listens.
    pub(crate) fn groups(&self) -> Vec<String> {
        self.subscriptions.iter().map(|subscription| subscription.group.clone()).collect()
    }

    /// Opens what carries events, where somebody listens or a place is said: else what happened stays in the outbox.
    pub(crate) async fn open(&self, config: &Config, store: &Store) -> Result<Option<Events>> {
        if config.events_url.is_none() && self.subscriptions.is_empty() {
            return Ok(None);
        }
        let url = config.events_url.as_ref().unwrap_or(&config.database_url);
        let options = BusOptions {
            url: url.0.clone(),
            patience: config.database_patience,
            migrate: config.migrate,
            ledger: Some(config.database_url.0.clone()),
            retention: config.events_retention,
        };
        match super::open::open(&options).await {
            Ok(bus) => Ok(Some(Events::new(bus, store.clone()))),
            Err(BusError::Internal(why)) => Err(crate::Error::internal(why)),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the groups known, and starts what the role of the process asks for.
    pub(crate) async fn start(self, core: &Arc<Core>, config: &Config, principal: &Principal) -> Background {
        let mut background = Background { bus: core.bus.clone(), ..Background::default() };
        let Some(events) = &core.bus else { return background };
        let bus = events.bus();
        if config.outbox {
            let source = config.events_source.clone();
            background.relay =
                Some(Relay::start(Arc::clone(core), Arc::clone(bus), source, config.events_format));
        }
        if config.role == Role::Server {
            return background;
        }
        let mut groups: BTreeMap<String, Vec<Subscription>> = BTreeMap::new();
        for subscription in self.subscriptions {
            groups.entry(subscription.group.clone()).or_default().push(subscription);
        }
        for (group, subscriptions) in groups {
            let limit = subscriptions.iter().filter_map(|it| it.concurrency).max();
            let options = Options {
                what: "event",
                queues: vec![(group.clone(), limit.unwrap_or(config.event_concurrency))],
                lease: config.event_lease,
            };
            let known = Group {
                name: group.clone(),
                types: subscriptions.iter().flat_map(|it| it.types).map(|kind| (*kind).to_owned()).collect(),
                start: subscriptions.first().map(|it| it.start).unwrap_or_default(),
            };
            let hearing =
                Hearing { core: Arc::clone(core), group, subscriptions, principal: principal.clone() };
            background.groups.push(Listening::start(bus, known, Source::new(bus, hearing), options).await);
        }
        background
    }
}

/// A group at work, or on its way there.
#[derive(Debug)]
enum Listening {
    At(Worker<Source>),
    /// The bus is away; it goes on by itself.
    Waiting(tokio::task::JoinHandle<Worker<Source>>),
}

impl Listening {
    async fn start(bus: &Arc<dyn Bus>, group: Group, source: Arc<Source>, options: Options) -> Self {
        let start = move || Worker::start(source, options);
        match bus.subscribe(group.clone()).await {
            Ok(()) => Self::At(start()),
            Err(error) => {
                tracing::warn!(group = group.name, ?error, "can't listen yet");
                let bus = Arc::clone(bus);
                Self::Waiting(tokio::spawn(async move {
                    let mut failures = 1;
                    while let Err(error) = bus.subscribe(group.clone()).await {
                        tracing::warn!(group = group.name, ?error, "can't listen yet");
                        tokio::time::sleep(crate::tasks::pause(failures)).await;
                        failures += 1;
                    }
                    start()
                }))
            }
        }
    }

    async fn stop(self, grace: Duration) {
        match self {
            Self::At(worker) => worker.stop(grace).await,
            Self::Waiting(waiting) if waiting.is_finished() => {
                // A panic in it was reported when it happened.
                if let Ok(worker) = waiting.await {
                    worker.stop(grace).await;
                }
            }
            Self::Waiting(waiting) => waiting.abort(),
        }
    }
}

/// What runs for the events of a server.
#[derive(Debug, Default)]
pub(crate) struct Background {
    bus: Option<Events>,
    relay: Option<Relay>,
    groups: Vec<Listening>,
}

impl Background {
    /// Ends what listens, then what relays, then what carries.
    pub(crate) async fn stop(self, grace: Duration) {
        let listening = self.groups.into_iter().map(|group| group.stop(grace));
        futures_util::future::join_all(listening).await;
        if let Some(relay) = self.relay {
            relay.stop().await;
        }
        if let Some(events) = self.bus {
            events.bus().close().await;
        }
    }
}

/// Forgets what was published long ago, a bounded number at a time; says how many went.
pub(crate) async fn prune(events: &Events, retention: Duration) -> u64 {
    let before = chrono::TimeDelta::from_std(retention)
        .ok()
        .and_then(|retention| chrono::Utc::now().checked_sub_signed(retention))
        .unwrap_or_default();
    match events.bus().prune(before).await {
        Ok(gone) => gone,
        Err(error) => {
            tracing::debug!(?error, "no events pruned");
            0
        }
    }
}
