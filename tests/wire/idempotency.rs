//! `Idempotency-Key`: a repeat gets the first answer.

use serde_json::json;

use crate::client::Client;
use crate::engines::on_every_engine;
use crate::resources::all;

fn keyed(key: &str) -> [(&str, &str); 2] {
    [("idempotency-key", key), ("content-type", "application/json")]
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_another_request_is_refused() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let body = r#"{"email":"k@b.example","nick":"kk","pin":"1234","country":"GB"}"#;
        let first = client.send("POST", "/v1/accounts", &keyed("k1"), body).await.expect(201);
        // The same request, however it is written.
        let same = r#" {"country":"GB","pin":"1234","nick":"kk","email":"k\u0040b.example"} "#;
        let again = client.send("POST", "/v1/accounts", &keyed("\"k1\""), same).await.expect(201);
        assert_eq!(again.body, first.body);
        for name in ["location", "etag"] {
            assert_eq!(again.header(name), first.header(name));
        }
        assert_eq!(again.header("idempotency-replayed"), "true");
        let other = body.replace("\"kk\"", "\"kl\"");
        let refused = client.send("POST", "/v1/accounts", &keyed("k1"), other).await.expect(422);
        assert_eq!(refused.json()["code"], "idempotency_key_reused");

        let place = first.header("location").to_owned();
        let deposit = format!("{place}/deposit");
        for _ in 0..3 {
            let paid = client.send("POST", &deposit, &keyed("k2"), r#"{"amount":5}"#).await.expect(200);
            assert_eq!((paid.json()["balance"].clone(), paid.header("etag")), (json!(5), "\"2\""));
        }
        for _ in 0..2 {
            client.send("PATCH", &place, &keyed("k3"), r#"{"nick":"new"}"#).await.expect(200);
        }
        for _ in 0..2 {
            client.send("DELETE", &place, &keyed("k4"), "").await.expect(204);
        }
        for bad in ["", "\"\"", "a b", &"x".repeat(256)] {
            client.send("POST", "/v1/accounts", &keyed(bad), body).await.expect(400);
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn a_request_that_failed_leaves_its_key_free() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        client.send("POST", "/v1/cards", &keyed("k"), r#"{"id":"c","account_id":9}"#).await.expect(409);
        client.send("POST", "/v1/cards", &keyed("k"), r#"{"id":"c"}"#).await.expect(201);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_equal_requests_at_once_make_one_row_and_get_one_answer() {
    for service in on_every_engine(all).await {
        let address = service.address();
        let calls: Vec<_> = (0..50)
            .map(|_| {
                tokio::spawn(async move {
                    let mut client = Client::connect(address).await;
                    let body = r#"{"email":"x@b.example","nick":"xx","pin":"1234","country":"GB"}"#;
                    client.send("POST", "/v1/accounts", &keyed("once"), body).await.expect(201)
                })
            })
            .collect();
        let mut bodies = Vec::new();
        for call in calls {
            bodies.push(call.await.unwrap().body);
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{}", service.engine);
        let list = service.client().await.get("/v1/accounts").await.expect(200).json();
        assert_eq!(list["accounts"].as_array().unwrap().len(), 1);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn equal_changes_at_once_are_one_change_and_get_one_answer() {
    for service in on_every_engine(all).await {
        let address = service.address();
        let mut client = service.client().await;
        for round in 0..20 {
            let place = format!("/v1/cards/r{round}");
            client.post("/v1/cards", json!({"id": format!("r{round}")})).await.expect(201);
            for (method, body, version, status) in
                [("PATCH", r#"{"rank":1}"#, "\"1\"", 200), ("DELETE", "", "\"2\"", 204)]
            {
                let calls: Vec<_> = (0..16)
                    .map(|_| {
                        let (place, key) = (place.clone(), format!("{method}-{round}"));
                        tokio::spawn(async move {
                            let mut client = Client::connect(address).await;
                            let [key, json] = keyed(&key);
                            client.send(method, &place, &[key, json, ("if-match", version)], body).await
                        })
                    })
                    .collect();
                for call in calls {
                    let answer = call.await.unwrap();
                    assert_eq!(answer.status, status, "{} {method}: {}", service.engine, answer.text());
                }
            }
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn a_repeat_may_name_the_entries_of_a_map_in_another_order_and_nest_as_deep_as_a_body_may() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let mut sample = crate::fields::sample();
        sample["json"] = serde_json::from_str(&format!("{}{}", "[".repeat(64), "]".repeat(64))).unwrap();
        let first = client.send("POST", "/v1/samples", &keyed("deep"), sample.to_string()).await.expect(201);
        let again = client.send("POST", "/v1/samples", &keyed("deep"), sample.to_string()).await.expect(201);
        assert_eq!(again.body, first.body);
        let place = first.header("location").to_owned();
        for body in [r#"{"maybe_map":{"a":1,"b":2}}"#, r#"{"maybe_map":{"b":2,"a":1}}"#] {
            client.send("PATCH", &place, &keyed("order"), body).await.expect(200);
        }
        let deeper = format!("{{\"json\":{}{}}}", "[".repeat(65), "]".repeat(65));
        let refused = client.send("PATCH", &place, &keyed("deeper"), deeper).await.expect(400);
        assert_eq!(refused.json()["errors"][0]["code"], "depth");
        service.stop().await;
    }
}
