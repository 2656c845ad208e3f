//! Users.

mod model;
mod proto;
mod service;
mod store;

pub(crate) use service::service;
pub(crate) use store::migrate;
