//! What is particular to PostgreSQL; what all engines promise is in the suite.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::NoTls;

use crate::descriptor::BoxFuture;
use crate::store::postgres::tests::database::Database;
use crate::tasks::broker::{Broker, BrokerOptions};
use crate::tasks::conformance::{self, Abilities};

fn options(database: &Database) -> BrokerOptions {
    BrokerOptions { url: database.url.clone(), patience: Duration::from_secs(5), migrate: true, ledger: None }
}

async fn open(options: BrokerOptions) -> Arc<dyn Broker> {
    super::open(&options).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_broker_promises() {
    let Some(database) = Database::make().await else { return };
    let options = options(&database);
    let make = move |_| Box::pin(open(options.clone())) as BoxFuture<'static, _>;
    conformance::all(make, Abilities::ALL).await;
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_and_made_when_that_is_asked_for() {
    let Some(database) = Database::make().await else { return };
    let options = options(&database);
    let refused = super::open(&BrokerOptions { migrate: false, ..options.clone() }).await.unwrap_err();
    let refused = format!("{refused:?}");
    for word in ["create table fourfold_tasks", "FOURFOLD_MIGRATE=on"] {
        assert!(refused.contains(word), "{refused}");
    }
    drop(open(options.clone()).await);
    let url = options.url.clone();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
        .batch_execute(
            "ALTER TABLE fourfold_tasks DROP COLUMN trace_parent; DROP INDEX fourfold_tasks_seq_idx",
        )
        .await
        .expect("an older table");
    let refused = super::open(&BrokerOptions { migrate: false, ..options.clone() }).await.unwrap_err();
    let refused = format!("{refused:?}");
    for word in ["add column trace_parent", "create index fourfold_tasks_seq_idx"] {
        assert!(refused.contains(word), "{refused}");
    }
    drop(open(options.clone()).await);
    drop(super::open(&BrokerOptions { migrate: false, ..options }).await.expect("it is as it has to be"));
    drop(client);
    database.drop().await;
}
