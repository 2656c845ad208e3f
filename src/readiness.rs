//! Whether the server can serve: readiness over HTTP and health over gRPC say the same.

use std::sync::Arc;

use tokio::sync::watch;

use crate::core::Core;

/// What a server knows of itself.
#[derive(Debug)]
pub(crate) struct Readiness {
    core: Arc<Core>,
    draining: watch::Sender<bool>,
}

/// Whether a server can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Yes,
    /// It stops.
    Draining,
    /// The store does not answer.
    StoreAway,
    /// The broker of the tasks does not answer.
    TasksAway,
}

impl Readiness {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, draining: watch::Sender::new(false) }
    }

    /// From now on it is not ready.
    pub(crate) fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// Says when it begins to drain.
    #[cfg(feature = "grpc")]
    pub(crate) fn draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    pub(crate) async fn now(&self) -> Ready {
        if *self.draining.borrow() {
            return Ready::Draining;
        }
        if let Err(error) = self.core.store.ready().await {
            tracing::warn!(?error, "not ready");
            return Ready::StoreAway;
        }
        match &self.core.tasks {
            Some(tasks) => match tasks.broker().ready().await {
                Ok(()) => Ready::Yes,
                Err(error) => {
                    tracing::warn!(?error, "not ready");
                    Ready::TasksAway
                }
            },
            None => Ready::Yes,
        }
    }
}
