//! The engine against a real server: `FOURFOLD_TEST_POSTGRES_URL` says where it is.
//!
//! Every test has a schema of its own, which goes away with it. Without a server the tests say that they are skipped;
//! where `CI` or `FOURFOLD_TEST_POSTGRES_URL` is set they fail instead.

mod batches;
pub(crate) mod database;
mod lists;
mod migration;
mod outage;
mod proxy;
mod reads;
mod renames;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_postgres::{Client, NoTls};

use super::Postgres;
use crate::store::fixtures::ALL;
use crate::store::{StoreError, StoreOptions, Unit};

/// A schema for one test.
struct Place {
    /// The server's URL, without the schema.
    server: String,
    schema: String,
    /// A connection to look at things and to break them.
    admin: Client,
}

impl Place {
    fn options(&self) -> StoreOptions {
        self.options_at(&self.server)
    }

    /// The same database by another URL.
    fn options_at(&self, server: &str) -> StoreOptions {
        let mark = if server.contains('?') { '&' } else { '?' };
        let schema = &self.schema;
        StoreOptions {
            url: format!("{server}{mark}options=-c%20search_path%3D{schema}&application_name={schema}"),
            patience: Duration::from_secs(5),
            connections: 2,
        }
    }

    /// The engine with empty tables of the fixtures.
    async fn store(&self) -> Postgres {
        let store = Postgres::open(&self.options()).await.expect("a URL that can be read");
        store.prepare(&ALL, true).await.expect("tables");
        store
    }

    /// A number that a query gives.
    async fn count(&self, query: &str) -> i64 {
        self.admin.query_one_scalar(query, &[]).await.expect("a query that works")
    }

    /// Ends all connections of the engine.
    async fn break_connections(&self) {
        let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        self.admin.query(text, &[&self.schema]).await.expect("the right to end our own connections");
    }

    /// Whether a statement of the engine that contains `text` runs or waits.
    async fn runs(&self, text: &str) -> bool {
        // Within a transaction the activity stays as it was first seen.
        self.admin.batch_execute("SELECT pg_stat_clear_snapshot()").await.expect("the activity");
        let query = "SELECT count(*) FROM pg_stat_activity \
                     WHERE application_name = $1 AND state = 'active' AND query LIKE '%' || $2 || '%'";
        let count: i64 =
            self.admin.query_one_scalar(query, &[&self.schema, &text]).await.expect("the activity");
        count > 0
    }
}

/// Runs a test in a schema of its own.
fn at_a_place(test: impl AsyncFnOnce(&Place)) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    runtime.block_on(async {
        let server = database::server();
        let admin = match tokio_postgres::connect(&server, NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                client
            }
            Err(error) => return database::is_away(&error),
        };
        let schema = format!("fourfold_test_{}", uuid::Uuid::new_v4().simple());
        let make = format!("CREATE SCHEMA {schema}; SET search_path = {schema}");
        admin.batch_execute(&make).await.expect("a schema");
        let place = Place { server, schema, admin };
        let outcome = std::panic::AssertUnwindSafe(test(&place)).catch_unwind().await;
        place.break_connections().await;
        let drop = format!("ROLLBACK; DROP SCHEMA {} CASCADE", place.schema);
        place.admin.batch_execute(&drop).await.expect("the schema to go");
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Commits units at once and gives back the answers in their order.
async fn commit_all(store: &Postgres, units: Vec<Unit>) -> Vec<Result<(), StoreError>> {
    let store = Arc::new(store.clone());
    let tasks: Vec<_> = units
        .into_iter()
        .map(|unit| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(unit).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a task that ends"));
    }
    answers
}

/// Waits until it is so, or fails.
async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if is().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to be that {what}");
}
