//! What a hostile or broken caller can send: a 4xx, never a 5xx, and quickly.

use crate::engines::on_every_engine;
use crate::resources::all;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

#[tokio::test]
async fn broken_bodies_are_the_callers_fault() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let deep = format!("{{\"id\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_objects = "{\"a\":".repeat(100_000);
        for body in [
            deep.as_bytes(),
            deep_objects.as_bytes(),
            b"",
            b"null",
            b"[]",
            b"\"x\"",
            b"{",
            b"{}x",
            b"{\"id\":\"\\ud800\"}",
            b"{\"id\":\"\xff\"}",
            b"{\"id\":\"a\",\"id\":\"b\"}",
            b"{\"id\":\"a\",\"rank\":1e400}",
            b"{\"id\":\"a\",\"rank\":NaN}",
            b"{\"id\":\"a\",\"rank\":2147483648}",
            b"{\"id\":\"a\",\"rank\":1.5}",
            b"{\"id\":\"a\",\"rank\":\"1\"}",
            b"{\"id\":\"a\\u0000b\"}",
            b"{\"id\":5}",
            b"{\"id\":\"a\",\"account_id\":99999999999999999999}",
            b"{\"id\":\"a\",\"\\u0000\":1}",
            b"{\"id\":\"a\",\"__proto__\":{}}",
        ] {
            for (method, path) in [("POST", "/v1/cards"), ("PATCH", "/v1/cards/a"), ("PUT", "/v1/cards/a")] {
                let began = std::time::Instant::now();
                let answer = client.send(method, path, &JSON, body.to_vec()).await;
                let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
                assert!(
                    (400..500).contains(&answer.status),
                    "{method} {shown}: {} {}",
                    answer.status,
                    answer.text()
                );
                if began.elapsed().as_millis() > 50 {
                    println!("slow: {method} {shown} took {:?}", began.elapsed());
                }
            }
        }
        let list = client.get("/v1/cards").await.expect(200).json();
        assert_eq!(list["cards"], serde_json::json!([]));
        service.stop().await;
    }
}

#[tokio::test]
async fn odd_paths_and_headers_are_the_callers_fault() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for path in [
            "/v1/accounts/abc",
            "/v1/accounts/99999999999999999999",
            "/v1/accounts/1.0",
            "/v1/samples/not-a-uuid",
            "/v1/samples/%00",
            "/v1/cards/%FF",
            "/v1/cards/%00",
            "/v1/cards/..%2F..%2Fetc",
        ] {
            client.get(path).await.expect(404);
        }
        for headers in [
            [("if-match", "\u{7f}"), JSON[0]],
            [("idempotency-key", "a,b c"), JSON[0]],
            [("if-none-match", "\""), JSON[0]],
        ] {
            let answer = match headers[0].1 {
                "\u{7f}" => continue,
                _ => client.send("PATCH", "/v1/cards/a", &headers, "{}").await,
            };
            answer.expect(400);
        }
        client.get("/v1/cards/a?force=true").await.expect(400);
        service.stop().await;
    }
}
