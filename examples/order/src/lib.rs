//! The order service: what people buy.

mod confirmation;
mod departures;
pub mod resources;
mod users;

fourfold::include_generated!();

pub use confirmation::ConfirmOrder;
pub use departures::cancel_orders;
pub use generated::MIGRATIONS;
pub use resources::order::Order;
pub use users::users;
