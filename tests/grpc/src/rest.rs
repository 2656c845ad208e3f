//! REST in protobuf: the same messages as gRPC's, by content negotiation.

use prost::Message as _;

use crate::caller::an_order;
use crate::client::{Answer, Client};
use crate::engines::on_every_engine;
use crate::order::{Address, CancelOrder, ListOrdersResponse, Order, Status};
use crate::resources::all;

const PROTOBUF: [(&str, &str); 2] =
    [("content-type", "application/protobuf"), ("accept", "application/protobuf")];

fn order(answer: &Answer) -> Order {
    assert_eq!(answer.header("content-type"), "application/protobuf");
    Order::decode(answer.body.clone()).expect("an order")
}

async fn create(client: &mut Client, number: &str) -> Order {
    order(&client.send("POST", "/v1/orders", &PROTOBUF, an_order(number).encode_to_vec()).await.expect(201))
}

#[tokio::test]
async fn a_row_is_written_and_read_as_a_message() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let created =
            client.send("POST", "/v1/orders", &PROTOBUF, an_order("1").encode_to_vec()).await.expect(201);
        assert_eq!(created.header("etag"), "\"1.pb\"");
        let made = order(&created);
        assert_eq!(
            (made.number.as_deref(), made.status(), made.etag.as_str()),
            (Some("1"), Status::Placed, "\"1\"")
        );
        let path = created.header("location").to_owned();
        assert_eq!(path, format!("/v1/orders/{}", made.id));
        let read = client.send("GET", &path, &PROTOBUF[1..], "").await.expect(200);
        assert_eq!(order(&read), made);
        let fresh = [PROTOBUF[1], ("if-none-match", "\"1.pb\"")];
        client.send("GET", &path, &fresh, "").await.expect(304);
        // In JSON it is another representation, with another tag.
        assert_eq!(client.get(&path).await.expect(200).header("etag"), "\"1\"");
        let page = client.send("GET", "/v1/orders", &PROTOBUF[1..], "").await.expect(200);
        let page = ListOrdersResponse::decode(page.body).expect("a page");
        assert_eq!((page.orders, page.next_page_token.as_str()), (vec![made], ""));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_patch_changes_what_is_populated_or_what_its_mask_names() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let made = create(&mut client, "1").await;
        let path = format!("/v1/orders/{}", made.id);
        let note = Order { note: Some("now".to_owned()), ..Order::default() };
        let changed = client.send("PATCH", &path, &PROTOBUF, note.encode_to_vec()).await.expect(200);
        assert_eq!(order(&changed).note.as_deref(), Some("now"));
        let address = Address { street: Some("Main St".to_owned()), city: None };
        let address = Order { address: Some(address), ..Order::default() }.encode_to_vec();
        let masked = format!("{path}?update_mask=note,address.street");
        let changed = order(&client.send("PATCH", &masked, &PROTOBUF, address).await.expect(200));
        assert_eq!((changed.note, changed.number.as_deref()), (None, Some("1")));
        assert_eq!(changed.address.expect("an address").street.as_deref(), Some("Main St"));
        // A key of a map that is not there goes away; commas inside of backquotes belong to it.
        let labels = Order { labels: [("a,b".to_owned(), "x".to_owned())].into(), ..Order::default() };
        let masked = format!("{path}?update_mask=labels.%60a,b%60");
        let changed = client.send("PATCH", &masked, &PROTOBUF, labels.encode_to_vec()).await.expect(200);
        assert_eq!(order(&changed).labels.len(), 1);
        let changed = client.send("PATCH", &masked, &PROTOBUF, "").await.expect(200);
        assert_eq!(order(&changed).labels.len(), 0);
        // All of it is a replace.
        let all = format!("{path}?update_mask=*");
        let changed =
            order(&client.send("PATCH", &all, &PROTOBUF, an_order("2").encode_to_vec()).await.expect(200));
        assert_eq!((changed.number.as_deref(), changed.address), (Some("2"), None));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_message_names_its_version() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let made = create(&mut client, "1").await;
        let path = format!("/v1/orders/{}", made.id);
        // What was read can be sent back, once.
        let again = made.encode_to_vec();
        let replaced = order(&client.send("PUT", &path, &PROTOBUF, again.clone()).await.expect(200));
        assert_eq!(replaced.etag, "\"2\"");
        client.send("PUT", &path, &PROTOBUF, again.clone()).await.expect(412);
        client.send("PATCH", &path, &PROTOBUF, again).await.expect(412);
        let both = [PROTOBUF[0], PROTOBUF[1], ("if-match", "\"1.pb\"")];
        let now = Order { etag: "\"2\"".to_owned(), ..Order::default() }.encode_to_vec();
        client.send("PATCH", &path, &both, now).await.expect(412);
        let matches = [PROTOBUF[0], PROTOBUF[1], ("if-match", "\"2.pb\"")];
        client.send("PATCH", &path, &matches, "").await.expect(200);
        let odd = Order { etag: "2".to_owned(), ..Order::default() }.encode_to_vec();
        assert_eq!(
            client.send("PATCH", &path, &PROTOBUF, odd).await.expect(400).violations(),
            ["/etag syntax"]
        );
        service.stop().await;
    }
}

#[tokio::test]
async fn an_operation_takes_a_message() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let made = create(&mut client, "1").await;
        let path = format!("/v1/orders/{}/cancel", made.id);
        let empty = client.send("POST", &path, &PROTOBUF, "").await.expect(400);
        assert_eq!(empty.violations(), ["/reason required"]);
        let input = CancelOrder { reason: Some("too late".to_owned()) };
        let cancelled =
            order(&client.send("POST", &path, &PROTOBUF, input.encode_to_vec()).await.expect(200));
        assert_eq!(cancelled.status(), Status::Cancelled);
        service.stop().await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_in_json() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let wrong = Order { number: Some(String::new()), etag: "\"1\"".to_owned(), ..an_order("") };
        let told = client.send("POST", "/v1/orders", &PROTOBUF, wrong.encode_to_vec()).await.expect(400);
        assert_eq!(told.header("content-type"), "application/problem+json");
        assert_eq!(told.violations(), ["/etag output_only", "/number length"]);
        let told = client.send("POST", "/v1/orders", &PROTOBUF, "{}").await.expect(400);
        assert_eq!(told.violations(), [" syntax"]);
        let made = create(&mut client, "1").await;
        let path = format!("/v1/orders/{}?update_mask=numbr,items.sku,number&x=1", made.id);
        let told = client.send("PATCH", &path, &PROTOBUF, "").await.expect(400);
        assert_eq!(told.violations(), ["x unknown"]);
        let told = client.send("PATCH", path.trim_end_matches("&x=1"), &PROTOBUF, "").await.expect(400);
        assert_eq!(told.violations(), ["update_mask unknown", "update_mask unknown", "/number null"]);
        // The parameter belongs to messages: a merge patch says null itself.
        let json = [("content-type", "application/json")];
        let told = client.send("PATCH", path.trim_end_matches("&x=1"), &json, "{}").await.expect(400);
        assert_eq!(told.violations(), ["update_mask unknown"]);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_resource_without_messages_says_so() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let told = client.send("POST", "/v1/plains", &PROTOBUF[..1], "").await.expect(415);
        let reason = told.json()["detail"].as_str().expect("a sentence").to_owned();
        assert!(reason.starts_with("test.plain.v1.Plain has no messages"), "{reason}");
        let told = client.send("GET", "/v1/plains", &PROTOBUF[1..], "").await.expect(406);
        let reason = told.json()["detail"].as_str().expect("a sentence").to_owned();
        assert!(!reason.contains("application/protobuf"), "{reason}");
        let either = [("accept", "application/protobuf, application/json;q=0.1")];
        let page = client.send("GET", "/v1/plains", &either, "").await.expect(200);
        assert_eq!(page.header("content-type"), "application/json");
        let types = |answer: &Answer, name: &str| answer.header(name).contains("application/protobuf");
        let options = client.send("OPTIONS", "/v1/plains", &[], "").await.expect(204);
        assert!(!types(&options, "accept-post"));
        let options = client.send("OPTIONS", "/v1/orders", &[], "").await.expect(204);
        assert!(types(&options, "accept-post"));
        let refused =
            client.send("PATCH", "/v1/orders/x", &[("content-type", "text/plain")], "").await.expect(415);
        assert!(types(&refused, "accept-patch"));
        service.stop().await;
    }
}
