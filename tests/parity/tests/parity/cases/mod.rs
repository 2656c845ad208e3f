//! The scenarios.

#![allow(clippy::too_many_lines, reason = "they are tables")]

pub(crate) mod counter;
pub(crate) mod everything;
pub(crate) mod label;
pub(crate) mod order;
pub(crate) mod user;
