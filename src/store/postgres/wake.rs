//! Who waits is woken: in this process at once, in others by `NOTIFY`, seldom enough to cost nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::Line;

/// How often others are told at most: a `NOTIFY` takes a lock of the whole server.
const SELDOM: Duration = Duration::from_millis(20);

/// Who waits for something on a channel, by the queue or whatever else it is that there may be something in.
#[derive(Debug)]
pub(crate) struct Wakes {
    channel: &'static str,
    queues: Mutex<HashMap<String, Arc<Notify>>>,
    /// The queues that others are to be told of.
    untold: Mutex<BTreeSet<String>>,
    told: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wakes {
    /// `channel` goes into SQL as it is.
    pub(crate) fn new(channel: &'static str) -> Self {
        Self { channel, queues: Mutex::default(), untold: Mutex::default(), told: Notify::new() }
    }

    /// Who waits for what comes into a queue.
    pub(crate) fn of(&self, queue: &str) -> Arc<Notify> {
        Arc::clone(lock(&self.queues).entry(queue.to_owned()).or_default())
    }

    /// There is something in a queue, here and for others.
    pub(crate) fn wake(&self, queue: &str) {
        self.here(queue);
        lock(&self.untold).insert(queue.to_owned());
        self.told.notify_one();
    }

    /// There is something in a queue, for this process alone.
    pub(crate) fn here(&self, queue: &str) {
        if let Some(wake) = lock(&self.queues).get(queue) {
            wake.notify_waiters();
        }
    }

    pub(crate) fn all(&self) {
        lock(&self.queues).values().for_each(|wake| wake.notify_waiters());
    }
}

/// Tells others what has been put into queues.
pub(crate) async fn tell(line: Arc<Line>, wakes: Arc<Wakes>) {
    loop {
        wakes.told.notified().await;
        let queues: Vec<String> = std::mem::take(&mut *lock(&wakes.untold)).into_iter().collect();
        let text = "SELECT pg_notify($1, queue) FROM unnest($2::text[]) AS queue";
        if let Err(error) = line.query(text, &[&wakes.channel, &queues]).await {
            tracing::debug!(?error, "others are not told; they look by themselves");
        }
        sleep(SELDOM).await;
    }
}

/// Hears what others have put into queues. Where it can't be listened, as behind some poolers, who waits looks by itself.
pub(crate) async fn listen(line: Arc<Line>, wakes: Arc<Wakes>) {
    loop {
        if let Err(error) = line.listen(wakes.channel, |queue| wakes.here(queue)).await {
            tracing::debug!(?error, "nothing is heard");
        }
        wakes.all();
        sleep(Duration::from_secs(1)).await;
    }
}
