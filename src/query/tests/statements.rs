//! The SQL of lists, word by word.

use super::{NOTE, ORDER, request};
use crate::cell::Cell;
use crate::descriptor::Descriptor;
use crate::query::sql::{Dialect, clauses};
use crate::query::{Limits, ListRequest, plan};

fn sql(
    descriptor: &'static Descriptor,
    request: &ListRequest,
    after: Option<Vec<Cell>>,
) -> (String, Vec<String>) {
    let mut select = plan(descriptor, request, &Limits::default()).expect("a list that is allowed");
    select.after = after;
    let sqlite = clauses(&select, Dialect::Sqlite);
    let postgres = clauses(&select, Dialect::Postgres);
    assert_eq!(sqlite.text.replace('?', "$"), postgres.text, "only the placeholders differ");
    let format = |(kind, cell): &(crate::descriptor::Kind, Cell)| crate::text::format(kind, cell);
    (sqlite.text, sqlite.parameters.iter().map(format).collect())
}

fn filter(filter: &str) -> String {
    let (text, _) = sql(&ORDER, &request(filter, ""), None);
    text.trim_start_matches(" WHERE ").trim_end_matches(" ORDER BY \"id\" LIMIT 51").to_owned()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn a_list_of_everything_is_in_the_order_of_the_id() {
    assert_eq!(sql(&ORDER, &request("", ""), None).0, " ORDER BY \"id\" LIMIT 51");
}

#[test]
fn softly_deleted_rows_are_left_out() {
    assert_eq!(
        sql(&NOTE, &request("title = x", ""), Some(vec![Cell::Int(7)])).0,
        " WHERE \"deleted_at\" IS NULL AND \"title\" = ?1 AND \"id\" > ?2 ORDER BY \"id\" LIMIT 51"
    );
}

#[test]
fn values_are_parameters() {
    let evil = r#"name = "x\"; DROP TABLE orders; --" OR name = 'a%_\\*'"#;
    let (text, parameters) = sql(&ORDER, &request(evil, ""), None);
    assert_eq!(text, " WHERE (\"name\" = ?1 OR \"name\" LIKE ?2 ESCAPE '\\') ORDER BY \"id\" LIMIT 51");
    assert_eq!(parameters, ["x\"; DROP TABLE orders; --", r"a\%\_\\%"]);
}

#[test]
fn null_never_makes_a_comparison_unknown() {
    for (asked, written) in [
        ("small = 5", r#""small" = ?1"#),
        ("small != 5", r#"("small" IS NULL OR "small" <> ?1)"#),
        ("NOT small = 5", r#"("small" IS NULL OR "small" <> ?1)"#),
        ("NOT small != 5", r#""small" = ?1"#),
        ("small < 5", r#""small" < ?1"#),
        ("NOT small < 5", r#"("small" IS NULL OR "small" >= ?1)"#),
        ("NOT count < 5", r#""count" >= ?1"#),
        ("count != 5", r#""count" <> ?1"#),
        ("small = null", r#""small" IS NULL"#),
        ("NOT small = null", r#""small" IS NOT NULL"#),
        ("note = \"a*\"", r#""note" LIKE ?1 ESCAPE '\'"#),
        ("note != \"a*\"", r#"("note" IS NULL OR "note" NOT LIKE ?1 ESCAPE '\')"#),
        ("NOT (small = 5 AND count = 6)", r#"(("small" IS NULL OR "small" <> ?1) OR "count" <> ?2)"#),
        ("NOT (small = 5 OR NOT count = 6)", r#"(("small" IS NULL OR "small" <> ?1) AND "count" = ?2)"#),
    ] {
        assert_eq!(filter(asked), written, "{asked}");
    }
}

#[test]
fn keys_without_null_in_one_direction_are_a_row_value() {
    let id = || Cell::Int(7);
    for (order_by, after, written) in [
        ("", vec![id()], r#" WHERE "id" > ?1 ORDER BY "id" LIMIT 51"#),
        ("id desc", vec![id()], r#" WHERE "id" < ?1 ORDER BY "id" DESC LIMIT 51"#),
        ("name", vec![text("n"), id()], r#" WHERE ("name", "id") > (?1, ?2) ORDER BY "name", "id" LIMIT 51"#),
        (
            "name desc",
            vec![text("n"), id()],
            r#" WHERE ("name", "id") < (?1, ?2) ORDER BY "name" DESC, "id" DESC LIMIT 51"#,
        ),
    ] {
        assert_eq!(sql(&ORDER, &request("", order_by), Some(after)).0, written, "{order_by}");
    }
}

#[test]
fn other_keys_are_compared_one_by_one_with_null_as_the_smallest() {
    let (id, number) = (|| Cell::Int(7), || Cell::Int(5));
    for (order_by, after, written) in [
        (
            "small",
            vec![number(), id()],
            concat!(
                r#" WHERE "small" >= ?1 AND ("small" > ?2 OR ("small" = ?3 AND "id" > ?4))"#,
                r#" ORDER BY "small" NULLS FIRST, "id" LIMIT 51"#
            ),
        ),
        (
            "small",
            vec![Cell::Null, id()],
            concat!(
                r#" WHERE ("small" IS NOT NULL OR ("small" IS NULL AND "id" > ?1))"#,
                r#" ORDER BY "small" NULLS FIRST, "id" LIMIT 51"#
            ),
        ),
        (
            "small desc",
            vec![number(), id()],
            concat!(
                r#" WHERE (("small" IS NULL OR "small" < ?1) OR ("small" = ?2 AND "id" < ?3))"#,
                r#" ORDER BY "small" DESC NULLS LAST, "id" DESC LIMIT 51"#
            ),
        ),
        (
            "small desc",
            vec![Cell::Null, id()],
            concat!(
                r#" WHERE ("small" IS NULL AND "id" < ?1)"#,
                r#" ORDER BY "small" DESC NULLS LAST, "id" DESC LIMIT 51"#
            ),
        ),
        (
            "name desc, count",
            vec![text("n"), number(), id()],
            concat!(
                r#" WHERE "name" <= ?1 AND ("name" < ?2 OR ("name" = ?3 AND"#,
                r#" ("count" > ?4 OR ("count" = ?5 AND "id" > ?6))))"#,
                r#" ORDER BY "name" DESC, "count", "id" LIMIT 51"#
            ),
        ),
    ] {
        assert_eq!(sql(&ORDER, &request("", order_by), Some(after)).0, written, "{order_by}");
    }
}
