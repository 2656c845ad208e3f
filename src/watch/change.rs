//! One change as the log has it, read once for all who watch.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::cell::{Cell, Row};
use crate::descriptor::{Descriptor, Field, Kind};
use crate::events;
use crate::input;
use crate::json::View;
use crate::store::{OutboxRow, Position};

/// A change of a row of a resource.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) position: Position,
    pub(super) descriptor: &'static Descriptor,
    /// The event's type without the resource's name: `created`, `cancelled`.
    happened: String,
    data: String,
    read: OnceLock<Read>,
}

/// What there is in it.
#[derive(Clone, Debug)]
pub(super) enum Read {
    /// A change, as those see it who see all of it.
    Told(Arc<Told>),
    /// An event that is about the resource and changes no row.
    Nothing,
    /// It was written by a version of the service that this one does not understand.
    Unreadable,
}

/// A change as it is told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) happened: String,
    /// The row since then, without its secrets: they are null.
    pub(crate) row: Row,
    /// The row before.
    pub(crate) before: Option<Row>,
    /// The names of the fields that are not as they were.
    pub(crate) changed: Vec<&'static str>,
    /// What is sent where this is sent to many.
    pub(crate) frame: OnceLock<Bytes>,
    /// The same, where it goes as a message.
    #[cfg_attr(not(feature = "grpc"), allow(dead_code, reason = "gRPC sends messages"))]
    pub(crate) message: OnceLock<Bytes>,
}

impl Told {
    pub(crate) fn new(happened: String, row: Row, before: Option<Row>, changed: Vec<&'static str>) -> Self {
        let (frame, message) = (OnceLock::new(), OnceLock::new());
        Self { happened, row, before, changed, frame, message }
    }
}

impl Change {
    /// The change of a row of the outbox; `None` where it is about no resource of these.
    pub(super) fn of(row: OutboxRow, resources: &[&'static Descriptor]) -> Option<Self> {
        let (package, name) = row.event.aggregate_type.rsplit_once('.')?;
        let descriptor = *resources.iter().find(|known| known.name == name && known.package == package)?;
        let prefix = descriptor.event_type("");
        let happened = row.event.kind.strip_prefix(&prefix)?.to_owned();
        let data = row.event.payload;
        Some(Self { position: row.position, descriptor, happened, data, read: OnceLock::new() })
    }

    /// How much room it takes, roughly: as text, and once more as cells and as what is sent.
    pub(super) fn size(&self) -> usize {
        256 + 4 * self.data.len()
    }

    pub(super) fn read(&self) -> &Read {
        self.read.get_or_init(|| {
            let Ok(told) = events::told(self.descriptor, &self.data) else {
                // What is not of an operation may be an event of the user's own, which can be anything.
                return if self.is_known() { Read::Unreadable } else { Read::Nothing };
            };
            let Some(told) = told else { return Read::Nothing };
            let before = Some(told.before).filter(|before| !before.is_empty());
            // The operation may be gone since; an event of the user's own does not tell all that a change does.
            if !self.is_known() && (before.is_none() || told.changed.iter().next().is_none()) {
                return Read::Nothing;
            }
            let veiled = |row: Row| veiled(self.descriptor, row);
            // A field may be secret by now that was none when this was written.
            let shown =
                |name: &str| self.descriptor.field(name).filter(|(_, field)| View::Event.shows(field));
            let changed = told.changed.iter().filter_map(shown).map(|(_, field)| field.name).collect();
            let happened = self.happened.clone();
            Read::Told(Arc::new(Told::new(happened, veiled(told.row), before.map(veiled), changed)))
        })
    }

    /// Whether an operation of the resource tells it.
    fn is_known(&self) -> bool {
        let own = self.descriptor.operations.iter().filter_map(|operation| operation.event);
        ["created", "updated", "deleted"].into_iter().chain(own).any(|known| known == self.happened)
    }
}

/// A row without what no event holds: it is null, so that a policy does not take it for the value, and no message has it.
pub(super) fn veiled(descriptor: &Descriptor, mut row: Row) -> Row {
    each_hidden(descriptor.fields, &mut row, &|_, cell| *cell = Cell::Null);
    row
}

/// The row with a value in every place that must have one, for code that sees it as the struct.
pub(super) fn unveiled(descriptor: &Descriptor, mut row: Row) -> Row {
    each_hidden(descriptor.fields, &mut row, &|field, cell| *cell = input::stand_in(field));
    row
}

/// Goes to every field that no event holds, however deep.
fn each_hidden(fields: &[Field], cells: &mut [Cell], change: &dyn Fn(&Field, &mut Cell)) {
    for (field, cell) in fields.iter().zip(cells) {
        if View::Event.shows(field) {
            within(&field.ty.kind, cell, change);
        } else {
            change(field, cell);
        }
    }
}

fn within(kind: &Kind, cell: &mut Cell, change: &dyn Fn(&Field, &mut Cell)) {
    match (kind, cell) {
        (Kind::Value(value), Cell::Value(cells)) => each_hidden(value.fields, cells, change),
        (Kind::List(element), Cell::List(cells)) => {
            for cell in cells {
                within(element, cell, change);
            }
        }
        (Kind::Map(element), Cell::Map(cells)) => {
            for cell in cells.values_mut() {
                within(element, cell, change);
            }
        }
        _ => {}
    }
}
