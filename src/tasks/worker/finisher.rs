//! Tells the broker how attempts ended, what is there at once as one group.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::held::Held;
use super::{Work, pause};
use crate::tasks::broker::{BrokerError, Finish, Lease};

/// How many go in one group.
const GROUP: usize = 512;
/// How many groups are underway at once: while one waits for the disk, the next is on its way. Where one piece follows another,
/// their ends are told in that order.
const LANES: usize = 2;

/// Where attempts are ended.
#[derive(Debug)]
pub(super) struct Finisher {
    queue: mpsc::UnboundedSender<Finish>,
    lanes: Vec<JoinHandle<()>>,
}

impl Finisher {
    pub(super) fn start<W: Work>(work: &Arc<W>, held: &Held, what: &'static str) -> Self {
        // No more can be in it than tasks are held.
        let (queue, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let lanes = (0..if work.follow() { 1 } else { LANES })
            .map(|_| tokio::spawn(lane(Arc::clone(work), held.clone(), Arc::clone(&waiting), what)));
        Self { queue, lanes: lanes.collect() }
    }

    pub(super) fn finish(&self, finish: Finish) {
        // It is there for as long as the worker is.
        let _ = self.queue.send(finish);
    }

    /// Ends it, whether or not all has been told.
    pub(super) fn end(&self) {
        for lane in &self.lanes {
            lane.abort();
        }
    }
}

async fn lane<W: Work>(
    work: Arc<W>,
    held: Held,
    waiting: Arc<Mutex<mpsc::UnboundedReceiver<Finish>>>,
    what: &str,
) {
    loop {
        let mut group = Vec::new();
        if waiting.lock().await.recv_many(&mut group, GROUP).await == 0 {
            return;
        }
        tell(&*work, &held, group, what).await;
    }
}

/// Tells a group, again and again for as long as its leases hold.
async fn tell<W: Work>(work: &W, held: &Held, mut group: Vec<Finish>, what: &str) {
    let mut failures = 0;
    while !group.is_empty() {
        match work.finish(group.clone()).await {
            Ok(told) => {
                for (finish, _) in group.iter().zip(&told).filter(|(_, told)| !**told) {
                    let id = finish.lease.id;
                    tracing::warn!(%id, "the lease of this {what} had run out when its attempt ended: it does not count");
                }
                return held.let_go(&leases(&group));
            }
            Err(BrokerError::Unavailable(why)) => {
                failures += 1;
                tracing::warn!(why, "can't end attempts of {what}s");
                sleep(pause(failures)).await;
                let over = group.extract_if(.., |finish| !held.holds(finish.lease)).collect::<Vec<_>>();
                held.let_go(&leases(&over));
            }
            Err(error) => {
                tracing::error!(?error, "attempts of {what}s can't be ended");
                return held.let_go(&leases(&group));
            }
        }
    }
}

fn leases(group: &[Finish]) -> Vec<Lease> {
    group.iter().map(|finish| finish.lease).collect()
}
