//! What the service serves.

pub mod order;
