//! Events as types: what the derive macros implement, and how they are read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use super::cloud::{CloudEvent, Data};
use crate::cell::Row;
use crate::descriptor::{Descriptor, EventDescriptor};
use crate::error::{Error, Result};
use crate::input::{self, At, Mode, Violations};
use crate::json;
use crate::resource::Value;

/// What a subscriber listens to: the events of a resource (`OrderEvent`), one of them (`OrderCancelled`), or a struct with
/// `#[derive(Event)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "a resource's events are `OrderEvent`, `OrderCreated` and so on, which its derive writes; for any other put `#[derive(Event)]` and `#[event(type = \"..\")]` on a struct"
)]
pub trait Event: Sized + Send + 'static {
    /// The types that it is read of.
    const TYPES: &'static [&'static str];

    /// The event of what arrived.
    fn read(event: &CloudEvent) -> Result<Self>;
}

/// An event that a program may publish itself: `ctx.publish(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event that can be published",
    label = "not one of your own",
    note = "put `#[derive(Event)]` and `#[event(type = \"..\")]` on the struct; what happens to a resource is published by its operations"
)]
pub trait Publish: Event + Value {
    /// The event as a table.
    const EVENT: &'static EventDescriptor;
}

/// The names of the fields that an event says have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed(Vec<String>);

impl Changed {
    /// Whether the field of this name is among them.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|changed| changed == field)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// What an event of a resource says.
#[derive(Debug)]
pub struct Happened {
    /// The row since then, without its secrets.
    pub row: Row,
    /// The row before; empty where there is none.
    pub before: Row,
    /// What is not as it was.
    pub changed: Changed,
}

/// What an event of a resource says; for the derive macro. `changes` is whether it has a row before.
pub fn happened(descriptor: &'static Descriptor, event: &CloudEvent, changes: bool) -> Result<Happened> {
    let text = super::format::json(event, descriptor.contract.map(|contract| contract.events))?;
    let (parts, mut violations) = read(descriptor, &text)?;
    let needed = [(descriptor.singular, parts.row.is_some()), ("before", parts.before.is_some() || !changes)];
    for (name, there) in needed {
        if !there {
            violations.push(&At::ROOT.key(name), "required", "is required");
        }
    }
    if !violations.is_empty() {
        return Err(unreadable(violations));
    }
    let Parts { row, before, changed } = parts;
    Ok(Happened {
        row: row.unwrap_or_default(),
        before: before.unwrap_or_default(),
        changed: Changed(changed),
    })
}

/// What the data of an event says of a resource; `None` where it says nothing of it.
pub(crate) fn told(descriptor: &'static Descriptor, data: &str) -> Result<Option<Happened>> {
    let (parts, violations) = read(descriptor, data)?;
    if !violations.is_empty() {
        return Err(unreadable(violations));
    }
    let Parts { row, before, changed } = parts;
    Ok(row.map(|row| Happened { row, before: before.unwrap_or_default(), changed: Changed(changed) }))
}

fn read(descriptor: &'static Descriptor, data: &str) -> Result<(Parts, Violations)> {
    let mut violations = Violations::default();
    let mut deserializer = serde_json::Deserializer::from_str(data);
    let seed = Members { descriptor, violations: &mut violations };
    let read = deserializer.deserialize_map(seed).and_then(|read| deserializer.end().map(|()| read));
    match read {
        Ok(parts) => Ok((parts, violations)),
        Err(error) => Err(not_json(&error)),
    }
}

/// The cells of an event of the user's own; for the derive macro.
pub fn body(descriptor: &'static EventDescriptor, event: &CloudEvent) -> Result<Row> {
    let mut violations = Violations::default();
    let text = match &event.data {
        // One without fields may have no data.
        Data::None => Cow::Borrowed("{}"),
        _ => super::format::json(event, descriptor.messages)?,
    };
    let read = json::object(Mode::Event, descriptor.body.fields, text.as_bytes(), &mut violations);
    match read {
        Some(input) if violations.is_empty() => Ok(input::into_cells(input)),
        _ => Err(unreadable(violations)),
    }
}

/// Which of the types an event is of; for the derive macro.
#[must_use]
pub fn which(event: &CloudEvent, types: &[&str]) -> Option<usize> {
    types.iter().position(|known| *known == event.kind)
}

/// An event of a type that nobody asked for; for the derive macro.
#[must_use]
pub fn unknown_event(event: &CloudEvent) -> Error {
    Error::not_found(format!("no event of the type {} is known here", event.kind))
        .called("unknown_event")
        .give_up()
}

pub(super) fn said(sentence: impl Into<Cow<'static, str>>) -> Error {
    Error::failed_precondition(sentence).called("unreadable").give_up()
}

/// What can't be read can't be read later either.
fn unreadable(violations: Violations) -> Error {
    Error::invalid(violations.into_list()).called("unreadable").give_up()
}

fn not_json(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    said(format!("the event's data is not what it should be at line {line}, column {column}"))
}

#[derive(Default)]
struct Parts {
    row: Option<Row>,
    before: Option<Row>,
    changed: Vec<String>,
}

/// Reads the members of a resource's event; those of later versions are left alone.
struct Members<'a> {
    descriptor: &'static Descriptor,
    violations: &'a mut Violations,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Parts, A::Error> {
        let Self { descriptor, violations } = self;
        let mut parts = Parts::default();
        while let Some(name) = access.next_key::<String>()? {
            let at = At::ROOT.key(&name);
            let mut row = |access: &mut A| -> Result<Option<Row>, A::Error> {
                let input = access.next_value_seed(json::of_event(descriptor.fields, &at, violations))?;
                Ok(input.map(input::into_cells))
            };
            if name == descriptor.singular {
                parts.row = row(&mut access)?;
            } else if name == "before" {
                parts.before = row(&mut access)?;
            } else if name == "changed" {
                parts.changed = access.next_value()?;
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(parts)
    }
}
