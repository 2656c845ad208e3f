//! Another process holds the lock of the database file.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::child::{Child, Place};
use crate::client::Client;
use crate::{expect_unavailable, purse, readiness, until};

#[tokio::test]
async fn while_another_process_holds_the_lock_writes_are_refused_and_reads_go_on() {
    let place = Place::sqlite();
    let mut server = Child::spawn(&place, &[("FOURFOLD_DATABASE_PATIENCE", "300ms")]);
    let address = server.address().await;
    let mut client = Client::connect(address).await;
    client.post("/v1/purses", purse("p")).await.expect(201);

    let other = rusqlite::Connection::open(place.file()).expect("the file");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let writes: Vec<_> = (0..20)
        .map(|number| {
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let since = Instant::now();
                let answer = client.post("/v1/purses", purse(&format!("q{number}"))).await;
                (answer, since.elapsed())
            })
        })
        .collect();
    for write in writes {
        let (answer, took) = write.await.expect("a write");
        expect_unavailable(&answer);
        assert!(took < Duration::from_secs(2), "refused after {took:?}");
    }
    expect_unavailable(&client.post("/v1/purses/p/deposit", json!({"amount": 1})).await);
    expect_unavailable(&client.post("/v1/tickets", json!({"label": "t"})).await);
    assert_eq!(readiness(address).await, 503);
    client.get("/healthz").await.expect(200);
    client.get("/v1/purses/p").await.expect(200);
    let list = client.get("/v1/purses").await.expect(200).json();
    assert_eq!(list["purses"].as_array().expect("a list").len(), 1, "what was refused is not there");

    other.execute_batch("COMMIT").expect("the end of the lock");
    until("it is ready again", Duration::from_secs(3), async || readiness(address).await == 200).await;
    client.post("/v1/purses", purse("q0")).await.expect(201);
    client.post("/v1/purses/p/deposit", json!({"amount": 1})).await.expect(200);
    server.kill();
    place.clear().await;
}

#[tokio::test]
async fn a_lock_that_is_held_for_less_than_the_patience_is_waited_for() {
    let place = Place::sqlite();
    let mut server = Child::spawn(&place, &[]);
    let mut client = Client::connect(server.address().await).await;
    let other = rusqlite::Connection::open(place.file()).expect("the file");
    for number in 0..3 {
        other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
        let release = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            other.execute_batch("COMMIT").expect("the end of the lock");
        };
        let ((), answer) = tokio::join!(release, client.post("/v1/purses", purse(&format!("p{number}"))));
        answer.expect(201);
    }
    server.kill();
    place.clear().await;
}
