//! Methods, statuses and headers (RFC 9110).

use std::time::{Duration, Instant};

use fourfold::Subscription;
use fourfold::prelude::*;
use serde_json::json;

use crate::engines::{on_every_engine, on_sqlite};
use crate::resources::{CardCreated, CardEvent, all};

#[tokio::test]
async fn a_resource_lives_from_create_to_delete() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let made = client.post("/v1/cards", json!({"id": "a b/ü%2F", "rank": 3})).await.expect(201);
        assert_eq!(made.json(), json!({"id": "a b/ü%2F", "account_id": null, "rank": 3, "revision": 1}));
        assert_eq!(made.header("etag"), "\"1\"");
        let place = made.header("location").to_owned();
        assert_eq!(place, "/v1/cards/a%20b%2F%C3%BC%252F");

        let read = client.get(&place).await.expect(200);
        assert_eq!(read.body, made.body);
        assert_eq!(read.header("cache-control"), "private, no-cache");

        let patched = client.patch(&place, json!({"rank": null})).await.expect(200);
        assert_eq!(
            patched.json(),
            json!({"id": "a b/ü%2F", "account_id": null, "rank": null, "revision": 2})
        );
        assert_eq!(patched.header("etag"), "\"2\"");

        let replaced = client.put(&place, json!({"rank": 9})).await.expect(200);
        assert_eq!(replaced.json()["rank"], 9);
        assert_eq!(replaced.json()["revision"], 3);

        let gone = client.delete(&place).await.expect(204);
        assert!(gone.body.is_empty());
        client.get(&place).await.expect(404);
        client.delete(&place).await.expect(404);
        client.patch(&place, json!({"rank": 1})).await.expect(404);
        service.stop().await;
    }
}

#[tokio::test]
async fn every_path_says_what_it_allows() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for (path, allow) in [
            ("/v1/cards", "GET, HEAD, POST, OPTIONS"),
            ("/v1/cards/x", "GET, HEAD, PATCH, PUT, DELETE, OPTIONS"),
            ("/v1/accounts/1/deposit", "POST, OPTIONS"),
        ] {
            let options = client.send("OPTIONS", path, &[], "").await.expect(204);
            assert_eq!(options.header("allow"), allow);
            let refused = client.send("TRACE", path, &[], "").await.expect(405);
            assert_eq!(refused.header("allow"), allow);
            assert_eq!(refused.header("content-type"), "application/problem+json");
        }
        for nowhere in [
            "/",
            "/v1",
            "/v1/",
            "/v1/nothing",
            "/v2/cards",
            "/v1/cards/",
            "/v1/cards/x/y",
            "/v1/accounts/1/deposit/x",
        ] {
            assert_eq!(client.get(nowhere).await.status, 404, "{nowhere}");
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        client.post("/v1/cards", json!({"id": "c1"})).await.expect(201);
        for path in ["/v1/cards/c1", "/v1/cards"] {
            let get = client.get(path).await.expect(200);
            let head = client.send("HEAD", path, &[], "").await.expect(200);
            assert!(head.body.is_empty());
            for name in ["content-type", "content-length", "etag", "cache-control"] {
                assert_eq!(head.header(name), get.header(name), "{path} {name}");
            }
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn types_and_sizes_that_do_not_fit_are_refused_with_what_does() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let refused = client.send("POST", "/v1/cards", &form, "id=1").await.expect(415);
        assert!(refused.json()["detail"].as_str().unwrap().contains("application/json"));
        client.send("POST", "/v1/cards", &[], "{}").await.expect(415);
        let latin = [("content-type", "application/json; charset=latin1")];
        client.send("POST", "/v1/cards", &latin, "{}").await.expect(415);
        client.send("GET", "/v1/cards", &[("accept", "text/html")], "").await.expect(406);
        let json = [("content-type", "application/json")];
        let most = 1 << 20;
        let fits = format!("{{\"id\":\"x\"{}}}", " ".repeat(most - 10));
        assert_eq!(fits.len(), most);
        client.send("POST", "/v1/cards", &json, fits.clone()).await.expect(201);
        client.send("POST", "/v1/cards", &json, fits + " ").await.expect(413);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_request_keeps_its_id_and_health_is_told() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let given =
            client.send("GET", "/v1/cards/none", &[("x-request-id", "abc-123")], "").await.expect(404);
        assert_eq!(given.header("x-request-id"), "abc-123");
        assert_eq!(given.json()["request_id"], "abc-123");
        let bad = client.send("GET", "/v1/cards/none", &[("x-request-id", "a b\"c")], "").await.expect(404);
        assert_eq!(bad.header("x-request-id").len(), 36);
        client.get("/healthz").await.expect(200);
        client.get("/readyz").await.expect(200);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_custom_operation_runs_the_users_method_under_the_same_rules() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let account = json!({"email": "a@b.example", "nick": "ab", "pin": "123", "country": "GB"});
        let made = client.post("/v1/accounts", account).await.expect(201);
        let place = made.header("location").to_owned();
        let paid = client.post(&format!("{place}/deposit"), json!({"amount": 400})).await.expect(200);
        assert_eq!(paid.json()["balance"], 400);
        assert_eq!(paid.header("etag"), "\"2\"");
        let wrong =
            client.post(&format!("{place}/deposit"), json!({"amount": 501, "x": 1})).await.expect(400);
        assert_eq!(wrong.violations(), ["/x unknown", "/amount range"]);
        let range = client.post(&format!("{place}/deposit"), json!({"amount": 501})).await.expect(400);
        assert_eq!(range.violations(), ["/amount range"]);
        client.post(&format!("{place}/deposit"), json!({"amount": 500})).await.expect(200);
        let rule = client.post(&format!("{place}/deposit"), json!({"amount": 500})).await.expect(409);
        assert_eq!(rule.violations(), ["/balance range"]);
        client.send("POST", &format!("{place}/close"), &[], "").await.expect(200);
        let closed = client.post(&format!("{place}/deposit"), json!({"amount": 1})).await.expect(409);
        assert_eq!(closed.json()["detail"], "the account is closed");
        service.stop().await;
    }
}

#[tokio::test]
async fn what_there_is_to_send_and_to_ask_is_said() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let text = [("content-type", "text/plain")];
        let refused = client.send("PATCH", "/v1/cards/x", &text, "{}").await.expect(415);
        assert!(refused.header("accept-patch").starts_with("application/merge-patch+json, application/json"));
        for path in ["/healthz", "/readyz"] {
            assert_eq!(client.send("POST", path, &[], "").await.expect(405).header("allow"), "GET, HEAD");
            assert!(client.send("HEAD", path, &[], "").await.expect(200).body.is_empty());
        }
        let whole = client.send("OPTIONS", "*", &[], "").await.expect(204);
        assert_eq!(whole.header("allow"), "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS");
        let missing = client.send("HEAD", "/v1/cards/x", &[], "").await.expect(404);
        assert!(missing.body.is_empty() && missing.header("content-type") == "application/problem+json");
        let asked = client.get("/v1/cards?page_size=x").await.expect(400).json();
        assert_eq!(asked["errors"][0]["parameter"], "page_size");
        let tag = [("if-match", "x"), ("content-type", "application/json")];
        let asked = client.send("PATCH", "/v1/cards/x", &tag, "{}").await.expect(400).json();
        assert_eq!(asked["errors"][0]["header"], "if-match");
        service.stop().await;
    }
}

#[tokio::test]
async fn a_service_without_contracts_says_what_is_missing() {
    let service = on_sqlite(all).await;
    let mut client = service.client().await;
    for path in ["/openapi.json", "/asyncapi.json", "/docs"] {
        let nothing = client.get(path).await.expect(404);
        assert!(nothing.text().contains("fourfold_codegen::build"), "{}", nothing.text());
    }
    service.stop().await;
}

#[tokio::test]
async fn a_service_that_is_not_to_describe_itself_has_nothing_there() {
    let service = on_sqlite(|server| all(server).configure(|config| config.describe = false)).await;
    let mut client = service.client().await;
    for path in ["/openapi.json", "/asyncapi.json", "/docs"] {
        let nothing = client.get(path).await.expect(404);
        assert_eq!(nothing.json()["detail"], "there is nothing at this path");
    }
    service.stop().await;
}

#[tokio::test]
async fn monitoring_is_told_how_far_events_are_behind_where_it_is_to() {
    async fn hear(event: CardEvent, _ctx: &Context) -> Result<()> {
        match event {
            CardEvent::Created(CardCreated { card }) if card.rank == Some(0) => {
                Err(Error::failed_precondition("there is no rank 0"))
            }
            _ => Ok(()),
        }
    }

    let service = on_sqlite(all).await;
    service.client().await.get("/metrics").await.expect(404);
    service.stop().await;

    for service in on_every_engine(|server| {
        all(server).configure(|config| config.metrics = true).subscription(Subscription::new("mail", hear))
    })
    .await
    {
        let mut client = service.client().await;
        for rank in 0..3 {
            client.post("/v1/cards", json!({"id": rank.to_string(), "rank": rank})).await.expect(201);
        }
        let begun = Instant::now();
        let told = loop {
            let told = client.get("/metrics").await.expect(200);
            if ["fourfold_event_group_dead{group=\"mail\"} 1", "fourfold_outbox_waiting 0"]
                .iter()
                .all(|line| told.text().contains(&format!("\n{line}\n")))
            {
                break told;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{}", told.text());
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(told.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        assert!(told.text().contains("\nfourfold_event_bus_up 1\n"), "{}", told.text());
        let refused = client.post("/metrics", json!({})).await.expect(405);
        assert_eq!(refused.header("allow"), "GET, HEAD");
        service.stop().await;
    }
}
