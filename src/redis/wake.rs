//! Who waits is woken by hints, which come on the connection. They may be lost: whoever waits looks by itself as well.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Who waits in this process, by the name of what for: a queue, a group.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    names: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Wakes {
    fn names(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn of(&self, name: &str) -> Arc<Notify> {
        let mut names = self.names();
        if let Some(wake) = names.get(name) {
            return Arc::clone(wake);
        }
        Arc::clone(names.entry(name.to_owned()).or_default())
    }

    /// Wakes who waits under a name; without one, all.
    pub(super) fn wake(&self, name: &str) {
        if name.is_empty() {
            return self.all();
        }
        if let Some(wake) = self.names().get(name) {
            wake.notify_waiters();
        }
    }

    pub(super) fn all(&self) {
        self.names().values().for_each(|wake| wake.notify_waiters());
    }
}
