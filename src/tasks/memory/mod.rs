//! The engine without a server and without a file: everything in memory, gone with the process.

mod broker;
mod queue;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use super::broker::{Broker, BrokerOptions};
use state::{Limits, State};

/// A broker, and a ledger, in memory.
pub(crate) struct Memory {
    state: Mutex<State>,
}

/// Opens one: `memory:` is a new one each time, `memory:name` the same one wherever this process says that name.
pub(crate) fn open(options: &BrokerOptions) -> Arc<dyn Broker> {
    static NAMED: LazyLock<Mutex<HashMap<String, Weak<Memory>>>> = LazyLock::new(Mutex::default);
    let name = options.url.strip_prefix("memory:").unwrap_or_default();
    if name.is_empty() {
        return Arc::new(Memory::new());
    }
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    named.retain(|_, memory| memory.strong_count() > 0);
    if let Some(memory) = named.get(name).and_then(Weak::upgrade) {
        return memory;
    }
    let memory = Arc::new(Memory::new());
    named.insert(name.to_owned(), Arc::downgrade(&memory));
    memory
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    fn with_limits(limits: Limits) -> Self {
        Self { state: Mutex::new(State::new(limits)) }
    }

    /// Never held over an `await`.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}
