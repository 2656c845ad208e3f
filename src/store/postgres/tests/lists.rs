//! Lists.

use std::time::Duration;

use super::{at_a_place, commit_all, until};
use crate::cell::Cell;
use crate::query::{Comparison, Condition, Select, Sort};
use crate::store::StoreError;
use crate::store::fixtures::{OWNER, PET, SPECIMEN, insert, owner, pet, specimen, text};

pub(super) fn pets() -> Select {
    let order = vec![Sort { field: 1, descending: false }, Sort { field: 0, descending: false }];
    Select { descriptor: &PET, condition: None, order, after: None, limit: 100, shape: 0 }
}

#[test]
fn a_list_filters_orders_and_goes_on_after_a_row() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.commit(insert(&OWNER, owner("a", "a@example.com"))).await.expect("an owner");
        let units = (0..30).map(|id| insert(&PET, pet(id, &format!("n{}", id % 3), "a"))).collect();
        assert!(commit_all(&store, units).await.iter().all(Result::is_ok));
        let condition = Condition::Compare { field: 1, comparison: Comparison::NotEqual, cell: text("n0") };
        let select = Select {
            condition: Some(condition),
            after: Some(vec![text("n1"), Cell::Int(22)]),
            limit: 5,
            ..pets()
        };
        let ids: Vec<i64> =
            store.list(&select).await.expect("a list").iter().map(|row| id(&row[0])).collect();
        assert_eq!(ids, [25, 28, 2, 5, 8]);
    });
}

fn id(cell: &Cell) -> i64 {
    match cell {
        Cell::Int(number) => *number,
        _ => -1,
    }
}

#[test]
fn every_ordered_type_can_be_compared_in_a_filter() {
    at_a_place(async |place| {
        let store = place.store().await;
        let row = specimen();
        store.commit(insert(&SPECIMEN, row.clone())).await.expect("an insert");
        for (field, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_null()) {
            if matches!(cell, Cell::Json(_) | Cell::Map(_) | Cell::List(_) | Cell::Value(_)) {
                continue;
            }
            let condition = Condition::Compare { field, comparison: Comparison::Equal, cell: cell.clone() };
            let order = vec![Sort { field: 0, descending: true }];
            let select = Select {
                descriptor: &SPECIMEN,
                condition: Some(condition),
                order,
                after: None,
                limit: 2,
                shape: 0,
            };
            let name = SPECIMEN.fields[field].name;
            assert_eq!(
                store.list(&select).await.unwrap_or_else(|error| panic!("{name}: {error:?}")).len(),
                1,
                "{name}"
            );
        }
    });
}

#[test]
fn a_list_whose_caller_goes_away_is_cancelled_and_its_connection_serves_the_next() {
    at_a_place(async |place| {
        let store = place.store().await;
        store.list(&pets()).await.expect("a list");
        let connections =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pets%' AND application_name = ";
        let connections = format!("{connections}'{}'", place.schema);
        let before = place.count(&connections).await;
        place.admin.batch_execute("BEGIN; LOCK TABLE pets IN ACCESS EXCLUSIVE MODE").await.expect("a lock");
        for _ in 0..5 {
            let list = {
                let store = store.clone();
                tokio::spawn(async move { store.list(&pets()).await.map(|rows| rows.len()) })
            };
            until("the list waits", async || place.runs("FROM \"pets\"").await).await;
            list.abort();
            until("the list is cancelled", async || !place.runs("FROM \"pets\"").await).await;
        }
        place.admin.batch_execute("COMMIT").await.expect("the lock to go");
        for _ in 0..20 {
            store.list(&pets()).await.expect("a list that no late cancel hits");
        }
        assert!(place.count(&connections).await <= before + 1, "the connections are used again");
    });
}

#[test]
fn lists_wait_for_a_connection_no_longer_than_their_patience() {
    at_a_place(async |place| {
        place.store().await;
        let mut options = place.options();
        options.patience = Duration::from_millis(300);
        options.connections = 1;
        let store = super::Postgres::open(&options).await.expect("a URL that can be read");
        let lease = store.inner.shared.lists.lease().await.expect("the only connection");
        let answer = store.list(&pets()).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{:?}", answer.map(|rows| rows.len()));
        lease.give_back();
        store.list(&pets()).await.expect("a list");
    });
}
