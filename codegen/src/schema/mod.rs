//! JSON Schemas of resources, values and choices: what OpenAPI and AsyncAPI documents both say, with examples, and how JSON
//! is printed and put together.

mod decimals;
pub(crate) mod examples;
pub(crate) mod merge;
mod pattern;
pub(crate) mod print;
pub(crate) mod scalars;
pub(crate) mod schemas;
pub(crate) mod spec;
