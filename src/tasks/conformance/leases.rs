//! Who holds a task, and how it goes to another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::place::{LONG, PATIENCE, Place};
use crate::tasks::broker::{Claim, Finish, Outcome};
use crate::tasks::message::Message;
use crate::tasks::status::TaskState;

super::cases! {
    a_lease_that_ran_out_goes_to_another_worker(Leases);
    a_worker_that_dies_again_and_again_counts(Leases);
    an_extended_lease_holds(Leases);
    a_lease_that_ran_out_holds_until_somebody_else_has_it(Leases);
    who_waits_gets_what_another_lost(Leases);
    many_workers_finish_each_task_once();
}

const SHORT: Duration = Duration::from_millis(300);

async fn a_lease_that_ran_out_goes_to_another_worker(place: Place) {
    let message = place.message();
    place.enqueue(&message).await;
    let lost = place.claim_from(&place.broker, 1, SHORT, PATIENCE).await.remove(0);
    let claim = Claim { queue: &place.queue, limit: 1, lease: LONG, wait: PATIENCE, worker: "worker-2" };
    let given = place.other.claim(claim).await.unwrap().remove(0);
    assert_eq!((given.lease.id, given.message.attempts), (message.id, 2));
    assert_ne!(given.lease.token, lost.lease.token);

    assert_eq!(place.broker.extend(vec![lost.lease], LONG).await.unwrap(), [false], "the old token");
    assert!(!place.finish(lost.lease, Outcome::Succeeded(Some("\"old\"".to_owned()))).await, "the old token");
    place.assert_state(message.id, TaskState::Running).await;

    assert_eq!(place.other.extend(vec![given.lease], LONG).await.unwrap(), [true], "the new one");
    let finish = Finish { lease: given.lease, outcome: Outcome::Succeeded(Some("\"new\"".to_owned())) };
    assert_eq!(place.other.finish(vec![finish]).await.unwrap(), [true], "the new one");
    if place.can.missing(&[super::Need::Status]).is_none() {
        let status = place.status(message.id).await;
        assert_eq!(status.result, Some("new".into()));
        assert_eq!(status.worker.as_deref(), Some("worker-2"));
        assert_eq!(status.attempts, 2);
    }
    assert!(!place.finish(lost.lease, Outcome::Returned).await);
    place.nothing().await;
}

async fn a_worker_that_dies_again_and_again_counts(place: Place) {
    let mut message = place.message();
    message.retry.attempts = 2;
    place.enqueue(&message).await;
    for attempts in 1..=4 {
        let claimed = place.claim_from(&place.broker, 1, SHORT, PATIENCE).await.remove(0);
        assert_eq!(claimed.message.attempts, attempts, "more than the policy allows: the worker decides");
    }
}

async fn an_extended_lease_holds(place: Place) {
    place.enqueue(&place.message()).await;
    let held = place.claim_from(&place.broker, 1, SHORT, PATIENCE).await.remove(0);
    assert_eq!(place.broker.extend(vec![held.lease], LONG).await.unwrap(), [true]);
    let others = place.claim_from(&place.other, 1, LONG, SHORT * 3).await;
    assert!(others.is_empty(), "it is held still");
    place.succeed(held.lease).await;
}

async fn a_lease_that_ran_out_holds_until_somebody_else_has_it(place: Place) {
    place.enqueue(&place.message()).await;
    let held = place.claim_from(&place.broker, 1, Duration::from_millis(1), PATIENCE).await.remove(0);
    tokio::time::sleep(SHORT).await;
    assert_eq!(place.broker.extend(vec![held.lease], LONG).await.unwrap(), [true]);
    place.nothing().await;
    place.succeed(held.lease).await;
}

async fn who_waits_gets_what_another_lost(place: Place) {
    let waits = place.clone();
    let waiting =
        tokio::spawn(async move { waits.claim_from(&waits.other, 1, SHORT, PATIENCE).await.remove(0) });
    let message = place.message();
    place.enqueue(&message).await;
    // One of the two gets it first and loses it, the other one next.
    let one = place.claim_from(&place.broker, 1, SHORT, PATIENCE).await.remove(0);
    let two = waiting.await.unwrap();
    let mut attempts = [one.message.attempts, two.message.attempts];
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 2]);
}

async fn many_workers_finish_each_task_once(place: Place) {
    const WORKERS: usize = 8;
    const TASKS: usize = 2_000;
    // By task: how often it was given out, and how often its end was taken.
    let seen: Arc<Mutex<HashMap<uuid::Uuid, (usize, usize)>>> = Arc::default();
    let ended = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| {
            let (place, seen, ended) = (place.clone(), seen.clone(), ended.clone());
            tokio::spawn(async move {
                let broker = if number % 2 == 0 { &place.broker } else { &place.other };
                while ended.load(std::sync::atomic::Ordering::SeqCst) < TASKS {
                    let claimed = place.claim_from(broker, 32, LONG, Duration::from_millis(500)).await;
                    for claimed in &claimed {
                        seen.lock().unwrap().entry(claimed.lease.id).or_default().0 += 1;
                    }
                    let outcome = Outcome::Succeeded(None);
                    let finish = |it: &crate::tasks::broker::Claimed| Finish {
                        lease: it.lease,
                        outcome: outcome.clone(),
                    };
                    let finishes: Vec<Finish> = claimed.iter().map(finish).collect();
                    let held = broker.finish(finishes).await.unwrap();
                    for (claimed, held) in claimed.iter().zip(held) {
                        seen.lock().unwrap().entry(claimed.lease.id).or_default().1 += usize::from(held);
                    }
                    ended.fetch_add(claimed.len(), std::sync::atomic::Ordering::SeqCst);
                }
            })
        })
        .collect();
    let mut ids = Vec::new();
    for _ in 0..TASKS / 250 {
        let group: Vec<Message> = (0..250).map(|_| place.message()).collect();
        ids.extend(group.iter().map(|message| message.id));
        place.broker.enqueue(group).await.unwrap();
    }
    for worker in workers {
        worker.await.unwrap();
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), TASKS);
    for id in ids {
        assert_eq!(seen.get(&id), Some(&(1, 1)), "given out once, ended once");
    }
}
