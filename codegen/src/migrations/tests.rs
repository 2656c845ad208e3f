//! What a change of a struct becomes.

use super::*;
use crate::source;

const BEFORE: &str = r#"
#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders")]
struct Order {
    #[field(id)]
    id: Uuid,
    #[field(references = "shop.user.v1.User", filter)]
    user_id: Uuid,
    #[field(unique)]
    code: String,
    note: Option<String>,
    count: i32,
    #[field(filter)]
    status: Status,
}

#[derive(Choice)]
enum Status {
    Placed,
    Shipped,
}
"#;

const USER: &str = r#"
#[derive(Resource)]
#[resource(package = "shop.user.v1", path = "users")]
struct User {
    #[field(id)]
    id: Uuid,
}
"#;

fn schema(text: &str) -> Schema {
    let source = source::read_file("src/resources.rs", text);
    assert!(source.reports.is_empty(), "{:#?}", source.reports);
    Schema::of(&source.catalog)
}

/// The struct with a part replaced, against the struct.
fn change(from: &str, to: &str, said: &Said) -> Difference {
    assert!(BEFORE.contains(from), "{from}");
    // As it is read again from its snapshot: without what only structs say.
    let before = Schema::parse(&schema(BEFORE).render()).expect("a snapshot");
    Difference::between(&before, &schema(&BEFORE.replace(from, to)), said)
}

fn destructive() -> Said {
    Said { allow_destructive: true, ..Said::default() }
}

fn using(place: &str, expression: &str) -> Said {
    Said { using: [(place.to_owned(), vec![(None, expression.to_owned())])].into(), ..Said::default() }
}

fn sql(difference: &Difference, engine: Engine) -> String {
    assert_eq!(difference.refused, Vec::<String>::new());
    let text = difference.render(engine, "1_test");
    text.lines()
        .filter(|line| !line.starts_with("-- ") && *line != "--")
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

fn both(difference: &Difference) -> [String; 2] {
    [sql(difference, Engine::Sqlite), sql(difference, Engine::Postgres)]
}

#[test]
fn nothing_changed_is_nothing_to_do() {
    let difference = change("struct Order", "struct Order", &Said::default());
    assert!(difference.is_empty() && !difference.changes_tables(), "{:?}", difference.sentences);
}

#[test]
fn a_new_field_that_may_be_null_or_says_its_value_is_one_statement() {
    let [sqlite, postgres] =
        both(&change("count: i32,", "count: i32, memo: Option<String>,", &Said::default()));
    assert_eq!(sqlite, "ALTER TABLE \"orders\" ADD COLUMN \"memo\" TEXT;");
    assert_eq!(postgres, "ALTER TABLE \"orders\" ADD COLUMN \"memo\" TEXT COLLATE \"C\";");

    let [sqlite, postgres] =
        both(&change("count: i32,", "count: i32, #[field(default = 7)] rank: u64,", &Said::default()));
    assert_eq!(
        sqlite,
        "ALTER TABLE \"orders\" ADD COLUMN \"rank\" TEXT NOT NULL DEFAULT '00000000000000000007';"
    );
    assert_eq!(postgres, "ALTER TABLE \"orders\" ADD COLUMN \"rank\" NUMERIC(20,0) NOT NULL DEFAULT 7;");
}

#[test]
fn a_new_field_without_a_value_for_old_rows_is_refused_unless_one_is_said() {
    let refused = change("count: i32,", "count: i32, rank: i64,", &Said::default()).refused;
    assert!(
        refused[0].contains("orders.rank") && refused[0].contains("--using 'orders.rank="),
        "{refused:?}"
    );

    let [sqlite, postgres] =
        both(&change("count: i32,", "count: i32, rank: i64,", &using("orders.rank", "count * 2")));
    assert!(
        sqlite.contains("SELECT \"id\", \"user_id\", \"code\", \"note\", \"count\", count * 2, \"status\""),
        "{sqlite}"
    );
    let at = |text: &str| postgres.find(text).unwrap_or_else(|| panic!("{text} in {postgres}"));
    assert!(at("UPDATE \"orders\" SET \"rank\" = count * 2") < at("NOT VALID"));
    assert!(at("NOT VALID") < at("VALIDATE CONSTRAINT") && at("VALIDATE") < at("SET NOT NULL"));
}

#[test]
fn what_is_said_of_the_rows_that_are_there_is_not_said_of_those_that_come() {
    let difference = change(
        "count: i32,",
        "count: i32, #[field(default = 7)] rank: i64,",
        &using("orders.rank", "count * 2"),
    );
    let [sqlite, postgres] = both(&difference);
    assert!(sqlite.contains("\"rank\" INTEGER NOT NULL DEFAULT 7,"), "{sqlite}");
    assert!(
        sqlite.contains("SELECT \"id\", \"user_id\", \"code\", \"note\", \"count\", count * 2,"),
        "{sqlite}"
    );
    assert_eq!(
        postgres,
        "ALTER TABLE \"orders\" ADD COLUMN \"rank\" BIGINT NOT NULL DEFAULT 7;\nUPDATE \"orders\" SET \"rank\" = count * 2;"
    );
    assert!(!difference.hazards(Engine::Sqlite).iter().any(|text| text.contains("the release before")));

    let no_default = change("count: i32,", "count: i32, rank: i64,", &using("orders.rank", "count * 2"));
    let hazards = no_default.hazards(Engine::Sqlite);
    let told = |text: &String| text.contains("orders.rank: the release before doesn't know the column");
    assert!(hazards.iter().any(told), "{hazards:?}");
}

#[test]
fn what_is_said_of_a_column_that_needs_nothing_is_refused() {
    let refused = change("struct Order", "struct Order", &using("orders.count", "1")).refused;
    assert!(refused[0].contains("`orders.count`"), "{refused:?}");
}

#[test]
fn a_field_that_goes_is_kept_until_dropping_it_is_allowed() {
    let kept = change("count: i32,", "", &Said::default());
    let [sqlite, postgres] = both(&kept);
    assert_eq!(postgres, "ALTER TABLE \"orders\" ALTER COLUMN \"count\" DROP NOT NULL;");
    assert!(sqlite.contains("\"count\" INTEGER\n"), "{sqlite}");
    assert!(kept.after.render().contains("column orders.count Option<i32> kept"), "{}", kept.after.render());

    let before = Schema::parse(&kept.after.render()).expect("a snapshot");
    let wanted = schema(&BEFORE.replace("count: i32,", ""));
    assert!(Difference::between(&before, &wanted, &Said::default()).is_empty());
    let [sqlite, postgres] = both(&Difference::between(&before, &wanted, &destructive()));
    assert_eq!(sqlite, "ALTER TABLE \"orders\" DROP COLUMN \"count\";");
    assert_eq!(postgres, "ALTER TABLE \"orders\" DROP COLUMN \"count\";");
    // The field is back, and rows may have been added without it.
    let back = Difference::between(&before, &schema(BEFORE), &using("orders.count", "0"));
    assert!(sql(&back, Engine::Postgres).contains("SET \"count\" = 0 WHERE \"count\" IS NULL"));
}

#[test]
fn a_resource_that_goes_keeps_its_table_until_dropping_it_is_allowed() {
    let both_tables = schema(&format!("{BEFORE}{USER}"));
    let kept = Difference::between(&both_tables, &schema(BEFORE), &Said::default());
    assert!(kept.after.render().contains("table users shop.user.v1.User kept"), "{}", kept.after.render());
    let dropped = Difference::between(&both_tables, &schema(BEFORE), &destructive());
    assert!(sql(&dropped, Engine::Postgres).contains("DROP TABLE \"users\""));
    assert!(sql(&dropped, Engine::Sqlite).contains("DROP TABLE \"users\""));
}

#[test]
fn a_renamed_field_takes_along_what_is_named_after_it() {
    let [sqlite, postgres] =
        both(&change("code: String", "#[field(was = \"code\")] sku: String", &Said::default()));
    assert!(postgres.starts_with("ALTER TABLE \"orders\" RENAME COLUMN \"code\" TO \"sku\";"), "{postgres}");
    assert!(
        postgres.contains("ALTER INDEX \"orders__code_key\" RENAME TO \"orders__sku_key\""),
        "{postgres}"
    );
    assert!(sqlite.contains("DROP INDEX \"orders__code_key\""), "{sqlite}");
    assert!(sqlite.contains("CREATE UNIQUE INDEX \"orders__sku_key\" ON \"orders\" (\"sku\")"), "{sqlite}");
    assert!(!sqlite.contains("orders_anew"), "{sqlite}");
}

#[test]
fn a_renamed_field_that_finds_its_name_taken_is_refused() {
    let kept = change("count: i32,", "", &Said::default()).after;
    let wanted = BEFORE.replace("count: i32,", "").replace("note: ", "#[field(was = \"note\")] count: ");
    let refused = Difference::between(&kept, &schema(&wanted), &Said::default()).refused;
    assert!(refused[0].contains("has a column `count` already"), "{refused:?}");
    // The word stays in the struct, and there is nothing left to do.
    let renamed = schema(&BEFORE.replace("note: ", "#[field(was = \"note\")] memo: "));
    let before = Schema::parse(&renamed.render()).expect("a snapshot");
    assert!(Difference::between(&before, &renamed, &Said::default()).is_empty());
}

#[test]
fn a_table_of_another_name_is_renamed_with_its_indexes() {
    let [sqlite, postgres] =
        both(&change("path = \"orders\"", "path = \"orders\", table = \"sales\"", &Said::default()));
    assert!(postgres.starts_with("ALTER TABLE \"orders\" RENAME TO \"sales\";"), "{postgres}");
    assert!(
        postgres.contains("ALTER INDEX \"orders__status_idx\" RENAME TO \"sales__status_idx\""),
        "{postgres}"
    );
    assert!(sqlite.contains("UPDATE fourfold_sequence SET name = 'sales' WHERE name = 'orders'"), "{sqlite}");
}

#[test]
fn a_wider_type_takes_over_what_is_stored_and_a_narrower_one_has_to_say_how() {
    let [sqlite, postgres] = both(&change("count: i32", "count: i64", &Said::default()));
    assert_eq!(sqlite, "", "SQLite stores both in the same way");
    assert!(postgres.contains("ALTER COLUMN \"count\" TYPE BIGINT USING \"count\"::bigint"), "{postgres}");
    let sqlite = sql(&change("count: i32", "count: Decimal", &Said::default()), Engine::Sqlite);
    assert!(sqlite.contains("CAST(\"count\" AS TEXT)"), "{sqlite}");

    let refused = change("code: String", "code: i64", &Said::default()).refused;
    assert!(refused[0].contains("not every String is a i64"), "{refused:?}");
    let said = change("code: String", "code: i64", &using("orders.code", "CAST(code AS BIGINT)"));
    assert!(sql(&said, Engine::Postgres).contains("TYPE BIGINT USING CAST(code AS BIGINT)"));
    let refused =
        change("#[field(id)]\n    id: Uuid", "#[field(id)]\n    id: String", &using("orders.id", "id"))
            .refused;
    assert!(refused.iter().any(|text| text.contains("an id can't become String")), "{refused:?}");
}

#[test]
fn a_field_that_may_be_null_no_more_is_validated_without_a_lock() {
    let difference =
        change("note: Option<String>", "#[field(default = \"none\")] note: String", &Said::default());
    let [sqlite, postgres] = both(&difference);
    assert!(sqlite.contains("coalesce(\"note\", 'none')"), "{sqlite}");
    assert!(postgres.contains("SET \"note\" = 'none' WHERE \"note\" IS NULL"), "{postgres}");
    let text = difference.render(Engine::Postgres, "1_test");
    assert_eq!(text.matches("-- step: in a transaction").count(), 3, "{text}");
}

#[test]
fn indexes_of_tables_with_rows_are_made_beside_those_who_write() {
    let difference = change("count: i32", "#[field(unique, sort)] count: i32", &Said::default());
    let text = difference.render(Engine::Postgres, "1_test");
    let index = "-- step: outside of a transaction\nDROP INDEX CONCURRENTLY IF EXISTS \"orders__count_key\";\nCREATE UNIQUE \
                 INDEX CONCURRENTLY \"orders__count_key\" ON \"orders\" (\"count\");\n";
    assert!(text.contains(index), "{text}");
    assert!(text.contains("HAVING count(*) > 1"), "who has duplicates learns how to find them: {text}");
    let gone = change("#[field(unique)]\n    code", "code", &Said::default());
    assert_eq!(sql(&gone, Engine::Postgres), "DROP INDEX CONCURRENTLY IF EXISTS \"orders__code_key\";");
    assert_eq!(sql(&gone, Engine::Sqlite), "DROP INDEX \"orders__code_key\";");
}

#[test]
fn a_reference_is_validated_after_it_is_there() {
    let before = schema(&format!("{BEFORE}{USER}").replace("references = \"shop.user.v1.User\", ", ""));
    let wanted = schema(&format!("{BEFORE}{USER}"));
    let difference = Difference::between(&before, &wanted, &Said::default());
    let postgres = difference.render(Engine::Postgres, "1_test");
    assert!(postgres.contains("REFERENCES \"users\" (\"id\") NOT VALID;"), "{postgres}");
    assert!(postgres.contains("VALIDATE CONSTRAINT \"orders__user_id_fkey\";"), "{postgres}");
    assert!(sql(&difference, Engine::Sqlite).contains("orders_anew"));
}

#[test]
fn a_value_that_goes_must_be_held_by_no_row() {
    let [sqlite, postgres] = both(&change("    Shipped,\n", "", &Said::default()));
    assert!(postgres.contains("RAISE EXCEPTION 'rows of orders hold shipped in status'"), "{postgres}");
    assert!(sqlite.contains("CHECK (found = 0)"), "{sqlite}");
    let more = change("    Shipped,", "    Shipped,\n    Lost,", &Said::default());
    assert!(!more.changes_tables() && !more.is_empty());
    assert!(more.after.render().contains("value orders.status lost"));
}

#[test]
fn the_row_version_goes_on_counting_where_a_field_takes_it_over() {
    let difference = change("count: i32,", "count: i32, #[field(version)] version: i64,", &Said::default());
    assert_eq!(
        sql(&difference, Engine::Postgres),
        "ALTER TABLE \"orders\" RENAME COLUMN \"row_version\" TO \"version\";"
    );
}

#[test]
fn what_is_softly_deleted_does_not_come_back() {
    let with =
        BEFORE.replace("count: i32,", "count: i32, #[field(deleted_at)] deleted_at: Option<Timestamp>,");
    let (before, wanted) = (schema(&with), schema(BEFORE));
    let refused = Difference::between(&before, &wanted, &Said::default()).refused;
    assert!(refused[0].contains("would be there again"), "{refused:?}");
    let [sqlite, postgres] = both(&Difference::between(&before, &wanted, &destructive()));
    for text in [sqlite, postgres] {
        assert!(text.contains("DELETE FROM \"orders\" WHERE \"deleted_at\" IS NOT NULL"), "{text}");
    }
    // And where it comes, unique values of deleted rows are free.
    let postgres = sql(&Difference::between(&wanted, &before, &Said::default()), Engine::Postgres);
    assert!(
        postgres.contains("\"orders__code_key_anew\" ON \"orders\" (\"code\") WHERE \"deleted_at\" IS NULL"),
        "{postgres}"
    );
    assert!(
        postgres.contains("ALTER INDEX IF EXISTS \"orders__code_key_anew\" RENAME TO \"orders__code_key\"")
    );
}

#[test]
fn everything_from_nothing_has_the_stores_own_tables() {
    let schema = schema(&format!("{BEFORE}{USER}"));
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let text = from_nothing(&schema, engine);
        for name in ["fourfold_outbox", "fourfold_idempotency", "\"orders\"", "\"users\""] {
            assert!(text.contains(&format!("CREATE TABLE {name} (")), "{name} in {text}");
        }
        assert!(!text.contains("CONCURRENTLY"));
    }
}

#[test]
fn a_name_is_made_of_what_is_done() {
    assert_eq!(
        change("count: i32,", "count: i32, memo: Option<String>,", &Said::default()).slug(),
        "orders_add_the_column_memo"
    );
    assert_eq!(slug("Add Notes! (again)"), "add_notes_again");
}
