//! Who works: claims pieces of work, runs them, extends their leases, ends them. What a piece is and does is none of its affair:
//! a task, or an event of a group.

mod finisher;
mod held;
mod pace;
mod places;
#[cfg(test)]
mod tests;
mod work;

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use chrono::Utc;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::broker::{Claim, Finish, Lease, Outcome};
use super::status::Failure;
use crate::descriptor::BoxFuture;
use finisher::Finisher;
use held::Held;
use pace::Pace;
use places::{Place, Places};
pub(crate) use work::{Beyond, Piece, Queues, Run, Terms, Work};

/// How long a claim waits for the first task. It is also how long a stop may have to wait for it.
const WAIT: Duration = Duration::from_millis(500);
/// The longest pause after the broker did not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the last words to the broker may take once the grace is over.
const LAST_WORDS: Duration = Duration::from_millis(800);

/// What was claimed at once is run by so many at least, where there is enough of it, ..
const CREWS: usize = 4;
/// .. and each has so many lines at most.
const CREW: usize = 32;
/// How long one of them goes on before the others of its lines are left to another processor.
const BRIEF: Duration = Duration::from_micros(500);

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
pub(crate) struct Worker<W> {
    shared: Arc<Shared<W>>,
    stop: watch::Sender<bool>,
    queues: Vec<JoinHandle<()>>,
    heartbeat: JoinHandle<()>,
}

struct Shared<W> {
    work: Arc<W>,
    pace: Pace,
    held: Held,
    finisher: Finisher,
    lease: Duration,
    what: &'static str,
    /// What the broker knows it by.
    name: String,
}

impl<W> std::fmt::Debug for Shared<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<W: Work> Worker<W> {
    pub(crate) fn start(work: Arc<W>, options: Options) -> Self {
        let held = Held::default();
        let shared = Arc::new(Shared {
            finisher: Finisher::start(&work, &held, options.what),
            work,
            pace: Pace::default(),
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

impl<W: Work> Shared<W> {
    /// Works off one queue until it is told to stop.
    async fn queue(self: Arc<Self>, queue: String, limit: usize, mut stopped: watch::Receiver<bool>) {
        let places = Places::new(limit);
        let mut failures = 0;
        while !*stopped.borrow() {
            let ahead = || if self.work.follow() { self.pace.ahead(limit) } else { 0 };
            let (limit, ahead) = tokio::select! {
                free = places.some(ahead) => free,
                _ = stopped.wait_for(|stop| *stop) => return,
            };
            let claim = Claim { queue: &queue, limit, lease: self.lease, wait: WAIT, worker: &self.name };
            // It is not dropped half-way: what it has claimed by then would wait for its lease to run out.
            let since = Instant::now();
            let behind = if self.work.follow() { self.pace.behind() } else { 0 };
            match self.work.claim(claim, Beyond { ahead, behind }).await {
                Ok(claimed) => {
                    failures = 0;
                    self.begin(lines(claimed, &places), since + self.lease, &stopped);
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(queue, ?error, "can't claim {}s", self.what);
                    tokio::select! {
                        () = sleep(pause(failures)) => {}
                        _ = stopped.wait_for(|stop| *stop) => return,
                    }
                }
            }
        }
    }

    fn begin(self: &Arc<Self>, lines: Vec<Line<W::What>>, until: Instant, stopped: &watch::Receiver<bool>) {
        let lines: Vec<Line<W::What>> =
            lines.into_iter().filter_map(|line| self.refuse(line, until, *stopped.borrow())).collect();
        let crew = lines.len().div_ceil(CREWS).clamp(1, CREW);
        let mut lines = lines.into_iter();
        while lines.len() > 0 {
            let some: Vec<Line<W::What>> = lines.by_ref().take(crew).collect();
            let leases = leases(&some);
            let run = Arc::clone(self).crew(some, stopped.clone(), false);
            self.held.begin(&leases, until, || tokio::spawn(run).abort_handle());
        }
    }

    /// Ends at once what is not to be run.
    fn refuse(&self, line: Line<W::What>, until: Instant, stopping: bool) -> Option<Line<W::What>> {
        let Terms { attempts, retry, is_expired, .. } = self.work.terms(&line.first.what);
        let outcome = if stopping {
            Outcome::Returned
        } else if is_expired {
            Outcome::Expired
        } else if attempts > retry.attempts {
            let sentence = format!("{} attempts began and none of them ended", attempts - 1);
            Outcome::Failed(Failure::new("crashed", sentence))
        } else {
            return Some(line);
        };
        let next = line.behind.first().filter(|_| outcome.is_final());
        let next = next.map(|next| Finish { lease: next.lease, outcome: Outcome::Returned });
        for finish in std::iter::once(Finish { lease: line.first.lease, outcome }).chain(next) {
            self.held.put(finish.lease, until);
            self.finisher.finish(finish);
        }
        None
    }

    /// What runs some lines. To begin something for each costs more than most of them do.
    fn crew(
        self: Arc<Self>,
        mut lines: Vec<Line<W::What>>,
        stopped: watch::Receiver<bool>,
        is_prepared: bool,
    ) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            if !is_prepared {
                let all = lines
                    .iter_mut()
                    .flat_map(|line| std::iter::once(&mut line.first).chain(&mut line.behind));
                self.work.prepare(all.map(|piece| &mut piece.what).collect()).await;
            }
            self.run_all(lines, &stopped).await;
        })
    }

    /// Runs one after the other as long as none waits for anything: then the others go on by themselves.
    async fn run_all(self: &Arc<Self>, lines: Vec<Line<W::What>>, stopped: &watch::Receiver<bool>) {
        let begun = Instant::now();
        let mut ended = Vec::with_capacity(lines.len());
        let mut lines = lines.into_iter();
        while let Some(line) = lines.next() {
            let running = if let Some(running) = line.place.try_run() {
                Some(running)
            } else {
                self.end(&mut ended);
                line.place.run(stopped).await
            };
            if !self.held.begins(line.first.lease) {
                continue;
            }
            let mut run = pin!(self.run(line, stopped));
            match poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx))).await {
                Poll::Ready(end) => ended.push(end),
                Poll::Pending => {
                    self.end(&mut ended);
                    self.hand_over(std::mem::take(&mut lines).collect(), stopped);
                    ended.push(run.await);
                }
            }
            drop(running);
            if begun.elapsed() >= BRIEF {
                self.hand_over(std::mem::take(&mut lines).collect(), stopped);
            }
        }
        self.end(&mut ended);
    }

    /// Tells of lines that have ended, and frees their places: all at once, so that others claim as many at once.
    fn end(&self, ended: &mut Vec<(Place, Option<Finish>)>) {
        let (places, finishes): (Vec<Place>, Vec<Option<Finish>>) = ended.drain(..).unzip();
        finishes.into_iter().flatten().for_each(|finish| self.finisher.finish(finish));
        drop(places);
    }

    fn hand_over(self: &Arc<Self>, lines: Vec<Line<W::What>>, stopped: &watch::Receiver<bool>) {
        if !lines.is_empty() {
            let leases = leases(&lines);
            let run = Arc::clone(self).crew(lines, stopped.clone(), true);
            self.held.hand_over(&leases, || tokio::spawn(run).abort_handle());
        }
    }

    /// Runs one, and what follows it for as long as each ends for good.
    async fn run(&self, line: Line<W::What>, stopped: &watch::Receiver<bool>) -> (Place, Option<Finish>) {
        let Line { first: mut piece, behind, place } = line;
        let mut behind = behind.into_iter();
        let (begun, mut count) = (Instant::now(), 0);
        let (lease, outcome) = loop {
            let lease = piece.lease;
            if *stopped.borrow() || (count > 0 && begun.elapsed() >= pace::SLICE) {
                break (lease, Outcome::Returned);
            }
            let outcome = self.attempt(piece.what).await;
            count += 1;
            let Some(next) = behind.next().filter(|_| outcome.is_final()) else { break (lease, outcome) };
            if !self.held.goes_on(lease, next.lease) {
                // Another worker has all of them.
                return (place, None);
            }
            self.finisher.finish(Finish { lease, outcome });
            piece = next;
        };
        self.pace.note(begun.elapsed(), count);
        (place, self.held.ended(lease).then_some(Finish { lease, outcome }))
    }

    async fn attempt(&self, what: W::What) -> Outcome {
        let Terms { id, name, attempts, retry, .. } = self.work.terms(&what);
        // The attempt keeps its time itself; this is for one that does not come back.
        let most = retry.timeout.saturating_add(Duration::from_secs(1));
        let run = AssertUnwindSafe(self.work.run(what)).catch_unwind();
        let failure = match timeout(most, run).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(_)) => Failure::new("internal", "the attempt panicked"),
            Err(_) => Failure::new("timeout", "the attempt took longer than it may"),
        };
        tracing::error!(%id, %name, failure.code, "an attempt ended without an outcome: {}", self.what);
        if attempts >= retry.attempts {
            return Outcome::Failed(failure);
        }
        Outcome::Retry(super::run::next(&retry, attempts, Utc::now()), failure)
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
            match timeout(self.lease / 3, self.work.extend(leases.clone(), self.lease)).await {
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

/// Something that is to be run, and what follows it.
struct Line<T> {
    first: Piece<T>,
    behind: Vec<Piece<T>>,
    place: Place,
}

fn lines<T>(claimed: Vec<Piece<T>>, places: &Arc<Places>) -> Vec<Line<T>> {
    let mut claimed = claimed.into_iter().peekable();
    let mut lines = Vec::new();
    while let Some(first) = claimed.next() {
        let behind = std::iter::from_fn(|| claimed.next_if(|piece| piece.follows)).collect();
        lines.push(Line { first, behind, place: places.hold() });
    }
    lines
}

fn leases<T>(lines: &[Line<T>]) -> Vec<Lease> {
    lines.iter().map(|line| line.first.lease).collect()
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
