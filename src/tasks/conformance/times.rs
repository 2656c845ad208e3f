//! Tasks that wait for a moment, tasks that are too late, and workers that wait for tasks.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::place::{LONG, PATIENCE, Place};
use crate::tasks::broker::{Claim, Taken};
use crate::tasks::message::Message;
use crate::tasks::status::TaskState;

super::cases! {
    a_delayed_task_comes_at_its_moment(Delay);
    a_moment_that_has_passed_is_now();
    a_task_that_is_too_late_expires(Expiry);
    a_task_that_is_in_time_does_not_expire();
    an_expired_task_is_requeued(Expiry, Requeue);
    who_waits_is_woken_by_a_task();
    all_who_wait_are_woken();
    who_waits_is_woken_by_a_moment(Delay);
    who_waits_in_vain_goes_away_with_nothing();
    who_gives_up_waiting_takes_nothing_along(Unfetched);
}

async fn a_delayed_task_comes_at_its_moment(place: Place) {
    let [mut later, now] = [place.message(), place.message()];
    // Late enough that the other one is claimed before, on a busy machine as well.
    let moment = place.soon() + TimeDelta::seconds(2);
    later.run_at = Some(moment);
    assert_eq!(place.enqueue(&later).await, Taken::New);
    place.assert_state(later.id, TaskState::Waiting).await;
    place.enqueue(&now).await;
    assert_eq!(place.claim().await.message.id, now.id, "it is in nobody's way");
    let claimed = place.claim().await;
    assert!(Utc::now() >= moment, "not before its moment");
    assert_eq!((claimed.message.id, claimed.message.attempts), (later.id, 1));
}

async fn a_moment_that_has_passed_is_now(place: Place) {
    let mut message = place.message();
    message.run_at = Some(Utc::now() - TimeDelta::days(30));
    place.enqueue(&message).await;
    assert_eq!(place.claim().await.message.id, message.id);
}

async fn a_task_that_is_too_late_expires(place: Place) {
    let [mut already, mut soon, good] = [place.message(), place.message(), place.message()];
    already.expires_at = Some(Utc::now() - TimeDelta::seconds(5));
    soon.expires_at = Some(place.soon());
    place.broker.enqueue(vec![already.clone(), soon.clone(), good.clone()]).await.unwrap();
    tokio::time::sleep(place.can.tick + Duration::from_millis(500)).await;
    let claimed = place.claim().await;
    assert_eq!(claimed.message.id, good.id, "the others are not in its way");
    place.nothing().await;
    place.assert_state(already.id, TaskState::Expired).await;
    place.assert_state(soon.id, TaskState::Expired).await;
}

async fn a_task_that_is_in_time_does_not_expire(place: Place) {
    let mut message = place.message();
    message.expires_at = Some(Utc::now() + TimeDelta::hours(1));
    place.enqueue(&message).await;
    assert_eq!(place.claim().await.message.id, message.id);
}

async fn an_expired_task_is_requeued(place: Place) {
    let mut message = place.message();
    message.expires_at = Some(Utc::now() - TimeDelta::seconds(5));
    place.enqueue(&message).await;
    place.nothing().await;
    assert!(place.broker.requeue(message.id).await.unwrap());
    let claimed = place.claim().await;
    assert_eq!((claimed.message.id, claimed.message.expires_at), (message.id, None));
}

/// One that waits for a task on another connection, as long as a test is patient.
fn waiter(place: &Place) -> tokio::task::JoinHandle<Option<Message>> {
    let place = place.clone();
    tokio::spawn(async move {
        let claimed = place.claim_from(&place.other, 1, LONG, PATIENCE * 4).await;
        claimed.into_iter().next().map(|claimed| claimed.message)
    })
}

async fn woken(waiter: tokio::task::JoinHandle<Option<Message>>) -> Message {
    tokio::time::timeout(PATIENCE, waiter).await.expect("it is woken").unwrap().expect("a task")
}

async fn who_waits_is_woken_by_a_task(place: Place) {
    let waiter = waiter(&place);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let message = place.message();
    place.enqueue(&message).await;
    assert_eq!(woken(waiter).await.id, message.id);
}

async fn all_who_wait_are_woken(place: Place) {
    let waiters = [waiter(&place), waiter(&place), waiter(&place), waiter(&place)];
    tokio::time::sleep(Duration::from_millis(100)).await;
    let group: Vec<Message> = waiters.iter().map(|_| place.message()).collect();
    let mut ids: Vec<_> = group.iter().map(|message| message.id).collect();
    place.broker.enqueue(group).await.unwrap();
    let mut got = Vec::new();
    for waiter in waiters {
        got.push(woken(waiter).await.id);
    }
    ids.sort_unstable();
    got.sort_unstable();
    assert_eq!(got, ids);
}

async fn who_waits_is_woken_by_a_moment(place: Place) {
    let waiter = waiter(&place);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let [mut far, mut near] = [place.message(), place.message()];
    far.run_at = Some(Utc::now() + TimeDelta::hours(1));
    near.run_at = Some(place.soon());
    place.enqueue(&far).await;
    place.enqueue(&near).await;
    assert_eq!(woken(waiter).await.id, near.id);
    assert!(Utc::now() >= near.run_at.unwrap());
}

async fn who_waits_in_vain_goes_away_with_nothing(place: Place) {
    let claim = |wait| Claim { queue: &place.queue, limit: 5, lease: LONG, wait, worker: "worker-1" };
    assert!(place.broker.claim(claim(Duration::ZERO)).await.unwrap().is_empty());
    assert!(place.broker.claim(claim(Duration::from_millis(50))).await.unwrap().is_empty());
}

async fn who_gives_up_waiting_takes_nothing_along(place: Place) {
    let waiters = [waiter(&place), waiter(&place), waiter(&place)];
    tokio::time::sleep(Duration::from_millis(100)).await;
    for waiter in waiters {
        waiter.abort();
        assert!(waiter.await.unwrap_err().is_cancelled());
    }
    let message = place.message();
    place.enqueue(&message).await;
    assert_eq!(place.claim().await.message.id, message.id);
}
