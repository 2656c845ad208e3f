//! What can be seen of tasks, and how they are forgotten.

use chrono::{TimeDelta, Utc};

use super::place::{Place, assert_about};
use crate::context::Principal;
use crate::tasks::broker::Taken;
use crate::tasks::message::Caller;
use crate::tasks::status::{TaskFilter, TaskState};

super::cases! {
    a_status_tells_the_whole_story(Status);
    nothing_is_seen_of_what_is_not_there(Status);
    a_list_has_the_newest_first(List);
    a_list_has_what_the_filter_says(List);
    what_ended_is_forgotten_and_nothing_else(Prune, Status);
}

async fn a_status_tells_the_whole_story(place: Place) {
    let mut message = place.message();
    message.caller = Some(Caller { principal: Principal::new("ada"), key: None });
    message.retry.attempts = 4;
    let before = Utc::now() - TimeDelta::milliseconds(5);
    place.enqueue(&message).await;

    let status = place.status(message.id).await;
    assert_eq!(
        (status.id, status.name.as_str(), &status.queue),
        (message.id, "order.create", &message.queue)
    );
    assert_eq!((status.state, status.attempts, status.max_attempts), (TaskState::Waiting, 0, 4));
    assert_about(status.created_at, message.created_at, place.can.tick);
    assert_eq!((status.started_at, status.finished_at, status.worker), (None, None, None));
    assert_eq!(status.principal.as_deref(), Some("ada"));
    assert_eq!((status.error, status.result), (None, None));

    let claimed = place.claim().await;
    let status = place.status(message.id).await;
    assert_eq!((status.state, status.attempts), (TaskState::Running, 1));
    assert_eq!(status.worker.as_deref(), Some("worker-1"));
    assert!(status.started_at.unwrap() >= before && status.finished_at.is_none());

    place.succeed(claimed.lease).await;
    let status = place.status(message.id).await;
    assert_eq!(status.state, TaskState::Succeeded);
    assert!(status.finished_at.unwrap() >= status.started_at.unwrap());
    assert_eq!(status.worker.as_deref(), Some("worker-1"), "who did it");
    assert_eq!(status.principal.as_deref(), Some("ada"));
}

async fn nothing_is_seen_of_what_is_not_there(place: Place) {
    assert_eq!(place.try_status(uuid::Uuid::now_v7()).await, None);
}

async fn a_list_has_the_newest_first(place: Place) {
    let mut messages = Vec::new();
    for age in (1..=5).rev() {
        let mut message = place.message();
        message.created_at -= TimeDelta::seconds(age);
        assert_eq!(place.enqueue(&message).await, Taken::New);
        messages.insert(0, message.id);
    }
    let mut filter = TaskFilter { queue: Some(place.queue.clone()), ..TaskFilter::default() };
    let ids = async |filter: &TaskFilter| {
        let list = place.broker.list(filter).await.unwrap();
        list.into_iter().map(|status| status.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&filter).await, messages, "0 means 100");
    filter.limit = 2;
    assert_eq!(ids(&filter).await, messages[..2]);
}

async fn a_list_has_what_the_filter_says(place: Place) {
    let failed = place.running().await.lease;
    place.fail(failed).await;
    let running = place.running().await.lease;
    let mut waiting = place.message();
    waiting.name = "order.delete".to_owned();
    place.enqueue(&waiting).await;
    let list = async |name: Option<&str>, state| {
        let queue = Some(place.queue.clone());
        let filter = TaskFilter { queue, name: name.map(str::to_owned), state, limit: 10 };
        let mut ids: Vec<_> =
            place.broker.list(&filter).await.unwrap().into_iter().map(|status| status.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(list(None, None).await, [failed.id, running.id, waiting.id]);
    assert_eq!(list(None, Some(TaskState::Failed)).await, [failed.id]);
    assert_eq!(list(None, Some(TaskState::Running)).await, [running.id]);
    assert_eq!(list(None, Some(TaskState::Waiting)).await, [waiting.id]);
    assert!(list(None, Some(TaskState::Expired)).await.is_empty());
    assert_eq!(list(Some("order.create"), None).await, [failed.id, running.id]);
    assert_eq!(list(Some("order.delete"), Some(TaskState::Waiting)).await, [waiting.id]);
    assert!(list(Some("order.delete"), Some(TaskState::Failed)).await.is_empty());
    let other = TaskFilter { queue: Some(format!("{}-other", place.queue)), ..TaskFilter::default() };
    assert_eq!(place.broker.list(&other).await.unwrap(), []);
}

async fn what_ended_is_forgotten_and_nothing_else(place: Place) {
    let succeeded = place.running().await;
    place.succeed(succeeded.lease).await;
    let failed = place.running().await;
    place.fail(failed.lease).await;
    let running = place.running().await;
    let waiting = place.message();
    place.enqueue(&waiting).await;

    while place.broker.prune(Utc::now() - TimeDelta::hours(1)).await.unwrap() > 0 {}
    assert!(place.try_status(succeeded.lease.id).await.is_some(), "it has not ended before that");

    let mut forgotten = 0;
    loop {
        match place.broker.prune(Utc::now() + TimeDelta::hours(1)).await.unwrap() {
            0 => break,
            more => forgotten += more,
        }
    }
    assert!(forgotten >= 2);
    assert_eq!(place.try_status(succeeded.lease.id).await, None);
    assert_eq!(place.try_status(failed.lease.id).await, None);
    place.assert_state(running.lease.id, TaskState::Running).await;
    place.assert_state(waiting.id, TaskState::Waiting).await;
    assert_eq!(place.enqueue(&succeeded.message).await, Taken::New, "nobody remembers its id");
}
