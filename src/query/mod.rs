//! Lists: filter (AIP-160), order (AIP-132) and keyset pages (AIP-158), parsed into bound parameters.

pub(crate) mod sql;

use crate::cell::Cell;
use crate::descriptor::Descriptor;

/// A list request as a way in receives it: text, not yet checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListRequest {
    /// How many rows at most; `None` and 0 mean the default, more than the maximum means the maximum.
    pub(crate) page_size: Option<i64>,
    /// The token of the page before, or empty.
    pub(crate) page_token: String,
    /// AIP-160, or empty.
    pub(crate) filter: String,
    /// AIP-132, or empty.
    pub(crate) order_by: String,
    /// The short form `?field=value`; all must hold.
    pub(crate) equals: Vec<(String, String)>,
}

/// A checked list.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    /// The resource.
    pub(crate) descriptor: &'static Descriptor,
    /// What must hold.
    pub(crate) condition: Option<Condition>,
    /// The order, the id last as the tie-break.
    pub(crate) order: Vec<Sort>,
    /// The sort cells of the last row before this page, one for each of `order`.
    pub(crate) after: Option<Vec<Cell>>,
    /// How many rows to read: one more than the page, to know whether there is a next.
    pub(crate) limit: u32,
    /// A hash of the filter and the order, which a page token carries.
    pub(crate) shape: u64,
}

/// A sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    /// The index of the field.
    pub(crate) field: usize,
    /// Greatest first. Null is the smallest value in both directions.
    pub(crate) descending: bool,
}

/// A filter over fields (by index) and typed cells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// All hold.
    And(Vec<Condition>),
    /// One holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A comparison. Null equals null and is not equal to any value; it is neither less nor greater than one.
    Compare {
        /// The index of the field.
        field: usize,
        /// How.
        comparison: Comparison,
        /// With what.
        cell: Cell,
    },
    /// The field has a value.
    Present(usize),
    /// The text of the field matches: literal parts with any text between, before and after them as said.
    Like {
        /// The index of the field.
        field: usize,
        /// The pattern: `None` is any text.
        parts: Vec<Option<String>>,
    },
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}
