//! Who works: claims tasks, runs them, extends their leases, ends them. What a task does is none of its affair; to the groups of
//! events it is an event.

mod finisher;
mod held;
#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::broker::{Broker, Claim, Claimed, Finish, Outcome};
use super::message::Message;
use super::status::Failure;
use crate::descriptor::BoxFuture;
use finisher::Finisher;
use held::Held;

/// Runs one attempt to its outcome.
pub(crate) type Run = Arc<dyn Fn(Message) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// How long a claim waits for the first task. It is also how long a stop may have to wait for it.
const WAIT: Duration = Duration::from_millis(500);
/// The longest pause after the broker did not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the last words to the broker may take once the grace is over.
const LAST_WORDS: Duration = Duration::from_millis(800);

/// How a worker works.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// What it works off, a word for logs: `task` or `event`.
    pub(crate) what: &'static str,
    /// The queues, and how many tasks of each run at once.
    pub(crate) queues: Vec<(String, usize)>,
    /// How long a task is held without a sign of life.
    pub(crate) lease: Duration,
}

/// A worker at work.
#[derive(Debug)]
pub(crate) struct Worker {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    queues: Vec<JoinHandle<()>>,
    heartbeat: JoinHandle<()>,
}

struct Shared {
    broker: Arc<dyn Broker>,
    run: Run,
    held: Held,
    finisher: Finisher,
    lease: Duration,
    what: &'static str,
    /// What the broker knows it by.
    name: String,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Worker {
    pub(crate) fn start(broker: &Arc<dyn Broker>, run: Run, options: Options) -> Self {
        let held = Held::default();
        let shared = Arc::new(Shared {
            broker: Arc::clone(broker),
            run,
            finisher: Finisher::start(broker, &held, options.what),
            held,
            lease: options.lease,
            what: options.what,
            name: name(),
        });
        let (stop, stopped) = watch::channel(false);
        let queues = options.queues.into_iter().map(|(queue, limit)| {
            tokio::spawn(Arc::clone(&shared).queue(queue, limit.max(1), stopped.clone()))
        });
        let queues = queues.collect();
        let heartbeat = tokio::spawn(Arc::clone(&shared).heartbeat());
        Self { shared, stop, queues, heartbeat }
    }

    /// Claims nothing more, lets what runs end within the grace, and gives back the rest, so that others have it at once.
    pub(crate) async fn stop(self, grace: Duration) {
        let end = Instant::now() + grace;
        self.stop.send_replace(true);
        for queue in self.queues {
            // It ends by itself; a panic in it was reported when it happened.
            let _ = queue.await;
        }
        let _ = tokio::time::timeout_at(end, self.shared.held.none_run()).await;
        for lease in self.shared.held.abort_all() {
            let failure = Failure::new("stopped", "the worker was stopped before the attempt had ended");
            self.shared.finisher.finish(Finish { lease, outcome: Outcome::Retry(Utc::now(), failure) });
        }
        let _ =
            timeout(LAST_WORDS.max(end.saturating_duration_since(Instant::now())), self.shared.held.none())
                .await;
        self.heartbeat.abort();
        self.shared.finisher.end();
    }
}

impl Shared {
    /// Works off one queue until it is told to stop.
    async fn queue(self: Arc<Self>, queue: String, limit: usize, mut stopped: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        let mut failures = 0;
        while !*stopped.borrow() {
            let free = tokio::select! {
                free = free(&places) => free,
                _ = stopped.wait_for(|stop| *stop) => return,
            };
            let Some(mut free) = free else { return };
            let claim =
                Claim { queue: &queue, limit: free.len(), lease: self.lease, wait: WAIT, worker: &self.name };
            // It is not dropped half-way: what it has claimed by then would wait for its lease to run out.
            let since = Instant::now();
            match self.broker.claim(claim).await {
                Ok(claimed) => {
                    failures = 0;
                    for claimed in claimed {
                        let place = free.pop();
                        self.begin(claimed, place, since, *stopped.borrow());
                    }
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(queue, ?error, "can't claim {}s", self.what);
                    drop(free);
                    tokio::select! {
                        () = sleep(pause(failures)) => {}
                        _ = stopped.wait_for(|stop| *stop) => return,
                    }
                }
            }
        }
    }

    fn begin(
        self: &Arc<Self>,
        claimed: Claimed,
        place: Option<OwnedSemaphorePermit>,
        since: Instant,
        stopping: bool,
    ) {
        let Claimed { message, lease } = claimed;
        let until = since + self.lease;
        if stopping {
            self.held.put(lease, until);
            return self.finisher.finish(Finish { lease, outcome: Outcome::Returned });
        }
        if message.is_expired(Utc::now()) {
            self.held.put(lease, until);
            return self.finisher.finish(Finish { lease, outcome: Outcome::Expired });
        }
        if message.attempts > message.retry.attempts {
            self.held.put(lease, until);
            let sentence = format!("{} attempts began and none of them ended", message.attempts - 1);
            let outcome = Outcome::Failed(Failure::new("crashed", sentence));
            return self.finisher.finish(Finish { lease, outcome });
        }
        self.held.put(lease, until);
        let shared = Arc::clone(self);
        let attempt = tokio::spawn(async move {
            let outcome = shared.attempt(message).await;
            drop(place);
            if shared.held.ended(lease) {
                shared.finisher.finish(Finish { lease, outcome });
            }
        });
        self.held.runs(lease, attempt.abort_handle());
    }

    async fn attempt(&self, message: Message) -> Outcome {
        let attempts = message.attempts;
        let policy = message.retry;
        let (id, name) = (message.id, message.name.clone());
        // The attempt keeps its time itself; this is for one that does not come back.
        let most = policy.timeout.saturating_add(Duration::from_secs(1));
        let run = AssertUnwindSafe(async { (self.run)(message).await }).catch_unwind();
        let failure = match timeout(most, run).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(_)) => Failure::new("internal", "the attempt panicked"),
            Err(_) => Failure::new("timeout", "the attempt took longer than it may"),
        };
        tracing::error!(%id, name, failure.code, "an attempt ended without an outcome: {}", self.what);
        if attempts >= policy.attempts {
            return Outcome::Failed(failure);
        }
        Outcome::Retry(super::run::next(&policy, attempts, Utc::now()), failure)
    }

    /// Says in time that the tasks are still held, and ends attempts of those that are not.
    async fn heartbeat(self: Arc<Self>) {
        loop {
            sleep(self.lease / 3).await;
            let leases = self.held.leases();
            if leases.is_empty() {
                continue;
            }
            let since = Instant::now();
            match timeout(self.lease / 3, self.broker.extend(leases.clone(), self.lease)).await {
                Ok(Ok(holds)) => {
                    for (lease, holds) in leases.into_iter().zip(holds) {
                        if holds {
                            self.held.extended(lease, since + self.lease);
                        } else if self.held.lost(lease) {
                            tracing::warn!(id = %lease.id, "the lease ran out: another worker has the {}", self.what);
                        }
                    }
                }
                Ok(Err(error)) => tracing::warn!(?error, "can't extend leases of {}s", self.what),
                Err(_) => tracing::warn!("no answer came in time: can't extend leases of {}s", self.what),
            }
            for id in self.held.overdue() {
                tracing::warn!(%id, "the lease of this {} ran out, and could not be extended", self.what);
            }
        }
    }
}

/// All places that are free now, at least one.
async fn free(places: &Arc<Semaphore>) -> Option<Vec<OwnedSemaphorePermit>> {
    let mut free = vec![Arc::clone(places).acquire_owned().await.ok()?];
    while let Ok(place) = Arc::clone(places).try_acquire_owned() {
        free.push(place);
    }
    Some(free)
}

/// After the broker did not answer: it grows, and not all workers come back at once.
pub(crate) fn pause(failures: u32) -> Duration {
    let most = Duration::from_millis(50).saturating_mul(1 << failures.min(7)).min(LONGEST_PAUSE);
    let spread = f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 510.0;
    most.mul_f64(0.5 + spread)
}

/// Tells workers apart, for people.
fn name() -> String {
    let host = std::env::var("HOSTNAME").ok().filter(|host| !host.is_empty());
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{}-{}-{}", host.as_deref().unwrap_or("worker"), std::process::id(), &random[..8])
}
