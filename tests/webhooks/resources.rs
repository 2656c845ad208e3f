//! What happens, and who outside is told.

use std::time::Duration;

use fourfold::Server;
use fourfold::prelude::*;
use fourfold::webhooks::{Endpoint, Webhooks};

/// Where the test listens.
pub(crate) const URL: &str = "TEST_WEBHOOKS_URL";
pub(crate) const PATHS: [&str; 2] = ["/one", "/other"];
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Something that happens again and again.
#[derive(Event)]
#[event(type = "test.ping.v1.ping.sent")]
pub(crate) struct PingSent {
    pub number: i64,
}

async fn endpoints(_: PingSent, _: &Context) -> Result<Vec<Endpoint>> {
    let url = std::env::var(URL).unwrap_or_default();
    Ok(PATHS.iter().map(|path| Endpoint::new(format!("{url}{path}"), SECRET).id(path)).collect())
}

pub(crate) fn all(server: Server) -> Server {
    let webhooks = Webhooks::new("pings", endpoints).allow_private().timeout(Duration::from_secs(2));
    server.webhooks(webhooks.retries([Duration::from_millis(50); 1000]))
}
