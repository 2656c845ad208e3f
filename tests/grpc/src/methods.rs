//! Every method does what it does over REST.

use serde_json::json;
use tonic::Code;

use crate::caller::{CANCEL, Caller, DELETE, Told as _, an_order};
use crate::engines::on_every_engine;
use crate::resources::all;
use crate::{counter, order};

#[tokio::test]
async fn an_order_from_create_to_delete() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let sent = order::Order {
            labels: [("eu".to_owned(), "ja".to_owned())].into(),
            address: Some(order::Address { street: Some("Kai 1".to_owned()), city: None }),
            secret: Some("s3cret".to_owned()),
            ..an_order("A-1")
        };
        let made = caller.create(sent.clone()).await.unwrap();
        assert_eq!(made.etag, "\"1\"");
        assert_eq!(made.status(), order::Status::Placed);
        assert_eq!(made.total, Some(1), "the default");
        assert!(made.created_at.is_some() && made.created_at == made.updated_at);
        assert_eq!(made.secret, None, "what is input only is not shown");
        let expected = order::Order {
            id: made.id.clone(),
            total: Some(1),
            status: order::Status::Placed.into(),
            secret: None,
            created_at: made.created_at,
            updated_at: made.updated_at,
            etag: made.etag.clone(),
            ..sent
        };
        assert_eq!(made, expected);
        assert_eq!(caller.get(&made.id).await.unwrap(), made);

        let input = Some(order::CancelOrder { reason: Some("too late".to_owned()) });
        let request = order::CancelOrderRequest { id: made.id.clone(), input, ..Default::default() };
        let cancelled: order::Order = caller.send(CANCEL, request).await.unwrap().into_inner();
        assert_eq!(cancelled.status(), order::Status::Cancelled);
        assert_eq!(cancelled.note.as_deref(), Some("too late"));
        assert_eq!(cancelled.etag, "\"2\"");

        let request = order::DeleteOrderRequest { id: made.id.clone(), ..Default::default() };
        let _: () = caller.send(DELETE, request).await.unwrap().into_inner();
        assert_eq!(caller.get(&made.id).await.unwrap_err().code(), Code::NotFound);
        service.stop().await;
    }
}

#[tokio::test]
async fn what_one_way_in_writes_the_other_reads() {
    for service in on_every_engine(all).await {
        let (mut caller, mut rest) = (Caller::of(&service).await, service.client().await);
        let made = caller.create(an_order("A-1")).await.unwrap();
        let path = format!("/v1/orders/{}", made.id);
        let seen = rest.get(&path).await.expect(200);
        assert_eq!(seen.header("etag"), made.etag);
        assert_eq!(seen.json()["items"], json!([{"sku": "tea", "count": 2}]));
        rest.patch(&path, json!({"note": "by REST"})).await.expect(200);
        let seen = caller.get(&made.id).await.unwrap();
        assert_eq!((seen.note.as_deref(), seen.etag.as_str()), (Some("by REST"), "\"2\""));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_list_filters_sorts_and_pages() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        for total in [3, 1, 2, 5, 4] {
            let order = order::Order { total: Some(total), ..an_order(&format!("A-{total}")) };
            caller.create(order).await.unwrap();
        }
        let mut request = order::ListOrdersRequest {
            page_size: 2,
            filter: "total < 5".to_owned(),
            order_by: "total desc".to_owned(),
            ..Default::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = caller.list(request.clone()).await.unwrap();
            assert!(page.orders.len() <= 2);
            seen.extend(page.orders.into_iter().filter_map(|order| order.total));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen, [4, 3, 2, 1]);
        assert_eq!(caller.list(order::ListOrdersRequest::default()).await.unwrap().orders.len(), 5);
        let request = order::ListOrdersRequest {
            page_size: -1,
            page_token: "!".to_owned(),
            filter: "nothing = 1".to_owned(),
            order_by: "labels".to_owned(),
        };
        let wrong = caller.list(request).await.unwrap_err();
        let fields: Vec<_> =
            wrong.violations().iter().filter_map(|one| one.split(' ').next().map(str::to_owned)).collect();
        assert_eq!(fields, ["page_size", "filter", "order_by", "page_token"]);
        service.stop().await;
    }
}

#[tokio::test]
async fn an_id_may_be_a_number() {
    for service in on_every_engine(all).await {
        let mut caller = Caller::of(&service).await;
        let counter = Some(counter::Counter { name: Some("eggs".to_owned()), ..Default::default() });
        let request = counter::CreateCounterRequest { counter, request_id: String::new() };
        let made: counter::Counter =
            caller.send("/test.counter.v1.CounterService/CreateCounter", request).await.unwrap().into_inner();
        assert!(made.id > 0);
        assert_eq!(made.count, Some(0));
        let request = counter::RaiseCounterRequest { id: made.id, ..Default::default() };
        let raised: counter::Counter =
            caller.send("/test.counter.v1.CounterService/RaiseCounter", request).await.unwrap().into_inner();
        assert_eq!((raised.id, raised.count), (made.id, Some(1)));
        let path = "/test.counter.v1.CounterService/GetCounter";
        let seen: counter::Counter =
            caller.send(path, counter::GetCounterRequest { id: made.id }).await.unwrap().into_inner();
        assert_eq!(seen, raised);
        let none = caller.send::<_, counter::Counter>(path, counter::GetCounterRequest { id: 0 }).await;
        assert_eq!(none.unwrap_err().violations(), ["id REQUIRED"]);
        service.stop().await;
    }
}
