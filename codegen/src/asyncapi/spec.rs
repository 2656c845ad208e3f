//! An AsyncAPI 3.0 document, as far as fourfold writes one.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bindings::{self, Bindings};
use crate::schema::merge::Node;
use crate::schema::spec::Schema;

/// The whole document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) asyncapi: &'static str,
    pub(super) info: Info,
    pub(super) default_content_type: &'static str,
    pub(super) channels: BTreeMap<String, Channel>,
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) components: Components,
}

#[derive(Debug, Serialize)]
pub(super) struct Info {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: &'static str,
}

/// Events of one type.
#[derive(Debug, Serialize)]
pub(super) struct Channel {
    pub(super) address: String,
    pub(super) description: String,
    pub(super) messages: BTreeMap<String, Reference>,
    pub(super) bindings: Bindings<bindings::Channel>,
}

#[derive(Debug, Serialize)]
pub(super) struct Operation {
    pub(super) action: &'static str,
    pub(super) channel: Reference,
    pub(super) summary: String,
    pub(super) bindings: Bindings<bindings::Operation>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Components {
    pub(super) schemas: BTreeMap<String, Schema>,
    pub(super) messages: BTreeMap<String, Message>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    pub(super) content_type: &'static str,
    pub(super) headers: Schema,
    pub(super) payload: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bindings: Option<Bindings<bindings::Message>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) examples: Vec<Example>,
}

#[derive(Debug, Serialize)]
pub(super) struct Example {
    pub(super) headers: Node,
    pub(super) payload: Node,
}

/// Where something is.
#[derive(Debug, Serialize)]
pub(super) struct Reference {
    #[serde(rename = "$ref")]
    reference: String,
}

impl Reference {
    /// What a section of the document holds by a name.
    pub(super) fn to(section: &str, name: &str) -> Self {
        Self { reference: format!("#/{section}/{name}") }
    }
}
