//! What random definitions are made with.

mod random;

pub use random::Random;
