//! The order service: what people buy.

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    tracing_subscriber::fmt::init();
    fourfold::Server::from_env()?.state(order::users()?).mount::<order::Order>().run().await
}
