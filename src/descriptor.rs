//! The model as a static table: what the derive macros write and the whole runtime walks.

use std::sync::OnceLock;
use std::time::Duration;

use crate::behavior::ErasedBehavior;
use crate::cell::{Cell, Row};
use crate::context::Context;
use crate::error::Result;
pub use crate::types::Scalar;

/// A boxed future, for the few calls that go through a table.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A resource.
#[derive(Debug)]
pub struct Descriptor {
    /// The struct's name, `Order`.
    pub name: &'static str,
    /// The proto package, `shop.order.v1`.
    pub package: &'static str,
    /// The version segment of the path, `v1`.
    pub version: &'static str,
    /// The collection's path segment, `orders`.
    pub path: &'static str,
    /// The name in task and event names and in XML, `order`.
    pub singular: &'static str,
    /// The key of a list in answers, `orders`.
    pub plural: &'static str,
    /// The SQL table.
    pub table: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// The fields in declaration order.
    pub fields: &'static [Field],
    /// The index of the id.
    pub id: usize,
    /// The index of the field marked `version`, where there is one.
    pub version_field: Option<usize>,
    /// The index of the field marked `created_at`.
    pub created_at: Option<usize>,
    /// The index of the field marked `updated_at`.
    pub updated_at: Option<usize>,
    /// The index of the field marked `deleted_at`.
    pub deleted_at: Option<usize>,
    /// The custom operations.
    pub operations: &'static [Operation],
    /// The user's `Behavior`; `None` where the resource has none of its own.
    pub behavior: Option<&'static dyn ErasedBehavior>,
    /// How its operations run as tasks: what is said of all of them is under the empty name, what is said of one under
    /// that one's.
    pub tasks: &'static [(&'static str, TaskSettings)],
    /// The statements on SQLite.
    pub sqlite: Statements,
    /// The statements on PostgreSQL.
    pub postgres: Statements,
    /// A hash of the model, to find a stale build.
    pub fingerprint: u64,
    /// What the build wrote of the resource; `None` in a package without a build script that reads it. gRPC needs it,
    /// `/openapi.json` and `/asyncapi.json`.
    pub contract: Option<&'static Contract>,
}

/// What the build knows of a resource and its struct alone does not say: the proto numbers, and the documents.
#[derive(Debug)]
pub struct Contract {
    /// The hash of the model that the build saw; see [`fourfold::Resource`](crate::Resource).
    pub fingerprint: u64,
    /// An encoded `google.protobuf.FileDescriptorProto`: the file of the resource's package.
    pub proto: &'static [u8],
    /// An OpenAPI 3.1 document of this resource alone, as JSON.
    pub openapi: &'static str,
    /// An AsyncAPI 3.0 document of the events of this resource and of what else its package tells, as JSON.
    pub asyncapi: &'static str,
    /// How the events of its package are messages.
    pub events: &'static EventMessages,
}

/// How events are protobuf messages, as the contract of a package says it.
#[derive(Debug)]
pub struct EventMessages {
    /// An encoded `google.protobuf.FileDescriptorProto`: the file of the package.
    pub proto: &'static [u8],
    /// The types of events, each with the name of its message in that file.
    pub types: &'static [(&'static str, &'static str)],
    /// The fields that are strings or bytes in it and hold more than that, by message and field (`Order.id`).
    pub texts: &'static [(&'static str, Scalar)],
    /// What the values of its enums are in JSON, where that is not their name without the enum's, in lower case.
    pub values: &'static [(&'static str, &'static str)],
}

/// The constant SQL of a resource on one engine.
///
/// Parameters are the fields in order, then the row version where the resource declares none. Every select gives
/// back the same columns in the same order.
#[derive(Debug)]
pub struct Statements {
    /// `SELECT <columns> FROM <table>`, for lists to go on from.
    pub select: &'static str,
    /// One row by id, unless it is softly deleted. Parameter: the id.
    pub get: &'static str,
    /// SQLite: one row. PostgreSQL: any number of rows, each parameter an array; returns the ids.
    pub insert: &'static str,
    /// All columns of a row whose row version is still the one expected. Parameters: the row, then the expected
    /// version. PostgreSQL: arrays of them; returns the ids that were written.
    pub update: &'static str,
    /// A row whose row version is still the one expected. Parameters: the id, the expected version. PostgreSQL:
    /// arrays of them; returns the ids that went.
    pub delete: &'static str,
}

/// A field of a resource or a value.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is one attribute, independent of the others")]
pub struct Field {
    /// The JSON key, the column and the proto field.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// What it holds.
    pub ty: Type,
    /// Never accepted from a caller.
    pub output_only: bool,
    /// Accepted, never shown.
    pub input_only: bool,
    /// Accepted on create alone.
    pub immutable: bool,
    /// Never in a log, a trace or an event.
    pub sensitive: bool,
    /// No two rows hold the same value.
    pub unique: bool,
    /// May be filtered by.
    pub filter: bool,
    /// May be sorted by.
    pub sort: bool,
    /// The full name of the resource that the field points to.
    pub references: Option<&'static str>,
    /// Makes the value where a create or a replace says none.
    pub default: Option<fn() -> Cell>,
    /// The validation rules.
    pub rules: &'static [Rule],
    /// The name that the field had before: its column and what is stored under it go over.
    pub was: Option<&'static str>,
}

impl Field {
    /// A field with a name and a type and nothing else said about it; the derive macros start from it.
    #[must_use]
    pub const fn new(name: &'static str, ty: Type) -> Self {
        Self {
            name,
            doc: "",
            ty,
            output_only: false,
            input_only: false,
            immutable: false,
            sensitive: false,
            unique: false,
            filter: false,
            sort: false,
            references: None,
            default: None,
            rules: &[],
            was: None,
        }
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// Whether it may be null.
    pub optional: bool,
    /// What it holds where it is not null.
    pub kind: Kind,
}

/// The kinds of content.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A known type.
    Scalar(Scalar),
    /// One of a closed set of names.
    Choice(&'static ChoiceDescriptor),
    /// A nested struct.
    Value(&'static ValueDescriptor),
    /// Any number of elements in order.
    List(&'static Kind),
    /// Any number of elements by text key.
    Map(&'static Kind),
}

/// A validation rule.
#[derive(Debug)]
pub enum Rule {
    /// Characters of text, bytes of `Bytes`, elements of a list or a map; both ends are inside.
    Length {
        /// The least.
        min: Option<u64>,
        /// The most.
        max: Option<u64>,
    },
    /// The bounds of a number, or of a duration in seconds.
    Range {
        /// The least, which is inside.
        min: Option<Limit>,
        /// The greatest.
        max: Option<Limit>,
        /// Whether `max` itself is outside.
        max_exclusive: bool,
    },
    /// An email address (RFC 5321).
    Email,
    /// An absolute URI (RFC 3986).
    Url,
    /// A regular expression that must match somewhere in the text.
    Pattern(Pattern),
    /// The user's own check of one value that is not null; the text it gives back completes the field's name.
    Custom(fn(&Cell) -> core::result::Result<(), String>),
}

/// A bound of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// A whole number.
    Int(i128),
    /// A number with a fraction.
    Float(f64),
    /// The digits of an exact decimal.
    Decimal(&'static str),
}

/// A regular expression, compiled when it is first used.
#[derive(Debug)]
pub struct Pattern {
    /// The expression's text.
    pub source: &'static str,
    compiled: OnceLock<Option<regex_lite::Regex>>,
}

impl Pattern {
    /// An expression that the front end has checked.
    #[must_use]
    pub const fn new(source: &'static str) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// Whether the text matches somewhere. An expression that does not compile matches nothing; the front end
    /// refuses those.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| regex_lite::Regex::new(self.source).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// A nested struct.
#[derive(Debug)]
pub struct ValueDescriptor {
    /// The struct's name.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// The fields in declaration order.
    pub fields: &'static [Field],
}

/// A closed set of names.
#[derive(Debug)]
pub struct ChoiceDescriptor {
    /// The enum's name.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// The variants in declaration order.
    pub variants: &'static [Variant],
}

/// A variant of a choice.
#[derive(Debug)]
pub struct Variant {
    /// What is sent and stored.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
}

/// A custom operation.
#[derive(Debug)]
pub struct Operation {
    /// The name: the method, and the last segment of the route.
    pub name: &'static str,
    /// The input, where there is one.
    pub input: Option<&'static ValueDescriptor>,
    /// The name of the event that it publishes.
    pub event: Option<&'static str>,
    /// Runs the user's method on the row: row and input (null where there is none) in, row out.
    pub run: for<'a> fn(&'a Context, Row, Cell) -> BoxFuture<'a, Result<Row>>,
}

/// How a task runs, where an attribute says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSettings {
    /// Which workers take it; `default` unless said.
    pub queue: Option<&'static str>,
    /// How often it is tried again.
    pub retries: Option<u32>,
    /// The pause before the second attempt; it doubles with each further one.
    pub backoff: Option<Duration>,
    /// The longest pause.
    pub backoff_max: Option<Duration>,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
}

impl TaskSettings {
    /// Nothing said.
    pub const NONE: Self =
        Self { queue: None, retries: None, backoff: None, backoff_max: None, timeout: None };

    /// What is said here, and else there.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        // `Option::or` is not for constants.
        macro_rules! or {
            ($field:ident) => {
                match self.$field {
                    Some(said) => Some(said),
                    None => other.$field,
                }
            };
        }
        Self {
            queue: or!(queue),
            retries: or!(retries),
            backoff: or!(backoff),
            backoff_max: or!(backoff_max),
            timeout: or!(timeout),
        }
    }
}

/// A task that belongs to no resource.
#[derive(Debug)]
pub struct TaskDescriptor {
    /// `order.confirm`.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// The input.
    pub input: &'static ValueDescriptor,
    /// How it runs.
    pub settings: TaskSettings,
    /// When it is enqueued by itself.
    pub schedule: Option<Schedule>,
    /// Runs one attempt: the cells of the input in, the answer as JSON text out.
    pub run: for<'a> fn(&'a Context, Row) -> BoxFuture<'a, Result<Option<String>>>,
}

/// When a task is enqueued by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Five fields: minute, hour, day of the month, month, day of the week; six with seconds first.
    pub cron: &'static str,
    /// A name of the IANA time zone database; UTC unless said.
    pub time_zone: &'static str,
}

/// An event that is not a resource's own.
#[derive(Debug)]
pub struct EventDescriptor {
    /// Its type, `shop.order.v1.order.delayed`.
    pub name: &'static str,
    /// The doc comment.
    pub doc: &'static str,
    /// What it says.
    pub body: &'static ValueDescriptor,
    /// The index of the field that says to what it happened.
    pub subject: Option<usize>,
    /// How it is a message; `None` where no contract says so.
    pub messages: Option<&'static EventMessages>,
}

impl Descriptor {
    /// The type of what happens to it, `shop.order.v1.order.created`.
    #[must_use]
    pub fn event_type(&self, happened: &str) -> String {
        format!("{}.{}.{happened}", self.package, self.singular)
    }

    /// The task of an operation: `order.create`, and `order.v2.create` in a package of another version than `v1`, so that
    /// two versions can be served side by side.
    #[must_use]
    pub fn task_name(&self, operation: &str) -> String {
        match self.version {
            "v1" => format!("{}.{operation}", self.singular),
            version => format!("{}.{version}.{operation}", self.singular),
        }
    }

    /// How an operation runs as a task.
    #[must_use]
    pub fn task_settings(&self, operation: &str) -> TaskSettings {
        let said = |name: &str| {
            self.tasks
                .iter()
                .find(|(of, _)| *of == name)
                .map_or(TaskSettings::NONE, |(_, settings)| *settings)
        };
        said(operation).or(said(""))
    }

    /// The cell of a stored row that holds its row version.
    #[must_use]
    pub const fn version_cell(&self) -> usize {
        match self.version_field {
            Some(index) => index,
            None => self.fields.len(),
        }
    }

    /// The number of cells of a stored row.
    #[must_use]
    pub const fn width(&self) -> usize {
        match self.version_field {
            Some(_) => self.fields.len(),
            None => self.fields.len() + 1,
        }
    }

    /// The column that holds the row version.
    #[must_use]
    pub const fn version_column(&self) -> &'static str {
        match self.version_field {
            Some(index) => self.fields[index].name,
            None => ROW_VERSION,
        }
    }

    /// The row version of a stored row.
    #[must_use]
    pub fn row_version(&self, row: &[Cell]) -> i64 {
        match row.get(self.version_cell()) {
            Some(Cell::Int(version)) => *version,
            _ => 0,
        }
    }

    /// The name that other resources refer to it by, `shop.order.v1.Order`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.package, self.name)
    }

    /// What people call one of it, `order item`.
    #[must_use]
    pub fn noun(&self) -> String {
        self.singular.replace('_', " ")
    }

    /// A field by name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// Whether the field is written by the server and the store alone.
    #[must_use]
    pub fn is_managed(&self, index: usize) -> bool {
        let some = Some(index);
        some == self.version_field
            || some == self.created_at
            || some == self.updated_at
            || some == self.deleted_at
            || (index == self.id && !self.id_is_given())
    }

    /// Whether the caller gives the id (a `String`).
    #[must_use]
    pub const fn id_is_given(&self) -> bool {
        matches!(self.fields[self.id].ty.kind, Kind::Scalar(Scalar::String))
    }
}

/// The hidden column of a resource without a `version` field.
pub const ROW_VERSION: &str = "row_version";

impl Kind {
    /// Whether the column holds JSON.
    #[must_use]
    pub const fn is_composite(&self) -> bool {
        matches!(self, Self::Value(_) | Self::List(_) | Self::Map(_))
    }

    /// The column type on SQLite.
    #[must_use]
    pub const fn sqlite(&self) -> &'static str {
        match self {
            Self::Scalar(scalar) => scalar.info().sqlite,
            Self::Choice(_) => crate::types::CHOICE_SQLITE,
            _ => crate::types::COMPOSITE_SQLITE,
        }
    }

    /// The column type on PostgreSQL.
    #[must_use]
    pub const fn postgres(&self) -> &'static str {
        match self {
            Self::Scalar(scalar) => scalar.info().postgres,
            Self::Choice(_) => crate::types::CHOICE_POSTGRES,
            _ => crate::types::COMPOSITE_POSTGRES,
        }
    }
}
