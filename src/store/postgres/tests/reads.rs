//! What is written comes back.

use super::at_a_place;
use crate::cell::Cell;
use crate::query::{Select, Sort};
use crate::store::StoreError;
use crate::store::fixtures::{
    OWNER, PET, SPECIMEN, extremes, insert, moment, owner, pet, specimen, text, update,
};

#[test]
fn a_value_of_every_type_comes_back_as_it_was() {
    at_a_place(async |place| {
        let store = place.store().await;
        for row in extremes().into_iter().chain([specimen()]) {
            let id = row[0].clone();
            store.commit(insert(&SPECIMEN, row.clone())).await.expect("an insert");
            let stored = store.get(&SPECIMEN, &id).await.expect("a read").expect("the row");
            for ((field, stored), written) in SPECIMEN.fields.iter().zip(&stored).zip(&row) {
                assert!(stored == written, "{}", field.name);
            }
            let decimal = |row: &[Cell]| match &row[13] {
                Cell::Decimal(number) => number.to_string(),
                _ => String::new(),
            };
            assert_eq!(decimal(&stored), decimal(&row), "a decimal keeps its scale");
            let before = SPECIMEN.row_version(&row);
            store.commit(update(&SPECIMEN, row, before)).await.expect("an update of all columns");
            assert!(store.get(&SPECIMEN, &id).await.expect("a read").expect("the row") == stored);
        }
    });
}

#[test]
fn a_row_that_does_not_exist_is_none() {
    at_a_place(async |place| {
        let store = place.store().await;
        assert!(store.get(&OWNER, &text("nobody")).await.expect("a read").is_none());
    });
}

#[test]
fn a_softly_deleted_row_is_not_read() {
    at_a_place(async |place| {
        let store = place.store().await;
        let mut row = owner("a", "a@example.com");
        row[2] = Cell::Timestamp(moment("2026-11-22T08:30:00Z"));
        store.commit(insert(&OWNER, row)).await.expect("an insert");
        assert!(store.get(&OWNER, &text("a")).await.expect("a read").is_none());
    });
}

#[test]
fn a_number_that_is_not_finite_is_refused_and_not_stored() {
    at_a_place(async |place| {
        let store = place.store().await;
        let mut row = specimen();
        row[8] = Cell::Float(f64::NAN);
        let answer = store.commit(insert(&SPECIMEN, row)).await;
        assert!(matches!(answer, Err(StoreError::Internal(_))), "{answer:?}");
        assert_eq!(place.count("SELECT count(*) FROM specimens").await, 0);
    });
}

#[test]
fn a_stored_number_that_a_decimal_can_not_hold_is_an_error_that_names_the_column() {
    at_a_place(async |place| {
        let store = place.store().await;
        let row = specimen();
        let id = row[0].clone();
        store.commit(insert(&SPECIMEN, row)).await.expect("an insert");
        for number in ["1e40", "'NaN'", "0.1234567890123456789012345678901"] {
            let set = format!("UPDATE specimens SET a_decimal = {number}");
            place.admin.batch_execute(&set).await.expect("a change behind the engine's back");
            let answer = store.get(&SPECIMEN, &id).await;
            let Err(StoreError::Internal(why)) = &answer else { panic!("{number}: {answer:?}") };
            assert!(why.contains("a_decimal") && why.contains("specimens"), "{why}");
        }
    });
}

#[test]
fn a_table_that_changes_meanwhile_is_read_and_written_on() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an insert");
        let order = vec![Sort { field: 0, descending: false }];
        let list = Select { descriptor: &OWNER, condition: None, order, after: None, limit: 100, shape: 0 };
        assert_eq!(store.list(&list).await.expect("a list").len(), 1);
        for _ in 0..8 {
            assert!(store.get(&OWNER, &text("a")).await.expect("a read").is_some());
        }
        let change = "ALTER TABLE owners ALTER COLUMN email TYPE VARCHAR(99), ADD COLUMN other INTEGER";
        place.admin.batch_execute(change).await.expect("a change behind the engine's back");
        for number in 0..8 {
            assert!(store.get(&OWNER, &text("a")).await.expect("a read").is_some());
            let id = format!("b{number}");
            store.commit(insert(&OWNER, owner(&id, &id))).await.expect("an insert");
            assert_eq!(store.list(&list).await.expect("a list").len(), number + 2);
        }
    });
}

#[test]
fn numbers_for_ids_are_never_given_twice() {
    at_a_place(async |place| {
        let store = place.store().await;
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.next_id(&PET).await.expect("a number") })
            })
            .collect();
        let mut numbers = Vec::new();
        for task in tasks {
            numbers.push(task.await.expect("a task that ends"));
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 200);
        store.commit(insert(&OWNER, owner("o", "o@example.com"))).await.expect("an owner");
        store.commit(insert(&PET, pet(numbers[0], "Rex", "o"))).await.expect("a pet");
    });
}

#[test]
fn ready_says_that_the_server_answers() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.ready().await.expect("to be ready");
        store.inner.shared.write_failed();
        store.ready().await.expect("to be ready after a write that works again");
        assert_eq!(place.count("SELECT count(*) FROM fourfold_idempotency").await, 1);
    });
}
