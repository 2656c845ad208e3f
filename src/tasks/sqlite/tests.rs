//! What is particular to SQLite; what all engines promise is in the suite.

use std::sync::Arc;
use std::time::Duration;

use crate::descriptor::BoxFuture;
use crate::store::sqlite::Sqlite;
use crate::tasks::broker::{Broker, BrokerOptions, Claim};
use crate::tasks::conformance::{self, Abilities};

struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fourfold-tasks-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self(folder)
    }

    fn options(&self) -> BrokerOptions {
        let url = format!("sqlite:{}", self.0.join("tasks.db").display());
        BrokerOptions { url, patience: Duration::from_secs(5), migrate: false, ledger: None }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in a temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn open(options: BrokerOptions) -> Arc<dyn Broker> {
    super::open(&options).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_broker_promises() {
    let folder = Folder::new();
    let options = folder.options();
    let make = move |_| Box::pin(open(options.clone())) as BoxFuture<'static, _>;
    conformance::all(make, Abilities::ALL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_and_the_tasks_of_one_file_share_one_thread() {
    let folder = Folder::new();
    let options = folder.options();
    let one = Sqlite::open_shared(&options.url, options.patience).expect("it opens");
    let other = Sqlite::open_shared(&options.url, options.patience).expect("it opens");
    assert!(one.is(&other));
    drop((one, other));
    let again = Sqlite::open_shared(&options.url, options.patience).expect("it opens");
    again.read(|connection| connection.query_row("SELECT 1", [], |_| Ok(()))).await.expect("it is open");
}

/// However many wait for their moment: what is looked for is found by an index.
#[tokio::test(flavor = "multi_thread")]
async fn claims_look_at_no_more_than_they_give_out() {
    let folder = Folder::new();
    let options = folder.options();
    let broker = open(options.clone()).await;
    let claim =
        Claim { queue: "mail", limit: 1, lease: Duration::from_secs(1), wait: Duration::ZERO, worker: "one" };
    assert!(broker.claim(claim).await.expect("a claim").is_empty());
    let sqlite = Sqlite::open_shared(&options.url, options.patience).expect("it opens");
    for statement in super::claim::LOOKS {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan = sqlite
            .read(move |connection| {
                let mut plan = connection.prepare(&explain)?;
                let count = plan.parameter_count();
                for index in 1..=count {
                    plan.raw_bind_parameter(index, 1)?;
                }
                let mut rows = plan.raw_query();
                let mut lines = Vec::new();
                while let Some(row) = rows.next()? {
                    lines.push(row.get::<_, String>(3)?);
                }
                Ok(lines.join("\n"))
            })
            .await
            .expect("a plan");
        assert!(plan.contains("USING") && plan.contains("INDEX fourfold_tasks_"), "{statement}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}\n{plan}");
    }
}
