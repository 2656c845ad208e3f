//! Users.

mod handlers;
mod model;
mod store;

pub(crate) use handlers::router;
pub(crate) use store::migrate;
