//! The build.rs door of fourfold.
//!
//! It reads annotated structs as text, hands them to `fourfold-model`, gives their fields the proto numbers of
//! `contracts/fourfold.lock`, and writes what a build needs into `OUT_DIR`: contracts, which the derive macro finds there,
//! and, for those who ask, typed clients of other services and typed messages.
//!
//! A build script calls [`build()`], or [`Build`] for more than that:
//!
//! ```no_run
//! fourfold_codegen::build("src/resources");
//! ```
//!
//! | feature | brings |
//! | --- | --- |
//! | `client` | `Build::client`: typed clients of other services, from their committed contracts |
//! | `messages` | `Build::messages`: typed messages of the crate's own resources |
//! | `files` | the files of `contracts/`, for `cargo fourfold generate` |
//!
//! The modules are for `cargo-fourfold` and for tests; they may change in any release.

pub mod asyncapi;
mod build;
pub mod catalog;
mod check;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "files")]
pub mod evolution;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "files")]
pub mod google;
pub mod lock;
#[cfg(feature = "messages")]
pub mod messages;
#[cfg(feature = "files")]
pub mod migrations;
pub mod openapi;
mod prose;
pub mod proto;
pub mod report;
mod schema;
pub mod source;

pub use build::{Build, build, placed as lock_report};
