use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::writer::QUEUE;
use super::{count, in_file, in_file_with, in_memory, is_unavailable, open};
use crate::cell::Cell;
use crate::store::fixtures::{ALL, OWNER, SPECIMEN, insert, owner, specimen, text, update};
use crate::store::{StoreError, Unit};

/// Lets the database grow by a few pages and no more, or by as much as it wants.
async fn limit(store: &super::Sqlite, pages: Option<i64>) {
    store
        .shared
        .writer
        .run(move |connection| {
            let used: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a count");
            let most = pages.map_or(i64::from(i32::MAX), |pages| used + pages);
            connection
                .query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
                .expect("a limit");
            Ok(())
        })
        .await
        .expect("limited");
}

fn large() -> Unit {
    let mut row = specimen();
    row[14] = Cell::Bytes(vec![7; 100_000].into());
    insert(&SPECIMEN, row)
}

#[tokio::test]
async fn a_full_disk_refuses_writes_keeps_reading_and_recovers() {
    let store = in_file().await;
    store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
    limit(&store, Some(5)).await;
    let calls = [store.commit(insert(&OWNER, owner("b", "b"))), store.commit(large()), store.commit(large())];
    let results = futures_util::future::join_all(calls).await;
    assert!(results.iter().skip(1).all(is_unavailable), "{results:?}");
    assert_eq!(store.get(&OWNER, &text("b")).await.expect("read").is_some(), results[0].is_ok());
    assert!(is_unavailable(&store.ready().await));
    assert!(store.get(&OWNER, &text("a")).await.expect("read").is_some());

    limit(&store, None).await;
    store.commit(large()).await.expect("inserted");
    store.ready().await.expect("ready");
    assert_eq!(count(&store.other(), "specimens"), 1);
}

#[tokio::test]
async fn readiness_finds_out_by_itself_that_there_is_room_again() {
    let store = in_file().await;
    limit(&store, Some(5)).await;
    assert!(is_unavailable(&store.commit(large()).await));
    assert!(is_unavailable(&store.ready().await));
    let enlarge = store.shared.writer.run(|connection| {
        connection.query_row("PRAGMA max_page_count = 2147483646", [], |_| Ok(())).expect("a limit");
        Err::<(), _>(StoreError::Internal(String::new()))
    });
    enlarge.await.expect_err("an error that is not about the disk");
    assert!(!store.shared.writer.is_writable());
    store.ready().await.expect("ready");
    assert!(store.shared.writer.is_writable());
    assert_eq!(count(&store.other(), "fourfold_sequence"), 0);
}

#[tokio::test]
async fn a_locked_file_refuses_after_its_patience_and_recovers() {
    let store = in_file_with(Duration::from_millis(200)).await;
    store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
    let other = store.other();
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");

    let begun = Instant::now();
    let calls = (0..300)
        .map(|number| store.commit(insert(&OWNER, owner(&format!("{number}"), &format!("{number}")))));
    let results = futures_util::future::join_all(calls).await;
    assert!(results.iter().all(is_unavailable), "{results:?}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(is_unavailable(&store.ready().await));
    assert!(store.get(&OWNER, &text("a")).await.expect("read").is_some());

    other.execute_batch("COMMIT").expect("free");
    store.ready().await.expect("ready");
    store.commit(insert(&OWNER, owner("b", "b"))).await.expect("inserted");
    assert_eq!(count(&other, "owners"), 2);
}

#[tokio::test]
async fn beside_another_process_that_hardly_pauses_it_gets_its_turn() {
    let store = in_file_with(Duration::from_millis(300)).await;
    let other = store.other();
    let stop = Arc::new(AtomicBool::new(false));
    let busy = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            while !stop.load(Ordering::Relaxed) {
                other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
                std::thread::sleep(Duration::from_millis(30));
                other.execute_batch("COMMIT").expect("free");
                std::thread::sleep(Duration::from_millis(3));
            }
        }
    });
    for number in 0..30 {
        let row = owner(&number.to_string(), &number.to_string());
        store.commit(insert(&OWNER, row)).await.expect("it gets its turn");
    }
    stop.store(true, Ordering::Relaxed);
    busy.join().expect("the other process");
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let store = in_file_with(Duration::from_secs(1)).await;
    let other = store.other();
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let first = tokio::spawn({
        let store = store.store.clone();
        async move { store.commit(insert(&OWNER, owner("first", "first"))).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut waiting: Vec<_> =
        (0..=QUEUE).map(|_| Box::pin(store.commit(insert(&OWNER, owner("a", "a"))))).collect();
    let refused = std::future::poll_fn(|context| {
        let polled = waiting
            .iter_mut()
            .map(|call| call.as_mut().poll(context))
            .filter(std::task::Poll::is_ready)
            .count();
        std::task::Poll::Ready(polled)
    });
    assert_eq!(refused.await, 1);
    drop(waiting);
    other.execute_batch("COMMIT").expect("free");
    let _ = first.await.expect("a call");
    store.commit(insert(&OWNER, owner("b", "b"))).await.expect("inserted");
    assert_eq!(store.get(&OWNER, &text("a")).await.expect("read"), None);
}

#[tokio::test]
async fn a_task_that_panics_ends_neither_the_thread_nor_a_transaction() {
    for store in [in_memory().await, in_file().await.store.clone()] {
        let panicking = store.shared.writer.run(|connection| -> Result<(), StoreError> {
            connection.execute_batch("BEGIN; DELETE FROM owners").expect("begun");
            panic!("on purpose")
        });
        panicking.await.expect_err("no answer");
        store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
        assert!(store.get(&OWNER, &text("a")).await.expect("read").is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_share_it() {
    let first = in_file().await;
    let second = open(&first.directory.file());
    second.prepare(&ALL, true).await.expect("tables");
    first.commit(insert(&OWNER, owner("counter", "0"))).await.expect("inserted");
    let calls = (0..200).map(|number| {
        let store = if number % 2 == 0 { first.store.clone() } else { second.clone() };
        tokio::spawn(async move {
            let row = owner(&number.to_string(), &format!("{number}@x.org"));
            store.commit(insert(&OWNER, row)).await.expect("inserted");
            loop {
                let mut row = store.get(&OWNER, &text("counter")).await.expect("read").expect("there");
                let expected = OWNER.row_version(&row);
                row[3] = Cell::Int(expected + 1);
                if store.commit(update(&OWNER, row, expected)).await.is_ok() {
                    return;
                }
            }
        })
    });
    for call in futures_util::future::join_all(calls).await {
        call.expect("a call");
    }
    assert_eq!(count(&second_connection(&first), "owners"), 201);
    let row = first.get(&OWNER, &text("counter")).await.expect("read").expect("there");
    assert!(row[3] == Cell::Int(201));
}

fn second_connection(store: &super::InFile) -> rusqlite::Connection {
    store.other()
}
