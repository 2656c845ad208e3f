//! What is particular to PostgreSQL; what all engines promise is in the suite.

use tokio_postgres::NoTls;

use super::*;
use crate::events::conformance::{self, Abilities};

/// Where the tests find PostgreSQL, unless `FOURFOLD_TEST_POSTGRES_URL` says otherwise.
const USUAL: &str = "postgres://root@127.0.0.1:5432/postgres";

fn server() -> String {
    std::env::var("FOURFOLD_TEST_POSTGRES_URL").unwrap_or_else(|_| USUAL.to_owned())
}

async fn administer(sql: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(&server(), NoTls).await?;
    let connection = tokio::spawn(connection);
    let done = client.batch_execute(sql).await;
    drop(client);
    let _ = connection.await;
    done
}

/// A new database, by name and options. `None` where there is no PostgreSQL; in CI that is a failure.
pub(in crate::events) async fn database() -> Option<(String, BusOptions)> {
    let name = format!("fourfold_test_{}", uuid::Uuid::now_v7().simple());
    if let Err(error) = administer(&format!("CREATE DATABASE {name}")).await {
        let must =
            std::env::var_os("CI").is_some() || std::env::var_os("FOURFOLD_TEST_POSTGRES_URL").is_some();
        assert!(!must, "PostgreSQL is away and must be tested here: {error}");
        eprintln!("left out: PostgreSQL ({error})");
        return None;
    }
    let server = server();
    let (base, _) = server.rsplit_once('/')?;
    let options = BusOptions::at(format!("{base}/{name}"));
    Some((name, options))
}

pub(in crate::events) async fn drop_database(name: &str) {
    administer(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("the database goes away");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_bus_promises() {
    let Some((name, options)) = database().await else { return };
    let make = move || {
        let options = options.clone();
        Box::pin(async move { open(&options).await.expect("it opens") }) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ALL).await;
    drop_database(&name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_and_made_when_that_is_asked_for() {
    let Some((name, options)) = database().await else { return };
    let refused = open(&BusOptions { migrate: false, ..options.clone() }).await.unwrap_err();
    let refused = format!("{refused:?}");
    for word in ["create fourfold_events", "create fourfold_event_open_key_idx", "FOURFOLD_MIGRATE=on"] {
        assert!(refused.contains(word), "{refused}");
    }
    drop(open(&options).await.expect("it opens"));
    drop(open(&BusOptions { migrate: false, ..options }).await.expect("it is as it has to be"));
    drop_database(&name).await;
}
