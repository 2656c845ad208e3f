//! PostgreSQL commits in another order than that of the numbers, and a watcher minds that.

use serde_json::json;
use tokio_postgres::NoTls;

use crate::engines::postgres;
use crate::resources::{all, boat};
use crate::sse::{resume, watch};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_commits_late_is_told_late_and_not_skipped() {
    let Some(service) = postgres::start(all).await else { return };
    let (late, connection) = tokio_postgres::connect(&service.url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let mut client = service.client().await;
    let mut stream = watch(service.address(), "/v1/boats:watch", &[]).await;
    client.post("/v1/boats", boat("first")).await.expect(201);
    let first = stream.next().await;
    // It has the lower numbers, of the transaction and of the row.
    let mut row = boat("late");
    (row["harbour"], row["miles"], row["version"]) = (json!("here"), json!(0), json!(1));
    let payload = json!({"boat": row});
    let insert = format!(
        "BEGIN; INSERT INTO fourfold_outbox (id, aggregatetype, aggregateid, type, payload) VALUES \
         (gen_random_uuid(), 'test.boat.v1.Boat', 'late', 'test.boat.v1.boat.created', '{payload}')"
    );
    late.batch_execute(&insert).await.expect("written");
    for number in 0..10 {
        client.post("/v1/boats", boat(&format!("b{number}"))).await.expect(201);
    }
    // One who comes meanwhile is held up as well: nothing after what is open is told.
    let mut meanwhile = resume(service.address(), "/v1/boats:watch", &first.id).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    late.batch_execute("COMMIT").await.expect("committed");
    let expected: Vec<String> =
        std::iter::once("late".to_owned()).chain((0..10).map(|number| format!("b{number}"))).collect();
    for stream in [&mut stream, &mut meanwhile] {
        let events = stream.take(11).await;
        let ids: Vec<&str> = events.iter().map(|event| event.row("boat")["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected);
    }
    drop((stream, meanwhile));
    service.stop().await;
}

#[tokio::test]
async fn what_is_rolled_back_has_never_happened() {
    let Some(service) = postgres::start(all).await else { return };
    let (writer, connection) = tokio_postgres::connect(&service.url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let mut client = service.client().await;
    let mut stream = watch(service.address(), "/v1/boats:watch", &[]).await;
    writer
        .batch_execute(
            "BEGIN; INSERT INTO fourfold_outbox (id, aggregatetype, aggregateid, type, payload) VALUES \
             (gen_random_uuid(), 'test.boat.v1.Boat', 'x', 'test.boat.v1.boat.created', '{}'); ROLLBACK",
        )
        .await
        .expect("rolled back");
    client.post("/v1/boats", boat("real")).await.expect(201);
    assert_eq!(stream.next().await.row("boat")["id"], "real");
    drop(stream);
    service.stop().await;
}
