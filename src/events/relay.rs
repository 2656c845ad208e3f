//! From the outbox of the store to the bus, in the order of the outbox.
//!
//! At least once: what was published and not yet noted as that is published again, and the bus drops a second one with the
//! same source and id. One process does it for all of a database, the one that holds the lease; where that gives no sign of
//! life, another takes over and goes on from what was noted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::bus::Bus;
use super::cloud::CloudEvent;
use super::format::Format;
use super::publish;
use crate::config::EventsFormat;
use crate::core::Core;
use crate::store::Position;
use crate::tasks::pause;

/// How long those are that are published at once, in bytes of what they say, about: two such groups are in memory.
const LENGTH: usize = 8 * 1024 * 1024;
/// How long one is taken to be before there was one.
const USUAL: usize = 8 * 1024;
/// How long the one that relays may give no sign of life.
const LEASE: Duration = Duration::from_secs(5);
/// How often the others ask whether it is their turn.
const TURN: Duration = Duration::from_secs(1);
/// How often it is looked for what other processes have written.
const POLL: Duration = Duration::from_millis(50);

/// The relay of a process.
#[derive(Debug)]
pub(crate) struct Relay {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Relay {
    pub(crate) fn start(
        core: Arc<Core>,
        bus: Arc<dyn Bus>,
        source: Option<String>,
        format: EventsFormat,
    ) -> Self {
        let format = Format::of(format, &core.resources);
        let outbox = Arc::new(Outbox { core, source, format });
        let (stop, stopped) = watch::channel(false);
        let run = Run { outbox, bus, holder: Uuid::new_v4(), led: None, next: None, usual: USUAL };
        let running = tokio::spawn(run.run(stopped));
        Self { stop, running }
    }

    /// Passes on what was committed before, and lets another one take over.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        // A panic in it was reported when it happened.
        let _ = self.running.await;
    }
}

#[cfg(test)]
impl Relay {
    /// Ends it where it is.
    pub(super) fn killed(self) {
        self.running.abort();
    }
}

/// The right to relay, and how far it is.
#[derive(Clone, Copy, Debug)]
struct Led {
    position: Position,
    /// When it last gave a sign of life.
    since: Instant,
    /// Whether the store knows that it is so far.
    noted: bool,
}

struct Run {
    outbox: Arc<Outbox>,
    bus: Arc<dyn Bus>,
    /// What the store knows it by.
    holder: Uuid,
    led: Option<Led>,
    /// What comes next, where it was read while the group before was on its way.
    next: Option<Group>,
    /// How long an event was of late, in bytes.
    usual: usize,
}

/// Where events come from, and what they become.
struct Outbox {
    core: Arc<Core>,
    source: Option<String>,
    format: Format,
}

/// Events that are published at once.
struct Group {
    events: Vec<CloudEvent>,
    /// That of the last one.
    position: Position,
    /// Whether there may be more.
    is_full: bool,
    /// How long one of them is, in bytes.
    usual: usize,
}

impl Run {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut failures = 0;
        loop {
            let wait = match self.round().await {
                // There may be more.
                Ok(count) if count > 0 => Duration::ZERO,
                Ok(_) if self.led.is_none() => TURN,
                Ok(_) => POLL,
                Err(why) => {
                    failures += 1;
                    tracing::warn!(why, "events wait in the outbox");
                    // Another one may be better off.
                    self.led = None;
                    self.next = None;
                    pause(failures)
                }
            };
            if wait <= TURN {
                failures = 0;
            }
            // Whoever is told to stop has passed on what was committed before.
            if *stopped.borrow() && (wait != Duration::ZERO || failures > 0) {
                if self.led.is_some() {
                    // Where this fails, the lease runs out.
                    let _ = self.outbox.core.store.resign(self.holder).await;
                }
                return;
            }
            let until = Instant::now() + wait;
            tokio::select! {
                () = sleep_until(until) => {}
                () = self.outbox.core.happened.notified(), if self.led.is_some() && failures == 0 => {}
                _ = stopped.wait_for(|stop| *stop), if !*stopped.borrow() => {}
            }
        }
    }

    /// Publishes one group; says how many there were.
    async fn round(&mut self) -> Result<usize, String> {
        let Some(Led { position, since, noted }) = self.lead().await? else { return Ok(0) };
        let group = match self.next.take() {
            Some(group) => Some(group),
            None => self.outbox.read(position, self.most()).await?,
        };
        let Some(Group { events, position: last, is_full, usual }) = group else {
            if !noted || since.elapsed() > LEASE / 3 {
                self.note(position).await?;
            }
            return Ok(0);
        };
        self.usual = usual;
        let count = events.len();
        // Where there is more, it is read while this is on its way. To make events of rows takes so long that it is a task of its
        // own: who publishes has acknowledgements to answer.
        let (outbox, most) = (Arc::clone(&self.outbox), self.most());
        let next = is_full.then(|| tokio::spawn(async move { outbox.read(last, most).await }));
        let next = async {
            match next {
                Some(next) => next.await.map_err(|error| error.to_string())?,
                None => Ok(None),
            }
        };
        let published = Notify::new();
        let publish = async {
            self.publish(events).await?;
            published.notify_one();
            Ok(())
        };
        let signs = self.signs_of_life(Led { position, since, noted }, &published);
        let ((), next, since) = tokio::try_join!(publish, next, signs)?;
        self.next = next;
        let Some(since) = since else {
            self.lost();
            return Ok(0);
        };
        self.led = Some(Led { position: last, since, noted: false });
        if !is_full {
            self.note(last).await?;
        }
        Ok(count)
    }

    /// How many events are read at once.
    fn most(&self) -> usize {
        most(self.usual, self.bus.at_once())
    }

    async fn publish(&self, events: Vec<CloudEvent>) -> Result<(), String> {
        self.bus.publish(events).await.map_err(|error| format!("{error:?}"))
    }

    /// Keeps the right to relay until something has been published, however long that takes: one key's events go one by one.
    /// When it last did; `None` where another one relays.
    async fn signs_of_life(&self, led: Led, published: &Notify) -> Result<Option<Instant>, String> {
        let Led { position, mut since, noted } = led;
        if !noted {
            let Some(at) = self.noted(position).await? else { return Ok(None) };
            since = at;
        }
        loop {
            tokio::select! {
                () = published.notified() => return Ok(Some(since)),
                () = sleep_until(since + LEASE / 3) => {}
            }
            let Some(at) = self.noted(position).await? else { return Ok(None) };
            since = at;
        }
    }

    /// Takes the right to relay, where nobody has it.
    async fn lead(&mut self) -> Result<Option<Led>, String> {
        if self.led.is_none() {
            let since = Instant::now();
            let led = self
                .outbox
                .core
                .store
                .lead(self.holder, LEASE)
                .await
                .map_err(|error| format!("{error:?}"))?;
            self.led = led.map(|position| Led { position, since, noted: true });
        }
        Ok(self.led)
    }

    /// Notes how far it is, and that it lives.
    async fn note(&mut self, position: Position) -> Result<(), String> {
        match self.noted(position).await? {
            Some(since) => self.led = Some(Led { position, since, noted: true }),
            None => self.lost(),
        }
        Ok(())
    }

    /// When that was noted; `None` where another one relays.
    async fn noted(&self, position: Position) -> Result<Option<Instant>, String> {
        let since = Instant::now();
        let noted = self.outbox.core.store.relayed(self.holder, position, LEASE).await;
        Ok(noted.map_err(|error| format!("{error:?}"))?.then_some(since))
    }

    fn lost(&mut self) {
        (self.led, self.next) = (None, None);
        tracing::info!("another process relays events now");
    }
}

impl Outbox {
    /// So many at most.
    async fn read(&self, after: Position, most: usize) -> Result<Option<Group>, String> {
        let rows = self.core.store.outbox(after, most).await.map_err(|error| format!("{error:?}"))?;
        let Some(position) = rows.last().map(|row| row.position) else { return Ok(None) };
        let (is_full, length) =
            (rows.len() == most, rows.iter().map(|row| row.event.payload.len()).sum::<usize>());
        let usual = length / rows.len();
        let event = |row| publish::event(row, self.source.as_deref(), &self.format);
        Ok(Some(Group { events: rows.into_iter().map(event).collect(), position, is_full, usual }))
    }
}

/// How many events of a length are read at once.
fn most(usual: usize, at_once: usize) -> usize {
    (LENGTH / usual.max(1)).clamp(1, at_once)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_read_in_small_groups() {
        assert_eq!((most(0, 1000), most(300, 4000), most(USUAL, 4000)), (1000, 4000, 1024));
        assert_eq!((most(1024 * 1024, 1000), most(LENGTH * 2, 1000)), (8, 1));
    }
}
