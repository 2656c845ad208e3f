use std::collections::BTreeSet;
use std::time::Duration;

use super::{count, in_file, in_memory, open};
use crate::cell::Cell;
use crate::store::fixtures::{OWNER, PET, event, insert, moment, owner, pet, record};
use crate::store::{StoreError, Unit};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_id_is_given_out_twice_even_by_two_processes() {
    let first = in_file().await;
    let second = open(&first.directory.file());
    let calls = (0..3_000).map(|number| {
        let store = if number % 2 == 0 { first.store.clone() } else { second.clone() };
        tokio::spawn(async move { store.next_id(&PET).await.expect("an id") })
    });
    let ids = futures_util::future::join_all(calls).await;
    let ids: BTreeSet<i64> = ids.into_iter().map(|id| id.expect("a call")).collect();
    assert_eq!(ids.len(), 3_000);
    assert_eq!(ids.first(), Some(&1));
}

#[tokio::test]
async fn ids_begin_after_the_rows_that_are_there() {
    let store = in_memory().await;
    store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
    store.commit(insert(&PET, pet(500, "Rex", "a"))).await.expect("inserted");
    assert_eq!(store.next_id(&PET).await.expect("an id"), 501);
    assert_eq!(store.next_id(&PET).await.expect("an id"), 502);
}

#[tokio::test]
async fn rows_written_by_hand_cost_one_refusal_at_most() {
    let store = in_file().await;
    store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
    let id = store.next_id(&PET).await.expect("an id");
    store.commit(insert(&PET, pet(id, "Rex", "a"))).await.expect("inserted");
    for _ in 0..100 {
        let sql = "INSERT INTO pets (name, owner_id) VALUES ('Rex', 'a')";
        store.other().execute(sql, []).expect("inserted");
    }
    let id = store.next_id(&PET).await.expect("an id");
    let error = store.commit(insert(&PET, pet(id, "Rex", "a"))).await;
    assert!(matches!(error, Err(StoreError::Unique { field: 0 })), "{error:?}");
    let id = store.next_id(&PET).await.expect("an id");
    store.commit(insert(&PET, pet(id, "Rex", "a"))).await.expect("inserted");
}

#[tokio::test]
async fn when_the_ids_are_used_up_it_says_so() {
    let store = in_memory().await;
    store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
    store.commit(insert(&PET, pet(i64::MAX, "Rex", "a"))).await.expect("inserted");
    let error = store.next_id(&PET).await.expect_err("no id");
    assert!(matches!(&error, StoreError::Internal(text) if text.contains("no greater ids")), "{error:?}");
}

#[tokio::test]
async fn pruning_deletes_what_is_old_a_bounded_number_at_a_time() {
    let store = in_file().await;
    store
        .other()
        .execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
             INSERT INTO fourfold_outbox (id, aggregatetype, aggregateid, type, payload, created_at)
             SELECT i, '', '', '', '', '2020-01-01T00:00:00.000000Z' FROM n;
             INSERT INTO fourfold_idempotency SELECT id, 0, '', '', created_at FROM fourfold_outbox;",
        )
        .expect("rows");
    let unit = Unit {
        events: vec![event("owner.created")],
        record: Some(record("new")),
        ..insert(&OWNER, owner("a", "a"))
    };
    store.commit(unit).await.expect("inserted");
    let before = moment("2026-01-01T00:00:00Z");
    let mut counts = Vec::new();
    while counts.last() != Some(&0) {
        counts.push(store.prune(before, before).await.expect("pruned"));
    }
    assert_eq!(counts, [10_000, 10_000, 4_000, 0]);
    assert_eq!(count(&store.other(), "fourfold_outbox"), 1);
    assert!(store.record("new").await.expect("read").is_some());
}

#[tokio::test]
async fn stores_of_one_process_have_nothing_to_do_with_each_other() {
    let (first, second) = (in_memory().await, in_memory().await);
    let (third, fourth) = (in_file().await, in_file().await);
    first.commit(insert(&OWNER, owner("a", "first"))).await.expect("inserted");
    third.commit(insert(&OWNER, owner("a", "third"))).await.expect("inserted");
    let id = Cell::Text("a".to_owned());
    for (store, email) in
        [(&first, Some("first")), (&second, None), (&*third, Some("third")), (&*fourth, None)]
    {
        let row = store.get(&OWNER, &id).await.expect("read");
        assert_eq!(row, email.map(|email| owner("a", email)));
    }
}

#[tokio::test]
async fn dropping_a_store_finishes_what_waits_and_ends_its_thread_and_connections() {
    let store = in_file().await;
    let call = tokio::spawn({
        let store = store.store.clone();
        async move { store.commit(insert(&OWNER, owner("a", "a"))).await }
    });
    call.await.expect("a call").expect("inserted");
    store.get(&OWNER, &Cell::Text("a".to_owned())).await.expect("read");
    let super::InFile { store, directory } = store;
    drop(store);
    let log = directory.0.join("test.db-wal");
    for _ in 0..100 {
        if !log.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the last connection was not closed");
}
