//! Who waits is woken by hints, which come on the connection. They may be lost: whoever waits looks by itself as well.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Who waits for tasks of a queue in this process.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    queues: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Wakes {
    fn queues(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn of(&self, queue: &str) -> Arc<Notify> {
        let mut queues = self.queues();
        if let Some(wake) = queues.get(queue) {
            return Arc::clone(wake);
        }
        Arc::clone(queues.entry(queue.to_owned()).or_default())
    }

    pub(super) fn wake(&self, queue: &str) {
        if let Some(wake) = self.queues().get(queue) {
            wake.notify_waiters();
        }
    }

    pub(super) fn all(&self) {
        self.queues().values().for_each(|wake| wake.notify_waiters());
    }
}
