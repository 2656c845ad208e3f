//! What many callers enqueue at once, as groups: a group shares a round trip, or an `fsync`. Nobody waits for a group to
//! fill: what is there goes.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use super::broker::{Broker, BrokerError, Taken};
use super::message::Message;

/// How many tasks go in one group.
const GROUP: usize = 512;
/// How many callers may wait.
const WAITING: usize = 10_000;

struct Waiting {
    message: Message,
    answer: oneshot::Sender<Result<Taken, BrokerError>>,
}

/// Where callers bring tasks.
#[derive(Clone)]
pub(super) struct Intake {
    queue: mpsc::Sender<Waiting>,
}

impl Intake {
    pub(super) fn start(broker: &Arc<dyn Broker>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..broker.groups_in_flight() {
            tokio::spawn(lane(Arc::clone(broker), Arc::clone(&waiting)));
        }
        Self { queue }
    }

    pub(super) async fn take(&self, message: Message) -> Result<Taken, BrokerError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { message, answer }).map_err(|error| {
            BrokerError::Unavailable(match error {
                mpsc::error::TrySendError::Full(_) => format!("{WAITING} tasks wait to be enqueued already"),
                mpsc::error::TrySendError::Closed(_) => "the task broker is closed".to_owned(),
            })
        })?;
        let gone = |_| BrokerError::Unavailable("the task broker was closed".to_owned());
        answered.await.map_err(gone)?
    }
}

/// Ends with the last door.
async fn lane(broker: Arc<dyn Broker>, waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    loop {
        let mut group = Vec::new();
        if waiting.lock().await.recv_many(&mut group, GROUP).await == 0 {
            return;
        }
        let (messages, answers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.message, waiting.answer)).unzip();
        match broker.enqueue(messages).await {
            Ok(taken) => {
                for (answer, taken) in answers.into_iter().zip(taken) {
                    // Nobody may be waiting any more.
                    let _ = answer.send(Ok(taken));
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }
}
