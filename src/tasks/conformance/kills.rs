//! An engine's server is killed while tasks are enqueued and worked off. `FOURFOLD_TEST_KILLS=20` is the run in full.

use std::collections::HashSet;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::descriptor::BoxFuture;
use crate::tasks::broker::{Broker, Claim, Finish, Outcome, Taken};
use crate::tasks::message::Message;

/// A server of a test's own, in a folder of its own.
pub(crate) trait Node {
    fn kill(&mut self);
    fn start_again(&mut self) -> BoxFuture<'_, ()>;
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Waits until something listens there.
pub(crate) async fn answers(port: u16) {
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begin.elapsed() < Duration::from_mins(2), "the server does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How often, unless it is said.
pub(crate) fn kills(usual: usize) -> usize {
    std::env::var("FOURFOLD_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(usual)
}

/// How long it may take at most until work goes on after a kill. The run in full, which has the machine for itself, is held to
/// it; among hundreds of other tests there is a limit against hanging alone.
pub(crate) fn goes_on_within() -> Duration {
    Duration::from_secs(if std::env::var_os("FOURFOLD_TEST_KILLS").is_some() { 10 } else { 60 })
}

/// Tasks of one kind: who enqueues them, and who works them off.
pub(crate) struct Way {
    pub(crate) enqueues: Arc<dyn Broker>,
    pub(crate) works: Arc<dyn Broker>,
    pub(crate) queue: String,
    pub(crate) message: fn(&str) -> Message,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) confirmed: usize,
    pub(crate) attempts: usize,
    /// Confirmed, and never given out.
    pub(crate) lost: usize,
    /// Given out again after their end was confirmed.
    pub(crate) revived: usize,
    /// How long it took at most until tasks were enqueued and worked off again.
    pub(crate) longest: Duration,
}

#[derive(Default)]
struct Seen {
    confirmed: Mutex<HashSet<Uuid>>,
    done: Mutex<Vec<(Instant, Uuid)>>,
    ended: Mutex<HashSet<Uuid>>,
    revived: Mutex<HashSet<Uuid>>,
    stop: AtomicBool,
}

fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().expect("the list")
}

impl Seen {
    fn lost(&self) -> usize {
        let done: HashSet<Uuid> = lock(&self.done).iter().map(|(_, id)| *id).collect();
        lock(&self.confirmed).difference(&done).count()
    }
}

async fn produce(broker: Arc<dyn Broker>, seen: Arc<Seen>, queue: String, message: fn(&str) -> Message) {
    while !seen.stop.load(Ordering::Relaxed) {
        let group: Vec<_> = (0..20).map(|_| message(&queue)).collect();
        let ids: Vec<Uuid> = group.iter().map(|message| message.id).collect();
        if let Ok(taken) = broker.enqueue(group).await {
            assert!(taken.iter().all(|taken| *taken == Taken::New));
            lock(&seen.confirmed).extend(ids);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn work(broker: Arc<dyn Broker>, seen: Arc<Seen>, queue: String, ended: Arc<AtomicBool>) {
    while !ended.load(Ordering::Relaxed) {
        let (lease, wait) = (Duration::from_secs(15), Duration::from_millis(300));
        let claim = Claim { queue: &queue, limit: 50, lease, wait, worker: "worker-1" };
        let Ok(claimed) = broker.claim(claim).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let now = Instant::now();
        let ids: Vec<Uuid> = claimed.iter().map(|claimed| claimed.lease.id).collect();
        lock(&seen.done).extend(ids.iter().map(|id| (now, *id)));
        let again = ids.iter().filter(|id| lock(&seen.ended).contains(*id));
        lock(&seen.revived).extend(again);
        let ends = claimed.iter().map(|it| Finish { lease: it.lease, outcome: Outcome::Succeeded(None) });
        // What was not told comes again.
        if let Ok(told) = broker.finish(ends.collect()).await {
            lock(&seen.ended).extend(ids.iter().zip(told).filter(|(_, told)| *told).map(|(id, _)| id));
        }
    }
}

/// Kills the node again and again, lets it start, and sees that all ways work again.
pub(crate) async fn survive(node: &mut dyn Node, ways: Vec<Way>, kills: usize) -> Figures {
    let ended = Arc::new(AtomicBool::new(false));
    let (mut all, mut producers, mut workers) = (Vec::new(), Vec::new(), Vec::new());
    for Way { enqueues, works, queue, message } in ways {
        let seen = Arc::new(Seen::default());
        producers.push(tokio::spawn(produce(enqueues, Arc::clone(&seen), queue.clone(), message)));
        workers.push(tokio::spawn(work(works, Arc::clone(&seen), queue, Arc::clone(&ended))));
        all.push(seen);
    }
    let mut figures = Figures::default();
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_secs(2)).await;
        node.kill();
        node.start_again().await;
        let back = Instant::now();
        let before: Vec<usize> = all.iter().map(|seen| lock(&seen.confirmed).len()).collect();
        let goes_on = || {
            all.iter().zip(&before).all(|(seen, before)| {
                lock(&seen.confirmed).len() >= before + 100
                    && lock(&seen.done).last().is_some_and(|(when, _)| *when > back)
            })
        };
        while !goes_on() {
            assert!(back.elapsed() < Duration::from_secs(30), "it does not go on by itself");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        figures.longest = figures.longest.max(back.elapsed());
    }
    for seen in &all {
        seen.stop.store(true, Ordering::Relaxed);
    }
    for producer in producers {
        producer.await.expect("it produces");
    }
    let begin = Instant::now();
    figures.lost = loop {
        let lost: usize = all.iter().map(|seen| seen.lost()).sum();
        if lost == 0 || begin.elapsed() > Duration::from_mins(1) {
            break lost;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    ended.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.expect("it works");
    }
    figures.confirmed = all.iter().map(|seen| lock(&seen.confirmed).len()).sum();
    figures.attempts = all.iter().map(|seen| lock(&seen.done).len()).sum();
    figures.revived = all.iter().map(|seen| lock(&seen.revived).len()).sum();
    figures
}
