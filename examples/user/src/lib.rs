//! The user service: the people of a shop.

pub mod resources;

pub use resources::user::User;
