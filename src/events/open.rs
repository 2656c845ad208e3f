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
        // Not the URL itself: it may hold a password.
        _ => Err(BusError::Unsupported(format!(
            "FOURFOLD_EVENTS_URL must begin with one of {}; others may belong to a cargo feature that is off \
             (sqlite, postgres)",
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
];
