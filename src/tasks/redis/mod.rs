//! Redis: tasks in streams.

use std::sync::Arc;

use super::broker::{Broker, BrokerError, BrokerOptions};
use crate::descriptor::BoxFuture;

pub(crate) fn open(_options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async { Err(BrokerError::Unsupported("not there yet".to_owned())) })
}
