//! What JSON Schemas of events say, as the types that the runtime knows.

use std::collections::BTreeMap;

use fourfold_model::types::{Scalar, TYPES};
use serde_json::Value;

use super::Told;
use crate::catalog;

/// Everything that the events of a package hold.
pub(super) struct Shapes {
    /// The events, by type.
    pub(super) events: Vec<Object>,
    /// The nested structs, by name.
    pub(super) objects: BTreeMap<String, Object>,
    /// The choices, by name.
    pub(super) choices: BTreeMap<String, Choice>,
}

/// A struct.
pub(super) struct Object {
    pub(super) name: String,
    /// The type, where it is an event.
    pub(super) kind: Option<String>,
    pub(super) doc: String,
    pub(super) fields: Vec<Field>,
}

/// A field of a struct.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) doc: String,
    /// Whether nobody should use it any more.
    pub(super) deprecated: bool,
    pub(super) ty: Type,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Scalar(Scalar),
    /// A nested struct.
    Object(String),
    /// A choice: it is read as text, so that a value of a later version is one too.
    Choice(String),
    List(Box<Self>),
    Map(Box<Self>),
    Optional(Box<Self>),
}

/// A closed set of names, as far as the contract knows it.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) doc: String,
    /// What is sent.
    pub(super) values: Vec<String>,
}

impl Shapes {
    /// Reads the payloads of events, and what they refer to in `schemas`.
    pub(super) fn of(schemas: &Value, events: &[Told<'_>]) -> Result<Self, String> {
        let mut shapes = Self { events: Vec::new(), objects: BTreeMap::new(), choices: BTreeMap::new() };
        for event in events {
            let fields =
                shapes.fields(schemas, event.payload).map_err(|why| format!("{}: {why}", event.kind))?;
            shapes.events.push(Object {
                name: event.name.to_owned(),
                kind: Some(event.kind.to_owned()),
                doc: event.doc.to_owned(),
                fields,
            });
        }
        Ok(shapes)
    }

    fn fields(&mut self, schemas: &Value, object: &Value) -> Result<Vec<Field>, String> {
        let required = object["required"].as_array().into_iter().flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let is_required = |name: &str| required.contains(&name);
        let mut properties: Vec<(&String, &Value)> =
            object["properties"].as_object().into_iter().flatten().collect();
        // What is always there is listed in the order of the struct; a map of JSON has none.
        properties.sort_by_key(|(name, _)| required.iter().position(|one| one == name).unwrap_or(usize::MAX));
        let mut fields = Vec::new();
        for (name, schema) in properties {
            let ty = self.ty(schemas, schema).map_err(|why| format!("`{name}` {why}"))?;
            let ty = match ty {
                ty @ (Type::Optional(_) | Type::List(_) | Type::Map(_)) => ty,
                ty if is_required(name) => ty,
                ty => Type::Optional(Box::new(ty)),
            };
            let deprecated = schema["deprecated"] == true;
            fields.push(Field { name: name.clone(), doc: self.told_of(schema, &ty), deprecated, ty });
        }
        Ok(fields)
    }

    fn ty(&mut self, schemas: &Value, schema: &Value) -> Result<Type, String> {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.named(schemas, reference);
        }
        // What has a description of its own refers to another in this way.
        if let Some([one]) = schema["allOf"].as_array().map(Vec::as_slice) {
            return self.ty(schemas, one);
        }
        if let Some(any) = schema["anyOf"].as_array() {
            let (null, others): (Vec<&Value>, Vec<&Value>) =
                any.iter().partition(|one| one["type"] == "null");
            return match (null.len(), &others[..]) {
                (0, _) | (_, [] | [_, _, ..]) => Err("may be several things".to_owned()),
                (_, [one]) => Ok(Type::Optional(Box::new(self.ty(schemas, one)?))),
            };
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let own = types.iter().find(|one| **one != "null");
        let ty = match own.copied() {
            None => Type::Scalar(Scalar::Json),
            Some("array") => Type::List(Box::new(self.ty(schemas, &schema["items"])?)),
            Some("object") if schema["additionalProperties"].is_object() => {
                Type::Map(Box::new(self.ty(schemas, &schema["additionalProperties"])?))
            }
            Some("object") => return Err("is an object of its own, and not one of the schemas".to_owned()),
            Some(json_type) => Type::Scalar(scalar(json_type, schema)),
        };
        Ok(if own.is_some() && types.contains(&"null") { Type::Optional(Box::new(ty)) } else { ty })
    }

    /// What is said of a field, or else of what it holds.
    fn told_of(&self, schema: &Value, ty: &Type) -> String {
        let own = described(schema);
        match ty.element() {
            Type::Object(name) if own.is_empty() => {
                self.objects.get(name).map(|object| object.doc.clone()).unwrap_or_default()
            }
            Type::Choice(name) if own.is_empty() => {
                self.choices.get(name).map(|choice| choice.doc.clone()).unwrap_or_default()
            }
            _ => own,
        }
    }

    fn named(&mut self, schemas: &Value, reference: &str) -> Result<Type, String> {
        let key = reference.strip_prefix("#/components/schemas/").unwrap_or(reference);
        let schema = &schemas[key];
        let name = key.rsplit('.').next().unwrap_or(key).to_owned();
        let doc = described(schema);
        if let Some(values) = schema["enum"].as_array() {
            let values = values.iter().filter_map(|value| Some(value.as_str()?.to_owned())).collect();
            self.choices.entry(name.clone()).or_insert(Choice { name: name.clone(), doc, values });
            return Ok(Type::Choice(name));
        }
        if !schema["properties"].is_object() {
            return Err(format!("is `{key}`, which is no object"));
        }
        if !self.objects.contains_key(&name) {
            // Before its fields are looked at: one of them may lead back to it.
            let object = Object { name: name.clone(), kind: None, doc, fields: Vec::new() };
            self.objects.insert(name.clone(), object);
            let fields = self.fields(schemas, schema)?;
            if let Some(object) = self.objects.get_mut(&name) {
                object.fields = fields;
            }
        }
        Ok(Type::Object(name))
    }

    /// The fields that are strings or bytes in proto and hold more than that.
    pub(super) fn texts(&self) -> Vec<(String, Scalar)> {
        let all = self.events.iter().chain(self.objects.values());
        let fields = all.flat_map(|object| object.fields.iter().map(move |field| (&object.name, field)));
        let text = |ty: &Type| match ty.element() {
            Type::Scalar(scalar) if scalar.is_told_as_text() => Some(*scalar),
            _ => None,
        };
        fields
            .filter_map(|(name, field)| Some((format!("{name}.{}", field.name), text(&field.ty)?)))
            .collect()
    }

    /// The values of enums that are called otherwise in JSON than their names in proto tell.
    pub(super) fn unusual_values(&self) -> Vec<(String, String)> {
        let all = self.choices.values();
        all.flat_map(|choice| catalog::unusual_values(&choice.name, choice.values.iter())).collect()
    }
}

impl Type {
    /// What it holds in the end.
    pub(super) fn element(&self) -> &Self {
        match self {
            Self::List(inner) | Self::Map(inner) | Self::Optional(inner) => inner.element(),
            other => other,
        }
    }
}

/// The scalar of this type and format; a format that a rule adds leaves a text a text.
fn scalar(json_type: &str, schema: &Value) -> Scalar {
    if schema["contentEncoding"] == "base64" {
        return Scalar::Bytes;
    }
    let format = schema["format"].as_str().unwrap_or_default();
    let fits = |exact: bool| {
        let same = |info: &&fourfold_model::types::TypeInfo| {
            info.json_type == json_type
                && info.scalar != Scalar::Bytes
                && (!exact || info.json_format == format)
        };
        TYPES.iter().find(same).map(|info| info.scalar)
    };
    fits(true).or_else(|| fits(false)).unwrap_or(Scalar::Json)
}

fn described(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}
