//! A task goes in, comes out and ends.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;

use super::place::{LONG, Place, known};
use crate::context::Principal;
use crate::tasks::broker::{Claim, Finish, Outcome, Taken};
use crate::tasks::message::{Caller, Priority, RetryPolicy};
use crate::tasks::status::TaskState;

super::cases! {
    a_task_is_given_out_once_and_ends();
    a_group_is_answered_in_order(Remembers);
    an_empty_group_is_fine();
    every_field_comes_out_as_it_went_in(Whole);
    any_text_comes_out_as_it_went_in();
    queues_are_apart();
    a_result_is_kept(Status);
    the_same_id_is_taken_once(Remembers);
    an_id_is_remembered_after_the_end(Remembers);
    what_nobody_asks_for_leaves_nothing(Status);
    leases_of_no_task_do_not_hold(Leases);
    it_says_that_it_is_ready();
}

async fn a_task_is_given_out_once_and_ends(place: Place) {
    let message = place.message();
    assert_eq!(place.enqueue(&message).await, Taken::New);
    place.assert_state(message.id, TaskState::Waiting).await;
    let claimed = place.claim().await;
    assert_eq!(claimed.message.id, message.id);
    assert_eq!(claimed.message.attempts, 1);
    assert_eq!(claimed.lease.id, message.id);
    place.assert_state(message.id, TaskState::Running).await;
    place.nothing().await;
    place.succeed(claimed.lease).await;
    place.assert_state(message.id, TaskState::Succeeded).await;
    place.nothing().await;
}

async fn a_group_is_answered_in_order(place: Place) {
    let [first, second, third] = [place.message(), place.message(), place.message()];
    assert_eq!(place.enqueue(&second).await, Taken::New);
    let group = vec![first.clone(), second.clone(), third.clone(), first.clone()];
    let taken = place.broker.enqueue(group).await.unwrap();
    assert_eq!(taken, [Taken::New, known(&second), Taken::New, known(&first)]);
    assert_eq!(place.claim_many(3).await.len(), 3);
    place.nothing().await;
}

async fn an_empty_group_is_fine(place: Place) {
    assert_eq!(place.broker.enqueue(Vec::new()).await.unwrap(), []);
    assert_eq!(place.broker.extend(Vec::new(), LONG).await.unwrap(), [false; 0]);
    assert_eq!(place.broker.finish(Vec::new()).await.unwrap(), [false; 0]);
}

async fn every_field_comes_out_as_it_went_in(place: Place) {
    let mut message = place.message();
    message.priority = Priority::High;
    message.run_at = Some(message.created_at - TimeDelta::seconds(1));
    message.expires_at = Some(message.created_at + TimeDelta::hours(1));
    message.unique_key = Some(format!("key of {}", message.id));
    message.retry = RetryPolicy {
        attempts: 3,
        backoff: Duration::from_millis(1_500),
        backoff_max: Duration::from_secs(90),
        timeout: Duration::from_secs(7),
    };
    let principal = Principal::new("ada").with_role("admin").with_claim("tenant", json!({"id": 7}));
    message.caller = Some(Caller { principal, key: Some("key-1".to_owned()) });
    message.foreign = Some(r#"{"reply_to":"there"}"#.to_owned());
    message.trace_parent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    place.enqueue(&message).await;
    let claimed = place.claim().await;
    message.attempts = 1;
    assert_eq!(claimed.message, message);
}

async fn any_text_comes_out_as_it_went_in(place: Place) {
    let long = "é".repeat(150_000);
    let mut messages = Vec::new();
    for text in ["quote \" ' \\ \u{1F980} $1 %s ?", "zero \0 and \u{7f}", &long] {
        let mut message = place.message();
        // With a space, so that nobody writes it anew.
        message.payload = format!("{{ \"text\": {} }}", json!(text));
        message.name = "naïve.name".to_owned();
        messages.push(message);
    }
    place.broker.enqueue(messages.clone()).await.unwrap();
    for claimed in place.claim_many(3).await {
        let sent = messages.iter().find(|message| message.id == claimed.message.id).unwrap();
        assert_eq!(claimed.message.name, sent.name);
        assert!(claimed.message.payload == sent.payload, "the payload is another text");
    }
}

async fn queues_are_apart(place: Place) {
    place.enqueue(&place.message()).await;
    let queue = format!("{}-other", place.queue);
    let claim = Claim { queue: &queue, limit: 1, lease: LONG, wait: Duration::ZERO, worker: "worker-1" };
    // Engines that have to be told their queues may refuse this one.
    assert!(place.broker.claim(claim).await.unwrap_or_default().is_empty());
    place.claim().await;
}

async fn a_result_is_kept(place: Place) {
    let first = place.running().await;
    let answer = json!({"id": "7", "price": 12.5, "items": [null, "é"]});
    assert!(place.finish(first.lease, Outcome::Succeeded(Some(answer.to_string()))).await);
    assert_eq!(place.status(first.lease.id).await.result, Some(answer));
    let second = place.running().await;
    place.succeed(second.lease).await;
    assert_eq!(place.status(second.lease.id).await.result, None);
}

async fn the_same_id_is_taken_once(place: Place) {
    let message = place.message();
    let mut other = message.clone();
    other.payload = r#"{"data":{"note":"second"}}"#.to_owned();
    assert_eq!(place.enqueue(&message).await, Taken::New);
    assert_eq!(place.enqueue(&message).await, known(&message), "while it waits");
    assert_eq!(place.enqueue(&other).await, known(&message), "the fingerprint is the first one's");
    let claimed = place.claim().await;
    assert_eq!(place.enqueue(&message).await, known(&message), "while it runs");
    assert_eq!(claimed.message.payload, message.payload);
    place.nothing().await;
}

async fn an_id_is_remembered_after_the_end(place: Place) {
    for outcome in [Outcome::Succeeded(None), Outcome::Failed(super::place::failure())] {
        let claimed = place.running().await;
        assert!(place.finish(claimed.lease, outcome).await);
        assert_eq!(place.enqueue(&claimed.message).await, known(&claimed.message));
    }
    place.nothing().await;
}

async fn what_nobody_asks_for_leaves_nothing(place: Place) {
    let mut succeeds = place.message();
    succeeds.keep = false;
    let fails = crate::tasks::message::Message { id: uuid::Uuid::now_v7(), ..succeeds.clone() };
    place.broker.enqueue(vec![succeeds.clone(), fails.clone()]).await.unwrap();
    for claimed in place.claim_many(2).await {
        let lease = claimed.lease;
        if lease.id == succeeds.id {
            assert!(place.finish(lease, Outcome::Succeeded(Some("1".to_owned()))).await);
        } else {
            place.fail(lease).await;
        }
    }
    assert_eq!(place.try_status(succeeds.id).await, None);
    assert_eq!(place.status(fails.id).await.state, TaskState::Failed, "a dead letter is kept");
}

async fn leases_of_no_task_do_not_hold(place: Place) {
    let held = place.running().await.lease;
    let unknown = crate::tasks::broker::Lease { id: uuid::Uuid::now_v7(), ..held };
    assert_eq!(place.broker.extend(vec![unknown, held], LONG).await.unwrap(), [false, true]);
    let finish = |lease| Finish { lease, outcome: Outcome::Succeeded(None) };
    let finishes = vec![finish(unknown), finish(held), finish(held)];
    assert_eq!(place.broker.finish(finishes).await.unwrap(), [false, true, false]);
    assert_eq!(place.broker.extend(vec![held], LONG).await.unwrap(), [false]);
}

async fn it_says_that_it_is_ready(place: Place) {
    place.broker.ready().await.unwrap();
}
