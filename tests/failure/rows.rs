//! Another session of PostgreSQL holds the lock of a row.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio_postgres::NoTls;

use crate::child::{Child, Place};
use crate::client::Client;
use crate::{expect_unavailable, purse, readiness, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_somebody_else_holds_is_refused_in_time_and_holds_up_no_other() {
    let Some(place) = Place::postgres().await else { return };
    let mut server = Child::spawn(&place, &[("FOURFOLD_DATABASE_PATIENCE", "1s")]);
    let address = server.address().await;
    until("it is ready", Duration::from_secs(5), async || readiness(address).await == 200).await;
    let mut client = Client::connect(address).await;
    for id in ["held", "a", "b", "c", "d"] {
        client.post("/v1/purses", purse(id)).await.expect(201);
    }
    let (database, connection) = tokio_postgres::connect(&place.url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    database.batch_execute("BEGIN; SELECT FROM purses WHERE id = 'held' FOR UPDATE").await.expect("a lock");

    let held: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let since = Instant::now();
                let answer = client.post("/v1/purses/held/deposit", json!({"amount": 1})).await;
                (answer, since.elapsed())
            })
        })
        .collect();
    let others = ["a", "b", "c", "d"].map(|id| {
        tokio::spawn(async move {
            let mut client = Client::connect(address).await;
            let (mut paid, mut longest) = (0, Duration::ZERO);
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(2) {
                let since = Instant::now();
                client.post(&format!("/v1/purses/{id}/deposit"), json!({"amount": 1})).await.expect(200);
                longest = longest.max(since.elapsed());
                paid += 1;
            }
            (paid, longest)
        })
    });
    for other in others {
        let (paid, longest) = other.await.expect("a caller");
        assert!(paid > 10 && longest < Duration::from_millis(1500), "{paid} writes, the longest {longest:?}");
    }
    for one in held {
        let (answer, took) = one.await.expect("a caller");
        expect_unavailable(&answer);
        assert!(took < Duration::from_secs(8), "refused after {took:?}");
    }
    assert_eq!(readiness(address).await, 200, "one row is no reason to take the service away");
    client.get("/v1/purses/held").await.expect(200);

    database.batch_execute("COMMIT").await.expect("the end of the lock");
    let paid = client.post("/v1/purses/held/deposit", json!({"amount": 1})).await.expect(200);
    assert_eq!(paid.json()["balance"], 1, "what was refused was not done");
    server.kill();
    drop(database);
    place.clear().await;
}
