//! The order service: what people buy.

pub mod resources;

pub use resources::order::Order;
