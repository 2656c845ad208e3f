//! The order service: what people buy.

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    tracing_subscriber::fmt::init();
    let server = fourfold::Server::from_env()?.state(order::users()?);
    server.mount::<order::Order>().task::<order::ConfirmOrder>().run().await
}
