//! Many callers at once.

use serde_json::json;

use crate::client::Client;
use crate::engines::on_every_engine;
use crate::resources::all;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_read_modify_writers_lose_no_update() {
    for service in on_every_engine(all).await {
        let address = service.address();
        service.client().await.post("/v1/cards", json!({"id": "counter", "rank": 0})).await.expect(201);
        let writers: Vec<_> = (0..64)
            .map(|_| {
                tokio::spawn(async move {
                    let mut client = Client::connect(address).await;
                    let mut successes = 0;
                    for _ in 0..10 {
                        let read = client.get("/v1/cards/counter").await.expect(200);
                        let rank = read.json()["rank"].as_i64().unwrap();
                        let headers =
                            [("if-match", read.header("etag")), ("content-type", "application/json")];
                        let body = json!({"rank": rank + 1}).to_string();
                        match client.send("PATCH", "/v1/cards/counter", &headers, body).await.status {
                            200 => successes += 1,
                            412 => {}
                            other => panic!("status {other}"),
                        }
                    }
                    successes
                })
            })
            .collect();
        let mut successes = 0;
        for writer in writers {
            successes += writer.await.unwrap();
        }
        let last = service.client().await.get("/v1/cards/counter").await.expect(200).json();
        assert!(successes > 0);
        assert_eq!(
            (last["rank"].clone(), last["revision"].clone()),
            (json!(successes), json!(successes + 1)),
            "{}",
            service.engine
        );
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn operations_that_name_no_version_all_count() {
    for service in on_every_engine(all).await {
        let address = service.address();
        let account = json!({"email": "one@b.example", "nick": "one", "pin": "123", "country": "GB"});
        let made = service.client().await.post("/v1/accounts", account).await.expect(201);
        let path = format!("{}/deposit", made.header("location"));
        let calls: Vec<_> = (0..32)
            .map(|_| {
                let path = path.clone();
                tokio::spawn(async move {
                    let mut client = Client::connect(address).await;
                    client.post(&path, json!({"amount": 1})).await.expect(200);
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
        let last = service.client().await.get(made.header("location")).await.expect(200).json();
        assert_eq!(last["balance"], 32, "{}", service.engine);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_a_crowd_each_gets_its_own_answer() {
    for service in on_every_engine(all).await {
        let address = service.address();
        let calls: Vec<_> = (0..200)
            .map(|index| {
                tokio::spawn(async move {
                    let mut client = Client::connect(address).await;
                    // Every third repeats an email, every fifth points nowhere.
                    let card = json!({"id": format!("c{}", index - index % 3), "account_id": if index % 5 == 0 { Some(9) } else { None }});
                    client.post("/v1/cards", card).await.status
                })
            })
            .collect();
        let mut counts = std::collections::BTreeMap::new();
        for call in calls {
            *counts.entry(call.await.unwrap()).or_insert(0) += 1;
        }
        let rows = service.client().await.get("/v1/cards?page_size=1000").await.expect(200).json();
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [201, 409], "{counts:?}");
        assert_eq!(rows["cards"].as_array().unwrap().len(), counts[&201], "{}", service.engine);
        service.stop().await;
    }
}
