//! Requests at random, most of them nearly right: no answer of the 5xx, no silence, and what is stored can be read
//! and sent back. `FOURFOLD_FUZZ_CASES` says how many (3,000 on each engine), `FOURFOLD_FUZZ_SEED` which.

#![allow(missing_docs, unreachable_pub, reason = "tests say what they mean by their names")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "a check of a field takes a reference to it")]

mod answers;
mod bodies;
mod caller;
mod random;
mod raw;
mod requests;
mod values;
mod worst;

#[path = "../wire/client.rs"]
#[allow(dead_code, reason = "the other tests need more of it")]
mod client;
#[path = "../wire/engines.rs"]
#[allow(dead_code, reason = "the other tests need more of it")]
mod engines;
#[path = "../wire/resources.rs"]
mod resources;

use caller::Caller;
use engines::on_every_engine;
use random::Random;
use resources::all;

const CALLERS: usize = 8;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a whole number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_that_a_caller_sends_is_the_servers_fault() {
    let cases = usize::try_from(setting("FOURFOLD_FUZZ_CASES", 3000)).expect("a usize");
    let seed = setting("FOURFOLD_FUZZ_SEED", 20_261_122);
    println!("FOURFOLD_FUZZ_SEED={seed} FOURFOLD_FUZZ_CASES={cases}");
    for service in on_every_engine(all).await {
        let began = std::time::Instant::now();
        let callers: Vec<_> = (0..CALLERS)
            .map(|number| {
                let address = service.address();
                tokio::spawn(async move {
                    let mut caller = Caller::new(address, number, Random::new(seed + number as u64)).await;
                    for case in 0..cases.div_ceil(CALLERS) {
                        caller.case(case).await;
                    }
                    caller.counts
                })
            })
            .collect();
        let mut counts = std::collections::BTreeMap::new();
        for caller in callers {
            for (status, count) in caller.await.expect("no case fails") {
                *counts.entry(status).or_insert(0) += count;
            }
        }
        println!("{}: {:?}, {counts:?}", service.engine, began.elapsed());
        every_row_can_still_be_read(&service).await;
        service.stop().await;
    }
}

async fn every_row_can_still_be_read(service: &engines::Service) {
    let mut client = service.client().await;
    client.get("/readyz").await.expect(200);
    for resource in &requests::RESOURCES {
        for media_type in ["application/json", "application/xml"] {
            let mut token = String::new();
            loop {
                let path = format!("/v1/{}?page_size=100&page_token={token}", resource.path);
                let page = client.send("GET", &path, &[("accept", media_type)], "").await.expect(200);
                if media_type == "application/xml" {
                    break;
                }
                page.json()["next_page_token"].as_str().expect("a token").clone_into(&mut token);
                if token.is_empty() {
                    break;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bytes_that_are_hardly_http_are_refused_or_dropped() {
    let cases = usize::try_from(setting("FOURFOLD_FUZZ_CASES", 3000)).expect("a usize") / 10;
    let seed = setting("FOURFOLD_FUZZ_SEED", 20_261_122);
    let service = engines::on_sqlite(all).await;
    let callers: Vec<_> = (0..CALLERS as u64)
        .map(|number| {
            let address = service.address();
            tokio::spawn(async move {
                let mut random = Random::new(seed + 1000 + number);
                for _ in 0..cases.div_ceil(CALLERS) {
                    raw::case(address, &mut random).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no case fails");
    }
    service.client().await.get("/readyz").await.expect(200);
    service.stop().await;
}
