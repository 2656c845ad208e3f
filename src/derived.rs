//! What the code of the derive macros calls, so that it need not be written for each struct.

use std::fmt;

use crate::cell::{Cell, Change, Row};
use crate::descriptor::{
    ChoiceDescriptor, Descriptor, EventDescriptor, Statements, TaskDescriptor, TaskSettings, ValueDescriptor,
};
use crate::error::{Error, Result};
use crate::resource::{Choice, Comparable, Patch};

/// The cells of a row, taken one by one.
#[derive(Debug)]
pub struct Cells {
    rest: std::vec::IntoIter<Cell>,
    error: Option<Error>,
}

impl Cells {
    /// The cells of a row that has to have `count` of them at least.
    pub fn of(row: Row, count: usize) -> Result<Self> {
        if row.len() < count {
            return Err(Error::internal(format!("a row has {} cells and should have {count}", row.len())));
        }
        Ok(Self { rest: row.into_iter(), error: None })
    }

    /// The value of the next cell.
    pub fn take<T>(&mut self, from_cell: fn(Cell) -> Result<T>) -> Option<T> {
        match from_cell(self.rest.next().unwrap_or(Cell::Null)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    /// Goes past the next cell.
    pub fn skip(&mut self) {
        self.rest.next();
    }

    /// Why a value could not be taken.
    #[must_use]
    pub fn error(self) -> Error {
        self.error.unwrap_or_else(|| Error::internal("a row does not fit its struct"))
    }
}

/// The cells of a nested value. What is none has no cells, and so turns into no struct.
#[must_use]
pub fn cells(cell: Cell) -> Row {
    match cell {
        Cell::Value(cells) => cells,
        _ => Row::new(),
    }
}

/// The variant that a cell holds.
pub fn variant<C: Choice>(cell: &Cell) -> Result<C> {
    let found = match cell {
        Cell::Choice(index) => C::from_index(*index),
        _ => None,
    };
    found.ok_or_else(|| Error::internal(format!("a stored {} is not a {}", cell.kind(), C::DESCRIPTOR.name)))
}

/// The change to a value.
pub fn set<T>(value: T, into_cell: fn(T) -> Cell) -> Option<Change> {
    Some(Change::Set(into_cell(value)))
}

/// The change to a value, where there is one.
pub fn given<T>(value: Option<T>, into_cell: fn(T) -> Cell) -> Option<Change> {
    value.map(|value| Change::Set(into_cell(value)))
}

/// The change that a patch asks for.
pub fn patch<T>(value: Patch<T>, into_cell: fn(T) -> Cell) -> Option<Change> {
    match value {
        Patch::Keep => None,
        Patch::Set(value) => Some(Change::Set(into_cell(value))),
    }
}

/// The default of a text.
#[must_use]
pub fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// The default of a decimal, from digits that the front end has checked.
#[must_use]
pub fn decimal(digits: &str) -> Cell {
    Cell::Decimal(rust_decimal::Decimal::from_str_exact(digits).unwrap_or_default())
}

/// A type that a field which no caller gives can begin with.
#[diagnostic::on_unimplemented(
    message = "nobody gives a field of type `{Self}` a value on create",
    label = "`output_only`, and not a choice",
    note = "a choice begins as its first variant; for any other type write `default = ..` beside `output_only`, or make the field an `Option`"
)]
pub trait Beginning {}

impl<C: Choice> Beginning for C {}

/// The default of a choice that no caller gives.
#[must_use]
pub fn first_variant<C: Beginning>() -> Cell {
    Cell::Choice(0)
}

/// What the user's own rule says.
pub fn verdict<E: fmt::Display>(verdict: core::result::Result<(), E>) -> core::result::Result<(), String> {
    verdict.map_err(|error| error.to_string())
}

/// Asks rustc whether the store can compare a type of the user's.
pub const fn comparable<T: Comparable>() {}

/// What `Debug` shows in place of a secret.
pub struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Stands in for a resource that has errors, so that they are the only ones.
pub static NO_RESOURCE: Descriptor = Descriptor {
    name: "",
    package: "",
    version: "",
    path: "",
    singular: "",
    plural: "",
    table: "",
    doc: "",
    fields: &[],
    id: 0,
    version_field: None,
    created_at: None,
    updated_at: None,
    deleted_at: None,
    operations: &[],
    behavior: None,
    tasks: &[],
    sqlite: NO_STATEMENTS,
    postgres: NO_STATEMENTS,
    fingerprint: 0,
    contract: None,
};

const NO_STATEMENTS: Statements = Statements { select: "", get: "", insert: "", update: "", delete: "" };

/// Stands in for a value that has errors.
pub static NO_VALUE: ValueDescriptor = ValueDescriptor { name: "", doc: "", fields: &[] };

/// Stands in for a task that has errors.
pub static NO_TASK: TaskDescriptor = TaskDescriptor {
    name: "",
    doc: "",
    input: &NO_VALUE,
    settings: TaskSettings::NONE,
    schedule: None,
    run: |_, _| Box::pin(async { Err(Error::internal("not compiled")) }),
};

/// Stands in for an event that has errors.
pub static NO_EVENT: EventDescriptor =
    EventDescriptor { name: "", doc: "", body: &NO_VALUE, subject: None, messages: None };

/// Stands in for a choice that has errors.
pub static NO_CHOICE: ChoiceDescriptor = ChoiceDescriptor { name: "", doc: "", variants: &[] };
