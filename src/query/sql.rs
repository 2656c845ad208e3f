//! A checked list as SQL: ` WHERE .. ORDER BY .. LIMIT n` with bound parameters.
//!
//! SQL's third truth value never decides anything here: negation is pushed down to the comparisons, and what is left
//! is comparisons under `AND` and `OR` alone, where an unknown is as good as false. So each comparison has a plain form
//! that an index can serve, and still `NOT` is the exact complement.

use std::fmt::Write as _;

use super::{Comparison, Condition, Select};
use crate::cell::Cell;
use crate::descriptor::{Descriptor, Field, Kind, Scalar};

/// Which engine's SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[cfg(any(feature = "sqlite", test))]
    Sqlite,
    #[cfg(any(feature = "postgres", test))]
    Postgres,
}

/// What follows the descriptor's `select` statement.
#[derive(Clone, Debug)]
pub(crate) struct Clauses {
    /// Begins with a space. Made of the descriptor's names and of placeholders; nothing of it comes from a caller.
    pub(crate) text: String,
    /// The parameters in the order of their numbers. A `Like` pattern is text.
    pub(crate) parameters: Vec<(Kind, Cell)>,
}

/// The clauses of a list.
pub(crate) fn clauses(select: &Select, dialect: Dialect) -> Clauses {
    let mut writer = Writer {
        dialect,
        descriptor: select.descriptor,
        clauses: Clauses { text: String::new(), parameters: Vec::new() },
    };
    writer.filter(select);
    writer.order(select);
    // Written out, not bound: it is our own number, and PostgreSQL plans better when it knows it.
    writer.push(format_args!(" LIMIT {}", select.limit));
    writer.clauses
}

const NEVER: &str = "1 = 0";
const ALWAYS: &str = "1 = 1";

struct Writer {
    dialect: Dialect,
    descriptor: &'static Descriptor,
    clauses: Clauses,
}

impl Writer {
    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a `String` can't fail.
        let _ = self.clauses.text.write_fmt(text);
    }

    fn field(&self, index: usize) -> &'static Field {
        // Indexes in a `Select` come from the same descriptor.
        &self.descriptor.fields[index]
    }

    fn column(&mut self, index: usize) {
        let name = self.field(index).name;
        self.push(format_args!("\"{name}\""));
    }

    fn bind(&mut self, kind: Kind, cell: Cell) {
        self.clauses.parameters.push((kind, cell));
        let number = self.clauses.parameters.len();
        match self.dialect {
            #[cfg(any(feature = "sqlite", test))]
            Dialect::Sqlite => self.push(format_args!("?{number}")),
            #[cfg(any(feature = "postgres", test))]
            Dialect::Postgres => self.push(format_args!("${number}")),
        }
    }

    /// `"column" <operator> ?`
    fn compare(&mut self, index: usize, operator: &str, cell: &Cell) {
        self.column(index);
        self.push(format_args!(" {operator} "));
        self.bind(self.field(index).ty.kind, cell.clone());
    }

    fn is_null(&mut self, index: usize, null: bool) {
        self.column(index);
        self.push(format_args!("{}", if null { " IS NULL" } else { " IS NOT NULL" }));
    }

    fn filter(&mut self, select: &Select) {
        let mut separator = " WHERE ";
        if let Some(index) = self.descriptor.deleted_at {
            self.push(format_args!("{separator}"));
            self.is_null(index, true);
            separator = " AND ";
        }
        if let Some(condition) = &select.condition {
            self.push(format_args!("{separator}"));
            self.condition(condition, false);
            separator = " AND ";
        }
        if let Some(after) = &select.after {
            self.push(format_args!("{separator}"));
            self.after(select, after);
        }
    }

    /// A condition or its complement. How deep conditions nest is bounded where they are made.
    fn condition(&mut self, condition: &Condition, negated: bool) {
        match condition {
            Condition::And(all) => self.group(all, negated, !negated),
            Condition::Or(any) => self.group(any, negated, negated),
            Condition::Not(inner) => self.condition(inner, !negated),
            Condition::Compare { field, comparison, cell } => {
                self.comparison(*field, *comparison, cell, negated);
            }
            Condition::Present(field) => self.is_null(*field, negated),
            Condition::Like { field, parts } => self.like(*field, parts, negated),
        }
    }

    fn group(&mut self, conditions: &[Condition], negated: bool, and: bool) {
        match conditions {
            [] => self.push(format_args!("{}", if and { ALWAYS } else { NEVER })),
            [one] => self.condition(one, negated),
            [first, others @ ..] => {
                self.push(format_args!("("));
                self.condition(first, negated);
                for other in others {
                    self.push(format_args!("{}", if and { " AND " } else { " OR " }));
                    self.condition(other, negated);
                }
                self.push(format_args!(")"));
            }
        }
    }

    fn comparison(&mut self, field: usize, comparison: Comparison, cell: &Cell, negated: bool) {
        let effective = if negated { comparison.complement() } else { comparison };
        if cell.is_null() {
            return match comparison {
                Comparison::Equal | Comparison::NotEqual => {
                    self.is_null(field, effective == Comparison::Equal);
                }
                _ => self.push(format_args!("{}", if negated { ALWAYS } else { NEVER })),
            };
        }
        // Null is unequal to every value, and satisfies the complement of each order comparison.
        let holds_for_null = negated != (comparison == Comparison::NotEqual);
        self.or_null(field, holds_for_null, |writer| writer.compare(field, effective.operator(), cell));
    }

    fn or_null(&mut self, field: usize, holds_for_null: bool, write: impl FnOnce(&mut Self)) {
        if holds_for_null && self.field(field).ty.optional {
            self.push(format_args!("("));
            self.is_null(field, true);
            self.push(format_args!(" OR "));
            write(self);
            self.push(format_args!(")"));
        } else {
            write(self);
        }
    }

    fn like(&mut self, field: usize, parts: &[Option<String>], negated: bool) {
        let operator = if negated { " NOT LIKE " } else { " LIKE " };
        self.or_null(field, negated, |writer| {
            writer.column(field);
            writer.push(format_args!("{operator}"));
            writer.bind(Kind::Scalar(Scalar::String), Cell::Text(like_pattern(parts)));
            writer.push(format_args!(" ESCAPE '\\'"));
        });
    }

    /// The rows after the last one of the page before.
    fn after(&mut self, select: &Select, after: &[Cell]) {
        let keys: Vec<Key<'_>> = select
            .order
            .iter()
            .zip(after)
            .map(|(sort, cell)| Key {
                field: sort.field,
                descending: sort.descending,
                nullable: self.field(sort.field).ty.optional,
                cell,
            })
            .collect();
        let Some(first) = keys.first() else { return self.push(format_args!("{ALWAYS}")) };
        if keys.iter().all(|key| !key.nullable && key.descending == first.descending) {
            self.row_value(&keys, first.descending);
        } else {
            // Says nothing new, but it is a plain range: where an index begins to be read.
            let null_follows = first.descending && first.nullable;
            if !first.cell.is_null() && !null_follows {
                self.compare(first.field, if first.descending { "<=" } else { ">=" }, first.cell);
                self.push(format_args!(" AND "));
            }
            self.lexicographic(&keys);
        }
    }

    /// `("a", "id") > (?1, ?2)`
    fn row_value(&mut self, keys: &[Key<'_>], descending: bool) {
        let operator = if descending { "<" } else { ">" };
        if let [key] = keys {
            return self.compare(key.field, operator, key.cell);
        }
        self.push(format_args!("("));
        for (index, key) in keys.iter().enumerate() {
            self.push(format_args!("{}", if index == 0 { "" } else { ", " }));
            self.column(key.field);
        }
        self.push(format_args!(") {operator} ("));
        for (index, key) in keys.iter().enumerate() {
            self.push(format_args!("{}", if index == 0 { "" } else { ", " }));
            self.bind(self.field(key.field).ty.kind, key.cell.clone());
        }
        self.push(format_args!(")"));
    }

    /// `("a" > ?1 OR ("a" = ?2 AND ("b" > ?3 OR ("b" = ?4 AND "id" > ?5))))`
    fn lexicographic(&mut self, keys: &[Key<'_>]) {
        let Some((last, others)) = keys.split_last() else { return };
        let mut open = 0;
        for key in others {
            // After null, the smallest, nothing follows but the other rows with null.
            let nothing_beyond = key.descending && key.cell.is_null();
            if !nothing_beyond {
                self.push(format_args!("("));
                self.beyond(key);
                self.push(format_args!(" OR "));
                open += 1;
            }
            self.push(format_args!("("));
            open += 1;
            if key.cell.is_null() {
                self.is_null(key.field, true);
            } else {
                self.compare(key.field, "=", key.cell);
            }
            self.push(format_args!(" AND "));
        }
        self.beyond(last);
        self.push(format_args!("{}", ")".repeat(open)));
    }

    /// The key is after the cell; null is the smallest value.
    fn beyond(&mut self, key: &Key<'_>) {
        match (key.cell.is_null(), key.descending) {
            (true, false) => self.is_null(key.field, false),
            (true, true) => self.push(format_args!("{NEVER}")),
            (false, false) => self.compare(key.field, ">", key.cell),
            (false, true) => self.or_null(key.field, true, |writer| writer.compare(key.field, "<", key.cell)),
        }
    }

    fn order(&mut self, select: &Select) {
        for (index, sort) in select.order.iter().enumerate() {
            self.push(format_args!("{}", if index == 0 { " ORDER BY " } else { ", " }));
            self.column(sort.field);
            if sort.descending {
                self.push(format_args!(" DESC"));
            }
            // Left out where there are no nulls: PostgreSQL would not recognise a plain index as having the order.
            if self.field(sort.field).ty.optional {
                self.push(format_args!("{}", if sort.descending { " NULLS LAST" } else { " NULLS FIRST" }));
            }
        }
    }
}

/// A sort key and its cell in the last row of the page before.
struct Key<'a> {
    field: usize,
    descending: bool,
    nullable: bool,
    cell: &'a Cell,
}

fn like_pattern(parts: &[Option<String>]) -> String {
    let mut pattern = String::new();
    for part in parts {
        let Some(text) = part else {
            pattern.push('%');
            continue;
        };
        for character in text.chars() {
            if matches!(character, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
    }
    pattern
}

impl Comparison {
    pub(super) const fn operator(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    const fn complement(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }
}
