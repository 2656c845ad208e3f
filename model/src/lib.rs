//! The front end of fourfold.

pub mod model;
pub mod types;
