//! One unit of work at a time.

use std::time::Duration;

use super::{at_a_place, until};
use crate::cell::Cell;
use crate::store::fixtures::{
    OWNER, PET, delete, event, insert, moment, owner, pet, record, text, unit, update,
};
use crate::store::{Statement, StoreError, Unit, Write};

#[test]
fn a_row_its_events_and_its_record_are_written_as_one() {
    at_a_place(async |place| {
        let store = place.store().await;
        let unit = Unit {
            events: vec![event("owner.created"), event("owner.greeted")],
            record: Some(record("k")),
            ..insert(&OWNER, owner("a", "a@example.com"))
        };
        store.commit(unit).await.expect("a commit");
        let kinds: Vec<String> = place
            .admin
            .query("SELECT type FROM fourfold_outbox ORDER BY seq", &[])
            .await
            .expect("the outbox")
            .iter()
            .map(|row| row.get(0))
            .collect();
        assert_eq!(kinds, ["owner.created", "owner.greeted"]);
        let stored = store.record("k").await.expect("a read").expect("the record");
        let wanted = record("k");
        assert_eq!(
            (stored.key, stored.fingerprint, stored.operation, stored.answer, stored.created_at),
            (wanted.key, wanted.fingerprint, wanted.operation, wanted.answer, wanted.created_at)
        );
        assert!(store.record("other").await.expect("a read").is_none());
    });
}

#[test]
fn an_update_writes_if_the_version_is_the_one_expected() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an insert");
        let mut row = owner("a", "b@example.com");
        row[3] = Cell::Int(2);
        store.commit(update(&OWNER, row.clone(), 1)).await.expect("an update");
        assert!(store.get(&OWNER, &text("a")).await.expect("a read") == Some(row));
    });
}

#[test]
fn a_lost_race_writes_nothing_at_all() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an insert");
        let writes = [
            Write::Update { descriptor: &OWNER, row: owner("a", "b@example.com"), expected: 7 },
            Write::Update { descriptor: &OWNER, row: owner("nobody", "b@example.com"), expected: 1 },
            Write::Delete { descriptor: &OWNER, id: text("a"), expected: 7 },
            Write::Delete { descriptor: &OWNER, id: text("nobody"), expected: 1 },
        ];
        for write in writes {
            let lost = Unit { events: vec![event("owner.moved")], record: Some(record("k")), ..unit(write) };
            let answer = store.commit(lost).await;
            assert!(matches!(answer, Err(StoreError::LostRace)), "{answer:?}");
        }
        assert_eq!(place.count("SELECT count(*) FROM fourfold_outbox").await, 0);
        assert_eq!(place.count("SELECT count(*) FROM fourfold_idempotency").await, 0);
    });
}

#[test]
fn each_broken_constraint_is_told_by_its_field() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an insert");
        store.commit(insert(&PET, pet(1, "Rex", "a"))).await.expect("an insert");

        let answer = store.commit(insert(&OWNER, owner("b", "a@example.com"))).await;
        assert!(matches!(answer, Err(StoreError::Unique { field: 1 })), "a unique field: {answer:?}");
        let answer = store.commit(insert(&OWNER, owner("a", "b@example.com"))).await;
        assert!(matches!(answer, Err(StoreError::Unique { field: 0 })), "the id: {answer:?}");
        let answer = store.commit(insert(&PET, pet(2, "Rex", "nobody"))).await;
        assert!(matches!(answer, Err(StoreError::MissingReference { field: 2 })), "an owner: {answer:?}");
        let mut orphan = pet(1, "Rex", "a");
        orphan[3] = Cell::Int(99);
        let answer = store.commit(update(&PET, orphan, 1)).await;
        assert!(matches!(answer, Err(StoreError::MissingReference { field: 3 })), "a mother: {answer:?}");
        let answer = store.commit(delete(&OWNER, text("a"), 1)).await;
        assert!(matches!(answer, Err(StoreError::StillReferenced)), "an owner with a pet: {answer:?}");
        let mut child = pet(2, "Max", "a");
        child[3] = Cell::Int(1);
        store.commit(insert(&PET, child)).await.expect("an insert");
        let answer = store.commit(delete(&PET, Cell::Int(1), 1)).await;
        assert!(matches!(answer, Err(StoreError::StillReferenced)), "a mother with a child: {answer:?}");
    });
}

#[test]
fn a_unique_index_that_others_made_is_told_by_its_first_field() {
    at_a_place(async |place| {
        let store = place.store().await;
        let sql = "CREATE UNIQUE INDEX theirs ON owners (lower(email)); CREATE UNIQUE INDEX two ON pets (name, owner_id)";
        place.admin.batch_execute(sql).await.expect("indexes");
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an insert");
        store.commit(insert(&PET, pet(1, "Rex", "a"))).await.expect("an insert");
        let answer = store.commit(insert(&OWNER, owner("b", "A@example.com"))).await;
        assert!(matches!(answer, Err(StoreError::Unique { field: 1 })), "an expression: {answer:?}");
        let answer = store.commit(insert(&PET, pet(2, "Rex", "a"))).await;
        assert!(matches!(answer, Err(StoreError::Unique { field: 1 })), "two columns: {answer:?}");
    });
}

#[test]
fn a_softly_deleted_row_frees_its_unique_values() {
    at_a_place(async |place| {
        let store = place.store().await;
        let mut gone = owner("a", "a@example.com");
        gone[2] = Cell::Timestamp(moment("2026-11-22T08:30:00Z"));
        store.commit(insert(&OWNER, gone)).await.expect("an insert");
        store.commit(insert(&OWNER, owner("b", "a@example.com"))).await.expect("the same email");
    });
}

#[test]
fn a_repeated_key_writes_nothing_whatever_else_is_wrong() {
    at_a_place(async |place| {
        let store = place.store().await;
        let with_key = |unit: Unit| Unit { record: Some(record("k")), ..unit };
        store.commit(with_key(insert(&OWNER, owner("a", "a@example.com")))).await.expect("the first");
        for again in [
            insert(&OWNER, owner("b", "b@example.com")),
            insert(&OWNER, owner("a", "a@example.com")),
            update(&OWNER, owner("a", "a@example.com"), 7),
            delete(&OWNER, text("a"), 1),
        ] {
            let answer = store.commit(with_key(again)).await;
            assert!(matches!(answer, Err(StoreError::Repeated)), "{answer:?}");
        }
        assert_eq!(place.count("SELECT count(*) FROM owners").await, 1);
    });
}

#[test]
fn the_users_own_statements_join_the_unit() {
    at_a_place(async |place| {
        let store = place.store().await;
        place.admin.batch_execute("CREATE TABLE notes (n BIGINT, t TEXT, j JSONB)").await.expect("a table");
        let note = |sql: &str, parameters| Statement { sql: sql.to_owned(), parameters };
        let insert_note = "INSERT INTO notes (n, t, j) VALUES ($1, $2, $3)";
        let parameters = vec![Cell::UInt(7), text("seven"), Cell::Json(serde_json::json!({ "a": 1 }))];
        let with = |statements, id: &str| Unit {
            statements,
            events: vec![event("owner.created")],
            ..insert(&OWNER, owner(id, &format!("{id}@example.com")))
        };

        store.commit(with(vec![note(insert_note, parameters.clone())], "a")).await.expect("a commit");
        assert_eq!(place.count("SELECT n FROM notes WHERE t = 'seven' AND j = '{\"a\": 1}'").await, 7);

        let bad = vec![note(insert_note, parameters), note("INSERT INTO nowhere VALUES (1)", Vec::new())];
        let answer = store.commit(with(bad, "b")).await;
        assert!(matches!(&answer, Err(StoreError::Internal(why)) if why.contains("nowhere")), "{answer:?}");
        let answer = store.commit(with(vec![note("SELECT 1", Vec::new())], "a")).await;
        assert!(matches!(answer, Err(StoreError::Unique { field: 0 })), "{answer:?}");
        assert_eq!(place.count("SELECT count(*) FROM notes").await, 1);
        assert_eq!(place.count("SELECT count(*) FROM owners").await, 1);
        assert_eq!(place.count("SELECT count(*) FROM fourfold_outbox").await, 1);
    });
}

#[test]
fn a_transaction_that_meets_a_deadlock_is_tried_again() {
    at_a_place(async |place| {
        let store = place.store().await;
        for id in ["a", "b"] {
            store.commit(insert(&OWNER, owner(id, &format!("{id}@example.com")))).await.expect("an insert");
        }
        place
            .admin
            .batch_execute("BEGIN; SELECT 1 FROM owners WHERE id = 'b' FOR UPDATE")
            .await
            .expect("a lock");
        let sql = "SELECT 1 FROM owners WHERE id = $1 FOR UPDATE".to_owned();
        let statements = vec![Statement { sql, parameters: vec![text("b")] }];
        let unit = Unit { statements, ..update(&OWNER, owner("a", "new@example.com"), 1) };
        let commit = {
            let store = store.clone();
            tokio::spawn(async move { store.commit(unit).await })
        };
        until("the transaction waits", async || place.runs("FOR UPDATE").await).await;
        let other = "SELECT 1 FROM owners WHERE id = 'a' FOR UPDATE; COMMIT";
        place.admin.batch_execute(other).await.expect("the other one to win");
        commit.await.expect("a task that ends").expect("a commit");
    });
}

#[test]
fn what_is_old_is_pruned_and_what_is_new_stays() {
    at_a_place(async |place| {
        let store = place.store().await;
        for id in ["a", "b"] {
            let unit = Unit {
                events: vec![event("owner.created")],
                record: Some(record(id)),
                ..insert(&OWNER, owner(id, &format!("{id}@example.com")))
            };
            store.commit(unit).await.expect("a commit");
        }
        let age = "UPDATE fourfold_outbox SET created_at = now() - interval '2 days' WHERE seq = 1; \
                   UPDATE fourfold_idempotency SET created_at = now() - interval '2 days' * (key = 'a')::int";
        place.admin.batch_execute(age).await.expect("rows of different ages");
        let yesterday = chrono::Utc::now() - Duration::from_hours(24);
        assert_eq!(store.prune(yesterday, yesterday).await.expect("a prune"), 2);
        assert_eq!(store.prune(yesterday, yesterday).await.expect("a prune"), 0);
        assert!(store.record("b").await.expect("a read").is_some());
        assert_eq!(place.count("SELECT count(*) FROM fourfold_outbox").await, 1);
    });
}

#[test]
fn after_close_everything_is_unavailable_and_what_waited_was_written() {
    at_a_place(async |place| {
        let store = place.store().await;
        let waiting: Vec<_> = (0..300)
            .map(|n| {
                let store = store.clone();
                let row = owner(&n.to_string(), &format!("{n}@example.com"));
                tokio::spawn(async move { store.commit(insert(&OWNER, row)).await })
            })
            .collect();
        tokio::task::yield_now().await;
        store.close().await;
        let mut written = 0;
        for task in waiting {
            match task.await.expect("a task that ends") {
                Ok(()) => written += 1,
                Err(StoreError::Unavailable(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(place.count("SELECT count(*) FROM owners").await, written);
        let answer = store.commit(insert(&OWNER, owner("late", "late@example.com"))).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        assert!(matches!(store.get(&OWNER, &text("1")).await, Err(StoreError::Unavailable(_))));
        until_no_connection(place).await;
    });
}

async fn until_no_connection(place: &super::Place) {
    until("all connections are closed", async || {
        let text =
            format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}'", place.schema);
        place.count(&text).await == 0
    })
    .await;
}

#[test]
fn a_unit_without_a_row_is_its_record_and_its_statements() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an insert");
        let alone = |key: &str| Unit { record: Some(record(key)), ..unit(Write::Nothing) };
        store.commit(alone("k")).await.expect("a commit");
        assert!(matches!(store.commit(alone("k")).await, Err(StoreError::Repeated)));
        let statement = || Statement::new("UPDATE owners SET row_version = row_version + 1 WHERE id = 'a'");
        let with = |key| Unit { statements: vec![statement()], ..alone(key) };
        store.commit(with("l")).await.expect("a commit");
        for key in ["k", "l"] {
            assert!(matches!(store.commit(with(key)).await, Err(StoreError::Repeated)));
        }
        assert_eq!(place.count("SELECT row_version FROM owners").await, 2);
        let many = (0..300).map(|number| store.commit(alone(&format!("m{}", number % 100))));
        let won = futures_util::future::join_all(many).await.iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 100);
        assert_eq!(place.count("SELECT count(*) FROM fourfold_idempotency").await, 102);
    });
}
