//! What can be seen and done of events from outside of them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::bus::{Bus, BusOptions, Start};
use super::status::{DeadLetter, GroupStatus, Lag};
use crate::config::Config;
use crate::descriptor::BoxFuture;
use crate::error::{Error, Result};
use crate::store::{Store, StoreOptions};

/// How long a program that is no service waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// The event bus of a service: who listens, how far they are, and what they gave up. [`Service::events`] gives it.
///
/// [`Service::events`]: crate::Service::events
#[derive(Clone)]
pub struct Events {
    bus: Arc<dyn Bus>,
    /// Where the outbox is; `None` where nobody has said.
    store: Option<Store>,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Events").field(&self.bus).finish()
    }
}

impl Events {
    pub(crate) fn new(bus: Arc<dyn Bus>, store: Store) -> Self {
        Self { bus, store: Some(store) }
    }

    /// The event bus of a service, for a program that is none: by the URL that the service has, `FOURFOLD_EVENTS_URL` or that
    /// of its database. Tables are made on SQLite alone; elsewhere the service makes them. With the URL of the database
    /// besides, [`lag`](Self::lag) can be asked for.
    ///
    /// ```
    /// # async fn run() -> fourfold::Result<()> {
    /// use fourfold::Events;
    ///
    /// let events = Events::connect("memory:", None).await?;
    /// for group in events.groups().await? {
    ///     println!("{} has given up {}", group.name, group.dead);
    /// }
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
    /// ```
    #[must_use = "nothing happens until it is awaited"]
    pub fn connect<'a>(url: &'a str, database: Option<&'a str>) -> BoxFuture<'a, Result<Self>> {
        Box::pin(async move {
            let options = BusOptions {
                url: url.to_owned(),
                patience: PATIENCE,
                migrate: false,
                ledger: database.map(str::to_owned),
                // What a service has unless it says more; nothing is made here, so nothing comes of it.
                retention: Config::default().events_retention,
            };
            let bus = super::open::open(&options).await?;
            let store = match database {
                Some(url) => {
                    let url = url.to_owned();
                    Some(Store::open(StoreOptions { url, patience: PATIENCE, connections: 1 }).await?)
                }
                None => None,
            };
            Ok(Self { bus, store })
        })
    }

    pub(crate) fn bus(&self) -> &Arc<dyn Bus> {
        &self.bus
    }

    /// How far the relay is behind what has been committed. While all is well the oldest waits a few milliseconds.
    #[must_use = "nothing happens until it is awaited"]
    pub fn lag(&self) -> BoxFuture<'_, Result<Lag>> {
        Box::pin(async move {
            let store = self.store.as_ref().ok_or_else(|| {
                Error::failed_precondition(
                    "which database has the outbox is not said: it is that of the service, DATABASE_URL",
                )
            })?;
            lag(store).await
        })
    }

    /// All groups that the bus knows, of this service and of others.
    #[must_use = "nothing happens until it is awaited"]
    pub fn groups(&self) -> BoxFuture<'_, Result<Vec<GroupStatus>>> {
        Box::pin(async move { Ok(self.bus.groups().await?) })
    }

    /// What a group gave up, the oldest first.
    #[must_use = "nothing happens until it is awaited"]
    pub fn dead_letters<'a>(
        &'a self,
        group: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        Box::pin(async move { Ok(self.bus.dead_letters(group, limit).await?) })
    }

    /// Lets dead letters begin anew, those of these ids; says how many there were.
    #[must_use = "nothing happens until it is awaited"]
    pub fn replay<'a>(&'a self, group: &'a str, ids: &'a [String]) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move { Ok(self.bus.revive(group, Some(ids.to_vec())).await?) })
    }

    /// Lets all dead letters of a group begin anew; says how many there were.
    #[must_use = "nothing happens until it is awaited"]
    pub fn replay_all<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move { Ok(self.bus.revive(group, None).await?) })
    }

    /// Sets a group back, or ahead: it gets everything from there on once more, and does it once more.
    #[must_use = "nothing happens until it is awaited"]
    pub fn seek<'a>(&'a self, group: &'a str, start: Start) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { Ok(self.bus.seek(group, start).await?) })
    }

    /// Forgets a group that nobody belongs to any more, with its dead letters; says whether there was one.
    #[must_use = "nothing happens until it is awaited"]
    pub fn forget<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(self.bus.forget(group).await?) })
    }
}

/// How far the relay is behind the outbox of a store.
pub(crate) async fn lag(store: &Store) -> Result<Lag> {
    let waiting = store.waiting().await.map_err(crate::core::rowless_error)?;
    let oldest = waiting.since.map(|since| (Utc::now() - since).to_std().unwrap_or_default());
    Ok(Lag { waiting: waiting.count, oldest })
}
