//! The options of messages, fields and methods: protobuf's own and those of `google.api`.

use prost::Message;

/// The options of a message.
#[derive(Clone, PartialEq, Message)]
pub struct MessageOptions {
    /// Whether nobody should use it any more.
    #[prost(bool, optional, tag = "3")]
    pub deprecated: Option<bool>,
    /// Whether it is an entry of a map.
    #[prost(bool, optional, tag = "7")]
    pub map_entry: Option<bool>,
    /// `google.api.resource`
    #[prost(message, optional, tag = "1053")]
    pub resource: Option<ResourceDescriptor>,
}

/// The options of a field.
#[derive(Clone, PartialEq, Message)]
pub struct FieldOptions {
    /// Whether nobody should use it any more.
    #[prost(bool, optional, tag = "3")]
    pub deprecated: Option<bool>,
    /// `google.api.field_behavior`
    #[prost(enumeration = "FieldBehavior", repeated, packed = "false", tag = "1052")]
    pub field_behavior: Vec<i32>,
    /// `google.api.resource_reference`
    #[prost(message, optional, tag = "1055")]
    pub resource_reference: Option<ResourceReference>,
}

/// The options of a value of an enum.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct EnumValueOptions {
    /// Whether nobody should say it any more.
    #[prost(bool, optional, tag = "1")]
    pub deprecated: Option<bool>,
}

/// The options of a method.
#[derive(Clone, PartialEq, Message)]
pub struct MethodOptions {
    /// Whether nobody should call it any more.
    #[prost(bool, optional, tag = "33")]
    pub deprecated: Option<bool>,
    /// `google.api.http`
    #[prost(message, optional, tag = "72295728")]
    pub http: Option<HttpRule>,
}

/// `google.api.FieldBehavior`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum FieldBehavior {
    /// Nothing is said.
    Unspecified = 0,
    /// It may be left out.
    Optional = 1,
    /// It may not be left out.
    Required = 2,
    /// Never accepted.
    OutputOnly = 3,
    /// Accepted, never shown.
    InputOnly = 4,
    /// Accepted on create alone.
    Immutable = 5,
    /// The list has no order.
    UnorderedList = 6,
    /// What is left empty gets a value.
    NonEmptyDefault = 7,
    /// It names the resource.
    Identifier = 8,
}

/// `google.api.ResourceDescriptor`
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct ResourceDescriptor {
    /// What kind of resource it is, across all services: `order.shop/Order`.
    #[prost(string, tag = "1")]
    pub r#type: String,
    /// What its names look like.
    #[prost(string, repeated, tag = "2")]
    pub pattern: Vec<String>,
    /// The field that names it.
    #[prost(string, tag = "3")]
    pub name_field: String,
    /// The plural in camel case.
    #[prost(string, tag = "5")]
    pub plural: String,
    /// The singular in camel case.
    #[prost(string, tag = "6")]
    pub singular: String,
}

/// `google.api.ResourceReference`
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct ResourceReference {
    /// The kind of resource that the field points to.
    #[prost(string, tag = "1")]
    pub r#type: String,
}

/// `google.api.HttpRule`
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct HttpRule {
    /// The method and the path.
    #[prost(oneof = "HttpPattern", tags = "2, 3, 4, 5, 6")]
    pub pattern: Option<HttpPattern>,
    /// The field that the body holds.
    #[prost(string, tag = "7")]
    pub body: String,
}

/// The method and the path of an HTTP rule.
#[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
pub enum HttpPattern {
    /// `GET`
    #[prost(string, tag = "2")]
    Get(String),
    /// `PUT`
    #[prost(string, tag = "3")]
    Put(String),
    /// `POST`
    #[prost(string, tag = "4")]
    Post(String),
    /// `DELETE`
    #[prost(string, tag = "5")]
    Delete(String),
    /// `PATCH`
    #[prost(string, tag = "6")]
    Patch(String),
}

impl FieldBehavior {
    /// The name of the value in `.proto` files.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Unspecified => "FIELD_BEHAVIOR_UNSPECIFIED",
            Self::Optional => "OPTIONAL",
            Self::Required => "REQUIRED",
            Self::OutputOnly => "OUTPUT_ONLY",
            Self::InputOnly => "INPUT_ONLY",
            Self::Immutable => "IMMUTABLE",
            Self::UnorderedList => "UNORDERED_LIST",
            Self::NonEmptyDefault => "NON_EMPTY_DEFAULT",
            Self::Identifier => "IDENTIFIER",
        }
    }
}
