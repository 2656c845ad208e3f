//! The {{ title }} service.

mod auth;

use fourfold::Config;

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    tracing_subscriber::fmt::init();
    let server = {{ krate }}::server(Config::from_file("config.toml")?);
    auth::guard(server)?.run().await
}

