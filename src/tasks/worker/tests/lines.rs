//! Pieces that follow each other, and more of them than there are places.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::HANGS;
use crate::tasks::broker::{Answer, Claim, Finish, Lease, Outcome};
use crate::tasks::message::RetryPolicy;
use crate::tasks::status::Failure;
use crate::tasks::worker::{Beyond, Options, Piece, Terms, Work, Worker};

type Attempt = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Lines of numbers that are given out one line after the other.
struct Lines {
    waiting: Mutex<VecDeque<Vec<u128>>>,
    run: Box<dyn Fn(u128) -> Attempt + Send + Sync>,
    told: Mutex<Vec<(u128, Outcome)>>,
    prepared: AtomicUsize,
}

impl Lines {
    fn new<F, T>(lines: Vec<Vec<u128>>, run: F) -> Arc<Self>
    where
        F: Fn(u128) -> T + Send + Sync + 'static,
        T: Future<Output = Outcome> + Send + 'static,
    {
        Arc::new(Self {
            waiting: Mutex::new(lines.into()),
            run: Box::new(move |number| Box::pin(run(number))),
            told: Mutex::default(),
            prepared: AtomicUsize::new(0),
        })
    }

    async fn until_told(&self, count: usize) -> Vec<(u128, Outcome)> {
        let all = async {
            while self.told.lock().expect("the list").len() < count {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(HANGS, all).await.expect("they get there in time");
        self.told.lock().expect("the list").clone()
    }
}

impl Work for Lines {
    type What = u128;

    fn follow(&self) -> bool {
        true
    }

    fn claim<'a>(&'a self, claim: Claim<'a>, beyond: Beyond) -> Answer<'a, Vec<Piece<u128>>> {
        let mut waiting = self.waiting.lock().expect("the lines");
        let most = (claim.limit + beyond.ahead).min(waiting.len());
        let piece = |(index, what): (usize, u128)| {
            let lease = Lease { id: Uuid::from_u128(what), token: 1 };
            Piece { what, lease, follows: index > 0 }
        };
        let given: Vec<_> =
            waiting.drain(..most).flat_map(|line| line.into_iter().enumerate().map(piece)).collect();
        Box::pin(async move {
            if given.is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
            Ok(given)
        })
    }

    fn extend(&self, leases: Vec<Lease>, _: Duration) -> Answer<'_, Vec<bool>> {
        Box::pin(std::future::ready(Ok(vec![true; leases.len()])))
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        let told = vec![true; finishes.len()];
        let number = |finish: Finish| (finish.lease.id.as_u128(), finish.outcome);
        self.told.lock().expect("the list").extend(finishes.into_iter().map(number));
        Box::pin(std::future::ready(Ok(told)))
    }

    fn terms(&self, what: &u128) -> Terms {
        Terms {
            id: Uuid::from_u128(*what),
            name: Cow::Borrowed("number"),
            attempts: 1,
            retry: RetryPolicy::default(),
            is_expired: false,
        }
    }

    fn prepare(&self, what: Vec<&mut u128>) -> impl Future<Output = ()> + Send {
        self.prepared.fetch_add(what.len(), Ordering::SeqCst);
        std::future::ready(())
    }

    fn run(&self, what: u128) -> impl Future<Output = Outcome> + Send {
        (self.run)(what)
    }
}

fn start(lines: &Arc<Lines>, limit: usize) -> Worker<Lines> {
    let queues = vec![("default".to_owned(), limit)];
    Worker::start(Arc::clone(lines), Options { what: "number", queues, lease: Duration::from_secs(5) })
}

fn done() -> Outcome {
    Outcome::Succeeded(None)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_begins_when_the_one_before_has_ended_for_good() {
    let again = || Outcome::Retry(chrono::DateTime::UNIX_EPOCH, Failure::new("test", "as it is meant to"));
    let failed = || Outcome::Failed(Failure::new("test", "as it is meant to"));
    let lines = Lines::new(vec![vec![1, 2, 3, 4, 5], vec![11, 12]], move |number| async move {
        match number {
            1 => failed(),
            3 => again(),
            _ => done(),
        }
    });
    let worker = start(&lines, 4);
    let mut told = lines.until_told(5).await;
    worker.stop(Duration::from_secs(1)).await;
    assert_eq!(lines.told.lock().expect("the list").len(), 5, "4 and 5 are not held any more");
    told.sort_by_key(|(number, _)| *number);
    assert_eq!(told, [(1, failed()), (2, done()), (3, again()), (11, done()), (12, done())]);
    assert_eq!(lines.prepared.load(Ordering::SeqCst), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_line_lets_others_have_their_turn() {
    let lines = Lines::new(vec![(1..=50).collect()], |_| async {
        sleep(Duration::from_millis(30)).await;
        done()
    });
    let worker = start(&lines, 1);
    let told = timeout(HANGS, async {
        loop {
            let told = lines.told.lock().expect("the list").clone();
            if told.last().is_some_and(|(_, outcome)| *outcome == Outcome::Returned) {
                return told;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    let told = told.await.expect("it is given back");
    worker.stop(Duration::from_secs(1)).await;
    let numbers: Vec<u128> = told.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u128).collect::<Vec<_>>(), "in their order");
    assert!((2..=5).contains(&told.len()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_holds_up_nobody_who_was_claimed_with_it() {
    let notify = Arc::new(Notify::new());
    let lines = Lines::new((1..=40).map(|number| vec![number]).collect(), move |number| {
        let notify = Arc::clone(&notify);
        async move {
            match number {
                40 => notify.notify_one(),
                1 => notify.notified().await,
                _ => tokio::task::yield_now().await,
            }
            done()
        }
    });
    let worker = start(&lines, 40);
    assert_eq!(lines.until_told(40).await.len(), 40);
    worker.stop(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_ahead_does_not_run_before_there_is_a_place() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let peak = Arc::clone(&most);
    let lines = Lines::new((1..=60).map(|number| vec![number, number + 1000]).collect(), move |_| {
        let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_millis(1)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            done()
        }
    });
    let worker = start(&lines, 3);
    assert_eq!(lines.until_told(120).await.len(), 120);
    worker.stop(Duration::from_secs(1)).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_back_what_is_held_and_has_not_begun() {
    let lines = Lines::new((1..=20).map(|number| vec![number, number + 1000]).collect(), |_| async {
        sleep(Duration::from_millis(200)).await;
        done()
    });
    let worker = start(&lines, 2);
    sleep(Duration::from_millis(60)).await;
    worker.stop(Duration::from_secs(5)).await;
    let told = lines.told.lock().expect("the list").clone();
    let held = 20 - lines.waiting.lock().expect("the lines").len();
    let ended = told.iter().filter(|(_, outcome)| *outcome == done()).count();
    assert_eq!(ended, 2, "{told:?}");
    let firsts: Vec<u128> = told.iter().map(|(number, _)| *number).filter(|number| *number <= 20).collect();
    assert_eq!(firsts.len(), held, "each is ended or given back");
    // What follows one that ended is given back; what follows one that was given back is not held.
    assert_eq!(told.len(), held + 2, "{told:?}");
}
