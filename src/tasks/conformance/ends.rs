//! How attempts end, and what can be done with a task then.

use chrono::{TimeDelta, Utc};
use uuid::Uuid;

use super::place::{Place, assert_about, failure};
use crate::tasks::broker::{Cancelled, Outcome, Taken};
use crate::tasks::status::{Failure, TaskState};

super::cases! {
    a_retry_waits_for_its_moment_and_says_why(Status, Delay);
    a_retry_at_once_comes_again();
    a_failed_task_is_a_dead_letter(Status);
    a_failed_task_is_requeued_from_the_beginning(Requeue);
    what_did_not_fail_is_not_requeued(Requeue);
    a_cancelled_task_is_requeued(Requeue, Cancel);
    given_back_is_no_attempt(Uncounted);
    postponed_is_no_attempt_either(Status, Delay, Uncounted);
    a_waiting_task_is_cancelled(Cancel);
    a_task_that_waits_to_be_tried_again_is_cancelled(Cancel, Delay);
    it_is_too_late_to_cancel_what_began(Cancel);
    a_drained_queue_is_empty(Drain);
    what_waits_for_its_moment_is_drained(Drain, DrainDelayed, Delay);
    a_worker_may_say_that_it_is_too_late(Status);
}

async fn a_retry_waits_for_its_moment_and_says_why(place: Place) {
    let claimed = place.running().await;
    let moment = place.soon();
    assert!(place.finish(claimed.lease, Outcome::Retry(moment, failure())).await);
    let status = place.status(claimed.lease.id).await;
    assert_eq!(status.state, TaskState::Waiting);
    assert_eq!(status.attempts, 1);
    assert_eq!(status.error, Some(failure()));
    assert_about(status.run_at.unwrap(), moment, place.can.tick);
    let again = place.claim().await;
    assert!(Utc::now() >= moment, "not before its moment");
    assert_eq!((again.lease.id, again.message.attempts), (claimed.lease.id, 2));
    assert_eq!(again.message.payload, claimed.message.payload);
    assert_ne!(again.lease.token, claimed.lease.token, "another claim, another token");
    place.succeed(again.lease).await;
    let status = place.status(claimed.lease.id).await;
    assert_eq!((status.state, status.error), (TaskState::Succeeded, None));
}

async fn a_retry_at_once_comes_again(place: Place) {
    let mut claimed = place.running().await;
    for attempts in 2..=4 {
        assert!(place.finish(claimed.lease, Outcome::Retry(Utc::now(), failure())).await);
        claimed = place.claim().await;
        assert_eq!(claimed.message.attempts, attempts);
    }
    place.succeed(claimed.lease).await;
    place.nothing().await;
}

async fn a_failed_task_is_a_dead_letter(place: Place) {
    let claimed = place.running().await;
    place.fail(claimed.lease).await;
    let status = place.status(claimed.lease.id).await;
    assert_eq!(status.state, TaskState::Failed);
    assert_eq!(status.error, Some(failure()), "with everything that is wrong");
    assert!(status.finished_at.is_some());
    assert_eq!(status.result, None);
    place.nothing().await;
}

async fn a_failed_task_is_requeued_from_the_beginning(place: Place) {
    let mut claimed = place.running().await;
    assert!(place.finish(claimed.lease, Outcome::Retry(Utc::now(), failure())).await);
    claimed = place.claim().await;
    place.fail(claimed.lease).await;
    assert!(place.broker.requeue(claimed.lease.id).await.unwrap());
    if place.can.missing(&[super::Need::Status]).is_none() {
        let status = place.status(claimed.lease.id).await;
        assert_eq!((status.state, status.attempts), (TaskState::Waiting, 0));
        assert_eq!((status.error, status.finished_at), (None, None));
    }
    assert!(!place.broker.requeue(claimed.lease.id).await.unwrap(), "it waits already");
    let again = place.claim().await;
    assert_eq!((again.lease.id, again.message.attempts), (claimed.lease.id, 1));
    assert_eq!(again.message.payload, claimed.message.payload);
    place.succeed(again.lease).await;
    place.nothing().await;
}

async fn what_did_not_fail_is_not_requeued(place: Place) {
    let requeue = async |id| place.broker.requeue(id).await.unwrap();
    assert!(!requeue(Uuid::now_v7()).await, "there is none");
    let claimed = place.running().await;
    assert!(!requeue(claimed.lease.id).await, "it runs");
    place.succeed(claimed.lease).await;
    assert!(!requeue(claimed.lease.id).await, "it succeeded");
    place.nothing().await;
}

async fn a_cancelled_task_is_requeued(place: Place) {
    let mut message = place.message();
    message.run_at = Some(Utc::now() + TimeDelta::hours(1));
    message.expires_at = Some(Utc::now() + TimeDelta::hours(2));
    place.enqueue(&message).await;
    assert_eq!(place.cancel(message.id).await, Cancelled::Done);
    assert!(place.broker.requeue(message.id).await.unwrap());
    let claimed = place.claim().await;
    assert_eq!(claimed.message.id, message.id, "at once");
    assert_eq!((claimed.message.run_at, claimed.message.expires_at), (None, None));
}

async fn given_back_is_no_attempt(place: Place) {
    let mut claimed = place.running().await;
    for _ in 0..3 {
        assert_eq!(claimed.message.attempts, 1);
        assert!(place.finish(claimed.lease, Outcome::Returned).await);
        place.assert_state(claimed.lease.id, TaskState::Waiting).await;
        claimed = place.claim().await;
    }
    assert!(place.finish(claimed.lease, Outcome::Retry(Utc::now(), failure())).await);
    assert_eq!(place.claim().await.message.attempts, 2);
}

async fn postponed_is_no_attempt_either(place: Place) {
    let claimed = place.running().await;
    let moment = place.soon();
    assert!(place.finish(claimed.lease, Outcome::Postponed(moment, failure())).await);
    let status = place.status(claimed.lease.id).await;
    assert_eq!((status.state, status.attempts, status.error), (TaskState::Waiting, 0, Some(failure())));
    assert_about(status.run_at.unwrap(), moment, place.can.tick);
    let claimed = place.claim().await;
    assert!(Utc::now() >= moment, "not before its moment");
    assert_eq!(claimed.message.attempts, 1);
    place.succeed(claimed.lease).await;
}

async fn a_waiting_task_is_cancelled(place: Place) {
    let [now, later] = [place.message(), place.message()];
    let later = crate::tasks::message::Message { run_at: Some(Utc::now() + TimeDelta::hours(1)), ..later };
    for message in [now, later] {
        assert_eq!(place.enqueue(&message).await, Taken::New);
        assert_eq!(place.cancel(message.id).await, Cancelled::Done);
        place.assert_state(message.id, TaskState::Cancelled).await;
        assert_eq!(place.cancel(message.id).await, Cancelled::TooLate, "it has ended");
    }
    place.nothing().await;
    assert_eq!(place.cancel(Uuid::now_v7()).await, Cancelled::Unknown);
}

async fn a_task_that_waits_to_be_tried_again_is_cancelled(place: Place) {
    let claimed = place.running().await;
    assert!(place.finish(claimed.lease, Outcome::Retry(place.soon(), failure())).await);
    assert_eq!(place.cancel(claimed.lease.id).await, Cancelled::Done);
    place.assert_state(claimed.lease.id, TaskState::Cancelled).await;
    let wait = place.can.tick + std::time::Duration::from_millis(600);
    assert!(place.claim_from(&place.broker, 1, super::place::LONG, wait).await.is_empty());
}

async fn it_is_too_late_to_cancel_what_began(place: Place) {
    let claimed = place.running().await;
    assert_eq!(place.cancel(claimed.lease.id).await, Cancelled::TooLate);
    place.succeed(claimed.lease).await;
    assert_eq!(place.cancel(claimed.lease.id).await, Cancelled::TooLate);
    place.assert_state(claimed.lease.id, TaskState::Succeeded).await;
}

async fn a_drained_queue_is_empty(place: Place) {
    let running = place.running().await;
    let waiting = vec![place.message(), place.message(), place.message()];
    place.broker.enqueue(waiting).await.unwrap();
    assert_eq!(place.broker.drain(&place.queue).await.unwrap(), 3);
    assert_eq!(place.broker.drain(&place.queue).await.unwrap(), 0);
    place.nothing().await;
    place.succeed(running.lease).await;
    place.running().await;
}

async fn what_waits_for_its_moment_is_drained(place: Place) {
    let mut message = place.message();
    message.run_at = Some(place.soon());
    place.enqueue(&message).await;
    assert_eq!(place.broker.drain(&place.queue).await.unwrap(), 1);
    let wait = place.can.tick + std::time::Duration::from_millis(600);
    assert!(place.claim_from(&place.broker, 1, super::place::LONG, wait).await.is_empty());
}

async fn a_worker_may_say_that_it_is_too_late(place: Place) {
    let claimed = place.running().await;
    assert!(place.finish(claimed.lease, Outcome::Expired).await);
    let status = place.status(claimed.lease.id).await;
    assert_eq!(status.state, TaskState::Expired);
    assert_eq!(status.error, None::<Failure>);
    assert!(status.finished_at.is_some());
}
