//! From what happened to the rows of the outbox, and from there to events as they travel.

use uuid::Uuid;

use super::cloud::CloudEvent;
use super::event::Publish;
use super::format::Format;
use crate::cell::{Cell, Row};
use crate::context::Context;
use crate::descriptor::{Descriptor, Field};
use crate::json::{self, View};
use crate::store::{Event, OutboxRow};
use crate::text;

/// An event that waits for the unit of work which it joins.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// Its type.
    kind: &'static str,
    /// To what it happened, where it says so itself.
    subject: Option<String>,
    /// JSON.
    payload: String,
}

impl Pending {
    pub(crate) fn of<E: Publish>(event: E) -> Self {
        let (descriptor, cells) = (E::EVENT, event.into_cells());
        let fields = descriptor.body.fields;
        let subject = descriptor.subject.map(|index| text::format(&fields[index].ty.kind, &cells[index]));
        Self { kind: descriptor.name, subject, payload: object(fields, &cells) }
    }

    /// Its row; `about` is the resource, and the id of the one, in whose operation it is published.
    pub(crate) fn row(self, ctx: &Context, about: Option<(&Descriptor, &str)>) -> Event {
        let id = Uuid::now_v7();
        let of_type = self.kind.rsplit_once('.').map_or(self.kind, |(package, _)| package);
        let (aggregate, key) = match about {
            Some((descriptor, key)) => (descriptor.full_name(), Some(key.to_owned())),
            None => (of_type.to_owned(), None),
        };
        Event {
            id,
            aggregate_type: aggregate,
            // What happens to nothing in particular has no order.
            aggregate_id: self.subject.or(key).unwrap_or_else(|| id.to_string()),
            kind: self.kind.to_owned(),
            payload: self.payload,
            trace_parent: ctx.trace_parent.clone(),
        }
    }
}

/// The row of what happened to a resource. `before` is the row as it was, where something changed.
pub(crate) fn row(
    ctx: &Context,
    descriptor: &'static Descriptor,
    happened: &str,
    row: &[Cell],
    before: Option<&Row>,
) -> Event {
    let mut payload = Vec::with_capacity(if before.is_some() { 1024 } else { 512 });
    payload.extend_from_slice(b"{\"");
    payload.extend_from_slice(descriptor.singular.as_bytes());
    payload.extend_from_slice(b"\":");
    json::encode_row(&mut payload, descriptor.fields, row, View::Event);
    if let Some(before) = before {
        payload.extend_from_slice(b",\"before\":");
        json::encode_row(&mut payload, descriptor.fields, before, View::Event);
        payload.extend_from_slice(b",\"changed\":[");
        for (index, name) in changed(descriptor, before, row).enumerate() {
            if index > 0 {
                payload.push(b',');
            }
            json::encode_string(&mut payload, name);
        }
        payload.push(b']');
    }
    payload.push(b'}');
    Event {
        id: Uuid::now_v7(),
        aggregate_type: descriptor.full_name(),
        aggregate_id: text::format(&descriptor.fields[descriptor.id].ty.kind, &row[descriptor.id]),
        kind: descriptor.event_type(happened),
        payload: String::from_utf8_lossy(&payload).into_owned(),
        trace_parent: ctx.trace_parent.clone(),
    }
}

/// What is not as it was. That a secret has changed is none of a listener's affair either.
fn changed<'a>(
    descriptor: &'static Descriptor,
    before: &'a [Cell],
    row: &'a [Cell],
) -> impl Iterator<Item = &'static str> + 'a {
    let fields = descriptor.fields.iter().zip(before.iter().zip(row));
    fields
        .filter(|(field, (before, row))| View::Event.shows(field) && before != row)
        .map(|(field, _)| field.name)
}

fn object(fields: &[Field], cells: &[Cell]) -> String {
    let mut out = Vec::with_capacity(256);
    json::encode_row(&mut out, fields, cells, View::Event);
    String::from_utf8_lossy(&out).into_owned()
}

/// The event of a row of the outbox. `source` is what the configuration says; else it is the package, as a path.
pub(crate) fn event(row: OutboxRow, source: Option<&str>, format: &Format) -> CloudEvent {
    let Event { id, aggregate_type, aggregate_id, kind, payload, trace_parent } = row.event;
    let source = source.map_or_else(|| usual_source(&aggregate_type), str::to_owned);
    let own = aggregate_id == id.to_string();
    let mut event = CloudEvent::new(id.to_string(), source, kind).with_json(payload);
    event.time = Some(row.created_at);
    event.trace_parent = trace_parent;
    if !own {
        event.partition_key = Some(aggregate_id.clone());
        event.subject = Some(aggregate_id);
    }
    format.write(&mut event);
    event
}

/// `/shop.order.v1` for what happens to `shop.order.v1.Order`, and to what else is of that package.
fn usual_source(aggregate_type: &str) -> String {
    let package = aggregate_type.rsplit_once('.').map_or(aggregate_type, |(package, _)| package);
    format!("/{package}")
}
