//! Watching: what happens to the rows of a resource, told to callers as it happens, from any place on.
//!
//! The outbox is what is read: it is in the order of the commits, it is there whichever bus is chosen, and a place in it is
//! a token. One reader a process goes along its end and keeps what it has read for a while ([`tail`]); watchers look
//! there, and whoever is too far behind for that reads the outbox itself, a few at a time.

mod change;
mod tail;
#[cfg(all(test, feature = "derive"))]
mod tests;
mod token;
mod watcher;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind};
use crate::store::{Position, Store};

pub(crate) use change::Told;
pub(crate) use watcher::{End, Step, Watcher};

use tail::Tail;

/// What a caller asks of a watch: text, not yet checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct WatchRequest {
    /// The token after which to go on, or empty.
    pub(crate) resume_token: String,
    /// Where to begin without a token: with all that is still known, or with what happens from now on.
    pub(crate) from_beginning: bool,
    /// AIP-160, or empty.
    pub(crate) filter: String,
}

/// How watchers are served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many at once.
    pub(crate) watchers: usize,
    /// How often one hears that nothing has happened, and how far it is.
    pub(crate) heartbeat: Duration,
    /// How long one stream lasts, so that who calls is found out again.
    pub(crate) lifetime: Duration,
}

/// What the watchers of a process share.
pub(crate) struct Watching {
    tail: Arc<Tail>,
    limits: Limits,
    places: Arc<Semaphore>,
}

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watching").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Watching {
    pub(crate) fn new(store: Store, resources: &[&'static Descriptor], limits: Limits) -> Self {
        let most = limits.watchers.min(Semaphore::MAX_PERMITS);
        let tail = Arc::new(Tail::new(store, resources.to_vec()));
        Self { tail, limits, places: Arc::new(Semaphore::new(most)) }
    }

    /// Something has been committed here: there is no need to wait for the next look.
    pub(crate) fn wake(&self) {
        self.tail.wake();
    }

    /// Ends all streams.
    pub(crate) fn stop(&self) {
        self.tail.stop();
    }

    /// A place among those who watch.
    fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        if self.limits.watchers == 0 {
            return Err(Error::failed_precondition("nothing can be watched here: FOURFOLD_WATCHERS is 0"));
        }
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Error::new(ErrorKind::ResourceExhausted, "as many watch as may at once; try again later")
                .retry_after(5)
        })
    }
}

/// What is said where the log does not go back as far as a token.
fn gone() -> Error {
    Error::new(
        ErrorKind::OutOfRange,
        "what happened since this token is not known any more: list the resources anew, and watch without a token",
    )
}

/// Where a watch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// In which log.
    log: uuid::Uuid,
    /// After what.
    position: Position,
}
