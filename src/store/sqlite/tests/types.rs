use rusqlite::types::Value;

use super::{in_file, in_memory};
use crate::cell::{Cell, Row};
use crate::store::StoreError;
use crate::store::fixtures::{SPECIMEN, extremes, insert, specimen, update};

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    let store = in_file().await;
    for row in extremes().into_iter().chain([specimen()]) {
        store.commit(insert(&SPECIMEN, row.clone())).await.expect("inserted");
        let read = store.get(&SPECIMEN, &row[0]).await.expect("read").expect("there");
        same(&read, &row);
    }
}

#[tokio::test]
async fn every_type_can_be_changed_and_cleared() {
    let store = in_memory().await;
    for row in extremes() {
        let mut first = specimen();
        first[0] = row[0].clone();
        store.commit(insert(&SPECIMEN, first.clone())).await.expect("inserted");
        store.commit(update(&SPECIMEN, row.clone(), 1)).await.expect("updated");
        same(&store.get(&SPECIMEN, &row[0]).await.expect("read").expect("there"), &row);
        let expected = SPECIMEN.row_version(&row);
        store.commit(update(&SPECIMEN, first.clone(), expected)).await.expect("updated");
        same(&store.get(&SPECIMEN, &row[0]).await.expect("read").expect("there"), &first);
    }
}

fn same(read: &Row, written: &Row) {
    assert_eq!(read.len(), written.len());
    for ((field, read), written) in SPECIMEN.fields.iter().zip(read).zip(written) {
        assert!(read == written, "{}: {:?} {:?}", field.name, show(read), show(written));
    }
}

fn show(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.chars().take(100).collect(),
        Cell::Float(number) => format!("{number:?}"),
        Cell::Json(value) => value.to_string(),
        Cell::Decimal(number) => number.to_string(),
        cell => format!("{cell:?}"),
    }
}

#[tokio::test]
async fn the_scale_of_a_decimal_is_kept_and_zero_has_no_sign() {
    let store = in_file().await;
    let mut row = specimen();
    row[13] = Cell::Decimal("100.00".parse().expect("a decimal"));
    row[7] = Cell::Float(-0.0);
    row[8] = Cell::Float(-0.0);
    store.commit(insert(&SPECIMEN, row.clone())).await.expect("inserted");
    let read = store.get(&SPECIMEN, &row[0]).await.expect("read").expect("there");
    assert!(matches!(read[13], Cell::Decimal(number) if number.to_string() == "100.00"));
    for index in [7, 8] {
        // SQLite keeps a float that is a whole number as an integer, which has one zero.
        assert!(matches!(read[index], Cell::Float(number) if number == 0.0 && number.is_sign_positive()));
    }
}

#[tokio::test]
async fn a_float_that_is_not_finite_is_refused() {
    let store = in_memory().await;
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut row = specimen();
        row[8] = Cell::Float(number);
        let error = store.commit(insert(&SPECIMEN, row)).await.expect_err("refused");
        assert!(matches!(&error, StoreError::Internal(text) if text.contains("`an_f64`")), "{error:?}");
    }
}

#[tokio::test]
async fn a_row_with_too_few_cells_is_refused() {
    let store = in_memory().await;
    let error = store.commit(insert(&SPECIMEN, vec![Cell::Null])).await.expect_err("refused");
    assert!(matches!(&error, StoreError::Internal(text) if text.contains("1 cells, not 35")), "{error:?}");
}

#[tokio::test]
async fn a_stored_value_that_cannot_be_read_is_named_by_table_and_column_and_not_shown() {
    let store = in_file().await;
    let row = specimen();
    store.commit(insert(&SPECIMEN, row.clone())).await.expect("inserted");
    let other = store.other();
    for (column, value) in [
        ("a_uuid", Value::Text("secret".to_owned())),
        ("a_timestamp", Value::Text("secret".to_owned())),
        ("a_date", Value::Text("secret".to_owned())),
        ("a_decimal", Value::Text("secret".to_owned())),
        ("a_u64", Value::Text("secret".to_owned())),
        ("a_bool", Value::Integer(2)),
        ("an_i32", Value::Integer(i64::MAX)),
        ("a_u32", Value::Integer(-1)),
        ("a_duration", Value::Integer(-1)),
        ("colour", Value::Text("secret".to_owned())),
        ("path", Value::Text("{\"name\":1}".to_owned())),
        ("numbers", Value::Text("secret".to_owned())),
        ("labels", Value::Text("[]".to_owned())),
        ("some_json", Value::Text("{".to_owned())),
    ] {
        other.execute_batch("SAVEPOINT before").expect("a savepoint");
        let read = format!("UPDATE specimens SET {column} = ?1");
        other.execute(&read, [value]).expect("changed");
        other.execute_batch("RELEASE before").expect("committed");
        let error = store.get(&SPECIMEN, &row[0]).await.expect_err(column);
        let StoreError::Internal(text) = &error else { panic!("{error:?}") };
        assert!(text.contains("`specimens`") && text.contains(&format!("`{column}`")), "{text}");
        assert!(!text.contains("secret"), "{text}");
        store.commit(update(&SPECIMEN, row.clone(), 1)).await.expect("mended");
    }
}

#[tokio::test]
async fn a_column_keeps_to_its_type_whoever_writes() {
    let store = in_file().await;
    store.commit(insert(&SPECIMEN, specimen())).await.expect("inserted");
    let error = store.other().execute("UPDATE specimens SET an_i64 = 'seven'", []).expect_err("refused");
    assert!(error.to_string().contains("cannot store TEXT value in INTEGER column"), "{error}");
}
