//! What the service serves.

pub mod user;
