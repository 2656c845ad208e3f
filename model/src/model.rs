//! The model: what a checked struct means. Owned, without spans, comparable; all that a back end may read.

use std::time::Duration;

use crate::types::Scalar;

/// A resource: a struct with `#[derive(Resource)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The struct's name, `Order`.
    pub name: String,
    /// The proto package, `shop.order.v1`; its last segment is the version in the path.
    pub package: String,
    /// The version segment of the package, `v1`.
    pub version: String,
    /// The collection's path segment, `orders`.
    pub path: String,
    /// The name in snake case, `order`: in task and event names, and the XML element.
    pub singular: String,
    /// The path in snake case, `orders`: the key of a list in answers.
    pub plural: String,
    /// The SQL table.
    pub table: String,
    /// The doc comment, its lines joined by `\n`, without the leading space; empty where there is none.
    pub doc: String,
    /// The fields in declaration order.
    pub fields: Vec<Field>,
    /// The index of the id in `fields`.
    pub id: usize,
    /// The custom operations in declaration order.
    pub operations: Vec<Operation>,
    /// Whether the user implements `Behavior` (`#[resource(behavior)]`).
    pub behavior: bool,
    /// How the operations run as tasks: what is said of all of them is under the empty name, what is said of one under
    /// that one's. What says nothing is left out.
    pub tasks: Vec<(String, TaskSettings)>,
    /// What `#[resource(crate = "..")]` says, for those who rename the runtime crate.
    pub krate: Option<String>,
}

/// A field of a resource.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one attribute, independent of the others")]
pub struct Field {
    /// The name without `r#`; it is the JSON key, the column and the proto field.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// What it holds.
    pub shape: Shape,
    /// Who writes the field.
    pub role: Role,
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
    /// The full name of the resource that the field points to, `shop.user.v1.User`.
    pub references: Option<String>,
    /// The expression of `default = ..`, as token text.
    pub default: Option<DefaultValue>,
    /// The validation rules in the order they were written.
    pub rules: Vec<Rule>,
    /// The name that the field had before (`was = ".."`): its proto number, its column and what is stored go over.
    pub was: Option<String>,
    /// Why nobody should use it any more, and what to use instead (`deprecated = ".."`).
    pub deprecated: Option<String>,
    /// The proto number that the struct itself fixes (`number = n`), to adopt an existing proto.
    pub number: Option<u32>,
}

/// Who writes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The caller (or, where `output_only`, the user's own code).
    Plain,
    /// The key.
    Id(IdKind),
    /// The store, once, on create.
    CreatedAt,
    /// The store, on every write.
    UpdatedAt,
    /// The store, on every write: counts from 1.
    Version,
    /// The store, on delete; it makes deletion soft.
    DeletedAt,
}

/// Where an id comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// A UUIDv7 made by the server.
    Uuid,
    /// A number made by the database.
    I64,
    /// Text given by the caller.
    String,
}

/// The shape of a field: how often it holds what.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Whether it may be null (`Option`).
    pub optional: bool,
    /// One, a list or a map.
    pub many: Many,
    /// What each element is.
    pub element: Element,
}

/// How many elements a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// One.
    One,
    /// Any number in order (`Vec`).
    List,
    /// Any number by text key (`BTreeMap<String, _>`).
    Map,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A known type.
    Scalar(Scalar),
    /// A type of the user's, by the path that the field says: a `Choice` or a `Value`; rustc knows which.
    Named(String),
}

/// A default value.
#[derive(Clone, Debug, PartialEq)]
pub enum DefaultValue {
    /// A string literal's value.
    Text(String),
    /// Any other expression, as token text.
    Expression(String),
}

/// A validation rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Characters of text, bytes of `Bytes`, elements of a list or a map.
    Length {
        /// The least, inclusive.
        min: Option<u64>,
        /// The most, inclusive.
        max: Option<u64>,
    },
    /// The bounds of a number or a duration.
    Range {
        /// The least, inclusive.
        min: Option<Limit>,
        /// The greatest.
        max: Option<Limit>,
        /// Whether `max` itself is out.
        max_exclusive: bool,
    },
    /// An email address (RFC 5321).
    Email,
    /// An absolute URI (RFC 3986).
    Url,
    /// A regular expression that must match somewhere in the text.
    Pattern(String),
    /// The path of a function `fn(&T) -> Result<(), impl Display>`, as token text.
    Custom(String),
}

/// A bound of a range.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// For integers, and floats and decimals where the literal has no point. Durations count in seconds.
    Int(i128),
    /// For floats and durations.
    Float(f64),
    /// For decimals: the literal's digits.
    Decimal(String),
}

/// A custom operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The name, `cancel`: the method, and the last segment of the route.
    pub name: String,
    /// The path of the input's type (a `Value`), where there is one.
    pub input: Option<String>,
    /// The name of the event that it publishes, `cancelled`.
    pub event: Option<String>,
    /// Why nobody should call it any more, and what to do instead (`deprecated = ".."`).
    pub deprecated: Option<String>,
}

/// How a task runs, where it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskSettings {
    /// Which workers take it.
    pub queue: Option<String>,
    /// How often it is tried again.
    pub retries: Option<u32>,
    /// The pause before the second attempt.
    pub backoff: Option<Duration>,
    /// The longest pause.
    pub backoff_max: Option<Duration>,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
}

/// A struct with `#[derive(Task)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The struct's name.
    pub name: String,
    /// The task's own name, `order.confirm`.
    pub task: String,
    /// The doc comment.
    pub doc: String,
    /// The fields in declaration order; only `sensitive`, `default`, `validate` and `deprecated` may be set.
    pub fields: Vec<Field>,
    /// How it runs.
    pub settings: TaskSettings,
    /// When it is enqueued by itself.
    pub schedule: Option<Schedule>,
    /// What `#[task(crate = "..")]` says.
    pub krate: Option<String>,
}

/// When a task is enqueued by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The cron expression.
    pub cron: String,
    /// A name of the IANA time zone database.
    pub time_zone: String,
}

/// A struct with `#[derive(Event)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The struct's name.
    pub name: String,
    /// What happened, `shop.order.v1.order.delayed`.
    pub event: String,
    /// The doc comment.
    pub doc: String,
    /// The fields in declaration order; only `default` and `deprecated` may be set.
    pub fields: Vec<Field>,
    /// The index of the field that says to what it happened.
    pub subject: Option<usize>,
    /// What `#[event(crate = "..")]` says.
    pub krate: Option<String>,
}

/// A struct with `#[derive(Value)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The struct's name.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// The fields in declaration order; only `sensitive`, `default`, `validate`, `was`, `deprecated`
    /// and `number` may be set.
    pub fields: Vec<Field>,
    /// What `#[value(crate = "..")]` says.
    pub krate: Option<String>,
}

/// An enum with `#[derive(Choice)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The enum's name.
    pub name: String,
    /// The doc comment.
    pub doc: String,
    /// The variants in declaration order.
    pub variants: Vec<Variant>,
    /// What `#[choice(crate = "..")]` says.
    pub krate: Option<String>,
}

/// A variant of a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The variant's name in Rust, `InTransit`.
    pub name: String,
    /// What is sent and stored, `in_transit`.
    pub wire: String,
    /// The doc comment.
    pub doc: String,
    /// Why nobody should say it any more, and what to say instead (`deprecated = ".."`).
    pub deprecated: Option<String>,
    /// The proto number that the enum itself fixes (`number = n`), to adopt an existing proto.
    pub number: Option<u32>,
}

impl Resource {
    /// What can happen to it, in the past tense, beside the name of the custom operation that does it: `created`, `updated`,
    /// `deleted`, then the events of its operations.
    pub fn events(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let standard = [("created", None), ("updated", None), ("deleted", None)];
        let custom = self
            .operations
            .iter()
            .filter_map(|operation| Some((operation.event.as_deref()?, Some(operation.name.as_str()))));
        standard.into_iter().chain(custom)
    }

    /// Whether an event of [`events`](Self::events) says how the resource was before.
    #[must_use]
    pub fn changes(event: &str, operation: Option<&str>) -> bool {
        operation.is_some() || event == "updated"
    }

    /// The type of an event, `shop.order.v1.order.created`.
    #[must_use]
    pub fn event_type(&self, event: &str) -> String {
        format!("{}.{}.{event}", self.package, self.singular)
    }
}
