//! The user service: the people of a shop.

pub mod resources;

fourfold::include_generated!();

pub use generated::MIGRATIONS;
pub use resources::user::User;
