//! The order service: what people buy.

pub mod resources;
mod users;

fourfold::include_generated!();

pub use resources::order::Order;
pub use users::users;
