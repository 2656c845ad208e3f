//! One annotated struct becomes a service: REST handlers, validation, a store, idempotent writes and an outbox, over one
//! operation core.
//!
//! Begin with [`Resource`] (the derive and its attributes), [`Server`] (what serves) and [`Behavior`] (what you change);
//! the README has the whole picture.
//!
//! ```no_run
//! use fourfold::prelude::*;
//!
//! /// A city.
//! #[derive(Resource)]
//! #[resource(package = "geo.city.v1", path = "cities")]
//! struct City {
//!     #[field(id)]
//!     id: Uuid,
//!     #[field(unique, filter, sort, validate(length(1..=100)))]
//!     name: String,
//! }
//!
//! #[tokio::main]
//! async fn main() -> fourfold::Result<()> {
//!     fourfold::Server::from_env()?.mount::<City>().run().await
//! }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a way in and an engine to store by, as tools and tests of the macros build it, most of the crate lies idle.
#![cfg_attr(
    not(all(feature = "rest", any(feature = "sqlite", feature = "postgres"))),
    allow(unreachable_code, unused_imports, unused_variables)
)]
// What the ways in and the engines share has parts that one of them alone does not use.
#![cfg_attr(
    not(all(feature = "rest", feature = "sqlite", feature = "postgres")),
    allow(dead_code, clippy::unused_async)
)]

// The derive macros write `::fourfold::..`; inside this crate that is us.
extern crate self as fourfold;

mod auth;
mod behavior;
mod cell;
mod config;
#[cfg(feature = "rest")]
mod connections;
mod context;
mod core;
mod derived;
pub mod descriptor;
mod error;
mod input;
mod json;
mod merge;
mod query;
mod resource;
#[cfg(feature = "rest")]
mod rest;
#[cfg(feature = "rest")]
mod server;
mod service;
mod store;
mod text;
#[doc(hidden)]
pub mod types;
mod validate;
#[cfg(feature = "xml")]
mod xml;

pub use auth::{AllowAll, Anyone, Authenticator, Credentials, Policy, RowView};
pub use behavior::{Behavior, Erased, ErasedBehavior, OperationKind};
pub use cell::{Cell, Change, Input, Row};
pub use config::{Config, Secret};
pub use context::{Context, Principal, Statement};
pub use error::{Error, ErrorKind, Result, Violation};
#[cfg(feature = "derive")]
pub use fourfold_macros::{Choice, Resource, Value};
pub use resource::{Choice, Comparable, FieldType, IntoInput, Patch, Resource, SingleType, Value};
#[cfg(feature = "rest")]
pub use server::{Running, Server};
pub use service::{List, Service};

/// A day.
pub type Date = chrono::NaiveDate;
/// A moment in UTC, kept to the microsecond.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
pub use bytes::Bytes;
pub use rust_decimal::Decimal;
pub use serde_json::Value as Json;
pub use std::time::Duration;
pub use uuid::Uuid;

/// What the code of the derive macros calls, beside the public interface. Not for people.
#[doc(hidden)]
pub mod generated {
    pub use crate::behavior::{Behavior, Erased};
    pub use crate::cell::{Cell, Change, Input, Row};
    pub use crate::context::Context;
    pub use crate::derived::*;
    pub use crate::descriptor::*;
    pub use crate::error::{Error, Result};
    pub use crate::resource::*;
    pub use std::boxed::Box;
    pub use std::option::Option::{self, None, Some};
    pub use std::result::Result::{Err, Ok};
    pub use std::vec::Vec;
}

/// Everything that a file with resources wants to have in scope.
pub mod prelude {
    pub use crate::{
        Behavior, Bytes, Choice, Context, Date, Decimal, Duration, Error, Json, OperationKind, Patch,
        Resource, Result, Timestamp, Uuid, Value,
    };
    pub use std::collections::BTreeMap;
}
