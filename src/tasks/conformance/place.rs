//! Where a case takes place: two connections to one engine, and a queue of its own.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use uuid::Uuid;

use super::{Abilities, Need};
use crate::tasks::broker::{Broker, Cancelled, Claim, Claimed, Finish, Lease, Outcome, Taken};
use crate::tasks::message::Message;
use crate::tasks::status::{Failure, TaskState, TaskStatus};

#[derive(Clone)]
pub(super) struct Place {
    pub(super) broker: Arc<dyn Broker>,
    /// Another connection to the same.
    pub(super) other: Arc<dyn Broker>,
    pub(super) queue: String,
    pub(super) can: Abilities,
}

/// A lease that does not run out while a test runs.
pub(super) const LONG: Duration = Duration::from_hours(1);

/// How long to wait for what is to come.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait for what is not to come.
const A_WHILE: Duration = Duration::from_millis(200);

impl Place {
    pub(super) fn new(
        broker: Arc<dyn Broker>,
        other: Arc<dyn Broker>,
        queue: String,
        can: Abilities,
    ) -> Self {
        Self { broker, other, queue, can }
    }

    /// A message for the queue of this case.
    pub(super) fn message(&self) -> Message {
        message(&self.queue)
    }

    /// A moment soon, which is so far away that the engine can tell it from now.
    pub(super) fn soon(&self) -> DateTime<Utc> {
        let delay = self.can.tick.max(Duration::from_millis(300));
        // What all engines can keep.
        (Utc::now() + TimeDelta::from_std(delay).unwrap()).trunc_subsecs(3)
    }

    pub(super) async fn enqueue(&self, message: &Message) -> Taken {
        self.broker.enqueue(vec![message.clone()]).await.unwrap()[0]
    }

    /// A task that a worker has.
    pub(super) async fn running(&self) -> Claimed {
        let message = self.message();
        assert_eq!(self.enqueue(&message).await, Taken::New);
        let claimed = self.claim().await;
        assert_eq!(claimed.message.id, message.id);
        claimed
    }

    /// The next task, which has to come.
    pub(super) async fn claim(&self) -> Claimed {
        self.claim_from(&self.broker, 1, LONG, PATIENCE).await.pop().expect("a task")
    }

    /// So many tasks, which have to come.
    pub(super) async fn claim_many(&self, count: usize) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        while claimed.len() < count {
            let more = self.claim_from(&self.broker, count - claimed.len(), LONG, PATIENCE).await;
            assert!(!more.is_empty(), "{} tasks came instead of {count}", claimed.len());
            claimed.extend(more);
        }
        claimed
    }

    pub(super) async fn claim_from(
        &self,
        broker: &Arc<dyn Broker>,
        limit: usize,
        lease: Duration,
        wait: Duration,
    ) -> Vec<Claimed> {
        let claim = Claim { queue: &self.queue, limit, lease, wait, worker: "worker-1" };
        let claimed = broker.claim(claim).await.unwrap();
        assert!(claimed.len() <= limit, "at most as many as were asked for");
        claimed
    }

    /// Nothing is given out.
    pub(super) async fn nothing(&self) {
        let claimed = self.claim_from(&self.broker, 10, LONG, A_WHILE).await;
        let names: Vec<_> =
            claimed.iter().map(|claimed| (&claimed.message.id, &claimed.message.name)).collect();
        assert!(names.is_empty(), "nothing was to come, but {names:?}");
    }

    pub(super) async fn finish(&self, lease: Lease, outcome: Outcome) -> bool {
        self.broker.finish(vec![Finish { lease, outcome }]).await.unwrap()[0]
    }

    /// Ends the task as it should.
    pub(super) async fn succeed(&self, lease: Lease) {
        assert!(self.finish(lease, Outcome::Succeeded(None)).await, "the lease holds");
    }

    pub(super) async fn fail(&self, lease: Lease) {
        assert!(self.finish(lease, Outcome::Failed(failure())).await, "the lease holds");
    }

    pub(super) async fn try_status(&self, id: Uuid) -> Option<TaskStatus> {
        self.broker.status(id).await.unwrap()
    }

    pub(super) async fn status(&self, id: Uuid) -> TaskStatus {
        self.try_status(id).await.expect("a task that is remembered")
    }

    pub(super) async fn cancel(&self, id: Uuid) -> Cancelled {
        self.broker.cancel(id).await.unwrap()
    }

    /// The state that is to be seen, where states can be seen.
    pub(super) async fn assert_state(&self, id: Uuid, state: TaskState) {
        if self.can.missing(&[Need::Status]).is_none() {
            assert_eq!(self.status(id).await.state, state);
        }
    }
}

pub(crate) fn message(queue: &str) -> Message {
    let message = Message::new(queue, "order.create", r#"{"data":{"note":"first"}}"#.to_owned());
    Message { created_at: message.created_at.trunc_subsecs(3), ..message }
}

pub(crate) fn failure() -> Failure {
    Failure {
        code: "invalid_argument".to_owned(),
        message: "the request is not valid".to_owned(),
        violations: vec![("/data/note".to_owned(), "length".to_owned(), "too long".to_owned())],
    }
}

/// What a message that is there already is answered with.
pub(super) fn known(message: &Message) -> Taken {
    Taken::Known { id: message.id, fingerprint: message.fingerprint() }
}

/// Whether two moments are the same, as exactly as the engine counts.
pub(super) fn assert_about(left: DateTime<Utc>, right: DateTime<Utc>, tick: Duration) {
    let apart = (left - right).abs().to_std().unwrap();
    assert!(apart <= tick, "{left} is not {right}");
}
