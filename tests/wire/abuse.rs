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

#[tokio::test]
async fn an_id_that_a_caller_gives_can_be_a_place() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for (id, code) in [("", "length"), (".", "id"), ("..", "id"), (&"a".repeat(256), "length")] {
            let refused = client.post("/v1/cards", serde_json::json!({"id": id})).await.expect(400);
            assert_eq!(refused.violations()[0], format!("/id {code}"));
        }
        let longest = "ü".repeat(255);
        let made = client.post("/v1/cards", serde_json::json!({"id": longest})).await.expect(201);
        client.get(made.header("location")).await.expect(200);
        service.stop().await;
    }
}

#[tokio::test]
async fn what_no_index_could_hold_is_refused() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        // No engine can compress it.
        let mut state = 7_u64;
        let mut text = String::new();
        for _ in 0..50_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push(char::from(b' ' + u8::try_from((state >> 33) % 95).unwrap()));
        }
        let sample = crate::fields::sample();
        let made = client.post("/v1/samples", sample).await.expect(201);
        let patch = serde_json::json!({"maybe_text": text, "text": text});
        let refused = client.patch(made.header("location"), patch).await.expect(400);
        assert_eq!(refused.violations(), ["/maybe_text length"], "{}", service.engine);
        client
            .patch(made.header("location"), serde_json::json!({"maybe_text": text[..1500]}))
            .await
            .expect(200);
        let account =
            serde_json::json!({"email": "a@b.example", "nick": "ab", "pin": "123", "country": text});
        let refused = client.post("/v1/accounts", account).await.expect(400);
        assert_eq!(refused.violations(), ["/country length"]);
        service.stop().await;
    }
}

/// What a caller gets who sends all of a request before reading.
async fn sent_whole(address: std::net::SocketAddr, request: Vec<u8>) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(&request).await.expect("the server takes what is sent");
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !answer.ends_with(b"}") {
        match stream.read(&mut buffer).await.expect("an answer, and no reset") {
            0 => break,
            read => answer.extend_from_slice(&buffer[..read]),
        }
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_early_is_not_lost_in_a_reset() {
    let service = crate::engines::on_sqlite(all).await;
    for (path, size, status) in
        [("/v1/nothing", 1 << 20, "404"), ("/v1/cards", (1 << 20) + 1, "413"), ("/v1/cards", 3 << 20, "413")]
    {
        for headers in [
            format!("content-length: {size}\r\n\r\n"),
            format!("transfer-encoding: chunked\r\n\r\n{size:x}\r\n"),
        ] {
            let start =
                format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{headers}");
            let mut request = start.into_bytes();
            request.resize(request.len() + size, b' ');
            if headers.contains("chunked") {
                request.extend_from_slice(b"\r\n0\r\n\r\n");
            }
            let answer = sent_whole(service.address(), request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {size}: {answer}");
        }
    }
    service.stop().await;
}

#[tokio::test]
async fn who_is_slow_to_send_is_told_so_and_who_says_nothing_is_dropped() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let service = crate::engines::on_sqlite(|server| {
        all(server).configure(|config| {
            config.request_timeout = std::time::Duration::from_millis(300);
            config.header_timeout = std::time::Duration::from_millis(300);
        })
    })
    .await;
    let half =
        "POST /v1/cards HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
    for (sent, status) in [(half, "HTTP/1.1 408"), ("", ""), ("PRI", ""), ("GET / HTTP/1.1\r\n", "")] {
        let mut stream = tokio::net::TcpStream::connect(service.address()).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read =
            tokio::time::timeout(std::time::Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the connection stays open after {sent:?}");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with(status), "{sent:?}: {answer}");
    }
    service.stop().await;
}
