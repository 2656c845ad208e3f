mod lines;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{Options, Queues, Run, Worker};
use crate::tasks::broker::{Broker, Outcome};
use crate::tasks::memory::Memory;
use crate::tasks::message::{Message, RetryPolicy};
use crate::tasks::status::{Failure, TaskFilter, TaskState};

/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_secs(20);

fn message(name: &str) -> Message {
    Message::new("default", name, "{}".to_owned())
}

fn options(limit: usize) -> Options {
    Options { what: "task", queues: vec![("default".to_owned(), limit)], lease: Duration::from_secs(1) }
}

async fn enqueue(broker: &Arc<dyn Broker>, messages: Vec<Message>) -> Vec<Uuid> {
    let ids = messages.iter().map(|message| message.id).collect();
    broker.enqueue(messages).await.expect("taken");
    ids
}

async fn state(broker: &Arc<dyn Broker>, id: Uuid) -> Option<TaskState> {
    broker.status(id).await.expect("a status").map(|status| status.state)
}

/// Waits until all are in the state.
async fn until(broker: &Arc<dyn Broker>, ids: &[Uuid], wanted: TaskState) {
    let all = async {
        for id in ids {
            while state(broker, *id).await != Some(wanted) {
                sleep(Duration::from_millis(5)).await;
            }
        }
    };
    timeout(HANGS, all).await.expect("they get there in time");
}

fn memory() -> Arc<dyn Broker> {
    Arc::new(Memory::new())
}

fn start(broker: &Arc<dyn Broker>, run: Run, options: Options) -> Worker<Queues> {
    Worker::start(Arc::new(Queues { broker: Arc::clone(broker), run }), options)
}

fn run<F, T>(attempt: F) -> Run
where
    F: Fn(Message) -> T + Send + Sync + 'static,
    T: Future<Output = Outcome> + Send + 'static,
{
    Arc::new(move |message| Box::pin(attempt(message)))
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_tasks_are_each_run_once() {
    let broker = memory();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let run = run(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Outcome::Succeeded(None) }
    });
    let worker = start(&broker, run, options(16));
    let ids = enqueue(&broker, (0..5000).map(|_| message("count.up")).collect()).await;
    until(&broker, &ids, TaskState::Succeeded).await;
    worker.stop(Duration::from_secs(1)).await;
    assert_eq!(count.load(Ordering::Relaxed), 5000);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_run_at_once_than_may() {
    let broker = memory();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (Arc::clone(&now), Arc::clone(&most));
    let run = run(move |_| {
        let (running, peak) = (Arc::clone(&running), Arc::clone(&peak));
        async move {
            peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_millis(2)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            Outcome::Succeeded(None)
        }
    });
    let worker = start(&broker, run, options(4));
    let ids = enqueue(&broker, (0..200).map(|_| message("slow.down")).collect()).await;
    until(&broker, &ids, TaskState::Succeeded).await;
    worker.stop(Duration::from_secs(1)).await;
    assert_eq!(most.load(Ordering::SeqCst), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_attempt_keeps_its_lease() {
    let broker = memory();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let run = run(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async {
            // More than two leases.
            sleep(Duration::from_millis(2500)).await;
            Outcome::Succeeded(None)
        }
    });
    let worker = start(&broker, run, options(2));
    let ids = enqueue(&broker, vec![message("long.one")]).await;
    until(&broker, &ids, TaskState::Succeeded).await;
    worker.stop(Duration::from_secs(1)).await;
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_panics_is_tried_again_until_there_are_no_attempts_left() {
    let broker = memory();
    let run = run(|_| async { panic!("as it is meant to") });
    let worker = start(&broker, run, options(2));
    let policy = RetryPolicy {
        attempts: 3,
        backoff: Duration::from_millis(5),
        backoff_max: Duration::from_millis(10),
        ..RetryPolicy::default()
    };
    let ids = enqueue(&broker, vec![Message { retry: policy, ..message("always.panics") }]).await;
    until(&broker, &ids, TaskState::Failed).await;
    worker.stop(Duration::from_secs(1)).await;
    let status = broker.status(ids[0]).await.unwrap().unwrap();
    assert_eq!(status.attempts, 3);
    assert_eq!(status.error.map(|error| error.code), Some("internal".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_come_back_is_a_timeout() {
    let broker = memory();
    let run = run(|_| std::future::pending());
    let worker = start(&broker, run, options(2));
    let policy = RetryPolicy { attempts: 1, timeout: Duration::from_millis(20), ..RetryPolicy::default() };
    let ids = enqueue(&broker, vec![Message { retry: policy, ..message("never.ends") }]).await;
    until(&broker, &ids, TaskState::Failed).await;
    worker.stop(Duration::from_secs(1)).await;
    let status = broker.status(ids[0]).await.unwrap().unwrap();
    assert_eq!(status.error.map(|error| error.code), Some("timeout".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_workers_died_is_given_up_without_being_run() {
    let broker = memory();
    let ran = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&ran);
    let run = run(move |message: Message| {
        seen.lock().unwrap().push(message.name);
        async { Outcome::Succeeded(None) }
    });
    let policy = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
    let ids = enqueue(&broker, vec![Message { retry: policy, ..message("kills.workers") }]).await;
    // A worker that takes it and is never heard of again.
    let claim = crate::tasks::broker::Claim {
        queue: "default",
        limit: 1,
        lease: Duration::from_millis(10),
        wait: Duration::from_secs(1),
        worker: "gone",
    };
    assert_eq!(broker.claim(claim).await.unwrap().len(), 1);
    let worker = start(&broker, run, options(2));
    until(&broker, &ids, TaskState::Failed).await;
    worker.stop(Duration::from_secs(1)).await;
    let status = broker.status(ids[0]).await.unwrap().unwrap();
    assert_eq!(status.error.map(|error| error.code), Some("crashed".to_owned()));
    assert!(ran.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_what_runs_end_and_begins_nothing() {
    let broker = memory();
    let gate = Arc::new(Semaphore::new(0));
    let begun = Arc::new(AtomicUsize::new(0));
    let (open, counted) = (Arc::clone(&gate), Arc::clone(&begun));
    let run = run(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        let open = Arc::clone(&open);
        async move {
            open.acquire().await.unwrap().forget();
            Outcome::Succeeded(None)
        }
    });
    let worker = start(&broker, run, options(2));
    enqueue(&broker, (0..10).map(|_| message("wait.here")).collect()).await;
    timeout(HANGS, async {
        while begun.load(Ordering::SeqCst) < 2 {
            sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .unwrap();
    let stop = tokio::spawn(worker.stop(HANGS));
    sleep(Duration::from_millis(20)).await;
    gate.add_permits(10);
    timeout(HANGS, stop).await.unwrap().unwrap();
    let by = |state| TaskFilter { state: Some(state), ..TaskFilter::default() };
    let ended = broker.list(&by(TaskState::Succeeded)).await.unwrap().len();
    let waiting = broker.list(&by(TaskState::Waiting)).await.unwrap().len();
    assert_eq!((ended, waiting), (begun.load(Ordering::SeqCst), 10 - begun.load(Ordering::SeqCst)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_outlives_the_grace_is_given_back_at_once() {
    let broker = memory();
    let run = run(|_| std::future::pending());
    let worker = start(&broker, run, options(2));
    let ids = enqueue(&broker, vec![message("never.ends")]).await;
    until(&broker, &ids, TaskState::Running).await;
    timeout(HANGS, worker.stop(Duration::from_millis(50))).await.unwrap();
    let status = broker.status(ids[0]).await.unwrap().unwrap();
    assert_eq!(status.state, TaskState::Waiting);
    assert_eq!(status.error.map(|error: Failure| error.code), Some("stopped".to_owned()));
}

struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_lease_is_lost_is_ended() {
    let broker = memory();
    let dropped = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&dropped);
    let run = run(move |_| {
        let guard = Guard(Arc::clone(&counted));
        async move {
            let _guard = guard;
            std::future::pending().await
        }
    });
    let worker = start(&broker, run, options(1));
    let ids = enqueue(&broker, vec![message("gets.lost")]).await;
    until(&broker, &ids, TaskState::Running).await;
    // As if the process had been stopped for longer than the lease: nothing is extended, and another one asks.
    let held = worker.shared.held.leases();
    broker
        .finish(
            held.iter()
                .map(|lease| crate::tasks::broker::Finish { lease: *lease, outcome: Outcome::Returned })
                .collect(),
        )
        .await
        .unwrap();
    timeout(HANGS, async {
        while dropped.load(Ordering::SeqCst) == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the heartbeat finds out");
    worker.stop(Duration::ZERO).await;
}
