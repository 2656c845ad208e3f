//! What is known of a pair when it is made, and needed when it is judged.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A definition before and after an edit.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Its number, which is in the names of its packages and tables.
    pub nth: usize,
    /// The kind of edit.
    pub edit: String,
    /// What `check` says.
    pub findings: Vec<Said>,
    /// What is sent under the old definition.
    pub before: Side,
    /// What is sent under the new one.
    pub after: Side,
    /// The SQL that takes the rows over; what `migrate new` refuses.
    pub migration: Result<String, Vec<String>>,
    /// The texts of both, for those who read findings.
    pub texts: [String; 2],
}

/// A finding of `check`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    /// The word of its kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The word of its surface.
    pub surface: String,
    /// The word of its verdict.
    pub verdict: String,
}

/// What those send who have a definition.
#[derive(Debug, Serialize, Deserialize)]
pub struct Side {
    /// The proto package.
    pub package: String,
    /// The name of the resource.
    pub name: String,
    /// The path in URLs, with a slash before it.
    pub path: String,
    /// The bodies of the rows that are there.
    pub seeds: Vec<Body>,
    /// The bodies of creates, each other than that of any row.
    pub creates: Vec<Body>,
    /// Those of creates that are carried out later.
    pub later: Vec<Body>,
    /// Those of tasks that are sent by their names.
    pub sent: Vec<Body>,
    /// The changes that an update may make, one at a time.
    pub updates: Vec<Body>,
    /// Filters.
    pub filters: Vec<String>,
    /// Orders.
    pub orders: Vec<String>,
    /// Operations with their input.
    pub operations: Vec<(String, Option<Body>)>,
    /// Tasks of their own, by name.
    pub tasks: Vec<(String, Value)>,
}

/// A body in the two forms that have names in them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Body {
    /// As REST has it.
    pub rest: Map<String, Value>,
    /// As protobuf's JSON has it.
    pub proto: Map<String, Value>,
}
