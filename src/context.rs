//! What an operation knows about the call that it serves.

/// What an operation knows about the call that it serves.
#[derive(Debug)]
pub struct Context {}
