//! Like units of work as one statement: rows, events and records by `unnest`, so that one unit and a hundred are the
//! same prepared statement.

use tokio_postgres::Error;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::cells::{self, Hidden, Parameter};
use super::schema::{OUTBOX, RECORDS};
use super::session::{Key, Session};
use crate::cell::Cell;
use crate::descriptor::{Descriptor, Kind};
use crate::store::{Event, Record, Unit, Write};

/// What is done to the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
}

/// Which statement a group of units is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) verb: Verb,
    /// Whether any unit has events.
    pub(super) events: bool,
    /// Whether any unit has a record.
    pub(super) records: bool,
}

/// Whose row a unit writes, and how.
pub(super) fn target(unit: &Unit) -> (&'static Descriptor, Verb) {
    match unit.write {
        Write::Insert { descriptor, .. } => (descriptor, Verb::Insert),
        Write::Update { descriptor, .. } => (descriptor, Verb::Update),
        Write::Delete { descriptor, .. } => (descriptor, Verb::Delete),
    }
}

/// The id of the row that a unit writes.
pub(super) fn id(unit: &Unit) -> &Cell {
    match &unit.write {
        Write::Insert { descriptor, row } | Write::Update { descriptor, row, .. } => {
            row.get(descriptor.id).unwrap_or(&Cell::Null)
        }
        Write::Delete { id, .. } => id,
    }
}

fn id_kind(descriptor: &'static Descriptor) -> &'static Kind {
    &descriptor.fields[descriptor.id].ty.kind
}

/// The id as text: what tells rows of one table apart here.
pub(super) fn id_text(unit: &Unit) -> String {
    crate::text::format(id_kind(target(unit).0), id(unit))
}

/// Why units were not written.
pub(super) struct Fault {
    pub(super) error: Error,
    /// Whether the statement had been sent; until then nothing can have been written.
    pub(super) sent: bool,
}

/// Writes units that have the same target and no statements of the user's own. Says for each whether its row was
/// written; where not, neither were its events and its record.
pub(super) async fn write(session: &Session, units: &[&Unit]) -> Result<Vec<bool>, Fault> {
    let Some(first) = units.first() else { return Ok(Vec::new()) };
    let (descriptor, verb) = target(first);
    let shape = Shape {
        verb,
        events: units.iter().any(|unit| !unit.events.is_empty()),
        records: units.iter().any(|unit| unit.record.is_some()),
    };
    let statement = session
        .statement(Key::write(descriptor, shape), |_| statement(descriptor, shape))
        .await
        .map_err(|error| Fault { error, sent: false })?;
    let arrays = arrays(descriptor, shape, units);
    let parameters: Vec<&(dyn ToSql + Sync)> =
        arrays.iter().map(|array| &**array as &(dyn ToSql + Sync)).collect();
    let rows =
        session.client.query(&statement, &parameters).await.map_err(|error| Fault { error, sent: true })?;
    if verb == Verb::Insert || rows.len() == units.len() {
        return Ok(vec![true; units.len()]);
    }
    let kind = id_kind(descriptor);
    let written: Vec<Cell> = rows.iter().filter_map(|row| cells::first(kind, row).ok()).collect();
    Ok(units.iter().map(|unit| written.contains(id(unit))).collect())
}

type Array<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// The parameters of a group, in the order of [`statement`].
fn arrays<'a>(descriptor: &'static Descriptor, shape: Shape, units: &[&'a Unit]) -> Vec<Array<'a>> {
    let mut arrays: Vec<Array<'a>> = Vec::with_capacity(descriptor.width() + 13);
    let ids = || units.iter().map(|unit| parameter(id_kind(descriptor), id(unit))).collect::<Vec<_>>();
    if shape.verb == Verb::Delete {
        arrays.push(Box::new(ids()));
    } else {
        for (index, kind) in cells::kinds(descriptor).enumerate() {
            let column: Vec<_> = units.iter().map(|unit| parameter(kind, row_cell(unit, index))).collect();
            arrays.push(Box::new(column));
        }
    }
    if shape.verb != Verb::Insert {
        arrays.push(Box::new(units.iter().map(|unit| expected(unit)).collect::<Vec<i64>>()));
    }
    if shape.events {
        event_arrays(descriptor, shape, units, &mut arrays);
    }
    if shape.records {
        record_arrays(descriptor, shape, units, &mut arrays);
    }
    arrays
}

fn parameter<'a>(kind: &'static Kind, cell: &'a Cell) -> Parameter<'a> {
    Parameter { kind, cell }
}

fn row_cell(unit: &Unit, index: usize) -> &Cell {
    match &unit.write {
        Write::Insert { row, .. } | Write::Update { row, .. } => row.get(index).unwrap_or(&Cell::Null),
        Write::Delete { .. } => &Cell::Null,
    }
}

const fn expected(unit: &Unit) -> i64 {
    match unit.write {
        Write::Insert { .. } => 0,
        Write::Update { expected, .. } | Write::Delete { expected, .. } => expected,
    }
}

fn event_arrays<'a>(
    descriptor: &'static Descriptor,
    shape: Shape,
    units: &[&'a Unit],
    arrays: &mut Vec<Array<'a>>,
) {
    let events = || units.iter().flat_map(|unit| unit.events.iter());
    let texts = |text: fn(&'a Event) -> &'a str| -> Array<'a> {
        Box::new(Hidden(events().map(text).collect::<Vec<&str>>()))
    };
    arrays.push(Box::new(events().map(|event| event.id).collect::<Vec<Uuid>>()));
    arrays.push(texts(|event| &event.aggregate_type));
    arrays.push(texts(|event| &event.aggregate_id));
    arrays.push(texts(|event| &event.kind));
    arrays.push(texts(|event| &event.payload));
    arrays.push(Box::new(Hidden(events().map(|event| event.trace_parent.as_deref()).collect::<Vec<_>>())));
    if shape.verb != Verb::Insert {
        let kind = id_kind(descriptor);
        let rows = units.iter().flat_map(|unit| unit.events.iter().map(move |_| parameter(kind, id(unit))));
        arrays.push(Box::new(rows.collect::<Vec<_>>()));
    }
}

fn record_arrays<'a>(
    descriptor: &'static Descriptor,
    shape: Shape,
    units: &[&'a Unit],
    arrays: &mut Vec<Array<'a>>,
) {
    let records: Vec<(&'a Unit, &'a Record)> =
        units.iter().filter_map(|unit| unit.record.as_ref().map(|record| (*unit, record))).collect();
    let texts = |text: fn(&'a Record) -> &'a str| -> Array<'a> {
        Box::new(Hidden(records.iter().map(|(_, record)| text(record)).collect::<Vec<&str>>()))
    };
    arrays.push(texts(|record| &record.key));
    arrays.push(Box::new(records.iter().map(|(_, record)| record.fingerprint).collect::<Vec<i64>>()));
    arrays.push(texts(|record| &record.operation));
    arrays.push(texts(|record| &record.answer));
    arrays.push(Box::new(records.iter().map(|(_, record)| record.created_at).collect::<Vec<_>>()));
    if shape.verb != Verb::Insert {
        let kind = id_kind(descriptor);
        arrays.push(Box::new(records.iter().map(|(unit, _)| parameter(kind, id(unit))).collect::<Vec<_>>()));
    }
}

/// The statement of a shape and its parameters' types.
///
/// Every row of an insert is written or the statement fails. An update or a delete writes those whose version is still
/// the one expected; events and records carry their row's id and follow the rows that were written.
fn statement(descriptor: &'static Descriptor, shape: Shape) -> (String, Vec<Type>) {
    let id = id_kind(descriptor);
    let (rows, mut types) = match shape.verb {
        Verb::Insert => {
            (descriptor.postgres.insert, cells::kinds(descriptor).map(cells::array_type).collect())
        }
        Verb::Update => {
            let kinds = cells::kinds(descriptor).chain(Some(&cells::VERSION));
            (descriptor.postgres.update, kinds.map(cells::array_type).collect::<Vec<_>>())
        }
        Verb::Delete => {
            (descriptor.postgres.delete, vec![cells::array_type(id), cells::array_type(&cells::VERSION)])
        }
    };
    let mut text = format!("WITH r(id) AS ({rows})");
    if shape.events {
        let columns = "id, aggregatetype, aggregateid, type, payload, traceparent";
        let values = "u.id, u.aggregatetype, u.aggregateid, u.type, u.payload::json, u.traceparent";
        let own = [Type::UUID_ARRAY].into_iter().chain(std::iter::repeat_n(Type::TEXT_ARRAY, 5));
        text += &follow("e", OUTBOX, columns, values, shape.verb, own.collect(), id, &mut types);
    }
    if shape.records {
        let columns = "key, fingerprint, operation, answer, created_at";
        let values = "u.key, u.fingerprint, u.operation, u.answer, u.created_at";
        let own = vec![
            Type::TEXT_ARRAY,
            Type::INT8_ARRAY,
            Type::TEXT_ARRAY,
            Type::TEXT_ARRAY,
            Type::TIMESTAMPTZ_ARRAY,
        ];
        text += &follow("i", RECORDS, columns, values, shape.verb, own, id, &mut types);
    }
    // Nobody reads the ids of an insert; a count makes one row of the answer.
    text += if shape.verb == Verb::Insert { " SELECT count(*) FROM r" } else { " SELECT id FROM r" };
    (text, types)
}

/// `, e AS (INSERT INTO table (columns) SELECT values FROM unnest(..) ..)`
#[allow(clippy::too_many_arguments, reason = "the parts of one statement")]
fn follow(
    name: &str,
    table: &str,
    columns: &str,
    values: &str,
    verb: Verb,
    own: Vec<Type>,
    id: &Kind,
    types: &mut Vec<Type>,
) -> String {
    let first = types.len() + 1;
    types.extend(own);
    let follows = verb != Verb::Insert;
    if follows {
        types.push(cells::array_type(id));
    }
    let parameters: Vec<String> = (first..=types.len()).map(|number| format!("${number}")).collect();
    let parameters = parameters.join(", ");
    let rest = if follows {
        // `IS TRUE` keeps this a hashed subplan: as a join it would compare each with each. The order is that in which
        // the events of a row happened.
        format!(
            "WITH ORDINALITY AS u({columns}, row_id, n) WHERE (u.row_id IN (SELECT id FROM r)) IS TRUE ORDER BY u.n"
        )
    } else {
        format!("AS u({columns})")
    };
    format!(", {name} AS (INSERT INTO {table} ({columns}) SELECT {values} FROM unnest({parameters}) {rest})")
}
