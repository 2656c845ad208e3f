//! The service over the wire: by REST, by gRPC, by tasks and by events.

{% for module in modules -%}
mod {{ module }};
{% endfor %}
use std::time::Duration;

use fourfold::client::Client;
use fourfold::{Config, Running, Server};

fourfold::include_generated!();

/// The two ways to call the service.
const SCHEMES: [&str; 2] = ["http", "grpc"];
/// How long a test waits for what happens later.
const PATIENCE: Duration = Duration::from_secs(30);

/// The service, on a database in memory and a port of its own.
fn server() -> Server {
    {{ krate }}::server(Config::default()).configure(|config| {
        config.listen.set_port(0);
        config.database_url = "sqlite::memory:".into();
{%- if !tasks_path.is_empty() %}
        config.tasks_path = "{{ tasks_path }}".into();
{%- endif %}
    })
}

async fn start(server: Server) -> Running {
    server.start().await.expect("the service starts")
}

fn client(scheme: &str, service: &Running) -> Client {
    let client = Client::builder(&format!("{scheme}://{}", service.address()));
    client.deadline(PATIENCE).attempt_timeout(PATIENCE).build().expect("a URL")
}

