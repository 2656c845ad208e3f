use super::{InFile, count, in_file};
use crate::store::StoreError;
use crate::store::fixtures::renamed::{ALL, NUMBERED_PET, OWNER, PET};
use crate::store::fixtures::{self, insert, owner, pet, text};

/// Two owners, one of them deleted, and two pets, under the old names.
async fn before() -> InFile {
    let store = in_file().await;
    store.commit(insert(&fixtures::OWNER, owner("a", "a@x.org"))).await.expect("inserted");
    store.commit(insert(&fixtures::PET, pet(1, "Rex", "a"))).await.expect("inserted");
    store.commit(insert(&fixtures::PET, pet(2, "Tom", "a"))).await.expect("inserted");
    store
        .other()
        .execute_batch(
            "INSERT INTO owners VALUES ('b', 'a@x.org', '2026-11-22T08:30:00.000000Z', 1);
             UPDATE pets SET tag = 'red' WHERE id = 1",
        )
        .expect("changed");
    store
}

#[tokio::test]
async fn a_column_goes_along_with_its_rows_its_indexes_and_its_reference() {
    let store = before().await;
    let done = store.prepare(&ALL, true).await.expect("tables");
    assert_eq!(
        done,
        [
            "renamed the column `email` of the table `owners` to `mail`",
            "renamed the column `deleted_at` of the table `owners` to `gone_at`",
            "renamed the column `name` of the table `pets` to `title`",
            "renamed the column `owner_id` of the table `pets` to `keeper_id`",
            "renamed the column `tag` of the table `pets` to `label`",
        ]
    );
    assert!(store.prepare(&ALL, true).await.expect("tables").is_empty());
    assert!(store.prepare(&ALL, false).await.expect("tables").is_empty());

    assert_eq!(store.get(&OWNER, &text("a")).await.expect("read"), Some(owner("a", "a@x.org")));
    assert_eq!(store.get(&OWNER, &text("b")).await.expect("read"), None);
    let mut rex = pet(1, "Rex", "a");
    rex[4] = text("red");
    assert_eq!(store.get(&PET, &rex[0]).await.expect("read"), Some(rex));

    let other = store.other();
    for (index, there) in [
        ("owners__email_key", 0),
        ("owners__mail_key", 1),
        ("pets__name_idx", 0),
        ("pets__title_idx", 1),
        ("pets__tag_key", 0),
        ("pets__label_key", 1),
        ("pets__owner_id_idx", 0),
        ("pets__keeper_id_idx", 1),
    ] {
        assert_eq!(count(&other, &format!("sqlite_schema WHERE name = '{index}'")), there, "{index}");
    }
    let twice = store.commit(insert(&OWNER, owner("c", "a@x.org"))).await;
    assert!(matches!(twice, Err(StoreError::Unique { field: 1 })), "{twice:?}");
    let nobody = store.commit(insert(&PET, pet(3, "Rex", "nobody"))).await;
    assert!(matches!(nobody, Err(StoreError::MissingReference { field: 2 })), "{nobody:?}");
}

#[tokio::test]
async fn without_migrations_a_rename_is_told_and_not_done() {
    let store = before().await;
    let error = store.prepare(&ALL, false).await.expect_err("refused").to_string();
    for sentence in ["migrations are off", "renamed the column `email` of the table `owners` to `mail`"] {
        assert!(error.contains(sentence), "{sentence}: {error}");
    }
    assert!(!error.contains("added the column") && !error.contains("is missing"), "{error}");
    assert!(store.prepare(&fixtures::ALL, false).await.expect("as it was").is_empty());
}

#[tokio::test]
async fn a_table_that_is_made_anew_keeps_what_was_renamed() {
    let store = before().await;
    // A table from before there was a reference to the owner, with an index of the user's own.
    store
        .other()
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             CREATE TABLE old AS SELECT * FROM pets;
             DROP TABLE pets;
             CREATE TABLE pets (\"id\" INTEGER NOT NULL PRIMARY KEY, \"name\" TEXT NOT NULL, \"owner_id\" TEXT NOT NULL,
               \"mother_id\" INTEGER, \"tag\" TEXT, \"row_version\" INTEGER NOT NULL DEFAULT 1) STRICT;
             INSERT INTO pets SELECT * FROM old;
             DROP TABLE old;
             CREATE INDEX mine ON pets (tag, name)",
        )
        .expect("changed");
    let done = store.prepare(&ALL, true).await.expect("tables");
    assert!(done.iter().any(|it| it.contains("made the table `pets` anew")), "{done:?}");
    let other = store.other();
    assert_eq!(count(&other, "pets WHERE title = 'Rex' AND label = 'red' AND keeper_id = 'a'"), 1);
    assert_eq!(count(&other, "sqlite_schema WHERE name = 'mine' AND sql LIKE '%label%title%'"), 1);
    assert!(store.prepare(&ALL, true).await.expect("tables").is_empty());
}

#[tokio::test]
async fn where_both_columns_are_there_both_stay_as_they_are() {
    let store = before().await;
    store
        .other()
        .execute_batch("ALTER TABLE pets ADD COLUMN label TEXT; UPDATE pets SET label = 'blue' WHERE id = 1")
        .expect("changed");
    let done = store.prepare(&ALL, true).await.expect("tables");
    assert!(!done.iter().any(|it| it.contains("`tag`")), "{done:?}");
    assert_eq!(count(&store.other(), "pets WHERE tag = 'red' AND label = 'blue'"), 1);
}

#[tokio::test]
async fn a_column_that_does_not_fit_the_renamed_field_is_not_renamed() {
    let store = before().await;
    let error =
        store.prepare(&[&fixtures::OWNER, &NUMBERED_PET], true).await.expect_err("refused").to_string();
    for text in ["table `pets`, column `label`: is `TEXT", "(until then it is still called `tag`)"] {
        assert!(error.contains(text), "{text}: {error}");
    }
    assert_eq!(count(&store.other(), "pets WHERE tag = 'red'"), 1);
}

#[tokio::test]
async fn an_index_that_is_not_wanted_any_more_is_renamed_too_and_told() {
    let store = before().await;
    store.other().execute_batch("CREATE UNIQUE INDEX \"pets__name_key\" ON pets (name)").expect("changed");
    let done = store.prepare(&ALL, true).await.expect("tables");
    assert!(done.iter().any(|it| it.contains("`pets__title_key` still keeps `title` unique")), "{done:?}");
}
