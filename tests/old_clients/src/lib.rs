//! Random edits of definitions, and whether what `cargo fourfold check` says of each is what those see who have the definition
//! of before.
//!
//! [`make`] writes pairs of definitions as packages, with what old parties would send; the program that comes of it has both
//! in it, with the typed clients of the old ones, and hands them to [`judge`].

pub mod judge;
pub mod make;
pub mod plan;
