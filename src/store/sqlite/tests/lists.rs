use std::time::{Duration, Instant};

use super::{in_file, in_memory};
use crate::cell::Cell;
use crate::query::{Comparison, Condition, Select, Sort};
use crate::store::fixtures::{OWNER, SPECIMEN, insert, owner, specimen, text};

fn all(descriptor: &'static crate::descriptor::Descriptor) -> Select {
    let order = vec![Sort { field: descriptor.id, descending: false }];
    Select { descriptor, condition: None, order, after: None, limit: 1_000, shape: 0 }
}

#[tokio::test]
async fn a_list_is_filtered_ordered_and_cut() {
    for store in [in_memory().await, in_file().await.store.clone()] {
        for number in 0..20 {
            let id = format!("{number:02}");
            store
                .commit(insert(&OWNER, owner(&id, &format!("{}@x.org", 99 - number))))
                .await
                .expect("inserted");
        }
        let select = Select {
            condition: Some(Condition::Compare { field: 0, comparison: Comparison::Less, cell: text("10") }),
            order: vec![Sort { field: 1, descending: false }, Sort { field: 0, descending: false }],
            limit: 3,
            ..all(&OWNER)
        };
        let rows = store.list(&select).await.expect("rows");
        assert!(rows.iter().map(|row| &row[0]).eq([&text("09"), &text("08"), &text("07")]));
        let last = rows.last().expect("a row");
        let next = Select { after: Some(vec![last[1].clone(), last[0].clone()]), ..select };
        let rows = store.list(&next).await.expect("rows");
        assert!(rows.iter().map(|row| &row[0]).eq([&text("06"), &text("05"), &text("04")]));
    }
}

#[tokio::test]
async fn decimals_and_large_integers_sort_and_compare_as_numbers() {
    let store = in_file().await;
    let numbers = ["-10.5", "-9", "0.00", "1.50", "9.99", "10", "100.0"];
    let sizes = [0, 5, 10, 999, 10_000, u64::MAX / 2 + 1, u64::MAX];
    for (number, size) in numbers.iter().zip(sizes).rev() {
        let mut row = specimen();
        row[13] = Cell::Decimal(number.parse().expect("a decimal"));
        row[6] = Cell::UInt(size);
        store.commit(insert(&SPECIMEN, row)).await.expect("inserted");
    }
    for field in [13, 6] {
        let sort = |field| Sort { field, descending: false };
        let rows =
            store.list(&Select { order: vec![sort(field), sort(0)], ..all(&SPECIMEN) }).await.expect("rows");
        assert!(rows.iter().map(|row| &row[6]).eq(&sizes.map(Cell::UInt)), "{field}");
    }
    let condition = |comparison, cell| Some(Condition::Compare { field: 13, comparison, cell });
    for (comparison, number, count) in [
        (Comparison::Equal, "1.5", 1),
        (Comparison::Less, "9.990", 4),
        (Comparison::GreaterOrEqual, "10.00", 2),
    ] {
        let cell = Cell::Decimal(number.parse().expect("a decimal"));
        let select = Select { condition: condition(comparison, cell), ..all(&SPECIMEN) };
        assert_eq!(store.list(&select).await.expect("rows").len(), count, "{number}");
    }
}

#[tokio::test]
async fn matching_text_tells_upper_from_lower_case() {
    let store = in_memory().await;
    for (id, email) in [("a", "Ann@x.org"), ("b", "ann@y.org"), ("c", "bob@x.org")] {
        store.commit(insert(&OWNER, owner(id, email))).await.expect("inserted");
    }
    let parts = vec![Some("ann".to_owned()), None];
    let select = Select { condition: Some(Condition::Like { field: 1, parts }), ..all(&OWNER) };
    let rows = store.list(&select).await.expect("rows");
    assert!(rows.iter().map(|row| &row[0]).eq([&text("b")]));
}

/// Long enough that it ends only if somebody stops it.
const FOREVER: &str =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_future_of_a_list_stops_the_statement_and_no_other() {
    for store in [in_memory().await, in_file().await.store.clone()] {
        store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
        let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let mark = std::sync::Arc::clone(&ended);
        let forever = store.shared.readers.long(move |connection| {
            let result = connection.query_row(FOREVER, [], |_| Ok(()));
            mark.store(true, std::sync::atomic::Ordering::Release);
            Ok(result?)
        });
        let waited = tokio::time::timeout(Duration::from_millis(100), forever).await;
        assert!(waited.is_err());
        let begun = Instant::now();
        while !ended.load(std::sync::atomic::Ordering::Acquire) {
            assert!(begun.elapsed() < Duration::from_secs(5), "it goes on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(store.list(&all(&OWNER)).await.expect("rows").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_lists_hold_up_neither_reads_by_key_nor_writes() {
    let store = in_file().await;
    store.commit(insert(&OWNER, owner("a", "a"))).await.expect("inserted");
    let lists: Vec<_> = (0..4)
        .map(|_| {
            let readers = std::sync::Arc::clone(&store.shared.readers);
            tokio::spawn(async move {
                readers.long(|connection| Ok(connection.query_row(FOREVER, [], |_| Ok(()))?)).await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    for number in 0..50 {
        store.get(&OWNER, &text("a")).await.expect("read").expect("there");
        let id = number.to_string();
        store.commit(insert(&OWNER, owner(&id, &id))).await.expect("inserted");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    lists.iter().for_each(tokio::task::JoinHandle::abort);
}
