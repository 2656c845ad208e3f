//! The user service: the people of a shop.

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    tracing_subscriber::fmt::init();
    fourfold::Server::from_env()?.mount::<user::User>().migrations(user::MIGRATIONS).run().await
}
