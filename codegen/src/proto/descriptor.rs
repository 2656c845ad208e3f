//! What `google/protobuf/descriptor.proto` says of a file, as far as our files use it, with the `google.api` options as
//! fields. On the wire it is what protoc writes, so any reader of descriptors reads it.

use prost::Message;

pub use super::options::{
    EnumValueOptions, FieldBehavior, FieldOptions, HttpPattern, HttpRule, MessageOptions, MethodOptions,
    ResourceDescriptor, ResourceReference,
};

/// One `.proto` file.
#[derive(Clone, PartialEq, Message)]
pub struct FileDescriptorProto {
    /// Its path below the proto root, `shop/order/v1/order.proto`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its package, `shop.order.v1`.
    #[prost(string, tag = "2")]
    pub package: String,
    /// The files that it imports.
    #[prost(string, repeated, tag = "3")]
    pub dependency: Vec<String>,
    /// The messages.
    #[prost(message, repeated, tag = "4")]
    pub message_type: Vec<DescriptorProto>,
    /// The enums.
    #[prost(message, repeated, tag = "5")]
    pub enum_type: Vec<EnumDescriptorProto>,
    /// The services.
    #[prost(message, repeated, tag = "6")]
    pub service: Vec<ServiceDescriptorProto>,
    /// Where everything is, and the comments.
    #[prost(message, optional, tag = "9")]
    pub source_code_info: Option<SourceCodeInfo>,
    /// `proto3`.
    #[prost(string, tag = "12")]
    pub syntax: String,
}

/// A message.
#[derive(Clone, PartialEq, Message)]
pub struct DescriptorProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The fields by number.
    #[prost(message, repeated, tag = "2")]
    pub field: Vec<FieldDescriptorProto>,
    /// The entries of its maps.
    #[prost(message, repeated, tag = "3")]
    pub nested_type: Vec<DescriptorProto>,
    /// Its options.
    #[prost(message, optional, tag = "7")]
    pub options: Option<MessageOptions>,
    /// The synthetic oneofs, one for each field with presence of its own.
    #[prost(message, repeated, tag = "8")]
    pub oneof_decl: Vec<OneofDescriptorProto>,
    /// The numbers that no field may have again.
    #[prost(message, repeated, tag = "9")]
    pub reserved_range: Vec<ReservedRange>,
    /// The names that no field may have again.
    #[prost(string, repeated, tag = "10")]
    pub reserved_name: Vec<String>,
}

/// A range of numbers. Messages exclude the end, enums include it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Message)]
pub struct ReservedRange {
    /// The first.
    #[prost(int32, optional, tag = "1")]
    pub start: Option<i32>,
    /// The end.
    #[prost(int32, optional, tag = "2")]
    pub end: Option<i32>,
}

/// A field.
#[derive(Clone, PartialEq, Message)]
pub struct FieldDescriptorProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its number.
    #[prost(int32, tag = "3")]
    pub number: i32,
    /// Whether it is repeated.
    #[prost(enumeration = "Label", optional, tag = "4")]
    pub label: Option<i32>,
    /// What it holds.
    #[prost(enumeration = "Type", optional, tag = "5")]
    pub r#type: Option<i32>,
    /// The full name of its message or enum with a dot before it; empty for other types.
    #[prost(string, tag = "6")]
    pub type_name: String,
    /// Its options.
    #[prost(message, optional, tag = "8")]
    pub options: Option<FieldOptions>,
    /// The synthetic oneof that it is in.
    #[prost(int32, optional, tag = "9")]
    pub oneof_index: Option<i32>,
    /// Its name in protobuf's JSON.
    #[prost(string, tag = "10")]
    pub json_name: String,
    /// Whether it says `optional`.
    #[prost(bool, tag = "17")]
    pub proto3_optional: bool,
}

/// Whether a field is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Label {
    /// Once at most.
    Optional = 1,
    /// Once: not in proto3.
    Required = 2,
    /// Any number of times; maps too.
    Repeated = 3,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Type {
    /// `double`
    Double = 1,
    /// `float`
    Float = 2,
    /// `int64`
    Int64 = 3,
    /// `uint64`
    Uint64 = 4,
    /// `int32`
    Int32 = 5,
    /// `fixed64`
    Fixed64 = 6,
    /// `fixed32`
    Fixed32 = 7,
    /// `bool`
    Bool = 8,
    /// `string`
    String = 9,
    /// A group: not in proto3.
    Group = 10,
    /// A message.
    Message = 11,
    /// `bytes`
    Bytes = 12,
    /// `uint32`
    Uint32 = 13,
    /// An enum.
    Enum = 14,
    /// `sfixed32`
    Sfixed32 = 15,
    /// `sfixed64`
    Sfixed64 = 16,
    /// `sint32`
    Sint32 = 17,
    /// `sint64`
    Sint64 = 18,
}

impl Type {
    /// The type that `.proto` files write with this word.
    #[must_use]
    pub fn from_keyword(word: &str) -> Option<Self> {
        Some(match word {
            "double" => Self::Double,
            "float" => Self::Float,
            "int64" => Self::Int64,
            "uint64" => Self::Uint64,
            "int32" => Self::Int32,
            "bool" => Self::Bool,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "uint32" => Self::Uint32,
            _ => return None,
        })
    }

    /// The word that `.proto` files write; empty for messages and enums, which have names.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Float => "float",
            Self::Int64 => "int64",
            Self::Uint64 => "uint64",
            Self::Int32 => "int32",
            Self::Fixed64 => "fixed64",
            Self::Fixed32 => "fixed32",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Uint32 => "uint32",
            Self::Sfixed32 => "sfixed32",
            Self::Sfixed64 => "sfixed64",
            Self::Sint32 => "sint32",
            Self::Sint64 => "sint64",
            Self::Group | Self::Message | Self::Enum => "",
        }
    }
}

/// A oneof.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct OneofDescriptorProto {
    /// Its name, `_note` for the synthetic oneof of `note`.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// An enum.
#[derive(Clone, PartialEq, Message)]
pub struct EnumDescriptorProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The values, zero first, by number.
    #[prost(message, repeated, tag = "2")]
    pub value: Vec<EnumValueDescriptorProto>,
    /// The numbers that no value may have again.
    #[prost(message, repeated, tag = "4")]
    pub reserved_range: Vec<ReservedRange>,
    /// The names that no value may have again.
    #[prost(string, repeated, tag = "5")]
    pub reserved_name: Vec<String>,
}

/// A value of an enum.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct EnumValueDescriptorProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its number; zero is written out.
    #[prost(int32, optional, tag = "2")]
    pub number: Option<i32>,
    /// What is said about it.
    #[prost(message, optional, tag = "3")]
    pub options: Option<EnumValueOptions>,
}

/// A service.
#[derive(Clone, PartialEq, Message)]
pub struct ServiceDescriptorProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The methods.
    #[prost(message, repeated, tag = "2")]
    pub method: Vec<MethodDescriptorProto>,
}

/// A method.
#[derive(Clone, PartialEq, Message)]
pub struct MethodDescriptorProto {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The full name of the request with a dot before it.
    #[prost(string, tag = "2")]
    pub input_type: String,
    /// The full name of the answer with a dot before it.
    #[prost(string, tag = "3")]
    pub output_type: String,
    /// Its options.
    #[prost(message, optional, tag = "4")]
    pub options: Option<MethodOptions>,
    /// Whether it answers with a stream.
    #[prost(bool, tag = "6")]
    pub server_streaming: bool,
}

/// Where everything is in the text.
#[derive(Clone, PartialEq, Message)]
pub struct SourceCodeInfo {
    /// The places, by path.
    #[prost(message, repeated, tag = "1")]
    pub location: Vec<Location>,
}

/// Where one thing is, and its comment.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct Location {
    /// What it is about: numbers of descriptor fields and indexes, `[4, 0, 2, 1]` for the first message's second field.
    #[prost(int32, repeated, tag = "1")]
    pub path: Vec<i32>,
    /// Line and columns.
    #[prost(int32, repeated, tag = "2")]
    pub span: Vec<i32>,
    /// The comment before it: its lines without `//`, each with a line feed.
    #[prost(string, optional, tag = "3")]
    pub leading_comments: Option<String>,
}
