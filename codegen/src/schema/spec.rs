//! A JSON Schema (2020-12), as far as fourfold writes one.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::merge::Node;

/// A JSON Schema (2020-12).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schema {
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) types: Option<Types>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_media_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<Node>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum: Option<Node>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exclusive_maximum: Option<Node>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_items: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) properties: Option<Pairs<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) property_names: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_properties: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_properties: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) all_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Node>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) deprecated: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) read_only: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) write_only: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<Node>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) xml: Option<Xml>,
}

/// One type, or that and null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Types {
    One(&'static str),
    OrNull([&'static str; 2]),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Additional {
    Any(bool),
    Each(Box<Schema>),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Xml {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) wrapped: bool,
}

/// An object whose members stand in the order in which they were added.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pairs<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Pairs<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, member) in &self.0 {
            map.serialize_entry(name, member)?;
        }
        map.end()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(crate) const fn is_false(value: &bool) -> bool {
    !*value
}

/// Where components are: what a reference begins with.
const COMPONENTS: &str = "#/components/schemas/";

impl Schema {
    /// A schema of one type.
    pub(crate) fn of(kind: &'static str) -> Self {
        Self { types: Some(Types::One(kind)), ..Self::default() }
    }

    /// A schema that stands among the components.
    pub(crate) fn to(name: &str) -> Self {
        Self { reference: Some(format!("{COMPONENTS}{name}")), ..Self::default() }
    }

    /// The same, or null.
    pub(crate) fn or_null(mut self) -> Self {
        match self.types {
            Some(Types::One(kind)) => self.types = Some(Types::OrNull([kind, "null"])),
            None if self.reference.is_some() => {
                let any_of = vec![self, Self::of("null")];
                return Self { any_of, ..Self::default() };
            }
            _ => {}
        }
        self
    }

    /// Adds a sentence or more to what is said.
    pub(crate) fn say(&mut self, more: &str) {
        if !self.description.is_empty() && !more.is_empty() {
            self.description.push_str(if more.starts_with("- ") { "\n\n" } else { " " });
        }
        self.description.push_str(more);
    }

    /// The component that it refers to.
    pub(crate) fn component(&self) -> Option<&str> {
        self.reference.as_deref()?.strip_prefix(COMPONENTS)
    }

    /// Changes it and every schema in it.
    pub(crate) fn each(&mut self, change: &mut dyn FnMut(&mut Self)) {
        let properties = self.properties.iter_mut().flat_map(|pairs| pairs.0.iter_mut().map(|(_, one)| one));
        let one = [&mut self.items, &mut self.property_names, &mut self.not];
        let one = one.into_iter().filter_map(|one| one.as_deref_mut());
        let each = match &mut self.additional_properties {
            Some(Additional::Each(each)) => Some(&mut **each),
            _ => None,
        };
        for inner in properties.chain(one).chain(each).chain(&mut self.any_of).chain(&mut self.all_of) {
            inner.each(change);
        }
        change(self);
    }
}
