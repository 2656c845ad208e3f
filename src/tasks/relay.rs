//! From the outbox of the store to the broker: tasks that were enqueued in a unit of work.
//!
//! At least once: what was given to the broker and not yet deleted is given again, and brokers drop a second one with the
//! same id.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::broker::Broker;
use super::message::Message;
use super::worker::pause;
use crate::core::Core;
use crate::store::StoreError;

/// How many are given to the broker at once.
const GROUP: usize = 512;
/// How long others leave alone what one has claimed.
const LEASE: Duration = Duration::from_secs(20);
/// How often it is looked for what other processes have written, or a lost one has left.
const POLL: Duration = Duration::from_secs(1);

/// The relay of a process.
#[derive(Debug)]
pub(crate) struct Relay {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Relay {
    pub(crate) fn start(core: Arc<Core>, broker: Arc<dyn Broker>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(run(core, broker, stopped));
        Self { stop, running }
    }

    /// Finishes what it has begun.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        // A panic in it was reported when it happened.
        let _ = self.running.await;
    }
}

async fn run(core: Arc<Core>, broker: Arc<dyn Broker>, mut stopped: watch::Receiver<bool>) {
    let mut failures = 0;
    loop {
        let wait = match round(&core, &*broker).await {
            Ok(0) => {
                failures = 0;
                POLL
            }
            // There may be more.
            Ok(_) => {
                failures = 0;
                Duration::ZERO
            }
            Err(why) => {
                failures += 1;
                tracing::warn!(why, "tasks wait in the outbox");
                pause(failures)
            }
        };
        // Whoever is told to stop has passed on what was committed before.
        if *stopped.borrow() {
            return;
        }
        let until = Instant::now() + wait;
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            () = core.outbox.notified(), if failures == 0 => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
        if failures > 0 && *stopped.borrow() {
            return;
        }
    }
}

/// Passes on one group; says how many there were.
async fn round(core: &Core, broker: &dyn Broker) -> Result<usize, String> {
    let claimed = core.store.claim_tasks(GROUP, LEASE).await.map_err(|error| told(&error))?;
    let count = claimed.len();
    let (mut messages, mut places) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for (place, text) in claimed {
        match Message::from_json(&text) {
            Ok(message) => {
                messages.push(message);
                places.push(place);
            }
            // It stays for who looks into it, and is not looked at again before its lease has run out.
            Err(why) => tracing::error!(row = place, why, "a row of fourfold_task_outbox is no task"),
        }
    }
    if messages.is_empty() {
        return Ok(0);
    }
    let given = messages.len();
    match broker.enqueue(messages).await {
        Ok(_) => {
            core.store.forget_tasks(places).await.map_err(|error| told(&error))?;
            Ok(given)
        }
        Err(error) => {
            let why = format!("{error:?}");
            // Where this fails too, their lease runs out.
            let _ = core.store.release_tasks(places).await;
            sleep(Duration::from_millis(50)).await;
            Err(why)
        }
    }
}

fn told(error: &StoreError) -> String {
    format!("{error:?}")
}
