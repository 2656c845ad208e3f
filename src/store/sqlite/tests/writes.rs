use std::collections::BTreeSet;

use super::{count, in_file, in_memory, is_unavailable};
use crate::cell::Cell;
use crate::store::fixtures::{
    OWNER, PET, SPECIMEN, delete, event, insert, owner, pet, record, specimen, text, update,
};
use crate::store::{Statement, StoreError, Unit};

#[tokio::test]
async fn a_reader_sees_what_was_written_before() {
    let store = in_file().await;
    for number in 0..200 {
        let row = owner(&number.to_string(), &format!("{number}@x.org"));
        store.commit(insert(&OWNER, row.clone())).await.expect("inserted");
        assert_eq!(store.get(&OWNER, &row[0]).await.expect("read"), Some(row));
    }
}

#[tokio::test]
async fn errors_say_what_is_wrong_with_the_row() {
    for store in [in_memory().await, in_file().await.store.clone()] {
        store.commit(insert(&OWNER, owner("a", "a@x.org"))).await.expect("inserted");
        store.commit(insert(&OWNER, owner("b", "b@x.org"))).await.expect("inserted");
        store.commit(insert(&PET, pet(1, "Rex", "a"))).await.expect("inserted");

        let error = store.commit(insert(&OWNER, owner("a", "c@x.org"))).await;
        assert!(matches!(error, Err(StoreError::Unique { field: 0 })), "{error:?}");
        let error = store.commit(insert(&PET, pet(1, "Rex", "a"))).await;
        assert!(matches!(error, Err(StoreError::Unique { field: 0 })), "{error:?}");
        let error = store.commit(insert(&OWNER, owner("c", "a@x.org"))).await;
        assert!(matches!(error, Err(StoreError::Unique { field: 1 })), "{error:?}");
        let error = store.commit(update(&OWNER, owner("a", "b@x.org"), 1)).await;
        assert!(matches!(error, Err(StoreError::Unique { field: 1 })), "{error:?}");

        let error = store.commit(insert(&PET, pet(2, "Rex", "nobody"))).await;
        assert!(matches!(error, Err(StoreError::MissingReference { field: 2 })), "{error:?}");
        let mut row = pet(1, "Rex", "a");
        row[3] = Cell::Int(77);
        let error = store.commit(update(&PET, row, 1)).await;
        assert!(matches!(error, Err(StoreError::MissingReference { field: 3 })), "{error:?}");
        let error = store.commit(delete(&OWNER, text("a"), 1)).await;
        assert!(matches!(error, Err(StoreError::StillReferenced)), "{error:?}");

        let error = store.commit(update(&OWNER, owner("a", "a@x.org"), 2)).await;
        assert!(matches!(error, Err(StoreError::LostRace)), "{error:?}");
        let error = store.commit(update(&OWNER, owner("z", "z@x.org"), 1)).await;
        assert!(matches!(error, Err(StoreError::LostRace)), "{error:?}");
        let error = store.commit(delete(&OWNER, text("b"), 2)).await;
        assert!(matches!(error, Err(StoreError::LostRace)), "{error:?}");
        store.commit(delete(&OWNER, text("b"), 1)).await.expect("deleted");
        assert_eq!(store.get(&OWNER, &text("b")).await.expect("read"), None);
    }
}

#[tokio::test]
async fn a_unique_index_that_others_made_is_told_by_its_first_field() {
    let store = in_file().await;
    let connection = rusqlite::Connection::open(store.directory.file()).expect("the file");
    let sql = "CREATE UNIQUE INDEX theirs ON owners (lower(email)); CREATE UNIQUE INDEX two ON pets (name, owner_id)";
    connection.execute_batch(sql).expect("indexes");
    store.commit(insert(&OWNER, owner("a", "a@x.org"))).await.expect("inserted");
    store.commit(insert(&PET, pet(1, "Rex", "a"))).await.expect("inserted");
    let error = store.commit(insert(&OWNER, owner("b", "A@x.org"))).await;
    assert!(matches!(error, Err(StoreError::Unique { field: 1 })), "an expression: {error:?}");
    let error = store.commit(insert(&PET, pet(2, "Rex", "a"))).await;
    assert!(matches!(error, Err(StoreError::Unique { field: 1 })), "two columns: {error:?}");
}

#[tokio::test]
async fn a_softly_deleted_row_is_not_read_and_frees_its_unique_values() {
    let store = in_memory().await;
    let mut row = owner("a", "a@x.org");
    store.commit(insert(&OWNER, row.clone())).await.expect("inserted");
    row[2] = Cell::Timestamp(chrono::Utc::now());
    row[3] = Cell::Int(2);
    store.commit(update(&OWNER, row, 1)).await.expect("deleted");
    assert_eq!(store.get(&OWNER, &text("a")).await.expect("read"), None);
    store.commit(insert(&OWNER, owner("b", "a@x.org"))).await.expect("inserted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_crowd_each_unit_gets_its_own_answer() {
    let store = in_file().await;
    store.commit(insert(&OWNER, owner("taken", "taken@x.org"))).await.expect("inserted");
    let calls = (0..200).map(|number| {
        let store = store.store.clone();
        let unit = match number % 5 {
            0 => insert(&OWNER, owner(&format!("o{number}"), "taken@x.org")),
            1 => insert(&PET, pet(number, "Rex", "nobody")),
            2 => update(&OWNER, owner("taken", "other@x.org"), 99),
            3 => Unit {
                events: vec![event("pet.created")],
                record: Some(record(&format!("key {number}"))),
                ..insert(&PET, pet(number, "Rex", "nobody"))
            },
            _ => Unit {
                events: vec![event("pet.created")],
                record: Some(record(&format!("key {number}"))),
                ..insert(&PET, pet(number, "Rex", "taken"))
            },
        };
        tokio::spawn(async move { (number, store.commit(unit).await) })
    });
    for call in futures_util::future::join_all(calls).await {
        let (number, result) = call.expect("a call");
        let right = match number % 5 {
            0 => matches!(result, Err(StoreError::Unique { field: 1 })),
            1 | 3 => matches!(result, Err(StoreError::MissingReference { field: 2 })),
            2 => matches!(result, Err(StoreError::LostRace)),
            _ => result.is_ok(),
        };
        assert!(right, "{number}: {result:?}");
    }
    let other = store.other();
    assert_eq!(count(&other, "pets"), 40);
    assert_eq!(count(&other, "fourfold_outbox"), 40);
    assert_eq!(count(&other, "fourfold_idempotency"), 40);
}

#[tokio::test]
async fn a_repeated_key_is_told_before_anything_else_and_the_first_answer_can_be_read() {
    let store = in_file().await;
    let unit = || Unit { record: Some(record("ann/1")), ..insert(&OWNER, owner("a", "a@x.org")) };
    assert!(store.record("ann/1").await.expect("read").is_none());
    store.commit(unit()).await.expect("inserted");
    let error = store.commit(unit()).await;
    assert!(matches!(error, Err(StoreError::Repeated)), "{error:?}");
    let (read, written) = (store.record("ann/1").await.expect("read").expect("there"), record("ann/1"));
    assert_eq!(
        (read.key, read.fingerprint, read.operation),
        (written.key, written.fingerprint, written.operation)
    );
    assert_eq!((read.answer, read.created_at), (written.answer, written.created_at));
}

#[tokio::test]
async fn of_many_repeats_at_once_one_runs() {
    let store = in_memory().await;
    let calls = (0..100).map(|number| {
        let row = owner(&number.to_string(), &number.to_string());
        store.commit(Unit { record: Some(record("same")), ..insert(&OWNER, row) })
    });
    let results = futures_util::future::join_all(calls).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(StoreError::Repeated))), "{results:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost_among_many_writers() {
    let store = in_file().await;
    store.commit(insert(&OWNER, owner("a", "0"))).await.expect("inserted");
    let calls = (0..64).map(|_| {
        let store = store.store.clone();
        tokio::spawn(async move {
            loop {
                let mut row = store.get(&OWNER, &text("a")).await.expect("read").expect("there");
                let expected = OWNER.row_version(&row);
                let Cell::Text(number) = &row[1] else { panic!("no text") };
                row[1] = text(&(number.parse::<u32>().expect("a number") + 1).to_string());
                row[3] = Cell::Int(expected + 1);
                match store.commit(update(&OWNER, row, expected)).await {
                    Ok(()) => break,
                    Err(StoreError::LostRace) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        })
    });
    for call in futures_util::future::join_all(calls).await {
        call.expect("a call");
    }
    let row = store.get(&OWNER, &text("a")).await.expect("read").expect("there");
    assert!(row[1] == text("64") && row[3] == Cell::Int(65));
}

fn statement(sql: &str, parameters: Vec<Cell>) -> Statement {
    Statement { sql: sql.to_owned(), parameters }
}

#[tokio::test]
async fn statements_of_the_users_own_join_the_unit() {
    let store = in_file().await;
    let unit = Unit {
        statements: vec![
            statement(
                "INSERT INTO owners (id, email) VALUES (?1, ?2) RETURNING id",
                vec![text("b"), text("b@x.org")],
            ),
            statement("UPDATE owners SET email = ?2 WHERE id = ?1", vec![text("a"), text("new@x.org")]),
            statement(
                "DELETE FROM specimens WHERE a_u64 = ? AND a_u32 = ?",
                vec![Cell::UInt(5), Cell::UInt(6)],
            ),
        ],
        ..insert(&OWNER, owner("a", "a@x.org"))
    };
    let mut row = specimen();
    (row[5], row[6]) = (Cell::UInt(6), Cell::UInt(5));
    store.commit(insert(&SPECIMEN, row)).await.expect("inserted");
    store.commit(unit).await.expect("committed");
    assert_eq!(count(&store.other(), "specimens"), 0);
    assert!(store.get(&OWNER, &text("b")).await.expect("read").is_some());
    let row = store.get(&OWNER, &text("a")).await.expect("read").expect("there");
    assert!(row[1] == text("new@x.org"));
}

#[tokio::test]
async fn a_statement_that_fails_takes_its_unit_along_and_no_other() {
    let store = in_file().await;
    let bad = [
        statement("INSERT INTO nothing VALUES (1)", vec![]),
        statement("UPDATE owners SET email = ?", vec![]),
        statement("UPDATE owners SET email = ?", vec![Cell::Choice(1)]),
        statement("INSERT OR ROLLBACK INTO owners (id, email) VALUES ('first', 'x')", vec![]),
        statement("DELETE FROM owners; DELETE FROM pets", vec![]),
        statement("COMMIT", vec![]),
        statement(" rollback", vec![]),
        statement("PRAGMA foreign_keys = OFF", vec![]),
        statement("ATTACH 'x' AS y", vec![]),
        statement("", vec![]),
    ];
    store.commit(insert(&OWNER, owner("first", "first@x.org"))).await.expect("inserted");
    let calls = bad.into_iter().enumerate().flat_map(|(number, statement)| {
        let row = owner(&format!("bad {number}"), &format!("bad {number}"));
        let bad = Unit { statements: vec![statement], ..insert(&OWNER, row) };
        let good = insert(&OWNER, owner(&format!("good {number}"), &format!("good {number}")));
        [store.commit(bad), store.commit(good)]
    });
    let results = futures_util::future::join_all(calls).await;
    for (number, pair) in results.chunks(2).enumerate() {
        let [Err(StoreError::Internal(text)), Ok(())] = pair else { panic!("{number}: {pair:?}") };
        assert!(text.starts_with("statement 1 of the unit: "), "{text}");
    }
    assert_eq!(count(&store.other(), "owners"), 11);
}

#[tokio::test]
async fn what_ends_or_spoils_the_transaction_of_all_fails_its_unit_alone() {
    let store = in_file().await;
    store
        .other()
        .execute_batch(
            "CREATE TABLE notes (owner TEXT REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER no_evil BEFORE INSERT ON owners WHEN new.id LIKE 'evil%'
             BEGIN SELECT RAISE(ROLLBACK, 'no'); END;",
        )
        .expect("a table");
    let calls = ["a", "b", "c", "evil 1", "evil 2", "evil 3", "d"].map(|id| {
        let owner_of_note = if id == "b" { "nobody" } else { id };
        let note = statement("INSERT INTO notes VALUES (?)", vec![text(owner_of_note)]);
        let statements = if id == "evil 1" { Vec::new() } else { vec![note] };
        let record = (id != "evil 2").then(|| record(id));
        store.commit(Unit { record, statements, ..insert(&OWNER, owner(id, id)) })
    });
    let results = futures_util::future::join_all(calls).await;
    let good: Vec<bool> = results.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, true, false, false, false, true], "{results:?}");
    assert_eq!(count(&store.other(), "owners"), 3);
    assert_eq!(count(&store.other(), "notes"), 3);
    assert_eq!(count(&store.other(), "fourfold_idempotency"), 3);
}

#[tokio::test]
async fn events_are_rows_of_the_outbox_in_the_order_of_the_commits() {
    let store = in_file().await;
    for number in 0..10 {
        let mut traced = event("owner.traced");
        traced.trace_parent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
        let row = owner(&number.to_string(), &number.to_string());
        let events = vec![event("owner.created"), traced];
        store.commit(Unit { events, ..insert(&OWNER, row) }).await.expect("inserted");
    }
    let other = store.other();
    let mut statement = other
        .prepare("SELECT seq, type, traceparent IS NULL, created_at FROM fourfold_outbox ORDER BY seq")
        .expect("a statement");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    let rows: Vec<(i64, String, bool, String)> = rows.expect("rows").map(|row| row.expect("a row")).collect();
    let times: BTreeSet<&String> = rows.iter().map(|row| &row.3).collect();
    assert!(rows.iter().map(|row| row.0).eq(1..=20), "{rows:?}");
    assert!(rows.iter().all(|row| (row.1 == "owner.created") == row.2), "{rows:?}");
    assert!(times.iter().all(|time| time.len() == "2026-11-22T08:30:00.000000Z".len()), "{times:?}");
}

#[tokio::test]
async fn a_unit_whose_caller_has_gone_before_it_began_is_skipped() {
    let store = in_file().await;
    let other = store.other();
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let first = tokio::spawn({
        let store = store.store.clone();
        async move { store.commit(insert(&OWNER, owner("first", "first"))).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let gone = store.commit(insert(&OWNER, owner("gone", "gone")));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(50), gone).await;
    assert!(waited.is_err());
    other.execute_batch("COMMIT").expect("free");
    first.await.expect("a call").expect("inserted");
    store.commit(insert(&OWNER, owner("last", "last"))).await.expect("inserted");
    assert_eq!(store.get(&OWNER, &text("gone")).await.expect("read"), None);
}

#[tokio::test]
async fn closing_finishes_what_waits_and_then_refuses() {
    let store = in_file().await;
    let calls = (0..100).map(|number| {
        let store = store.store.clone();
        let row = owner(&number.to_string(), &number.to_string());
        tokio::spawn(async move { store.commit(insert(&OWNER, row)).await })
    });
    let calls: Vec<_> = calls.collect();
    tokio::task::yield_now().await;
    store.close().await;
    let mut written = 0;
    for call in calls {
        let result = call.await.expect("a call");
        assert!(result.is_ok() || is_unavailable(&result), "{result:?}");
        written += i64::from(result.is_ok());
    }
    assert_eq!(count(&store.other(), "owners"), written);
    let wal = store.directory.0.join("test.db-wal");
    assert!(!wal.exists() || std::fs::metadata(wal).expect("the log").len() == 0);
    assert!(is_unavailable(&store.commit(insert(&OWNER, owner("x", "x"))).await));
    store.close().await;
}
