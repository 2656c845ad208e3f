//! Lists: filter (AIP-160), order (AIP-132) and keyset pages (AIP-158), parsed into bound parameters.

mod condition;
mod fields;
mod filter;
mod order;
mod restriction;
mod scan;
pub(crate) mod sql;
#[cfg(test)]
mod tests;
mod token;

use crate::cell::Cell;
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::input::Violations;

pub(crate) use token::next_page_token;

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

/// The sizes of pages.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Where the caller says nothing.
    pub(crate) default_page_size: u32,
    /// Whatever the caller says.
    pub(crate) max_page_size: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { default_page_size: 50, max_page_size: 1000 }
    }
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

impl Select {
    /// Where a row is in the order.
    pub(crate) fn key(&self, row: &[Cell]) -> Vec<Cell> {
        self.order.iter().map(|sort| row.get(sort.field).cloned().unwrap_or(Cell::Null)).collect()
    }

    /// How many rows the page holds at most.
    pub(crate) const fn page_size(&self) -> usize {
        self.limit.saturating_sub(1) as usize
    }
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

/// Checks a list request. The error names everything that is wrong with it.
pub(crate) fn plan(
    descriptor: &'static Descriptor,
    request: &ListRequest,
    limits: &Limits,
) -> Result<Select> {
    let mut violations = Violations::default();
    let page_size = page_size(request.page_size, limits, &mut violations);
    let mut conditions = restriction::short_forms(descriptor, &request.equals, &mut violations);
    conditions.extend(filter::parse(descriptor, &request.filter, &mut violations));
    let order = order::parse(descriptor, &request.order_by, &mut violations);
    let condition = match conditions.len() {
        0 | 1 => conditions.pop(),
        _ => Some(Condition::And(conditions)),
    };
    let limit = page_size.saturating_add(1);
    let mut select = Select { descriptor, condition, order, after: None, limit, shape: 0 };
    select.shape = token::shape(&select);
    if !request.page_token.is_empty() {
        let understood = violations.is_empty();
        select.after = token::read(&select, &request.page_token, understood, &mut violations);
    }
    violations.check()?;
    Ok(select)
}

/// Checks a filter alone; `None` where it says nothing.
pub(crate) fn filter(
    descriptor: &'static Descriptor,
    filter: &str,
    violations: &mut Violations,
) -> Option<Condition> {
    filter::parse(descriptor, filter, violations)
}

fn page_size(asked: Option<i64>, limits: &Limits, violations: &mut Violations) -> u32 {
    match asked {
        None | Some(0) => limits.default_page_size.min(limits.max_page_size),
        Some(size) if size < 0 => {
            violations.push_named("page_size", "range", "must be 0 or more");
            0
        }
        Some(size) => u32::try_from(size).unwrap_or(u32::MAX).min(limits.max_page_size),
    }
}
