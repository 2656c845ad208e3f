//! The order service: what people buy.

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    tracing_subscriber::fmt::init();
    let server = fourfold::Server::from_env()?.state(order::users()?);
    let server = server.mount::<order::Order>().migrations(order::MIGRATIONS).task::<order::ConfirmOrder>();
    server.subscribe("orders", order::cancel_orders).run().await
}
