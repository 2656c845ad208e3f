//! An event as it travels: a `CloudEvent` 1.0, whatever carries it.
//!
//! Two forms of it are written and read here, and buses map them onto what they have: *structured*, all of it as one JSON
//! object, and *binary*, the attributes apart (headers) and the data as the body.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

/// The media type of the structured form.
pub const STRUCTURED: &str = "application/cloudevents+json";
/// The media type of JSON data.
pub const JSON: &str = "application/json";
/// The media type of protobuf data.
pub const PROTOBUF: &str = "application/protobuf";
const VERSION: &str = "1.0";
/// How the media types of what is JSON besides end.
const SUFFIX: &str = "+json";
/// What a name of an attribute may have at most; the specification recommends 20.
const LONGEST_NAME: usize = 64;

/// What happened, as a [CloudEvent](https://cloudevents.io) 1.0.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CloudEvent {
    /// Which event of its source it is. Two with the same source and id are the same.
    pub id: String,
    /// Who says so: a URI reference, such as `/shop.order.v1`.
    pub source: String,
    /// What happened, `shop.order.v1.order.created`.
    pub kind: String,
    /// To what it happened: the id of the resource.
    pub subject: Option<String>,
    /// When it happened.
    pub time: Option<DateTime<Utc>>,
    /// What the data is; JSON where nothing is said.
    pub data_content_type: Option<String>,
    /// Where the schema of the data is.
    pub data_schema: Option<String>,
    /// The W3C trace parent of what made it happen.
    pub trace_parent: Option<String>,
    /// Events of one key arrive in the order in which they happened.
    pub partition_key: Option<String>,
    /// The other extension attributes, as text.
    pub extensions: BTreeMap<String, String>,
    /// What else there is to say.
    pub data: Data,
}

/// What an event says beside its attributes.
#[derive(Clone, PartialEq)]
pub enum Data {
    /// Nothing.
    None,
    /// JSON, as its text.
    Json(String),
    /// Anything else, such as protobuf.
    Bytes(Bytes),
}

/// Why something is not a [`CloudEvent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub(crate) String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

fn unreadable<T>(why: impl Into<String>) -> Result<T, Unreadable> {
    Err(Unreadable(why.into()))
}

/// The data may hold what no log should.
impl fmt::Debug for CloudEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudEvent")
            .field("id", &self.id)
            .field("source", &self.source)
            .field("type", &self.kind)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(text) => write!(f, "Json({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

impl CloudEvent {
    /// An event with what every event has, and no data.
    #[must_use]
    pub fn new(id: impl Into<String>, source: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            source: source.into(),
            kind: kind.into(),
            subject: None,
            time: None,
            data_content_type: None,
            data_schema: None,
            trace_parent: None,
            partition_key: None,
            extensions: BTreeMap::new(),
            data: Data::None,
        }
    }

    /// With JSON as its data.
    #[must_use]
    pub fn with_json(mut self, text: impl Into<String>) -> Self {
        self.data = Data::Json(text.into());
        self.data_content_type = Some(JSON.to_owned());
        self
    }

    /// What its order hangs on: its key, else its subject.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.partition_key.as_deref().or(self.subject.as_deref())
    }

    /// The attribute of this name, where it has one.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "specversion" => Some(Cow::Borrowed(VERSION)),
            "time" => self.time.map(|time| Cow::Owned(moment(&time))),
            _ => self.plain(name).map(Cow::Borrowed),
        }
    }

    fn plain(&self, name: &str) -> Option<&str> {
        match name {
            "id" => Some(&self.id),
            "source" => Some(&self.source),
            "type" => Some(&self.kind),
            "subject" => self.subject.as_deref(),
            "datacontenttype" => self.data_content_type.as_deref(),
            "dataschema" => self.data_schema.as_deref(),
            "traceparent" => self.trace_parent.as_deref(),
            "partitionkey" => self.partition_key.as_deref(),
            other => self.extensions.get(other).map(String::as_str),
        }
    }

    /// All attributes, by name: for the binary form, which says `datacontenttype` by the transport's own means where it has
    /// such.
    #[must_use]
    pub fn attributes(&self) -> Vec<(&str, Cow<'_, str>)> {
        const NAMES: [&str; 10] = [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "dataschema",
            "traceparent",
            "partitionkey",
        ];
        let known = NAMES.into_iter().filter_map(|name| Some((name, self.attribute(name)?)));
        let others = self.extensions.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(&**value)));
        known.chain(others).collect()
    }

    /// The event of its attributes and its body: the binary form. Names in any case.
    pub fn from_attributes<'a>(
        attributes: impl IntoIterator<Item = (&'a str, Cow<'a, str>)>,
        body: Bytes,
    ) -> Result<Self, Unreadable> {
        let mut event = Self::new("", "", "");
        let mut version = None;
        for (name, value) in attributes {
            let name = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                Cow::Owned(name.to_ascii_lowercase())
            } else {
                Cow::Borrowed(name)
            };
            if name == "specversion" {
                version = Some(value);
            } else if event.plain(&name) != Some(&value) {
                event.set(&name, value.into_owned())?;
            }
        }
        check_version(version.as_deref())?;
        event.data = match body {
            body if body.is_empty() => Data::None,
            body if is_json(event.data_content_type.as_deref()) => {
                let text = String::from_utf8(body.to_vec());
                let text = text.map_err(|_| Unreadable("its data is not UTF-8".to_owned()))?;
                serde_json::from_str::<serde::de::IgnoredAny>(&text)
                    .map_err(|error| Unreadable(format!("its data is not JSON: {}", place(&error))))?;
                Data::Json(text)
            }
            body => Data::Bytes(body),
        };
        event.checked()
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), Unreadable> {
        match name {
            "id" => self.id = value,
            "source" => self.source = value,
            "type" => self.kind = value,
            "subject" => self.subject = Some(value),
            "time" => {
                let time = DateTime::parse_from_rfc3339(&value);
                let time = time.map_err(|_| Unreadable("its time is no RFC 3339 timestamp".to_owned()))?;
                self.time = Some(time.with_timezone(&Utc));
            }
            "datacontenttype" => self.data_content_type = Some(value),
            "dataschema" => self.data_schema = Some(value),
            "traceparent" => self.trace_parent = Some(value),
            "partitionkey" => self.partition_key = Some(value),
            other => {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
                if other.is_empty() || other.len() > LONGEST_NAME || !other.bytes().all(plain) {
                    return unreadable(
                        "it has an attribute whose name is not of lower-case letters and digits",
                    );
                }
                self.extensions.insert(other.to_owned(), value);
            }
        }
        Ok(())
    }

    /// What must be there is.
    fn checked(self) -> Result<Self, Unreadable> {
        for (name, value) in [("id", &self.id), ("source", &self.source), ("type", &self.kind)] {
            if value.is_empty() {
                return unreadable(format!("it has no `{name}`"));
            }
        }
        Ok(self)
    }

    /// All of it as one JSON object: the structured form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut map = Map::new();
        for (name, value) in self.attributes() {
            map.insert(name.to_owned(), Value::String(value.into_owned()));
        }
        if let Data::Bytes(bytes) = &self.data {
            map.insert("data_base64".to_owned(), Value::String(BASE64_STANDARD.encode(bytes)));
        }
        let mut text = Value::Object(map).to_string();
        if let Data::Json(data) = &self.data {
            // The text goes in as it is: parsing it could only lose digits.
            text.pop();
            text.push_str(",\"data\":");
            text.push_str(data);
            text.push('}');
        }
        text
    }

    /// The event of one JSON object: the structured form.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        let read = serde_json::from_str::<Parts>(text);
        let Parts { attributes, data } =
            read.map_err(|error| Unreadable(format!("it is not JSON of a CloudEvent: {}", place(&error))))?;
        let mut event = Self::new("", "", "");
        let mut version = None;
        let mut binary = None;
        for (name, value) in attributes {
            match name.as_str() {
                "specversion" => version = Some(value),
                "data_base64" => binary = Some(value),
                _ => event.set(&name, value)?,
            }
        }
        check_version(version.as_deref())?;
        event.data = match (data, binary) {
            (Some(_), Some(_)) => return unreadable("it has `data` and `data_base64`"),
            (Some(data), None) => data,
            (None, Some(binary)) => {
                let bytes = BASE64_STANDARD.decode(binary);
                Data::Bytes(
                    bytes.map_err(|_| Unreadable("its `data_base64` is not base64".to_owned()))?.into(),
                )
            }
            (None, None) => Data::None,
        };
        event.checked()
    }
}

fn check_version(version: Option<&str>) -> Result<(), Unreadable> {
    match version {
        Some(VERSION) => Ok(()),
        Some(_) => unreadable(format!("its `specversion` is not {VERSION}")),
        None => unreadable("it is no CloudEvent: it has no `specversion`"),
    }
}

/// Whether data of this type is JSON; so is what says nothing.
pub(super) fn is_json(kind: Option<&str>) -> bool {
    let Some(kind) = kind else { return true };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let ending = kind.len().checked_sub(SUFFIX.len()).and_then(|start| kind.get(start..));
    kind.eq_ignore_ascii_case(JSON)
        || kind.eq_ignore_ascii_case("text/json")
        || ending.is_some_and(|ending| ending.eq_ignore_ascii_case(SUFFIX))
}

fn moment(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Where reading ended, and nothing of the content.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// A value as it may stand in a header of HTTP or NATS: percent-encoded where it has to be.
#[must_use]
pub fn header_value(text: &str) -> Cow<'_, str> {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const SET: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(text, SET).into()
}

/// The text of such a header.
#[must_use]
pub fn from_header_value(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    // Older writers quote.
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    percent_encoding::percent_decode_str(value).decode_utf8_lossy()
}

/// The members of a structured event, with the data as its own text.
struct Parts {
    attributes: Vec<(String, String)>,
    data: Option<Data>,
}

impl<'de> serde::Deserialize<'de> for Parts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Parts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut access: A) -> Result<Parts, A::Error> {
                let mut parts = Parts { attributes: Vec::new(), data: None };
                while let Some(name) = access.next_key::<String>()? {
                    if name == "data" {
                        let text = access.next_value::<Box<serde_json::value::RawValue>>()?;
                        parts.data = Some(Data::Json(Box::<str>::from(text).into_string()));
                        continue;
                    }
                    let value = match access.next_value::<Value>()? {
                        Value::Null => continue,
                        Value::String(text) => text,
                        value @ (Value::Bool(_) | Value::Number(_)) => value.to_string(),
                        _ => {
                            return Err(serde::de::Error::custom(
                                "an attribute is no text, number or boolean",
                            ));
                        }
                    };
                    if parts.attributes.iter().any(|(known, _)| *known == name) {
                        return Err(serde::de::Error::custom("an attribute is there twice"));
                    }
                    parts.attributes.push((name, value));
                }
                Ok(parts)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests;
