//! The order service: what people buy.

mod confirmation;
pub mod resources;
mod users;

fourfold::include_generated!();

pub use confirmation::ConfirmOrder;
pub use resources::order::Order;
pub use users::users;
