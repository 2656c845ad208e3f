//! Which engine a URL names.

use std::sync::Arc;

use super::broker::{Broker, BrokerError, BrokerOptions};

/// Opens the engine that the URL names. It answers at once where a server is away: calls then fail with `Unavailable`
/// until it is back.
pub(crate) async fn open(options: &BrokerOptions) -> Result<Arc<dyn Broker>, BrokerError> {
    match options.url.split_once(':').map_or("", |(scheme, _)| scheme) {
        "memory" => Ok(super::memory::open(options)),
        #[cfg(feature = "sqlite")]
        "sqlite" => super::sqlite::open(options).await,
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => super::postgres::open(options).await,
        #[cfg(feature = "amqp")]
        "amqp" => super::amqp::open(options).await,
        #[cfg(feature = "celery")]
        "celery+amqp" => super::amqp::open(options).await,
        #[cfg(feature = "redis")]
        "redis" => super::redis::open(options).await,
        "rediss" => Err(BrokerError::Unsupported(
            "rediss: is not spoken, for there is no TLS yet: let a tunnel or a proxy beside the service do it, and name \
             that with redis:"
                .to_owned(),
        )),
        // Not the URL itself: it may hold a password.
        _ => Err(BrokerError::Unsupported(format!(
            "FOURFOLD_TASKS_URL must begin with one of {}; others may belong to a cargo feature that is off \
             (sqlite, postgres, amqp, celery, redis)",
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
    #[cfg(feature = "celery")]
    "celery+amqp:",
    #[cfg(feature = "redis")]
    "redis:",
];
