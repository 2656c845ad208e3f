//! The places of a queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

/// How many run at once, and how many are held.
#[derive(Debug)]
pub(super) struct Places {
    limit: usize,
    running: Arc<Semaphore>,
    held: AtomicUsize,
    freed: Notify,
}

/// Where something is held; it is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_one();
    }
}

impl Place {
    /// Whether it may run at once.
    pub(super) fn try_run(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.running).try_acquire_owned().ok()
    }

    /// Waits until it may run; `None` where the worker stops.
    pub(super) async fn run(&self, stopped: &watch::Receiver<bool>) -> Option<OwnedSemaphorePermit> {
        let mut stopped = stopped.clone();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => None,
            permit = Arc::clone(&self.0.running).acquire_owned() => permit.ok(),
        }
    }
}

impl Places {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
        let running = Arc::new(Semaphore::new(limit));
        Arc::new(Self { limit, running, held: AtomicUsize::new(0), freed: Notify::new() })
    }

    pub(super) fn hold(self: &Arc<Self>) -> Place {
        self.held.fetch_add(1, Ordering::AcqRel);
        Place(Arc::clone(self))
    }

    /// How many may be claimed where so many are held beyond the places: as many as there are places, and how many more.
    pub(super) fn free(&self, ahead: usize) -> (usize, usize) {
        let held = self.held.load(Ordering::Acquire);
        let free = self.limit.saturating_add(ahead).saturating_sub(held);
        // While there is enough to do, few at a time are not worth it.
        let free = if held >= self.limit && free < ahead / 4 { 0 } else { free };
        (free.min(self.limit), free.saturating_sub(self.limit))
    }

    /// Waits until something is free.
    pub(super) async fn some(&self, ahead: impl Fn() -> usize) -> (usize, usize) {
        loop {
            let free = self.free(ahead());
            if free != (0, 0) {
                return free;
            }
            self.freed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_held_beyond_the_places_waits_for_one() {
        let (places, (stop, stopped)) = (Places::new(2), watch::channel(false));
        assert_eq!(places.free(0), (2, 0));
        assert_eq!(places.free(8), (2, 8));
        let held: Vec<Place> = (0..4).map(|_| places.hold()).collect();
        assert_eq!((places.free(0), places.free(8), places.free(2)), ((0, 0), (2, 4), (0, 0)));
        let running = [held[0].run(&stopped).await, held[1].run(&stopped).await];
        assert!(running.iter().all(Option::is_some));
        let (run, ()) = tokio::join!(held[2].run(&stopped), async {
            stop.send_replace(true);
        });
        assert!(run.is_none(), "both places are taken");
        assert!(held[2].try_run().is_none());
        drop(running);
        assert!(held[3].try_run().is_some());
        assert!(held[3].run(&stopped).await.is_none(), "whoever stops begins nothing");
        drop(held);
        assert_eq!(places.some(|| 0).await, (2, 0));
    }
}
