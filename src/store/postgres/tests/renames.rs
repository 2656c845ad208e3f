//! Fields that have another name now.

use super::{Place, Postgres, at_a_place};
use crate::descriptor::Descriptor;
use crate::store::StoreError;
use crate::store::fixtures::renamed::{ALL, NUMBERED_PET, OWNER, PET};
use crate::store::fixtures::{self, insert, owner, pet, text};
use crate::{Cell, Result};

async fn prepare(place: &Place, resources: &[&'static Descriptor], migrate: bool) -> Result<Vec<String>> {
    let store = Postgres::open(&place.options()).await.expect("a URL that can be read");
    store.prepare(resources, migrate).await
}

async fn run(place: &Place, sql: &str) {
    place.admin.batch_execute(sql).await.expect("a change behind the engine's back");
}

/// Two owners, one of them deleted, and a pet, under the old names.
async fn before(place: &Place) {
    let store = place.store().await;
    store.commit(insert(&fixtures::OWNER, owner("a", "a@x.org"))).await.expect("inserted");
    store.commit(insert(&fixtures::PET, pet(1, "Rex", "a"))).await.expect("inserted");
    run(
        place,
        "INSERT INTO owners VALUES ('b', 'a@x.org', now(), 1); UPDATE pets SET tag = 'red' WHERE id = 1",
    )
    .await;
}

#[test]
fn a_column_goes_along_with_its_rows_its_indexes_and_its_reference() {
    at_a_place(async |place| {
        before(place).await;
        let done = prepare(place, &ALL, true).await.expect("a migration");
        assert_eq!(
            done,
            [
                "rename column email of owners to mail",
                "rename index owners__email_key to owners__mail_key",
                "rename column deleted_at of owners to gone_at",
                "rename column name of pets to title",
                "rename index pets__name_idx to pets__title_idx",
                "rename column owner_id of pets to keeper_id",
                "rename index pets__owner_id_idx to pets__keeper_id_idx",
                "rename constraint pets__owner_id_fkey of pets to pets__keeper_id_fkey",
                "rename column tag of pets to label",
                "rename index pets__tag_key to pets__label_key",
            ]
        );
        assert_eq!(prepare(place, &ALL, true).await.expect("a migration"), Vec::<String>::new());
        assert_eq!(prepare(place, &ALL, false).await.expect("a check"), Vec::<String>::new());

        let store = Postgres::open(&place.options()).await.expect("a URL that can be read");
        store.prepare(&ALL, false).await.expect("tables that fit");
        assert_eq!(store.get(&OWNER, &text("a")).await.expect("read"), Some(owner("a", "a@x.org")));
        assert_eq!(store.get(&OWNER, &text("b")).await.expect("read"), None);
        let mut rex = pet(1, "Rex", "a");
        rex[4] = text("red");
        assert_eq!(store.get(&PET, &Cell::Int(1)).await.expect("read"), Some(rex));
        let twice = store.commit(insert(&OWNER, owner("c", "a@x.org"))).await;
        assert!(matches!(twice, Err(StoreError::Unique { field: 1 })), "{twice:?}");
        let nobody = store.commit(insert(&PET, pet(3, "Rex", "nobody"))).await;
        assert!(matches!(nobody, Err(StoreError::MissingReference { field: 2 })), "{nobody:?}");
    });
}

#[test]
fn without_migrations_a_rename_is_told_and_not_done() {
    at_a_place(async |place| {
        before(place).await;
        let error = prepare(place, &ALL, false).await.expect_err("refused").message().to_owned();
        assert!(error.contains("rename column email of owners to mail"), "{error}");
        assert!(!error.contains("add column") && !error.contains("is missing"), "{error}");
        assert_eq!(prepare(place, &fixtures::ALL, false).await.expect("as it was"), Vec::<String>::new());
    });
}

#[test]
fn where_both_columns_are_there_both_stay_as_they_are() {
    at_a_place(async |place| {
        before(place).await;
        run(place, "ALTER TABLE pets ADD COLUMN label TEXT COLLATE \"C\"; UPDATE pets SET label = 'blue'")
            .await;
        let done = prepare(place, &ALL, true).await.expect("a migration");
        assert!(!done.iter().any(|it| it.contains("tag")), "{done:?}");
        assert_eq!(place.count("SELECT count(*) FROM pets WHERE tag = 'red' AND label = 'blue'").await, 1);
    });
}

#[test]
fn a_column_that_does_not_fit_the_renamed_field_is_not_renamed() {
    at_a_place(async |place| {
        before(place).await;
        let resources: [&Descriptor; 2] = [&fixtures::OWNER, &NUMBERED_PET];
        let error = prepare(place, &resources, true).await.expect_err("refused").message().to_owned();
        for text in ["pets.label is text and must be bigint", "(until then it is still called tag)"] {
            assert!(error.contains(text), "{text}: {error}");
        }
        assert_eq!(place.count("SELECT count(*) FROM pets WHERE tag = 'red'").await, 1);
    });
}
