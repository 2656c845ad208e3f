//! RabbitMQ in the language of Celery, protocol 2, in both directions.

use std::sync::Arc;

use super::broker::{Broker, BrokerError, BrokerOptions};
use crate::descriptor::BoxFuture;

pub(crate) fn open(_options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async { Err(BrokerError::Unsupported("not there yet".to_owned())) })
}
