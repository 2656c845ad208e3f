//! What is known of tasks that workers of another protocol have.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::place::{Place, failure};
use crate::tasks::broker::{BrokerError, Called, Cancelled, Claim, Finish, Noted, Outcome, Taken};
use crate::tasks::message::Message;
use crate::tasks::status::{TaskState, TaskStatus};

super::cases! {
    what_was_sent_is_given_to_nobody_until_it_is_requeued(Status, Cancel, Requeue);
    what_is_noted_of_a_task_is_its_state(Status);
    what_has_ended_is_noted_no_more(Status, Remembers);
}

/// `None` where the engine keeps no state of what others carry.
async fn note(place: &Place, message: &Message, noted: Noted) -> Option<()> {
    match place.broker.note(vec![(message.id, noted)]).await {
        Ok(()) => Some(()),
        Err(BrokerError::Unsupported(why)) => {
            eprintln!("left out: {why}");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// A task that was claimed to be sent, and was.
async fn sent(place: &Place) -> Option<Message> {
    let message = place.message();
    note(place, &message, Noted::Began).await?;
    assert_eq!(place.enqueue(&message).await, Taken::New);
    let claim =
        Claim { queue: "", limit: 1, lease: Duration::from_secs(20), wait: Duration::ZERO, worker: "" };
    let called = place.broker.call(vec![message.id], claim, true).await.unwrap();
    assert!(matches!(called[..], [Called::Claimed(_)]));
    note(place, &message, Noted::Sent("there")).await?;
    Some(message)
}

fn seen(status: &TaskStatus) -> (TaskState, u32, Option<&str>) {
    (status.state, status.attempts, status.worker.as_deref())
}

async fn what_was_sent_is_given_to_nobody_until_it_is_requeued(place: Place) {
    let Some(message) = sent(&place).await else { return };
    assert_eq!(seen(&place.status(message.id).await), (TaskState::Waiting, 0, Some("there")));
    place.nothing().await;
    assert_eq!(place.cancel(message.id).await, Cancelled::Done);
    note(&place, &message, Noted::Sent("there")).await;
    assert_eq!(place.status(message.id).await.state, TaskState::Cancelled);
    assert!(place.broker.requeue(message.id).await.unwrap());
    let claimed = place.claim().await;
    assert_eq!((claimed.message.id, claimed.message.attempts), (message.id, 1));
    // Whoever claimed it has a name: it is not one that is being sent.
    note(&place, &message, Noted::Sent("there")).await;
    assert_eq!(seen(&place.status(message.id).await), (TaskState::Running, 1, Some("worker-1")));
    let finish = Finish { lease: claimed.lease, outcome: Outcome::Succeeded(None) };
    assert_eq!(place.broker.finish(vec![finish]).await.unwrap(), [true]);
}

async fn what_is_noted_of_a_task_is_its_state(place: Place) {
    let Some(message) = sent(&place).await else { return };
    let before = Utc::now() - TimeDelta::seconds(1);
    note(&place, &message, Noted::Began).await;
    note(&place, &message, Noted::Began).await;
    let status = place.status(message.id).await;
    assert_eq!(seen(&status), (TaskState::Running, 1, Some("there")), "said twice it is one attempt");
    assert!(status.started_at.unwrap() >= before);
    note(&place, &message, Noted::Again(failure())).await;
    let status = place.status(message.id).await;
    assert_eq!((status.state, status.attempts, status.error), (TaskState::Waiting, 1, Some(failure())));
    // Not all say that an attempt begins.
    note(&place, &message, Noted::Again(failure())).await;
    place.nothing().await;
    // Several of one task at once, in their order.
    let ended = Noted::Ended(Outcome::Succeeded(Some("7".to_owned())));
    place.broker.note(vec![(message.id, Noted::Began), (message.id, ended)]).await.unwrap();
    let status = place.status(message.id).await;
    assert_eq!((status.state, status.attempts, status.error), (TaskState::Succeeded, 3, None));
    assert_eq!(status.result, Some(serde_json::json!(7)));
    assert!(status.finished_at.unwrap() >= before);
}

async fn what_has_ended_is_noted_no_more(place: Place) {
    for (outcome, state, attempts) in [
        (Outcome::Succeeded(None), TaskState::Succeeded, 1),
        (Outcome::Failed(failure()), TaskState::Failed, 1),
        (Outcome::Expired, TaskState::Expired, 0),
    ] {
        let Some(message) = sent(&place).await else { return };
        note(&place, &message, Noted::Ended(outcome)).await;
        for later in [
            Noted::Sent("there"),
            Noted::Began,
            Noted::Again(failure()),
            Noted::Ended(Outcome::Succeeded(Some("8".to_owned()))),
        ] {
            note(&place, &message, later).await;
        }
        let status = place.status(message.id).await;
        assert_eq!((status.state, status.attempts, status.result), (state, attempts, None));
    }
    let nobody = place.message();
    note(&place, &nobody, Noted::Ended(Outcome::Succeeded(None))).await;
    assert_eq!(place.try_status(nobody.id).await, None);
}
