//! Two processes on one database.

use std::time::Duration;

use serde_json::json;

use crate::child::Child;
use crate::client::Client;
use crate::{places, purse, readiness, until};

const CLIENTS: usize = 64;
const ROUNDS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_database_lose_no_update_and_make_nothing_twice() {
    for place in places().await {
        // At once, on an empty database: both make the tables.
        let mut servers = [Child::spawn(&place, &[]), Child::spawn(&place, &[])];
        let mut addresses = Vec::new();
        for server in &mut servers {
            addresses.push(server.address().await);
        }
        for address in addresses.clone() {
            until("it is ready", Duration::from_secs(5), async || readiness(address).await == 200).await;
        }
        Client::connect(addresses[0]).await.post("/v1/purses", purse("p")).await.expect(201);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let address = addresses[number % 2];
                tokio::spawn(async move {
                    let mut client = Client::connect(address).await;
                    let (mut changes, mut tickets) = (0, Vec::new());
                    for round in 0..ROUNDS {
                        let read = client.get("/v1/purses/p").await.expect(200);
                        let count = read.json()["owner"].as_str().expect("text").parse().unwrap_or(0);
                        let headers =
                            [("if-match", read.header("etag")), ("content-type", "application/json")];
                        let body = json!({"owner": (count + 1).to_string()}).to_string();
                        match client.send("PATCH", "/v1/purses/p", &headers, body).await {
                            answer if answer.status == 412 => {}
                            answer => {
                                answer.expect(200);
                                changes += 1;
                            }
                        }
                        // Neighbours, who call different processes, say the same under the same key.
                        let key = format!("t{}-{round}", number / 2);
                        let body = json!({"label": key}).to_string();
                        let headers =
                            [("idempotency-key", key.as_str()), ("content-type", "application/json")];
                        let ticket = client.send("POST", "/v1/tickets", &headers, body).await.expect(201);
                        tickets.push((key, ticket.json()["id"].as_i64().expect("a number")));
                    }
                    (changes, tickets)
                })
            })
            .collect();
        let (mut changes, mut tickets) = (0, Vec::new());
        for client in clients {
            let (more_changes, more_tickets) = client.await.expect("a client");
            changes += more_changes;
            tickets.extend(more_tickets);
        }
        let mut client = Client::connect(addresses[1]).await;
        let last = client.get("/v1/purses/p").await.expect(200).json();
        assert!(changes > 0);
        assert_eq!(last["owner"], changes.to_string(), "{}", place.url);
        assert_eq!(last["version"], changes + 1);
        tickets.sort();
        tickets.dedup();
        assert_eq!(tickets.len(), CLIENTS / 2 * ROUNDS, "one ticket for each key, whoever was asked");
        let stored = client.get("/v1/tickets?page_size=1000").await.expect(200).json();
        assert_eq!(stored["tickets"].as_array().expect("a list").len(), tickets.len());
        for server in &mut servers {
            server.kill();
        }
        place.quiet().await;
        place.clear().await;
    }
}
