//! The service of `../generated` over gRPC, written by hand with tonic and sqlx: what its figures are compared with.

#[path = "../../by-hand/src/database.rs"]
mod database;
mod failure;
mod idempotency;
#[path = "../../by-hand/src/outbox.rs"]
mod outbox;
mod users;

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tonic::transport::Server;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::ServiceBuilderExt as _;
use tower_http::request_id::MakeRequestUuid;

use crate::database::Database;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::open(&std::env::var("DATABASE_URL")?).await?;
    idempotency::migrate(&database).await?;
    outbox::migrate(&database).await?;
    users::migrate(&database).await?;

    let layers = ServiceBuilder::new()
        .set_x_request_id(MakeRequestUuid)
        .propagate_x_request_id()
        .layer(GlobalConcurrencyLimitLayer::new(1024));
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    Server::builder()
        .tcp_nodelay(true)
        .timeout(Duration::from_secs(30))
        .layer(layers)
        .add_service(users::service(database.clone()))
        .serve_with_shutdown(address.parse()?, terminated())
        .await?;
    database.close().await;
    Ok(())
}

async fn terminated() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}
