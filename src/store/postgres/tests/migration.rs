//! The tables.

use super::{Place, Postgres, at_a_place};
use crate::descriptor::{Descriptor, Field, Kind, Scalar, Type};
use crate::store::fixtures::{ALL, OWNER, PET, insert, owner};
use crate::{Cell, Result};

async fn prepare(place: &Place, resources: &[&'static Descriptor], migrate: bool) -> Result<Vec<String>> {
    let store = Postgres::open(&place.options()).await.expect("a URL that can be read");
    store.prepare(resources, migrate).await
}

async fn run(place: &Place, sql: &str) {
    place.admin.batch_execute(sql).await.expect("a change behind the engine's back");
}

async fn problems(place: &Place, resources: &[&'static Descriptor]) -> String {
    prepare(place, resources, true).await.expect_err("a problem").message().to_owned()
}

#[test]
fn migrating_makes_the_tables_and_again_does_nothing() {
    at_a_place(async |place| {
        let error = prepare(place, &ALL, false).await.expect_err("no tables yet");
        for word in ["create table specimens", "create table fourfold_outbox", "FOURFOLD_MIGRATE=on"] {
            assert!(error.message().contains(word), "{word}: {error}");
        }
        let done = prepare(place, &ALL, true).await.expect("a migration");
        for sentence in [
            "create table pets",
            "create index owners__email_key on owners",
            "let pets.owner_id refer to owners",
            "create index fourfold_outbox_tx_seq_idx on fourfold_outbox",
        ] {
            assert!(done.iter().any(|it| it == sentence), "{sentence}: {done:#?}");
        }
        assert_eq!(prepare(place, &ALL, true).await.expect("a migration"), Vec::<String>::new());
        assert_eq!(prepare(place, &ALL, false).await.expect("a check"), Vec::<String>::new());
    });
}

#[test]
fn what_is_missing_is_added_and_nothing_is_dropped() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an owner");
        run(
            place,
            "ALTER TABLE owners DROP COLUMN row_version, DROP COLUMN deleted_at, ADD COLUMN extra TEXT; \
             ALTER TABLE pets DROP CONSTRAINT pets__owner_id_fkey; DROP INDEX pets__name_idx; \
             DROP TABLE fourfold_idempotency",
        )
        .await;
        let mut done = prepare(place, &ALL, true).await.expect("a migration");
        done.sort();
        assert_eq!(
            done,
            [
                "add column deleted_at to owners",
                "add column row_version to owners",
                "create index fourfold_idempotency_created_at_idx on fourfold_idempotency",
                "create index owners__email_key on owners",
                "create index pets__name_idx on pets",
                "create table fourfold_idempotency",
                "let pets.owner_id refer to owners",
            ]
        );
        assert_eq!(place.count("SELECT row_version FROM owners").await, 1);
        assert_eq!(place.count("SELECT count(extra) FROM owners").await, 0);
    });
}

#[test]
fn migrations_at_once_wait_for_each_other() {
    at_a_place(async |place| {
        let stores: Vec<_> = (0..4)
            .map(|_| {
                let options = place.options();
                tokio::spawn(async move {
                    let store = Postgres::open(&options).await.expect("a URL that can be read");
                    store.prepare(&ALL, true).await.expect("a migration").len()
                })
            })
            .collect();
        let mut done = Vec::new();
        for store in stores {
            done.push(store.await.expect("a task that ends"));
        }
        assert_eq!(done.iter().filter(|count| **count > 0).count(), 1, "{done:?}");
    });
}

#[test]
fn all_that_does_not_fit_is_said_at_once_with_ways_out_and_nothing_is_changed() {
    at_a_place(async |place| {
        place.store().await;
        run(
            place,
            "DROP INDEX pets__name_idx; ALTER TABLE pets ALTER COLUMN name TYPE VARCHAR(10), \
             ALTER COLUMN tag TYPE TEXT COLLATE \"POSIX\", ADD COLUMN weight INTEGER NOT NULL, \
             ALTER COLUMN owner_id DROP NOT NULL; ALTER TABLE owners ALTER COLUMN email TYPE TEXT COLLATE \"default\"",
        )
        .await;
        let message = problems(place, &ALL).await;
        for word in [
            "pets.name is character varying(10) and must be text",
            "pets.weight is no field of Pet",
            "pets.owner_id may be null",
            "owners.email must compare by bytes",
            "ALTER TABLE",
        ] {
            assert!(message.contains(word), "{word}: {message}");
        }
        assert!(!message.contains("pets.tag"), "{message}");
        let indexes = format!("SELECT count(*) FROM pg_indexes WHERE schemaname = '{}' AND ", place.schema);
        assert_eq!(place.count(&format!("{indexes} indexname = 'pets__name_idx'")).await, 0);
    });
}

#[test]
fn keys_and_sequences_that_are_missing_are_said() {
    at_a_place(async |place| {
        run(place, "CREATE TABLE pets (id BIGINT NOT NULL, name TEXT COLLATE \"C\" NOT NULL)").await;
        let message = problems(place, &[&PET]).await;
        assert!(message.contains("table pets must have the primary key (id)"), "{message}");
        assert!(message.contains("pets.id has no sequence"), "{message}");
    });
}

#[test]
fn a_key_that_had_another_name_once_is_the_key() {
    at_a_place(async |place| {
        place.store().await;
        run(
            place,
            "ALTER TABLE pets RENAME COLUMN id TO \"Id\"; ALTER TABLE pets DROP CONSTRAINT pets_pkey CASCADE; \
             ALTER TABLE pets ADD PRIMARY KEY (\"Id\"); ALTER TABLE pets RENAME COLUMN \"Id\" TO id",
        )
        .await;
        prepare(place, &ALL, true).await.expect("the key is found");
    });
}

#[test]
fn a_column_that_became_optional_allows_null() {
    at_a_place(async |place| {
        place.store().await;
        run(place, "ALTER TABLE pets ALTER COLUMN tag SET NOT NULL").await;
        assert_eq!(prepare(place, &ALL, true).await.expect("a migration"), ["allow null in column pets.tag"]);
    });
}

#[test]
fn an_index_that_counts_the_wrong_rows_is_said() {
    at_a_place(async |place| {
        place.store().await;
        run(place, "DROP INDEX owners__email_key; CREATE UNIQUE INDEX owners__email_key ON owners (email)")
            .await;
        let message = problems(place, &ALL).await;
        assert!(message.contains("DROP INDEX \"owners__email_key\" and migrate again"), "{message}");
    });
}

#[test]
fn a_required_column_is_added_with_its_default_or_not_at_all() {
    at_a_place(async |place| {
        const REQUIRED: Type = Type { optional: false, kind: Kind::Scalar(Scalar::String) };
        let grown = |default: Option<fn() -> Cell>| -> &'static Descriptor {
            let mut fields: Vec<Field> = vec![
                Field::new("id", REQUIRED),
                Field { unique: true, ..Field::new("email", REQUIRED) },
                Field::new("deleted_at", Type { optional: true, kind: Kind::Scalar(Scalar::Timestamp) }),
            ];
            fields.push(Field { default, ..Field::new("mood", REQUIRED) });
            Box::leak(Box::new(Descriptor { fields: Vec::leak(fields), ..OWNER_LIKE }))
        };
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an owner");
        let message = problems(place, &[grown(None)]).await;
        assert!(
            message.contains("owners.mood is missing") && message.contains("make it an Option"),
            "{message}"
        );
        let calm = grown(Some(|| Cell::Text("it's \\calm".to_owned())));
        assert_eq!(prepare(place, &[calm], true).await.expect("a migration"), ["add column mood to owners"]);
        assert_eq!(place.count(r"SELECT count(*) FROM owners WHERE mood = E'it\'s \\calm'").await, 1);
        assert_eq!(prepare(place, &[calm], false).await.expect("a check"), Vec::<String>::new());
        // The release before doesn't know the column, and goes on.
        store.commit(insert(&OWNER, owner("b", "b@example.com"))).await.expect("an owner");
        assert_eq!(place.count(r"SELECT count(*) FROM owners WHERE mood = E'it\'s \\calm'").await, 2);
    });
}

const OWNER_LIKE: Descriptor = Descriptor {
    name: "Owner",
    package: "test.zoo.v1",
    version: "v1",
    path: "owners",
    singular: "owner",
    plural: "owners",
    table: "owners",
    doc: "",
    fields: &[],
    id: 0,
    version_field: None,
    created_at: None,
    updated_at: None,
    deleted_at: Some(2),
    operations: &[],
    behavior: None,
    tasks: &[],
    sqlite: crate::descriptor::Statements { select: "", get: "", insert: "", update: "", delete: "" },
    postgres: crate::descriptor::Statements { select: "", get: "", insert: "", update: "", delete: "" },
    fingerprint: 0,
    contract: None,
};
