//! Filters, orders and pages over the wire.

use serde_json::json;

use crate::client::Client;
use crate::engines::on_every_engine;
use crate::resources::all;

/// Every byte percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}

async fn ids(client: &mut Client, query: &str) -> Vec<String> {
    let list = client.get(&format!("/v1/cards?{query}")).await.expect(200).json();
    list["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_follow_any_order_with_null_as_the_least() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for (id, rank) in [("a", Some(2)), ("b", None), ("c", Some(1)), ("d", Some(2)), ("e", None)] {
            client.post("/v1/cards", json!({"id": id, "rank": rank})).await.expect(201);
        }
        for (order, expected) in [
            ("", "abcde"),
            ("rank", "becad"),
            ("rank%20desc", "daceb"),
            ("rank,id%20desc", "ebcda"),
            ("rank%20desc,id", "adcbe"),
            ("id%20desc", "edcba"),
        ] {
            let mut token = String::new();
            let mut seen = String::new();
            loop {
                let path = format!("/v1/cards?order_by={order}&page_size=2&page_token={token}");
                let page = client.get(&path).await.expect(200).json();
                for card in page["cards"].as_array().unwrap() {
                    seen.push_str(card["id"].as_str().unwrap());
                }
                token = page["next_page_token"].as_str().unwrap().to_owned();
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(seen, expected, "{order} on {}", service.engine);
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn filters_mean_the_same_on_every_engine() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for (id, rank) in [("a", Some(2)), ("b", None), ("Ab", Some(-1)), ("x%y", Some(7))] {
            client.post("/v1/cards", json!({"id": id, "rank": rank})).await.expect(201);
        }
        for (filter, expected) in [
            ("rank=2", vec!["a"]),
            ("rank!=2", vec!["Ab", "b", "x%y"]),
            ("NOT rank=2", vec!["Ab", "b", "x%y"]),
            ("rank>0", vec!["a", "x%y"]),
            ("NOT rank>0", vec!["Ab", "b"]),
            ("rank=null", vec!["b"]),
            ("rank:*", vec!["Ab", "a", "x%y"]),
            ("id=\"a*\"", vec!["a"]),
            ("id:\"%\"", vec!["x%y"]),
            ("rank>0 AND id=a", vec!["a"]),
            ("(rank>0 id=a) OR rank=-1", vec!["Ab", "a"]),
        ] {
            let filter = encoded(filter);
            assert_eq!(ids(&mut client, &format!("filter={filter}")).await, expected, "{}", service.engine);
        }
        assert_eq!(ids(&mut client, "rank=2").await, ["a"]);
        service.stop().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_list_is_said() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        for rank in 0..3 {
            client.post("/v1/cards", json!({"id": format!("c{rank}"), "rank": rank})).await.expect(201);
        }
        for (query, pointers) in [
            ("page_size=-1", vec!["page_size"]),
            ("page_size=x&order_by=revision", vec!["page_size"]),
            ("order_by=revision&filter=revision%3D1", vec!["filter", "order_by"]),
            ("ranc=2", vec!["ranc"]),
            ("rank=2&rank=3", vec!["rank"]),
            ("filter=rank%3Dx", vec!["filter"]),
            ("filter=((((", vec!["filter"]),
            ("page_token=abc", vec!["page_token"]),
            ("rank=%FF", vec!["query"]),
        ] {
            let refused = client.get(&format!("/v1/cards?{query}")).await.expect(400);
            let mut said: Vec<String> = refused.violations();
            said.sort();
            let said: Vec<&str> = said.iter().map(|one| one.split(' ').next().unwrap()).collect();
            assert_eq!(said, pointers, "{query}: {}", refused.text());
        }
        let page = client.get("/v1/cards?page_size=1&order_by=rank").await.expect(200).json();
        let token = page["next_page_token"].as_str().unwrap();
        let foreign = client.get(&format!("/v1/cards?page_size=1&page_token={token}")).await.expect(400);
        assert_eq!(foreign.violations()[0].split(' ').next(), Some("page_token"));
        let deep = "(".repeat(60_000);
        let began = std::time::Instant::now();
        let status = client.get(&format!("/v1/cards?filter={deep}")).await.status;
        assert!((400..500).contains(&status), "{status}");
        println!("a filter of 60,000 parentheses took {:?}", began.elapsed());
        service.stop().await;
    }
}

#[tokio::test]
async fn nothing_of_a_request_becomes_sql() {
    for service in on_every_engine(all).await {
        let mut client = service.client().await;
        let nasty = "'; DROP TABLE cards; --";
        client.post("/v1/cards", json!({"id": "a"})).await.expect(201);
        let encoded = encoded(nasty);
        for query in [format!("id={encoded}"), format!("filter=id%3D%22{encoded}%22")] {
            assert_eq!(ids(&mut client, &query).await, Vec::<String>::new());
        }
        for query in [format!("order_by={encoded}"), format!("{encoded}=1"), format!("filter={encoded}")] {
            client.get(&format!("/v1/cards?{query}")).await.expect(400);
        }
        assert_eq!(
            client.get("/v1/cards").await.expect(200).json()["cards"].as_array().map(Vec::len),
            Some(1)
        );
        service.stop().await;
    }
}
