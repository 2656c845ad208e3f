//! `grpc.health.v1`: what readiness says, for the server as a whole and for each of its services.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::readiness::{Readiness, Ready};

/// How often a watched server looks at its store.
const LOOK: Duration = Duration::from_secs(2);

/// The health of a server's services.
#[derive(Debug)]
pub(super) struct Healthy {
    pub(super) readiness: Arc<Readiness>,
    pub(super) services: HashSet<String>,
}

impl Healthy {
    fn serves(&self, service: &str) -> bool {
        service.is_empty() || self.services.contains(service)
    }
}

const fn serving(ready: Ready) -> ServingStatus {
    match ready {
        Ready::Yes => ServingStatus::Serving,
        Ready::Draining | Ready::StoreAway | Ready::TasksAway => ServingStatus::NotServing,
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[tonic::async_trait]
impl Health for Healthy {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !self.serves(&request.get_ref().service) {
            return Err(Status::not_found("there is no such service here"));
        }
        Ok(Response::new(answer(serving(self.readiness.now().await))))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let known = self.serves(&request.get_ref().service);
        let draining = self.readiness.draining();
        let watch = Watch { readiness: Arc::clone(&self.readiness), draining, known, told: None };
        Ok(Response::new(Box::pin(stream::unfold(watch, Watch::next))))
    }
}

/// Somebody who wants to hear of changes.
struct Watch {
    readiness: Arc<Readiness>,
    draining: tokio::sync::watch::Receiver<bool>,
    known: bool,
    told: Option<ServingStatus>,
}

impl Watch {
    /// The next change. The stream ends with the server, which would otherwise wait for it.
    async fn next(mut self) -> Option<(Result<HealthCheckResponse, Status>, Self)> {
        loop {
            let ready = self.readiness.now().await;
            let status = if self.known { serving(ready) } else { ServingStatus::ServiceUnknown };
            if self.told != Some(status) {
                self.told = Some(status);
                return Some((Ok(answer(status)), self));
            }
            if ready == Ready::Draining {
                return None;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                changed = self.draining.changed() => if changed.is_err() { return None },
            }
        }
    }
}
