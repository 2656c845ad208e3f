//! The {{ title }} service.

pub mod resources;

use fourfold::{Config, Server};

/// The service with all that it serves, not started yet.
#[must_use]
pub fn server(config: Config) -> Server {
    Server::new(config)
{%- for resource in resources %}
        .mount::<resources::{{ resource.module }}::{{ resource.name }}>()
{%- endfor %}
}

