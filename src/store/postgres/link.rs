//! Shared connections that come back by themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::server::{Purpose, Server};
use super::session::Session;
use crate::store::StoreError;

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
enum State {
    Starting,
    Live(Arc<Session>),
    Away(Arc<str>),
}

/// A few connections of one purpose, each used by many at once. Each has a task that connects it again when it breaks;
/// the tasks end with this.
#[derive(Debug)]
pub(super) struct Links {
    states: Vec<watch::Receiver<State>>,
    next: AtomicUsize,
    stop: watch::Sender<bool>,
}

impl Links {
    /// Begins to connect.
    pub(super) fn open(server: &Arc<Server>, purpose: Purpose, count: usize) -> Self {
        let (stop, stopped) = watch::channel(false);
        let states = (0..count.max(1))
            .map(|_| {
                let (publish, state) = watch::channel(State::Starting);
                tokio::spawn(keep(Arc::clone(server), purpose, publish, stopped.clone()));
                state
            })
            .collect();
        Self { states, next: AtomicUsize::new(0), stop }
    }

    /// Waits until every connection has been tried, but not for long.
    pub(super) async fn tried(&self, at_most: Duration) {
        let all = async {
            for state in &self.states {
                let _ = state.clone().wait_for(|state| !matches!(state, State::Starting)).await;
            }
        };
        let _ = timeout(at_most, all).await;
    }

    /// The next connection in turn that is there.
    pub(super) fn pick(&self) -> Result<Arc<Session>, StoreError> {
        self.pick_from(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The connection at an index, or where it is away another one.
    pub(super) fn pick_from(&self, index: usize) -> Result<Arc<Session>, StoreError> {
        let count = self.states.len();
        let mut reason = None;
        for offset in 0..count {
            let Some(state) = self.states.get((index % count + offset) % count) else { continue };
            match &*state.borrow() {
                State::Live(session) if !session.is_closed() => return Ok(Arc::clone(session)),
                State::Away(why) => reason = Some(why.to_string()),
                State::Live(_) | State::Starting => {}
            }
        }
        Err(StoreError::Unavailable(reason.unwrap_or_else(|| "no connection to PostgreSQL yet".to_owned())))
    }

    /// Closes the connections, for good.
    pub(super) fn close(&self) {
        self.stop.send_replace(true);
    }
}

async fn keep(
    server: Arc<Server>,
    purpose: Purpose,
    publish: watch::Sender<State>,
    mut stopped: watch::Receiver<bool>,
) {
    let stop = async {
        // An error means that the sender is gone, which is as good a reason.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    tokio::select! {
        biased;
        () = stop => {}
        () = connect_again(&server, purpose, &publish) => {}
    }
    publish.send_replace(State::Away("the store is closed".into()));
}

async fn connect_again(server: &Server, purpose: Purpose, publish: &watch::Sender<State>) {
    let mut failures = 0;
    loop {
        match server.connect(purpose).await {
            Ok((session, driver)) => {
                if failures > 0 {
                    tracing::info!(address = server.address, ?purpose, "PostgreSQL is back");
                }
                let since = Instant::now();
                publish.send_replace(State::Live(Arc::new(session)));
                let _ = driver.await;
                let why = format!("the connection to PostgreSQL at {} broke", server.address);
                publish.send_replace(State::Away(why.into()));
                // One that breaks at once, again and again, must not be tried in a tight loop.
                failures = if since.elapsed() > LONGEST_PAUSE { 0 } else { failures + 1 };
            }
            Err(reason) => {
                if failures == 0 {
                    tracing::warn!(reason, ?purpose, "PostgreSQL is away, trying again");
                }
                publish.send_replace(State::Away(reason.into()));
                failures += 1;
            }
        }
        sleep(pause(failures)).await;
    }
}

/// A pause that grows, of which a random half is left out, so that many clients don't come back at the same moment.
pub(super) fn pause(failures: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
    let random = uuid::Uuid::new_v4().as_u128() % 1000;
    let share = 500 + u32::try_from(random / 2).unwrap_or_default();
    longest.saturating_mul(share) / 1000
}
