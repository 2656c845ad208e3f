//! A server that serves, until it is stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::sync::watch as signal;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::core::Core;
use crate::descriptor::BoxFuture;
use crate::events::background as listening;
use crate::rest::Guard;
use crate::service::Service;
use crate::tasks::background::{self, Background};

/// A server that serves.
#[derive(Debug)]
pub struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) core: Arc<Core>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) stop: signal::Sender<()>,
    /// `None` where it listens nowhere.
    pub(crate) serving: Option<JoinHandle<()>>,
    pub(crate) pruning: JoinHandle<()>,
    pub(crate) background: Background,
    pub(crate) listening: listening::Background,
    pub(crate) grace: Duration,
}

impl Running {
    /// Where it serves; nowhere, where the process only works off tasks. The port is the real one where the configuration said 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its operations, for Rust callers in this process.
    #[must_use]
    pub fn service(&self) -> Service {
        Service { core: Arc::clone(&self.core) }
    }

    /// Takes no more requests, finishes what runs within the configured grace, and closes the store.
    #[must_use = "nothing happens until it is awaited"]
    pub fn stop(self) -> BoxFuture<'static, ()> {
        Box::pin(self.stop_now())
    }

    async fn stop_now(self) {
        self.guard.drain();
        // Those who watch would keep their connections for as long as they may.
        self.core.watching.stop();
        let _ = self.stop.send(());
        // All end by themselves; a panic in one was reported when it happened.
        let serving = async {
            if let Some(serving) = self.serving {
                let _ = serving.await;
            }
        };
        tokio::join!(serving, self.background.stop(self.grace), self.listening.stop(self.grace));
        let _ = self.pruning.await;
        self.core.store.close().await;
    }
}

/// Old idempotency records, events and tasks go away, a few at a time.
pub(crate) async fn prune(core: Arc<Core>, config: Config, mut stopped: signal::Receiver<()>) {
    const PAUSE: Duration = Duration::from_mins(1);
    let before = |retention: Duration| {
        chrono::TimeDelta::from_std(retention)
            .ok()
            .and_then(|retention| Utc::now().checked_sub_signed(retention))
            .unwrap_or_default()
    };
    loop {
        let tasks = match &core.tasks {
            Some(tasks) => background::prune(&**tasks.broker(), config.task_retention).await,
            None => 0,
        };
        let events = match &core.bus {
            Some(events) => listening::prune(events, config.events_retention).await,
            None => 0,
        };
        let pause = match core
            .store
            .prune(before(config.idempotency_retention), before(config.outbox_retention))
            .await
        {
            Ok(0) if tasks == 0 && events == 0 => PAUSE,
            Ok(_) => Duration::from_millis(200),
            Err(error) => {
                tracing::debug!(?error, "nothing pruned");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Ctrl-C, or SIGTERM from whoever runs the service.
pub(crate) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                result = tokio::signal::ctrl_c() => if result.is_ok() { return },
            }
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
