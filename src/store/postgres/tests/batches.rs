//! Many units at once: grouped into statements, and yet each with its own answer.

use super::{at_a_place, commit_all};
use crate::cell::Cell;
use crate::store::fixtures::{OWNER, PET, delete, event, insert, owner, pet, record, text, update};
use crate::store::{StoreError, Unit};

fn numbered(number: usize) -> Unit {
    insert(&OWNER, owner(&format!("o{number}"), &format!("{number}@example.com")))
}

#[test]
fn one_that_fails_does_not_hurt_its_neighbours() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("taken", "taken@example.com"))).await.expect("an insert");
        let units = (0..400)
            .map(|number| {
                let unit = match number {
                    100 => insert(&OWNER, owner("o100", "taken@example.com")),
                    200 => insert(&OWNER, owner("taken", "200@example.com")),
                    300 => insert(&OWNER, owner("o300", "no\0text")),
                    _ => numbered(number),
                };
                Unit {
                    events: vec![event("owner.created")],
                    record: Some(record(&format!("k{number}"))),
                    ..unit
                }
            })
            .collect();
        for (number, answer) in commit_all(&store, units).await.into_iter().enumerate() {
            let right = match number {
                100 => matches!(answer, Err(StoreError::Unique { field: 1 })),
                200 => matches!(answer, Err(StoreError::Unique { field: 0 })),
                300 => matches!(answer, Err(StoreError::Internal(_))),
                _ => answer.is_ok(),
            };
            assert!(right, "unit {number}: {answer:?}");
        }
        assert_eq!(place.count("SELECT count(*) FROM owners").await, 398);
        assert_eq!(place.count("SELECT count(*) FROM fourfold_outbox").await, 397);
        assert_eq!(place.count("SELECT count(*) FROM fourfold_idempotency").await, 397);
    });
}

#[test]
fn many_are_fewer_transactions() {
    at_a_place(async |place| {
        let store = place.store().await;
        let units = (0..500)
            .map(|number| Unit { events: vec![event("owner.created")], ..numbered(number) })
            .collect();
        let answers = commit_all(&store, units).await;
        assert!(answers.iter().all(Result::is_ok));
        let transactions = place.count("SELECT count(DISTINCT tx::text) FROM fourfold_outbox").await;
        assert!(transactions < 250, "500 units were {transactions} transactions");
    });
}

#[test]
fn among_updates_and_deletes_only_those_that_lost_are_told_so() {
    at_a_place(async |place| {
        let store = place.store().await;
        let answers = commit_all(&store, (0..200).map(numbered).collect()).await;
        assert!(answers.iter().all(Result::is_ok));
        let units = (0..200)
            .map(|number| {
                let expected = if number % 3 == 0 { 7 } else { 1 };
                let id = format!("o{number}");
                let mut row = owner(&id, &format!("new{number}@example.com"));
                row[3] = Cell::Int(2);
                let unit = match number % 2 {
                    0 => update(&OWNER, row, expected),
                    _ => delete(&OWNER, text(&id), expected),
                };
                let events = vec![event(&format!("{id}.one")), event(&format!("{id}.two"))];
                Unit { events, record: Some(record(&id)), ..unit }
            })
            .collect();
        for (number, answer) in commit_all(&store, units).await.into_iter().enumerate() {
            let lost = matches!(answer, Err(StoreError::LostRace));
            assert_eq!(lost, number % 3 == 0, "unit {number}: {answer:?}");
        }
        let won = 200 - 67;
        assert_eq!(place.count("SELECT count(*) FROM fourfold_outbox").await, 2 * won);
        assert_eq!(place.count("SELECT count(*) FROM fourfold_idempotency").await, won);
        let disordered = "SELECT count(*) FROM fourfold_outbox a JOIN fourfold_outbox b \
                          ON replace(a.type, '.one', '.two') = b.type AND a.type LIKE '%.one' WHERE a.seq > b.seq";
        assert_eq!(place.count(disordered).await, 0, "the events of a unit keep their order");
    });
}

#[test]
fn one_key_many_times_at_once_is_written_once() {
    at_a_place(async |place| {
        let store = place.store().await;
        let units = (0..100).map(|number| Unit { record: Some(record("k")), ..numbered(number) }).collect();
        let answers = commit_all(&store, units).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|answer| matches!(answer, Err(StoreError::Repeated))).count(), 99);
        assert_eq!(place.count("SELECT count(*) FROM owners").await, 1);
    });
}

#[test]
fn sixty_four_who_count_in_one_row_lose_no_count() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an owner");
        store.commit(insert(&PET, pet(1, "0", "a"))).await.expect("a pet");
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    loop {
                        let mut row = store.get(&PET, &Cell::Int(1)).await.expect("a read").expect("the pet");
                        let version = PET.row_version(&row);
                        let Cell::Text(name) = &row[1] else { panic!("a name") };
                        row[1] = text(&(name.parse::<i64>().expect("a number") + 1).to_string());
                        row[5] = Cell::Int(version + 1);
                        match store.commit(update(&PET, row, version)).await {
                            Ok(()) => return,
                            Err(StoreError::LostRace) => {}
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task that ends");
        }
        assert_eq!(place.count("SELECT name::bigint FROM pets").await, 64);
        assert_eq!(place.count("SELECT row_version FROM pets").await, 65);
    });
}

#[test]
fn a_row_that_somebody_has_locked_holds_up_only_itself() {
    at_a_place(async |place| {
        let store = place.store().await;
        let answers = commit_all(&store, (0..50).map(numbered).collect()).await;
        assert!(answers.iter().all(Result::is_ok));
        place
            .admin
            .batch_execute("BEGIN; SELECT 1 FROM owners WHERE id = 'o7' FOR UPDATE")
            .await
            .expect("a lock");
        let changed =
            |number: usize| update(&OWNER, owner(&format!("o{number}"), &format!("n{number}@x.org")), 1);
        let locked = {
            let store = store.clone();
            tokio::spawn(async move { store.commit(changed(7)).await })
        };
        let others = (0..50).filter(|number| *number != 7).map(changed).collect();
        assert!(commit_all(&store, others).await.iter().all(Result::is_ok));
        assert!(!locked.is_finished());
        place.admin.batch_execute("COMMIT").await.expect("the lock to go");
        locked.await.expect("a task that ends").expect("the update, once the lock is gone");
    });
}

#[test]
fn a_lock_that_stays_is_unavailable_when_patience_ends() {
    at_a_place(async |place| {
        let mut options = place.options();
        options.patience = std::time::Duration::from_millis(500);
        place.store().await.commit(numbered(1)).await.expect("an insert");
        let store = super::Postgres::open(&options).await.expect("a URL that can be read");
        place.admin.batch_execute("BEGIN; SELECT 1 FROM owners FOR UPDATE").await.expect("a lock");
        let answer = store.commit(delete(&OWNER, text("o1"), 1)).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        place.admin.batch_execute("COMMIT").await.expect("the lock to go");
        assert_eq!(place.count("SELECT count(*) FROM owners").await, 1);
    });
}
