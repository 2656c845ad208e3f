//! The engine without one: everything in memory, gone with the process.

use std::sync::Arc;

use super::broker::{Broker, BrokerError, BrokerOptions};

pub(crate) fn open(_options: &BrokerOptions) -> Result<Arc<dyn Broker>, BrokerError> {
    Err(BrokerError::Unsupported("not there yet".to_owned()))
}
