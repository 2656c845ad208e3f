//! Webhooks: what happened, told to people outside, by requests that they can trust; and the other end of it, which checks
//! such requests. Both keep to [Standard Webhooks](https://www.standardwebhooks.com).
//!
//! | part | where |
//! | --- | --- |
//! | who is told of what | [`Webhooks`], [`Endpoint`] |
//! | who receives | [`Verifier`], [`verify`] |
//! | from an event to a task for each endpoint, and one attempt of it | `deliver.rs` |
//! | who may be sent to now | `gate.rs` |
//! | one request | `client.rs`, `connect.rs`, `address.rs` |
//! | signatures | `key.rs` |

mod address;
mod client;
mod connect;
pub(crate) mod deliver;
mod endpoint;
mod gate;
mod key;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod verify;
#[allow(clippy::module_inception, reason = "it holds the type of that name")]
mod webhooks;

use std::collections::BTreeMap;

use client::Client;
pub use endpoint::Endpoint;
use gate::Gate;
pub use key::generate_secret;
pub use verify::{Unverified, Verified, Verifier, verify};
pub use webhooks::{Endpoints, GivenUp, OnGivenUp, Reason, Webhooks};

use crate::config::Config;
use crate::context::Context;
use crate::error::{Error, Result};

/// The header with the id of a delivery.
const ID: &str = "webhook-id";
/// The header with the moment of an attempt, in seconds.
const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures.
const SIGNATURE: &str = "webhook-signature";

/// How many deliveries are worked on at once in a process, unless its queues say otherwise: most of them wait.
pub(crate) const PLACES: usize = 64;

/// All webhooks of a server, ready to send.
pub(crate) struct Hooks {
    ready: Vec<Ready>,
    configured: BTreeMap<String, Endpoint>,
}

/// Webhooks with what they need.
struct Ready {
    webhooks: Webhooks,
    client: Client,
    gate: Gate,
}

impl Hooks {
    pub(crate) fn new(all: Vec<Webhooks>, config: &Config) -> Result<Self> {
        let configured = config.webhook_endpoints.clone();
        for name in configured.keys() {
            if !all.iter().any(|webhooks| webhooks.configured && variable(&webhooks.name) == *name) {
                // The variable may be for another service; a typing error should be seen all the same.
                tracing::warn!("FOURFOLD_WEBHOOK_{name}_URL: no `Webhooks::configured` here has such a name");
            }
        }
        let ready = all.into_iter().map(|webhooks| {
            if webhooks.configured && !configured.contains_key(&variable(&webhooks.name)) {
                tracing::info!(
                    webhooks = webhooks.name,
                    "nobody is told: FOURFOLD_WEBHOOK_{}_URL says no endpoint",
                    variable(&webhooks.name)
                );
            }
            let mut options = webhooks.client.clone();
            options.private |= config.webhooks_allow_private;
            let (client, gate) = (Client::new(options)?, Gate::new(webhooks.concurrency));
            Ok(Ready { webhooks, client, gate })
        });
        Ok(Self { ready: ready.collect::<Result<_>>()?, configured })
    }

    /// Those of a name that are for events of a type.
    fn find(&self, name: &str, kind: &str) -> Option<&Ready> {
        self.ready.iter().find(|it| it.webhooks.name == name && it.webhooks.types.contains(&kind))
    }
}

/// Everything that is wrong with webhooks, a sentence each.
pub(crate) fn mistakes(all: &[Webhooks], config: &Config) -> Vec<String> {
    let mut wrong = Vec::new();
    for webhooks in all {
        wrong.extend(webhooks.mistakes.iter().cloned());
        let name = variable(&webhooks.name);
        let Some(endpoint) = config.webhook_endpoints.get(&name).filter(|_| webhooks.configured) else {
            continue;
        };
        let private = webhooks.client.private || config.webhooks_allow_private;
        for violation in endpoint.target(private).err().iter().flat_map(Error::violations) {
            let part = if violation.pointer == "/url" { "URL" } else { "SECRET" };
            wrong.push(format!("FOURFOLD_WEBHOOK_{name}_{part}: {}", violation.message));
        }
    }
    wrong
}

/// The endpoint that the configuration says.
fn configured(ctx: &Context, name: &str) -> Option<Endpoint> {
    ctx.state::<Hooks>()?.configured.get(&variable(name)).cloned()
}

/// A name as it stands in a variable: `PARTNERS`.
fn variable(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    name.chars().map(plain).collect()
}
