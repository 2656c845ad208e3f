//! Conditional requests, unique values and references.

use serde_json::json;

use crate::engines::on_every_engine;
use crate::resources::all;

#[tokio::test]
async fn tags_guard_reads_and_writes() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        client.post("/v1/cards", json!({"id": "c"})).await.expect(201);
        let path = "/v1/cards/c";
        let fresh = client.send("GET", path, &[("if-none-match", "W/\"1\"")], "").await.expect(304);
        assert_eq!((fresh.header("etag"), fresh.body.len()), ("\"1\"", 0));
        client.send("GET", path, &[("if-none-match", "\"2\"")], "").await.expect(200);
        client.send("GET", path, &[("if-match", "\"2\"")], "").await.expect(412);

        let json = ("content-type", "application/json");
        let write = |tag| [("if-match", tag), json];
        client.send("PATCH", path, &write("\"1\""), r#"{"rank":1}"#).await.expect(200);
        client.send("PATCH", path, &write("\"1\""), r#"{"rank":2}"#).await.expect(412);
        client.send("PUT", path, &write("\"1\""), r#"{"rank":2}"#).await.expect(412);
        client.send("PUT", path, &write("*"), r#"{"rank":2}"#).await.expect(200);
        client.send("PATCH", path, &write("3"), r#"{"rank":2}"#).await.expect(400);
        client.send("PUT", path, &[("if-none-match", "*"), json], r#"{"rank":2}"#).await.expect(412);
        client.send("DELETE", path, &[("if-match", "\"1\", \"2\"")], "").await.expect(412);
        client.send("DELETE", path, &[("if-match", "\"1\", \"3\"")], "").await.expect(204);
        service.stop().await;
    }
}

#[tokio::test]
#[cfg(feature = "xml")]
async fn representations_have_tags_of_their_own() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        client.post("/v1/cards", json!({"id": "c", "rank": 4})).await.expect(201);
        let xml = client.send("GET", "/v1/cards/c", &[("accept", "application/xml")], "").await.expect(200);
        assert_eq!(xml.header("etag"), "\"1.xml\"");
        assert_eq!(xml.header("content-type"), "application/xml");
        assert!(xml.text().contains("<rank>4</rank>"), "{}", xml.text());
        let headers = [("if-match", "\"1.xml\""), ("content-type", "application/xml")];
        let body = "<card><rank>5</rank></card>";
        let patched = client.send("PATCH", "/v1/cards/c", &headers, body).await.expect(200);
        assert_eq!(patched.json()["rank"], 5);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_value_is_unique_among_the_living() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let account = json!({"email": "one@b.example", "nick": "one", "pin": "123", "country": "GB"});
        let made = client.post("/v1/accounts", account.clone()).await.expect(201);
        let twin = client.post("/v1/accounts", account.clone()).await.expect(409);
        assert_eq!(twin.json()["code"], "already_exists");
        assert_eq!(twin.violations(), ["/email unique"]);
        let mut other = account.clone();
        other["email"] = json!("two@b.example");
        let second = client.post("/v1/accounts", other).await.expect(201);
        let clash =
            client.patch(second.header("location"), json!({"email": "one@b.example"})).await.expect(409);
        assert_eq!(clash.violations(), ["/email unique"]);

        client.delete(made.header("location")).await.expect(204);
        client.get(made.header("location")).await.expect(404);
        client.delete(made.header("location")).await.expect(404);
        client.post("/v1/accounts", account).await.expect(201);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_reference_points_to_something_or_is_refused() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let missing = client.post("/v1/cards", json!({"id": "c", "account_id": 77})).await.expect(409);
        assert_eq!(missing.violations(), ["/account_id reference"]);
        let account = json!({"email": "one@b.example", "nick": "one", "pin": "123", "country": "GB"});
        let made = client.post("/v1/accounts", account).await.expect(201);
        client.post("/v1/cards", json!({"id": "c", "account_id": made.json()["id"]})).await.expect(201);
        let moved = client.patch("/v1/cards/c", json!({"account_id": 78})).await.expect(409);
        assert_eq!(moved.violations(), ["/account_id reference"]);
        client.post("/v1/cards", json!({"id": "c"})).await.expect(409);
        service.stop().await;
    }
}
