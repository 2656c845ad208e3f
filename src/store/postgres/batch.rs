//! Like units of work as one statement: rows, events and records by `unnest`, so that two units and a hundred are the
//! same prepared statement. One unit alone goes by `VALUES`, which costs the server less.

use tokio_postgres::Error;
use tokio_postgres::types::{Kind as PgKind, ToSql, Type as PgType};

use super::cells::{self, Hidden, Parameter};
use super::schema::{OUTBOX, RECORDS, TASKS};
use super::session::{Key, Session};
use crate::cell::Cell;
use crate::descriptor::{Descriptor, Field, Kind, Scalar, Statements, Type};
use crate::store::{Record, Unit, Write};

/// What is done to the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
}

/// Which statement a group of units is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "each is a part of the statement that is there or not")]
pub(super) struct Shape {
    pub(super) verb: Verb,
    /// Whether any unit has events.
    pub(super) events: bool,
    /// Whether any unit has a record.
    pub(super) records: bool,
    /// Whether any unit has tasks.
    pub(super) tasks: bool,
    /// Whether it is one unit with no more than one event and one task: its parameters are values, not arrays.
    pub(super) one: bool,
}

impl Shape {
    /// Whether events and records carry the id of their row, to follow it where it was written.
    fn follows_by_id(self) -> bool {
        self.verb != Verb::Insert && !self.one
    }
}

/// Whose row a unit writes, and how.
pub(super) fn target(unit: &Unit) -> (&'static Descriptor, Verb) {
    match unit.write {
        Write::Insert { descriptor, .. } => (descriptor, Verb::Insert),
        Write::Update { descriptor, .. } => (descriptor, Verb::Update),
        Write::Delete { descriptor, .. } => (descriptor, Verb::Delete),
        Write::Nothing => (&NOTHING, Verb::Insert),
    }
}

/// The id of the row that a unit writes.
pub(super) fn id(unit: &Unit) -> &Cell {
    match &unit.write {
        Write::Insert { descriptor, row } | Write::Update { descriptor, row, .. } => {
            row.get(descriptor.id).unwrap_or(&Cell::Null)
        }
        Write::Delete { id, .. } => id,
        Write::Nothing => &Cell::Null,
    }
}

/// What stands in for the table of a unit without a row: it "inserts" nothing.
static NOTHING: Descriptor = {
    const NO: Statements = Statements { select: "", get: "", insert: "", update: "", delete: "" };
    Descriptor {
        name: "",
        package: "",
        version: "",
        path: "",
        singular: "",
        plural: "",
        table: "",
        doc: "",
        fields: &[Field::new("id", Type { optional: true, kind: Kind::Scalar(Scalar::I64) })],
        id: 0,
        version_field: Some(0),
        created_at: None,
        updated_at: None,
        deleted_at: None,
        operations: &[],
        behavior: None,
        tasks: &[],
        sqlite: NO,
        postgres: Statements { insert: "SELECT id FROM unnest($1::BIGINT[]) AS u(id)", ..NO },
        fingerprint: 0,
        contract: None,
    }
};

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
        tasks: units.iter().any(|unit| !unit.tasks.is_empty()),
        one: units.len() == 1 && first.events.len() <= 1 && first.tasks.len() <= 1,
    };
    let statement = session
        .statement(Key::write(descriptor, shape), |_| statement(descriptor, shape))
        .await
        .map_err(|error| Fault { error, sent: false })?;
    let parameters = parameters(descriptor, shape, units).list;
    let parameters: Vec<&(dyn ToSql + Sync)> =
        parameters.iter().map(|parameter| &**parameter as &(dyn ToSql + Sync)).collect();
    let rows =
        session.client.query(&statement, &parameters).await.map_err(|error| Fault { error, sent: true })?;
    if verb == Verb::Insert || rows.len() == units.len() {
        return Ok(vec![true; units.len()]);
    }
    let kind = id_kind(descriptor);
    let written: Vec<Cell> = rows.iter().filter_map(|row| cells::first(kind, row).ok()).collect();
    Ok(units.iter().map(|unit| written.contains(id(unit))).collect())
}

/// The parameters of a group, in the order of [`statement`].
struct Parameters<'a> {
    one: bool,
    list: Vec<Box<dyn ToSql + Sync + Send + 'a>>,
}

impl<'a> Parameters<'a> {
    /// A column: an array, or the one value of it.
    fn column<T: ToSql + Sync + Send + 'a>(&mut self, values: impl Iterator<Item = T>) {
        if self.one {
            self.list.extend(values.take(1).map(|value| Box::new(Hidden(value)) as Box<_>));
        } else {
            self.list.push(Box::new(Hidden(values.collect::<Vec<T>>())));
        }
    }
}

fn parameters<'a>(descriptor: &'static Descriptor, shape: Shape, units: &[&'a Unit]) -> Parameters<'a> {
    let list = Vec::with_capacity(descriptor.width() + 13);
    let mut parameters = Parameters { one: shape.one, list };
    if shape.verb == Verb::Delete {
        parameters.column(units.iter().map(|unit| parameter(id_kind(descriptor), id(unit))));
    } else {
        for (index, kind) in cells::kinds(descriptor).enumerate() {
            parameters.column(units.iter().map(|unit| parameter(kind, row_cell(unit, index))));
        }
    }
    if shape.verb != Verb::Insert {
        parameters.column(units.iter().map(|unit| expected(unit)));
    }
    if shape.events {
        event_parameters(descriptor, shape, units, &mut parameters);
    }
    if shape.records {
        record_parameters(descriptor, shape, units, &mut parameters);
    }
    if shape.tasks {
        task_parameters(descriptor, shape, units, &mut parameters);
    }
    parameters
}

fn parameter<'a>(kind: &'static Kind, cell: &'a Cell) -> Parameter<'a> {
    Parameter { kind, cell }
}

fn row_cell(unit: &Unit, index: usize) -> &Cell {
    match &unit.write {
        Write::Insert { row, .. } | Write::Update { row, .. } => row.get(index).unwrap_or(&Cell::Null),
        Write::Delete { .. } | Write::Nothing => &Cell::Null,
    }
}

const fn expected(unit: &Unit) -> i64 {
    match unit.write {
        Write::Insert { .. } | Write::Nothing => 0,
        Write::Update { expected, .. } | Write::Delete { expected, .. } => expected,
    }
}

fn event_parameters<'a>(
    descriptor: &'static Descriptor,
    shape: Shape,
    units: &[&'a Unit],
    parameters: &mut Parameters<'a>,
) {
    let events = || units.iter().flat_map(|unit| unit.events.iter());
    parameters.column(events().map(|event| event.id));
    parameters.column(events().map(|event| event.aggregate_type.as_str()));
    parameters.column(events().map(|event| event.aggregate_id.as_str()));
    parameters.column(events().map(|event| event.kind.as_str()));
    parameters.column(events().map(|event| event.payload.as_str()));
    parameters.column(events().map(|event| event.trace_parent.as_deref()));
    if shape.follows_by_id() {
        let kind = id_kind(descriptor);
        let rows = units.iter().flat_map(|unit| unit.events.iter().map(move |_| parameter(kind, id(unit))));
        parameters.column(rows);
    }
}

fn record_parameters<'a>(
    descriptor: &'static Descriptor,
    shape: Shape,
    units: &[&'a Unit],
    parameters: &mut Parameters<'a>,
) {
    let records: Vec<(&'a Unit, &'a Record)> =
        units.iter().filter_map(|unit| unit.record.as_ref().map(|record| (*unit, record))).collect();
    let records = || records.iter().copied();
    parameters.column(records().map(|(_, record)| record.key.as_str()));
    parameters.column(records().map(|(_, record)| record.fingerprint));
    parameters.column(records().map(|(_, record)| record.operation.as_str()));
    parameters.column(records().map(|(_, record)| record.answer.as_str()));
    parameters.column(records().map(|(_, record)| record.created_at));
    if shape.follows_by_id() {
        let kind = id_kind(descriptor);
        parameters.column(records().map(|(unit, _)| parameter(kind, id(unit))));
    }
}

fn task_parameters<'a>(
    descriptor: &'static Descriptor,
    shape: Shape,
    units: &[&'a Unit],
    parameters: &mut Parameters<'a>,
) {
    let tasks = || units.iter().flat_map(|unit| unit.tasks.iter());
    parameters.column(tasks().map(|task| task.id));
    parameters.column(tasks().map(|task| task.message.as_str()));
    if shape.follows_by_id() {
        let kind = id_kind(descriptor);
        let rows = units.iter().flat_map(|unit| unit.tasks.iter().map(move |_| parameter(kind, id(unit))));
        parameters.column(rows);
    }
}

/// The statement of a shape and its parameters' types.
///
/// Every row of an insert is written or the statement fails. An update or a delete writes those whose version is still
/// the one expected; events and records carry their row's id and follow the rows that were written.
fn statement(descriptor: &'static Descriptor, shape: Shape) -> (String, Vec<PgType>) {
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
    let rows = if shape.one {
        types = types.iter().map(element).collect();
        of_one(rows)
    } else {
        rows.to_owned()
    };
    let mut text = format!("WITH r(id) AS ({rows})");
    if shape.events {
        let columns = "id, aggregatetype, aggregateid, type, payload, traceparent";
        let values = "u.id, u.aggregatetype, u.aggregateid, u.type, u.payload::json, u.traceparent";
        let own = [PgType::UUID_ARRAY].into_iter().chain(std::iter::repeat_n(PgType::TEXT_ARRAY, 5));
        text += &follow("e", OUTBOX, columns, values, shape, &own.collect::<Vec<_>>(), id, &mut types);
    }
    if shape.records {
        let columns = "key, fingerprint, operation, answer, created_at";
        let values = "u.key, u.fingerprint, u.operation, u.answer, u.created_at";
        let own = [
            PgType::TEXT_ARRAY,
            PgType::INT8_ARRAY,
            PgType::TEXT_ARRAY,
            PgType::TEXT_ARRAY,
            PgType::TIMESTAMPTZ_ARRAY,
        ];
        text += &follow("i", RECORDS, columns, values, shape, &own, id, &mut types);
    }
    if shape.tasks {
        let (columns, values) = ("id, message", "u.id, u.message");
        let own = [PgType::UUID_ARRAY, PgType::TEXT_ARRAY];
        text += &follow("k", TASKS, columns, values, shape, &own, id, &mut types);
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
    shape: Shape,
    own: &[PgType],
    id: &Kind,
    types: &mut Vec<PgType>,
) -> String {
    let first = types.len() + 1;
    types.extend(own.iter().map(|array| if shape.one { element(array) } else { array.clone() }));
    if shape.follows_by_id() {
        types.push(cells::array_type(id));
    }
    let parameters: Vec<String> = (first..=types.len()).map(|number| format!("${number}")).collect();
    let parameters = parameters.join(", ");
    let rest = match shape {
        Shape { one: true, verb: Verb::Insert, .. } => format!("(VALUES ({parameters})) AS u({columns})"),
        Shape { one: true, .. } => {
            format!("(VALUES ({parameters})) AS u({columns}) WHERE EXISTS (SELECT FROM r)")
        }
        Shape { verb: Verb::Insert, .. } => format!("unnest({parameters}) AS u({columns})"),
        // `IS TRUE` keeps this a hashed subplan: as a join it would compare each with each. The order is that in which
        // the events of a row happened.
        _ => format!(
            "unnest({parameters}) WITH ORDINALITY AS u({columns}, row_id, n) \
             WHERE (u.row_id IN (SELECT id FROM r)) IS TRUE ORDER BY u.n"
        ),
    };
    format!(", {name} AS (INSERT INTO {table} ({columns}) SELECT {values} FROM {rest})")
}

/// The type of an array's elements.
fn element(array: &PgType) -> PgType {
    match array.kind() {
        PgKind::Array(element) => element.clone(),
        _ => array.clone(),
    }
}

/// The generator's statement with `VALUES` of one row in place of `unnest`.
fn of_one(statement: &str) -> String {
    let Some((before, (parameters, after))) =
        statement.split_once("unnest(").and_then(|(before, rest)| Some((before, rest.split_once(')')?)))
    else {
        return statement.to_owned();
    };
    let name = if after.starts_with(" AS ") { "" } else { " AS v" };
    let parameters = parameters.replace("[]", "");
    format!("{before}(VALUES ({parameters})){name}{after}")
}

#[cfg(test)]
mod tests {
    use super::of_one;

    #[test]
    fn one_row_goes_by_values() {
        assert_eq!(
            of_one(r#"INSERT INTO "t" ("a") SELECT * FROM unnest($1, $2) RETURNING "id""#),
            r#"INSERT INTO "t" ("a") SELECT * FROM (VALUES ($1, $2)) AS v RETURNING "id""#
        );
        assert_eq!(
            of_one(
                r#"UPDATE "t" AS t SET "a" = u."a" FROM unnest($1::text[], $2::bigint[]) AS u("a", "b") WHERE t."id" = u."id""#
            ),
            r#"UPDATE "t" AS t SET "a" = u."a" FROM (VALUES ($1::text, $2::bigint)) AS u("a", "b") WHERE t."id" = u."id""#
        );
    }
}
