//! PostgreSQL: tasks in a table, for more than one machine.

use std::sync::Arc;

use super::broker::{Broker, BrokerError, BrokerOptions, Ledger};
use crate::descriptor::BoxFuture;

pub(crate) fn open(_options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Broker>, BrokerError>> {
    Box::pin(async { Err(BrokerError::Unsupported("not there yet".to_owned())) })
}

pub(crate) fn open_ledger(_options: &BrokerOptions) -> BoxFuture<'_, Result<Arc<dyn Ledger>, BrokerError>> {
    Box::pin(async { Err(BrokerError::Unsupported("not there yet".to_owned())) })
}
