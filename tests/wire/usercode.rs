//! What goes wrong in the user's own code stays there.

use serde_json::json;

use crate::engines::on_every_engine;
use crate::resources::all;

#[tokio::test]
async fn a_panic_or_an_error_is_one_500_without_inner_detail() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for name in ["panic", "error"] {
            let failed = client.post("/v1/traps", json!({"name": name})).await.expect(500);
            assert_eq!(failed.json()["request_id"], failed.header("x-request-id"));
            let text = failed.text();
            assert!(!text.contains("s3cret") && !text.contains("digit"), "{text}");
        }
        let made = client.post("/v1/traps", json!({"name": "calm"})).await.expect(201);
        let path = format!("{}/spring", made.header("location"));
        client.post(&path, json!({"how": "panic"})).await.expect(500);
        client.post(&path, json!({"how": "gently"})).await.expect(200);
        let rows = client.get("/v1/traps").await.expect(200).json();
        assert_eq!(rows["traps"].as_array().unwrap().len(), 1, "nothing of the failures is stored");
        service.stop().await;
    }
}

#[tokio::test]
async fn what_goes_wrong_after_the_commit_does_not_change_the_answer() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for name in ["panic after", "error after"] {
            let made = client.post("/v1/traps", json!({"name": name})).await.expect(201);
            client.get(made.header("location")).await.expect(200);
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_a_504_and_stores_nothing() {
    for service in on_every_engine(|server| {
        all(server).configure(|config| config.request_timeout = std::time::Duration::from_millis(300))
    })
    .await
    {
        let mut client = service.client().await;
        client.post("/v1/traps", json!({"name": "slow"})).await.expect(504);
        let rows = client.get("/v1/traps").await.expect(200).json();
        assert_eq!(rows["traps"], json!([]));
        service.stop().await;
    }
}
