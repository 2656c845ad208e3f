use super::{ALL, Directory, InFile, in_file, open};
use crate::cell::Cell;
use crate::store::fixtures::renamed::GROWN_OWNER;
use crate::store::fixtures::{OWNER, PET, SPECIMEN, insert, owner, pet, specimen, text};

/// A store over a file in which somebody has run `sql`.
fn after(sql: &str) -> InFile {
    let directory = Directory::new();
    let store = open(&directory.file());
    let store = InFile { store, directory };
    store.other().execute_batch(sql).expect("tables");
    store
}

async fn refusal(store: &InFile, migrate: bool) -> String {
    store.prepare(&ALL, migrate).await.expect_err("refused").to_string()
}

#[tokio::test]
async fn an_empty_database_gets_all_tables_and_indexes_once() {
    let directory = Directory::new();
    let store = open(&directory.file());
    let done = store.prepare(&ALL, true).await.expect("tables");
    for sentence in [
        "made the table `fourfold_outbox`",
        "made the table `specimens`",
        "made the table `pets`",
        "made the index `owners__email_key`",
        "made the index `pets__owner_id_idx`",
    ] {
        assert!(done.iter().any(|it| it == sentence), "{sentence}: {done:?}");
    }
    assert_eq!(store.prepare(&ALL, true).await.expect("tables"), Vec::<String>::new());
    assert_eq!(store.prepare(&ALL, false).await.expect("tables"), Vec::<String>::new());
}

#[tokio::test]
async fn without_migrations_all_that_is_missing_is_listed_and_nothing_is_made() {
    let store =
        after("CREATE TABLE owners (id TEXT PRIMARY KEY, email TEXT NOT NULL, deleted_at TEXT) STRICT");
    let text = refusal(&store, false).await;
    for missing in ["`fourfold_sequence`", "`pets`", "column `row_version`", "index `owners__email_key`"] {
        assert!(text.contains(missing), "{missing}: {text}");
    }
    let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
    let count: i64 = store.other().query_row(tables, [], |row| row.get(0)).expect("a count");
    assert_eq!(count, 1);
}

#[tokio::test]
async fn missing_columns_are_added_and_the_rows_stay() {
    let store = after(
        "CREATE TABLE owners (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL) STRICT;
         INSERT INTO owners VALUES ('a', 'a@x.org')",
    );
    let done = store.prepare(&ALL, true).await.expect("tables");
    assert!(done.iter().any(|it| it == "added the column `row_version` to the table `owners`"), "{done:?}");
    assert_eq!(store.get(&OWNER, &text("a")).await.expect("read"), Some(owner("a", "a@x.org")));
    store.commit(insert(&OWNER, owner("b", "b@x.org"))).await.expect("inserted");
    assert!(store.prepare(&ALL, true).await.expect("tables").is_empty());
}

#[tokio::test]
async fn a_required_column_without_a_default_cannot_be_added_to_rows() {
    let store = after(
        "CREATE TABLE owners (id TEXT NOT NULL PRIMARY KEY, deleted_at TEXT, row_version INTEGER) STRICT",
    );
    store.other().execute_batch("INSERT INTO owners VALUES ('a', NULL, 1)").expect("a row");
    let text = refusal(&store, true).await;
    assert!(
        text.contains("table `owners`, column `email`: is missing, and the rows that are there"),
        "{text}"
    );
    assert!(text.contains("`Option`") && text.contains("default = .."), "{text}");
    store.other().execute_batch("DELETE FROM owners").expect("no row");
    store.prepare(&ALL, true).await.expect("tables");
    store.commit(insert(&OWNER, owner("b", "b@x.org"))).await.expect("inserted");
}

#[tokio::test]
async fn every_column_that_does_not_fit_is_named_at_once_and_nothing_is_changed() {
    let store = after(
        "CREATE TABLE owners (id INTEGER NOT NULL PRIMARY KEY, email TEXT, row_version INTEGER, nickname TEXT NOT NULL);
         INSERT INTO owners VALUES (1, NULL, 1, 'x');
         CREATE TABLE specimens AS SELECT 1 AS id;
         CREATE VIEW pets AS SELECT 1 AS id",
    );
    let text = refusal(&store, true).await;
    for problem in [
        "table `owners`, column `id`: is `INTEGER COLLATE BINARY`, but the field needs `TEXT COLLATE BINARY`",
        "table `owners`, column `email`: rows hold null",
        "table `owners`, column `nickname`: the resource has no such field",
        "table `specimens`, column `id`: is not the primary key",
        "`pets` is a view, but `Pet` needs a table",
    ] {
        assert!(text.contains(problem), "{problem}: {text}");
    }
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'fourfold%'";
    let count: i64 = store.other().query_row(tables, [], |row| row.get(0)).expect("a count");
    assert_eq!(count, 0);
}

#[tokio::test]
async fn an_amount_that_was_text_is_not_taken_for_a_decimal() {
    let store = in_file().await;
    store
        .other()
        .execute_batch(
            "DROP INDEX specimens__a_decimal_idx; ALTER TABLE specimens DROP COLUMN a_decimal;
             ALTER TABLE specimens ADD COLUMN a_decimal TEXT NOT NULL",
        )
        .expect("changed");
    let text = refusal(&store, true).await;
    assert!(
        text.contains("`TEXT COLLATE BINARY`, but the field needs `TEXT COLLATE fourfold_decimal`"),
        "{text}"
    );
}

#[tokio::test]
async fn a_column_that_the_resource_does_not_know_stays_with_what_is_in_it() {
    let store = in_file().await;
    store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
    let other = store.other();
    other
        .execute_batch("ALTER TABLE owners ADD COLUMN note TEXT; UPDATE owners SET note = 'kept'")
        .expect("changed");
    assert!(store.prepare(&ALL, true).await.expect("tables").is_empty());
    store.commit(insert(&OWNER, owner("b", "b"))).await.expect("inserted");
    let note: String =
        other.query_row("SELECT note FROM owners WHERE id = 'a'", [], |row| row.get(0)).expect("a note");
    assert_eq!(note, "kept");
}

#[tokio::test]
async fn a_reference_that_is_new_makes_the_table_anew_with_its_rows_and_what_hangs_on_it() {
    let store = in_file().await;
    let alone = Directory::new();
    let store_alone = InFile { store: open(&alone.file()), directory: alone };
    store_alone.prepare(&[&PET], true).await.expect("tables");
    for number in 1..=50 {
        store_alone.commit(insert(&PET, pet(number, "Rex", "a"))).await.expect("inserted");
    }
    let text = refusal(&store_alone, true).await;
    assert!(text.contains("table `pets`, column `owner_id`: 50 rows point to rows of `owners`"), "{text}");

    let other = store_alone.other();
    other
        .execute_batch(
            "CREATE TABLE owners (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL) STRICT;
             INSERT INTO owners VALUES ('a', 'a');
             CREATE INDEX mine ON pets (tag, name)",
        )
        .expect("changed");
    let done = store_alone.prepare(&ALL, true).await.expect("tables");
    let sentence = "made the table `pets` anew with its rows, because `owner_id` references `owners`";
    assert!(done.iter().any(|it| it == sentence), "{done:?}");
    assert!(store_alone.prepare(&ALL, true).await.expect("tables").is_empty());
    let made = |store: &InFile| {
        let other = store.other();
        let mut statement = other
            .prepare(
                "SELECT name FROM sqlite_schema WHERE tbl_name = 'pets' AND name <> 'mine' ORDER BY name",
            )
            .expect("a statement");
        let names = statement.query_map([], |row| row.get::<_, String>(0)).expect("names");
        names.map(|name| name.expect("a name")).collect::<Vec<_>>()
    };
    assert_eq!(made(&store_alone), made(&store));
    assert_eq!(super::count(&other, "pets"), 50);
    assert_eq!(super::count(&other, "sqlite_schema WHERE name = 'mine'"), 1);
    let error = store_alone.commit(insert(&PET, pet(51, "Rex", "nobody"))).await;
    assert!(matches!(error, Err(crate::store::StoreError::MissingReference { field: 2 })), "{error:?}");
}

#[tokio::test]
async fn a_table_that_is_made_anew_takes_rows_of_a_release_that_does_not_know_its_new_columns() {
    let store = in_file().await;
    let done = store.prepare(&[&GROWN_OWNER], true).await.expect("tables");
    assert!(done.iter().any(|it| it.contains("made the table `owners` anew")), "{done:?}");
    store.commit(insert(&OWNER, owner("a", "a@x.org"))).await.expect("a row of the release before");
    assert_eq!(super::count(&store.other(), "owners WHERE mood = 'it''s calm'"), 1);
    assert!(store.prepare(&[&GROWN_OWNER], true).await.expect("tables").is_empty());
}

#[tokio::test]
async fn a_unique_index_over_rows_that_are_not_is_refused_with_a_way_out() {
    let store = after(
        "CREATE TABLE owners (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL, deleted_at TEXT,
         row_version INTEGER NOT NULL) STRICT;
         INSERT INTO owners VALUES ('a', 'same', NULL, 1), ('b', 'same', NULL, 1)",
    );
    let text = refusal(&store, true).await;
    assert!(
        text.contains("owners__email_key") && text.contains("change the rows that break it first"),
        "{text}"
    );
    assert_eq!(super::count(&store.other(), "sqlite_schema WHERE name LIKE 'fourfold%'"), 0);
}

#[tokio::test]
async fn an_index_of_another_shape_is_made_anew_and_one_too_many_is_told() {
    let store = in_file().await;
    store
        .other()
        .execute_batch(
            "DROP INDEX owners__email_key; CREATE UNIQUE INDEX owners__email_key ON owners (email);
             CREATE UNIQUE INDEX pets__name_key ON pets (name)",
        )
        .expect("changed");
    let done = store.prepare(&ALL, true).await.expect("tables");
    assert!(done.iter().any(|it| it == "made the index `owners__email_key` anew"), "{done:?}");
    assert!(done.iter().any(|it| it.contains("`pets__name_key` still keeps `name` unique")), "{done:?}");
}

#[tokio::test]
async fn foreign_keys_are_kept_after_preparing_again() {
    let store = in_file().await;
    store.prepare(&ALL, true).await.expect("tables");
    let error = store.commit(insert(&PET, pet(1, "Rex", "nobody"))).await;
    assert!(error.is_err());
}

#[tokio::test]
async fn reads_and_writes_go_on_with_columns_added_meanwhile() {
    let store = in_file().await;
    let row = specimen();
    store.commit(insert(&SPECIMEN, row.clone())).await.expect("inserted");
    store.get(&SPECIMEN, &row[0]).await.expect("read");
    store.other().execute_batch("ALTER TABLE specimens ADD COLUMN later TEXT").expect("changed");
    assert!(store.get(&SPECIMEN, &row[0]).await.expect("read").is_some());
    let mut second = specimen();
    second[0] = Cell::Uuid(uuid::Uuid::now_v7());
    store.commit(insert(&SPECIMEN, second)).await.expect("inserted");
}
