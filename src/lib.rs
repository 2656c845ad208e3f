//! One annotated struct becomes a service: REST and gRPC on one port, queue tasks and their workers, events and their
//! subscribers, validation, a store and idempotent writes, over one operation core.
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
//!
//! This much is REST. For gRPC, `/openapi.json` and `/docs` the fields need proto numbers, which only a build can give: add
//! `fourfold-codegen` to the build dependencies, and a `build.rs`:
//!
//! ```ignore
//! fn main() {
//!     fourfold_codegen::build("src");
//! }
//! ```
//!
//! The numbers are kept in `contracts/fourfold.lock`, which `cargo fourfold generate` writes, together with the `.proto` and
//! OpenAPI files for others. Services in Rust call each other by typed clients, made from those files; what they run on is
//! the module `client`.
//!
//! # Features
//!
//! | feature | brings | on by default |
//! | --- | --- | --- |
//! | `derive` | the derive macros | yes |
//! | `rest` | the server, and REST | yes |
//! | `grpc` | gRPC on the same port, and protobuf bodies over REST | yes |
//! | `xml` | XML bodies | yes |
//! | `sqlite` | the embedded store, and tasks on it | yes |
//! | `cron` | tasks that the clock enqueues | yes |
//! | `postgres` | the store for more than one machine, and tasks on it | |
//! | `config-file` | `Config::from_file`: the configuration in a TOML file | |
//! | `client` | what typed clients of other services run on | |
//! | `webhooks` | events to people outside, as signed requests; and what checks such requests | |
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a way in and an engine to store by, as tools and tests of the macros build it, most of the crate lies idle.
#![cfg_attr(
    not(all(feature = "rest", any(feature = "sqlite", feature = "postgres"))),
    allow(unreachable_code, unused_imports, unused_variables)
)]
// What the ways in and the engines share has parts that one of them alone does not use.
#![cfg_attr(
    not(all(
        feature = "rest",
        feature = "sqlite",
        feature = "postgres",
        any(not(feature = "amqp"), feature = "celery")
    )),
    allow(dead_code, clippy::unused_async)
)]

// The derive macros write `::fourfold::..`; inside this crate that is us.
extern crate self as fourfold;

#[cfg(feature = "amqp")]
mod amqp;
mod auth;
mod behavior;
#[cfg(feature = "rest")]
mod catalog;
mod cell;
#[cfg(feature = "client")]
pub mod client;
mod config;
#[cfg(feature = "config-file")]
mod config_file;
#[cfg(test)]
mod conformance;
#[cfg(feature = "rest")]
mod connections;
mod context;
mod core;
#[doc(hidden)]
pub mod ddl;
mod derived;
pub mod descriptor;
mod error;
pub mod events;
mod forms;
#[cfg(feature = "grpc")]
mod grpc;
mod input;
mod json;
mod merge;
#[cfg(feature = "rest")]
mod metrics;
pub mod migrations;
#[cfg(any(feature = "grpc", feature = "client"))]
mod proto;
mod query;
#[cfg(feature = "rest")]
mod readiness;
#[cfg(feature = "redis")]
mod redis;
mod resource;
#[cfg(feature = "rest")]
mod rest;
#[doc(hidden)]
pub mod rpc;
#[cfg(feature = "rest")]
mod running;
#[cfg(feature = "rest")]
mod server;
mod service;
mod store;
pub mod tasks;
mod text;
#[doc(hidden)]
pub mod types;
mod validate;
mod watch;
#[cfg(feature = "webhooks")]
pub mod webhooks;
#[cfg(feature = "xml")]
mod xml;

pub use auth::{AllowAll, Anyone, Authenticator, Credentials, Policy, RowView};
pub use behavior::{Behavior, Erased, ErasedBehavior, OperationKind};
pub use cell::{Cell, Change, Input, Row};
pub use config::{Config, EventsFormat, Role, Secret};
pub use context::{Attempt, Context, Principal, Statement};
pub use error::{Error, ErrorKind, Result, Violation};
pub use events::{Event, Events, Subscription};
#[cfg(feature = "derive")]
pub use fourfold_macros::{Choice, Event, Resource, Task, Value};
pub use resource::{Choice, Comparable, FieldType, IntoInput, Patch, Resource, SingleType, Value};
#[cfg(feature = "rest")]
pub use running::Running;
#[cfg(feature = "rest")]
pub use server::Server;
pub use service::{List, Service};
pub use tasks::{Handler, Task, Tasks};
use text::fnv1a;

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
    pub use crate::events::{CloudEvent, Event, Publish, body, happened, messages, unknown_event, which};
    #[cfg(any(feature = "grpc", feature = "client"))]
    pub use crate::proto::{from_message, to_message};
    pub use crate::resource::*;
    pub use crate::tasks::producers::{create_task, delete_task, no_task, operation_task, update_task};
    pub use crate::tasks::{Enqueue, Handler, Task, TaskSink, run_task};
    pub use std::boxed::Box;
    pub use std::option::Option::{self, None, Some};
    pub use std::result::Result::{Err, Ok};
    pub use std::vec::Vec;
}

/// What the typed messages of a crate's own resources stand on. Not for people.
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod generated_messages {
    pub use crate::error::Error;
    pub use crate::proto::{from_message, to_message};
    pub use {prost, prost_types, tonic, tonic_prost};
}

/// Includes what the build script of this package wrote, as the module `generated`: `FILE_DESCRIPTOR_SET`, and whatever
/// else build.rs asked for.
///
/// The build script is one line, `fourfold_codegen::build("src/resources")`. The derive macro finds by itself what it
/// needs of that; this macro is for those who want to see it too, or asked for more: typed clients of other services
/// (`generated::clients`), or typed messages of their own resources (`generated::messages`).
///
/// ```ignore
/// fourfold::include_generated!();
///
/// fn main() {
///     println!("{} bytes", generated::FILE_DESCRIPTOR_SET.len());
/// }
/// ```
#[macro_export]
macro_rules! include_generated {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/fourfold/mod.rs"));
    };
}

/// Everything that a file with resources wants to have in scope.
pub mod prelude {
    pub use crate::{
        Behavior, Bytes, Choice, Context, Date, Decimal, Duration, Error, Event, Handler, Json,
        OperationKind, Patch, Resource, Result, Task, Timestamp, Uuid, Value,
    };
    pub use std::collections::BTreeMap;
}
