//! Who waits is woken: in this process at once, in others by `NOTIFY`, seldom enough to cost nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::store::postgres::Line;

const CHANNEL: &str = "fourfold_tasks";
/// How often others are told at most: a `NOTIFY` takes a lock of the whole server.
const SELDOM: Duration = Duration::from_millis(20);

#[derive(Debug, Default)]
pub(super) struct Wakes {
    queues: Mutex<HashMap<String, Arc<Notify>>>,
    /// The queues that others are to be told of.
    untold: Mutex<BTreeSet<String>>,
    told: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wakes {
    /// Who waits for tasks of a queue.
    pub(super) fn of(&self, queue: &str) -> Arc<Notify> {
        Arc::clone(lock(&self.queues).entry(queue.to_owned()).or_default())
    }

    /// There is something in a queue, here and for others.
    pub(super) fn wake(&self, queue: &str) {
        self.here(queue);
        lock(&self.untold).insert(queue.to_owned());
        self.told.notify_one();
    }

    fn here(&self, queue: &str) {
        if let Some(wake) = lock(&self.queues).get(queue) {
            wake.notify_waiters();
        }
    }

    pub(super) fn all(&self) {
        lock(&self.queues).values().for_each(|wake| wake.notify_waiters());
    }
}

/// Tells others what has been put into queues.
pub(super) async fn tell(line: Arc<Line>, wakes: Arc<Wakes>) {
    loop {
        wakes.told.notified().await;
        let queues: Vec<String> = std::mem::take(&mut *lock(&wakes.untold)).into_iter().collect();
        let text = "SELECT pg_notify($1, queue) FROM unnest($2::text[]) AS queue";
        if let Err(error) = line.query(text, &[&CHANNEL, &queues]).await {
            tracing::debug!(?error, "others are not told; they look by themselves");
        }
        sleep(SELDOM).await;
    }
}

/// Hears what others have put into queues. Where it can't be listened, as behind some poolers, who waits looks by itself.
pub(super) async fn listen(line: Arc<Line>, wakes: Arc<Wakes>) {
    loop {
        if let Err(error) = line.listen(CHANNEL, |queue| wakes.here(queue)).await {
            tracing::debug!(?error, "nothing is heard");
        }
        wakes.all();
        sleep(Duration::from_secs(1)).await;
    }
}
