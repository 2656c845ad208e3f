//! JSON as it is written, and the union of OpenAPI documents, and of AsyncAPI documents.
//!
//! The generator and the runtime carry the same file (a symbolic link): `contracts/openapi.json` and what a service serves
//! are made alike. Members keep their order, which `serde_json`'s own tree does not; documents differ in nothing else.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value whose objects keep the order of their members.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number below zero, or any that fits.
    Int(i64),
    /// A whole number.
    UInt(u64),
    /// A number with a fraction.
    Float(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object.
    Object(Vec<(String, Node)>),
}

/// The members of a document's `components`, `paths` and the like, by name: those of one name are the same in all documents.
type Members = Vec<(String, Node)>;

/// One document of all that the documents say. Where there is none, or none can be read, it is empty.
#[must_use]
pub(crate) fn merge<'a>(documents: impl Iterator<Item = &'a str>) -> Node {
    let mut whole = Members::new();
    let (mut titles, mut versions) = (Vec::new(), Vec::new());
    let mut places = Places::new();
    for document in documents {
        let Ok(Node::Object(members)) = serde_json::from_str(document) else { continue };
        for (name, member) in members {
            if let ("info", Node::Object(info)) = (name.as_str(), &member) {
                titles.extend(text(info, "title"));
                versions.extend(text(info, "version"));
            }
            join(&mut whole, "", name, member, 2, &mut places);
        }
    }
    if let Some(Node::Object(info)) = get(&mut whole, "info") {
        for (name, list) in [("title", titles), ("version", versions)] {
            if let Some(member) = get(info, name) {
                *member = Node::Text(in_order(list).join(", "));
            }
        }
    }
    if let Some(Node::List(tags)) = get(&mut whole, "tags") {
        tags.sort_by_key(|tag| tag.member("name").cloned().map(|name| format!("{name:?}")));
    }
    for section in ["paths", "channels", "operations"] {
        if let Some(Node::Object(members)) = get(&mut whole, section) {
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
    }
    if let Some(Node::Object(components)) = get(&mut whole, "components") {
        for (_, section) in components {
            if let Node::Object(section) = section {
                section.sort_by(|(one, _), (other, _)| one.cmp(other));
            }
        }
    }
    Node::Object(whole)
}

fn in_order(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list.dedup();
    list
}

/// Where the members of objects are, by the names down to them. Without it, each of many would be looked for among all.
type Places = HashMap<String, usize>;

/// Adds what is not there yet: members of objects down to `depth`, elements of lists. What is there stays. `above` is
/// the names of what `into` is in.
fn join(into: &mut Members, above: &str, name: String, member: Node, depth: u8, places: &mut Places) {
    let names = format!("{above}\0{name}");
    let Some(here) = places.get(&names).and_then(|place| into.get_mut(*place)) else {
        places.insert(names.clone(), into.len());
        match member {
            Node::Object(more) if depth > 0 && name != "info" => {
                let mut here = Members::new();
                for (name, member) in more {
                    join(&mut here, &names, name, member, depth - 1, places);
                }
                into.push((name, Node::Object(here)));
            }
            member => into.push((name, member)),
        }
        return;
    };
    match (&mut here.1, member) {
        (Node::Object(here), Node::Object(more)) if depth > 0 && name != "info" => {
            for (name, member) in more {
                join(here, &names, name, member, depth - 1, places);
            }
        }
        (Node::List(here), Node::List(more)) => {
            for element in more {
                if !here.contains(&element) {
                    here.push(element);
                }
            }
        }
        _ => {}
    }
}

fn get<'a>(members: &'a mut Members, name: &str) -> Option<&'a mut Node> {
    members.iter_mut().find(|(key, _)| key == name).map(|(_, member)| member)
}

fn text(members: &Members, name: &str) -> Option<String> {
    members.iter().find_map(|(key, member)| match member {
        Node::Text(text) if key == name => Some(text.clone()),
        _ => None,
    })
}

impl Node {
    /// A member of an object.
    #[must_use]
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, member)| member),
            _ => None,
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::UInt(number) => serializer.serialize_u64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, member) in members {
                    map.serialize_entry(name, member)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Int(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::UInt(number))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Float(number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = access.next_element()? {
            list.push(element);
        }
        Ok(Node::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(entry) = access.next_entry()? {
            members.push(entry);
        }
        Ok(Node::Object(members))
    }
}
