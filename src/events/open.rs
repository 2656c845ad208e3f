//! Which engine a URL names.

use std::sync::Arc;

use super::bus::{Bus, BusError, BusOptions};

/// Opens the engine that the URL names. It answers at once where a server is away: calls then fail with `Unavailable`
/// until it is back.
pub(crate) async fn open(options: &BusOptions) -> Result<Arc<dyn Bus>, BusError> {
    match options.url.split_once(':').map_or("", |(scheme, _)| scheme) {
        "memory" => Ok(super::memory::open(options)),
        #[cfg(feature = "sqlite")]
        "sqlite" => super::sqlite::open(options).await,
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => super::postgres::open(options).await,
        #[cfg(feature = "amqp")]
        "amqp" => super::amqp::open(options).await,
        #[cfg(feature = "nats")]
        "nats" => super::nats::open(options).await,
        #[cfg(feature = "redis")]
        "redis" => super::redis::open(options).await,
        "rediss" => Err(BusError::Unsupported(
            "FOURFOLD_EVENTS_URL can't be rediss:, because fourfold speaks to Redis without TLS: say redis:, and put a tunnel or \
             a proxy that speaks TLS beside the service"
                .to_owned(),
        )),
        "tls" => Err(BusError::Unsupported(
            "FOURFOLD_EVENTS_URL can't be tls:, because fourfold speaks to NATS without TLS: say nats:, and put a leaf node or \
             a proxy that speaks TLS beside the service"
                .to_owned(),
        )),
        // Not the URL itself: it may hold a password.
        _ => Err(BusError::Unsupported(format!(
            "FOURFOLD_EVENTS_URL must begin with one of {}; others may belong to a cargo feature that is off \
             (sqlite, postgres, amqp, nats, redis)",
            SCHEMES.join(", ")
        ))),
    }
}

const SCHEMES: &[&str] = &[
    "memory:",
    #[cfg(feature = "sqlite")]
    "sqlite:",
    #[cfg(feature = "postgres")]
    "postgres:",
    #[cfg(feature = "amqp")]
    "amqp:",
    #[cfg(feature = "nats")]
    "nats:",
    #[cfg(feature = "redis")]
    "redis:",
];
