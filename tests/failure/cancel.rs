//! Nobody waits for an answer any more: what the database does for it stops.

use std::time::Duration;

use serde_json::json;
use tokio_postgres::NoTls;

use crate::child::{Child, Place};
use crate::client::Client;
use crate::{purse, until};

#[tokio::test]
async fn a_list_whose_caller_goes_away_or_whose_time_is_up_is_cancelled_on_the_server() {
    let Some(place) = Place::postgres().await else { return };
    let mut server = Child::spawn(&place, &[("FOURFOLD_REQUEST_TIMEOUT", "2s")]);
    let address = server.address().await;
    let mut client = Client::connect(address).await;
    until("it serves", Duration::from_secs(5), async || {
        client.post("/v1/purses", purse("p")).await.status == 201
    })
    .await;

    let (database, connection) = tokio_postgres::connect(&place.url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let slow = "ALTER TABLE purses RENAME TO purses_kept;
         CREATE VIEW purses AS SELECT p.* FROM purses_kept p, (SELECT pg_sleep(60)) AS slow";
    database.batch_execute(slow).await.expect("a slow view");
    let active = async || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
                   AND pid <> pg_backend_pid()";
        database.query_one(sql, &[]).await.expect("what runs").get::<_, i64>(0)
    };

    // More than there are connections for lists, again and again: none may stay in use.
    for _ in 0..3 {
        let lists: Vec<_> = (0..6)
            .map(|_| {
                tokio::spawn(async move { Client::connect(address).await.get("/v1/purses").await.status })
            })
            .collect();
        until("the lists run", Duration::from_secs(5), async || active().await > 0).await;
        for list in lists {
            assert_eq!(list.await.expect("a list"), 504);
        }
        until("nothing runs", Duration::from_secs(5), async || active().await == 0).await;
    }
    for _ in 0..3 {
        let gone = tokio::time::timeout(Duration::from_millis(300), async {
            Client::connect(address).await.get("/v1/purses").await
        });
        let (gone, running) = tokio::join!(gone, async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            active().await
        });
        assert!(gone.is_err() && running > 0);
        until("nothing runs", Duration::from_millis(1500), async || active().await == 0).await;
    }

    database
        .batch_execute("DROP VIEW purses; ALTER TABLE purses_kept RENAME TO purses")
        .await
        .expect("the table as it was");
    until("lists work", Duration::from_secs(5), async || client.get("/v1/purses").await.status == 200).await;
    client.post("/v1/purses/p/deposit", json!({"amount": 1})).await.expect(200);
    server.kill();
    drop(database);
    place.clear().await;
}
