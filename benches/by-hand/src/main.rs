//! The service of `../generated`, written by hand with axum and sqlx: what its figures are compared with.

mod database;
mod idempotency;
mod outbox;
mod problem;
mod request;
mod users;

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::ServiceBuilderExt as _;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::MakeRequestUuid;
use tower_http::timeout::TimeoutLayer;

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
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(30)))
        .layer(GlobalConcurrencyLimitLayer::new(1024))
        .layer(RequestBodyLimitLayer::new(1024 * 1024));
    let service = Router::new().merge(users::router()).layer(layers).with_state(database.clone());

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, service).with_graceful_shutdown(terminated()).await?;
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
