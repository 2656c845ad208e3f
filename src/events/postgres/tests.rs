//! What is particular to PostgreSQL; what all engines promise is in the suite.

use super::*;
use crate::events::conformance::{self, Abilities};
use crate::store::postgres::tests::database::Database;

fn options(database: &Database) -> BusOptions {
    BusOptions::at(database.url.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises() {
    let Some(database) = Database::make().await else { return };
    let options = options(&database);
    let make = move || {
        let options = options.clone();
        Box::pin(async move { open(&options).await.expect("it opens") }) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ONE_BY_ONE).await;
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_and_made_when_that_is_asked_for() {
    let Some(database) = Database::make().await else { return };
    let options = options(&database);
    let refused = open(&BusOptions { migrate: false, ..options.clone() }).await.unwrap_err();
    let refused = format!("{refused:?}");
    for word in ["create fourfold_events", "create fourfold_event_open_key_idx", "FOURFOLD_MIGRATE=on"] {
        assert!(refused.contains(word), "{refused}");
    }
    drop(open(&options).await.expect("it opens"));
    drop(open(&BusOptions { migrate: false, ..options }).await.expect("it is as it has to be"));
    database.drop().await;
}
