//! Random lists on the embedded engine against the plainest evaluation there is.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

use super::ORDER;
use super::fuzz::Random;
use crate::cell::{Cell, Row};
use crate::descriptor::{Kind, Scalar};
use crate::query::condition;
use crate::query::sql::{Dialect, clauses};
use crate::query::{Comparison, Condition, Limits, ListRequest, Select, Sort, next_page_token, plan};
use crate::text;

/// The fields of `ORDER` that can be compared.
const FIELDS: usize = 17;

type Rows = BTreeMap<Uuid, Row>;

fn open() -> Connection {
    let connection = Connection::open_in_memory().expect("SQLite");
    connection
        .create_collation("fourfold_decimal", |left, right| decimal(left).cmp(&decimal(right)))
        .expect("a collation");
    let columns: Vec<_> = ORDER.fields[..FIELDS]
        .iter()
        .map(|field| format!("\"{}\" {}", field.name, field.ty.kind.sqlite()))
        .collect();
    let table =
        format!("PRAGMA case_sensitive_like = ON; CREATE TABLE orders ({}) STRICT", columns.join(", "));
    connection.execute_batch(&table).expect("a table");
    connection
}

fn decimal(text: &str) -> rust_decimal::Decimal {
    text.parse().expect("a decimal")
}

fn value(kind: &Kind, cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => Value::Integer(i64::from(*value)),
        Cell::Int(number) | Cell::Duration(number) => Value::Integer(*number),
        Cell::UInt(number) if matches!(kind, Kind::Scalar(Scalar::U64)) => {
            Value::Text(format!("{number:020}"))
        }
        Cell::UInt(number) => Value::Integer(i64::try_from(*number).expect("a u32")),
        Cell::Float(number) => Value::Real(*number),
        Cell::Bytes(bytes) => Value::Blob(bytes.to_vec()),
        _ => Value::Text(text::format(kind, cell)),
    }
}

fn insert(connection: &Connection, row: &[Cell]) {
    let holes = vec!["?"; FIELDS].join(", ");
    let values = row[..FIELDS].iter().zip(ORDER.fields).map(|(cell, field)| value(&field.ty.kind, cell));
    let mut statement = connection.prepare(&format!("INSERT INTO orders VALUES ({holes})")).expect("SQL");
    statement.execute(rusqlite::params_from_iter(values)).expect("a row");
}

fn read(connection: &Connection, select: &Select) -> Vec<Uuid> {
    let clauses = clauses(select, Dialect::Sqlite);
    let sql = format!("SELECT \"id\" FROM orders{}", clauses.text);
    let mut statement = connection.prepare(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let parameters = clauses.parameters.iter().map(|(kind, cell)| value(kind, cell));
    let ids = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(0));
    ids.expect("rows").map(|id| id.expect("text").parse().expect("a UUID")).collect()
}

/// Few values of each type, so that rows share them and literals meet them.
fn domain(kind: &Kind) -> &'static [&'static str] {
    let Kind::Scalar(scalar) = kind else { return &["open", "shipped", "closed"] };
    match scalar {
        Scalar::String => {
            &["", "a", "b", "ab", "aab", "A", "é", "a%", "a_b", "a\\b", "*", "a*b", "null", "\"'"]
        }
        Scalar::Bool => &["true", "false"],
        Scalar::I32 => &["-2147483648", "-1", "0", "1", "2147483647"],
        Scalar::I64 => &["-9223372036854775808", "-1", "0", "9", "10", "9223372036854775807"],
        Scalar::U32 => &["0", "1", "4294967295"],
        Scalar::U64 => &["0", "9", "10", "9223372036854775808", "18446744073709551615"],
        Scalar::F32 => &["-0.1", "0.1", "1.5", "3.4e38"],
        Scalar::F64 => &["-1e300", "-0.0", "0.0", "0.1", "2.0", "1e300"],
        Scalar::Uuid => &["01932c07-209c-7a4b-8d1e-5f6a7b8c9d0e", "f1932c07-209c-7a4b-8d1e-5f6a7b8c9d0e"],
        Scalar::Timestamp => &["0001-01-01T00:00:00Z", "2026-11-22T08:30:00Z", "2026-11-22T08:30:00.000001Z"],
        Scalar::Date => &["0001-01-01", "2026-11-22", "9999-12-31"],
        Scalar::Duration => &["0s", "1.5s", "10s"],
        Scalar::Decimal => &["-10", "-9.5", "1.0", "1.00", "9", "10", "79228162514264337593543950335"],
        Scalar::Bytes => &["", "AA==", "AQI=", "/w=="],
        Scalar::Json => &["null"],
    }
}

fn random_cell(random: &mut Random, field: usize) -> Cell {
    let ty = &ORDER.fields[field].ty;
    if ty.optional && random.below(4) == 0 {
        return Cell::Null;
    }
    text::parse(&ty.kind, random.pick(domain(&ty.kind))).expect("a literal")
}

fn random_row(random: &mut Random) -> (Uuid, Row) {
    let id = Uuid::from_u64_pair(random.next(), random.next());
    let cells = (1..FIELDS).map(|field| random_cell(random, field));
    (id, std::iter::once(Cell::Uuid(id)).chain(cells).collect())
}

fn random_condition(random: &mut Random, depth: usize) -> Condition {
    let inner = |random: &mut Random| -> Vec<Condition> {
        (0..=random.below(3)).map(|_| random_condition(random, depth - 1)).collect()
    };
    match random.below(if depth == 0 { 4 } else { 9 }) {
        0 => Condition::Present(random.below(FIELDS)),
        1 => {
            let part = |random: &mut Random| match random.below(2) {
                0 => None,
                _ => Some(random.pick(&["a", "b", "A", "%", "_", "\\", "*", "é"]).to_owned()),
            };
            let parts = (0..=random.below(4)).map(|_| part(random)).collect();
            Condition::Like { field: 1 + random.below(2), parts }
        }
        2 | 3 => {
            let field = 1 + random.below(FIELDS - 1);
            let kind = &ORDER.fields[field].ty.kind;
            let cell = random_cell(random, field);
            let all = [
                Comparison::Equal,
                Comparison::NotEqual,
                Comparison::Less,
                Comparison::LessOrEqual,
                Comparison::Greater,
                Comparison::GreaterOrEqual,
            ];
            let ordered = matches!(kind, Kind::Scalar(scalar) if scalar.info().ordered) && !cell.is_null();
            let comparison = random.pick(if ordered { &all[..] } else { &all[..2] });
            Condition::Compare { field, comparison, cell }
        }
        4 | 5 => Condition::And(inner(random)),
        6 | 7 => Condition::Or(inner(random)),
        _ => Condition::Not(Box::new(random_condition(random, depth - 1))),
    }
}

fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('*', "\\*")
}

/// The condition as a caller would write it.
fn written(condition: &Condition) -> String {
    let join = |conditions: &[Condition], word: &str| {
        let inner: Vec<_> = conditions.iter().map(written).collect();
        format!("({})", inner.join(word))
    };
    match condition {
        Condition::And(all) => join(all, " AND "),
        Condition::Or(any) => join(any, " OR "),
        Condition::Not(inner) => format!("NOT ({})", written(inner)),
        Condition::Present(field) => format!("{}:*", ORDER.fields[*field].name),
        Condition::Like { field, parts } => {
            let text: String =
                parts.iter().map(|part| part.as_deref().map_or("*".to_owned(), quote)).collect();
            format!("{} = \"{text}\"", ORDER.fields[*field].name)
        }
        Condition::Compare { field, comparison, cell } => {
            let field = &ORDER.fields[*field];
            let sign = comparison.operator().replace("<>", "!=");
            match cell {
                Cell::Null => format!("{} {sign} null", field.name),
                cell => format!("{} {sign} \"{}\"", field.name, quote(&text::format(&field.ty.kind, cell))),
            }
        }
    }
}

/// Null first.
fn compare(field: usize, left: &Cell, right: &Cell) -> Ordering {
    condition::compare(&ORDER.fields[field].ty.kind, left, right)
}

fn naive(rows: &Rows, condition: Option<&Condition>, order: &[Sort]) -> Vec<Uuid> {
    let mut found: Vec<_> = rows
        .iter()
        .filter(|(_, row)| condition.is_none_or(|condition| condition.holds(&ORDER, row)))
        .collect();
    found.sort_by(|(_, left), (_, right)| {
        let mut keys = order.iter().map(|sort| {
            let order = compare(sort.field, &left[sort.field], &right[sort.field]);
            if sort.descending { order.reverse() } else { order }
        });
        keys.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    found.into_iter().map(|(id, _)| *id).collect()
}

fn random_request(random: &mut Random) -> (ListRequest, Option<Condition>) {
    let condition = (random.below(4) > 0).then(|| random_condition(random, 3));
    let mut fields: Vec<usize> = (0..FIELDS).collect();
    let keys: Vec<_> = (0..random.below(4))
        .map(|_| {
            let field = fields.remove(random.below(fields.len()));
            format!("{}{}", ORDER.fields[field].name, random.pick(&["", " desc"]))
        })
        .collect();
    let request = ListRequest {
        filter: condition.as_ref().map(written).unwrap_or_default(),
        order_by: keys.join(", "),
        ..ListRequest::default()
    };
    (request, condition)
}

/// Reads a list page by page; `between` runs after each page.
fn pages(
    connection: &Connection,
    request: &ListRequest,
    random: &mut Random,
    rows: &mut Rows,
    moving: bool,
) -> Vec<Uuid> {
    let mut request = request.clone();
    let mut all = Vec::new();
    loop {
        request.page_size = Some(1 + i64::try_from(random.below(30)).expect("small"));
        let select = plan(&ORDER, &request, &Limits::default())
            .unwrap_or_else(|error| panic!("{} / {}: {error}", request.filter, request.order_by));
        let mut ids = read(connection, &select);
        let more = ids.len() > select.page_size();
        ids.truncate(select.page_size());
        all.extend(&ids);
        let Some(last) = ids.last().filter(|_| more) else { return all };
        request.page_token = next_page_token(&select, &rows[last]);
        if moving {
            shuffle(connection, random, rows);
        }
    }
}

fn shuffle(connection: &Connection, random: &mut Random, rows: &mut Rows) {
    for _ in 0..random.below(5) {
        let (id, row) = random_row(random);
        insert(connection, &row);
        rows.insert(id, row);
    }
    for _ in 0..random.below(5) {
        let Some(id) = rows.keys().nth(random.below(rows.len().max(1))).copied() else { return };
        rows.remove(&id);
        connection.execute("DELETE FROM orders WHERE id = ?", [id.to_string()]).expect("a delete");
    }
}

fn filled(random: &mut Random, count: usize) -> (Connection, Rows) {
    let connection = open();
    let mut rows = Rows::new();
    for _ in 0..count {
        let (id, row) = random_row(random);
        insert(&connection, &row);
        rows.insert(id, row);
    }
    (connection, rows)
}

#[test]
fn the_pages_of_a_list_are_the_list() {
    let mut random = Random(7);
    let (connection, mut rows) = filled(&mut random, 150);
    let mut found = 0;
    for _ in 0..600 {
        let (request, condition) = random_request(&mut random);
        if request.filter.chars().count() > 2000 {
            continue;
        }
        let order = plan(&ORDER, &request, &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", request.filter))
            .order;
        let expected = naive(&rows, condition.as_ref(), &order);
        let paged = pages(&connection, &request, &mut random, &mut rows, false);
        assert_eq!(paged, expected, "{} / {}", request.filter, request.order_by);
        found += paged.len();
    }
    assert!(found > 4_000, "the conditions are not all false: {found}");
}

#[test]
fn rows_that_stay_are_seen_once_while_others_come_and_go() {
    let mut random = Random(11);
    for _ in 0..150 {
        let (connection, mut rows) = filled(&mut random, 60);
        let (request, condition) = random_request(&mut random);
        if request.filter.chars().count() > 2000 {
            continue;
        }
        let before = rows.clone();
        let order = plan(&ORDER, &request, &Limits::default()).expect("a list").order;
        let seen = pages(&connection, &request, &mut random, &mut rows, true);
        let stayed: Rows = before.into_iter().filter(|(id, _)| rows.contains_key(id)).collect();
        let expected = naive(&stayed, condition.as_ref(), &order);
        let kept: Vec<_> = seen.iter().filter(|id| stayed.contains_key(id)).copied().collect();
        assert_eq!(kept, expected, "{} / {}", request.filter, request.order_by);
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), seen.len(), "no row is seen twice");
    }
}

#[test]
fn an_index_serves_the_pages_of_an_order() {
    let connection = open();
    connection
        .execute_batch(
            "CREATE UNIQUE INDEX by_id ON orders (id); CREATE INDEX by_name ON orders (name, id);
             CREATE INDEX by_small ON orders (small, id);",
        )
        .expect("indexes");
    for (filter, order_by, index) in [
        ("", "", "by_id (id>?)"),
        ("", "name", "by_name ((name,id)>(?,?))"),
        ("", "name desc", "by_name ((name,id)<(?,?))"),
        ("", "small", "by_small (small>?)"),
        ("small = 5", "", "by_small (small=? AND id>?)"),
    ] {
        let request = super::request(filter, order_by);
        let mut select = plan(&ORDER, &request, &Limits::default()).expect("a list");
        let sample = |sort: &Sort| {
            let kind = &ORDER.fields[sort.field].ty.kind;
            text::parse(kind, domain(kind)[1]).expect("a literal")
        };
        select.after = Some(select.order.iter().map(sample).collect());
        let clauses = clauses(&select, Dialect::Sqlite);
        let sql = format!("EXPLAIN QUERY PLAN SELECT * FROM orders{}", clauses.text);
        let mut statement = connection.prepare(&sql).expect("SQL");
        let parameters = clauses.parameters.iter().map(|(kind, cell)| value(kind, cell));
        let steps =
            statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3));
        let steps: Vec<_> = steps.expect("steps").map(|step| step.expect("text")).collect();
        let expected = format!("SEARCH orders USING INDEX {index}");
        assert_eq!(steps, [expected], "{filter} / {order_by}: no sorting, no scan");
    }
}
