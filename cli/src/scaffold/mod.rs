//! What the files of a service say, made of what was said on the command line. Nothing here reads or writes files.

pub(crate) mod known;
pub(crate) mod resource;
mod sample;
pub(crate) mod service;
pub(crate) mod test;
