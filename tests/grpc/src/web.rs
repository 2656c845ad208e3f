//! gRPC-Web over HTTP/1.1, as browsers send it.

use prost::Message as _;

use crate::caller::{CREATE, GET, an_order};
use crate::engines::on_sqlite;
use crate::order;
use crate::resources::all;

pub(crate) fn framed(message: &impl prost::Message) -> Vec<u8> {
    let bytes = message.encode_to_vec();
    let mut body = vec![0];
    body.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    body.extend(bytes);
    body
}

/// The frames of a body, by their flag.
fn frames(mut body: &[u8]) -> Vec<(u8, &[u8])> {
    let mut frames = Vec::new();
    while let [flag, a, b, c, d, rest @ ..] = body {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        frames.push((*flag, &rest[..length]));
        body = &rest[length..];
    }
    frames
}

#[tokio::test]
async fn a_browser_calls_over_http_1() {
    let service = on_sqlite(all).await;
    let mut client = service.client().await;
    let headers = [("content-type", "application/grpc-web+proto"), ("accept", "application/grpc-web+proto")];
    let request = order::CreateOrderRequest { order: Some(an_order("A-1")), request_id: String::new() };
    let answer = client.send("POST", CREATE, &headers, framed(&request)).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/grpc-web+proto");
    let frames = frames(&answer.body);
    let [(0, message), (0x80, trailers)] = frames[..] else { panic!("{frames:?}") };
    assert_eq!(order::Order::decode(message).unwrap().number.as_deref(), Some("A-1"));
    assert!(String::from_utf8_lossy(trailers).contains("grpc-status:0"), "{trailers:?}");

    let none = order::GetOrderRequest { id: "none".to_owned() };
    let answer = client.send("POST", GET, &headers, framed(&none)).await.expect(200);
    assert_eq!(answer.header("grpc-status"), "5");
    assert!(!answer.header("grpc-status-details-bin").is_empty());
    let answer = client.send("POST", "/test.Nobody/Get", &headers, framed(&none)).await.expect(200);
    assert_eq!(answer.header("grpc-status"), "12");
    service.stop().await;
}

#[tokio::test]
async fn text_is_base64() {
    let service = on_sqlite(all).await;
    let mut client = service.client().await;
    let headers = [("content-type", "application/grpc-web-text"), ("accept", "application/grpc-web-text")];
    // An empty message in its frame.
    let path = "/test.order.v1.OrderService/ListOrders";
    let answer = client.send("POST", path, &headers, "AAAAAAA=").await.expect(200);
    assert!(answer.header("content-type").starts_with("application/grpc-web-text"));
    assert!(answer.text().starts_with("AAAAAAA"), "{}", answer.text());
    service.stop().await;
}
