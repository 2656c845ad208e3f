//! The {{ title }} service.

mod auth;

use std::io::IsTerminal as _;

use fourfold::Config;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    // RUST_LOG says what is logged, as `warn,{{ krate }}=debug`.
    let logged = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stdout().is_terminal();
    tracing_subscriber::fmt().with_env_filter(logged).with_ansi(colours).init();
    let server = {{ krate }}::server(Config::from_file("config.toml")?);
    auth::guard(server)?.run().await
}

