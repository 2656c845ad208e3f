//! A power cut in miniature: the server is killed again and again while clients write. Every answered write is there
//! afterwards, and of one that was not answered either all or nothing.
//!
//! `FOURFOLD_TEST_KILLS` says how often the server is killed on each engine.

#![cfg(unix)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a test binary, whose tests say what they mean by their names"
)]

mod child;
#[path = "../wire/client.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod client;
#[path = "../wire/engines.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod engines;
mod random;
mod resources;
mod snapshot;
mod verify;
mod writer;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use child::{Child, Place};
use random::Random;
use writer::{Ledger, Orders, SHARED, Writer};

const WRITERS: usize = 32;
const USUAL_KILLS: u32 = 5;

/// The engines are tried one after the other: each should have the machine for itself.
static TURN: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_keeps_what_it_answered_on_sqlite() {
    let _turn = TURN.lock().await;
    let place = Place::sqlite();
    survive("sqlite", &place).await;
    place.clear().await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_keeps_what_it_answered_on_postgresql() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    survive("postgresql", &place).await;
    place.clear().await;
}

async fn survive(engine: &str, place: &Place) {
    let kills = std::env::var("FOURFOLD_TEST_KILLS").map_or(USUAL_KILLS, |it| it.parse().expect("a number"));
    let (orders, watched) = watch::channel(Orders::default());
    make_the_shared_purse(place).await;
    let writers: Vec<_> =
        (0..WRITERS).map(|number| tokio::spawn(Writer::new(number, watched.clone()).work())).collect();

    let mut random = Random::new();
    let begun = std::time::Instant::now();
    for kill in 0..kills {
        let mut server = Child::spawn(place, &[]);
        if kill % 5 == 4 {
            // In the middle of its start, or soon after.
            tokio::time::sleep(Duration::from_millis(random.below(150))).await;
        } else {
            send(&orders, Some(server.address().await));
            tokio::time::sleep(Duration::from_millis(40 + random.below(400))).await;
        }
        server.kill();
        send(&orders, None);
        place.quiet().await;
    }

    let mut server = Child::spawn(place, &[]);
    orders.send_replace(Orders { address: Some(server.address().await), stop: true });
    let mut ledger = Ledger::default();
    for writer in writers {
        ledger.merge(writer.await.expect("a writer found nothing wrong"));
    }
    server.kill();
    place.quiet().await;

    let stored = place.snapshot().await;
    let faults = verify::faults(&ledger, &stored);
    println!(
        "{engine}: {kills} kills in {:.1} s, {} answered writes, {} rows, {} events, {} records; {} writes without an \
         answer: {} stored whole, {} not at all, {} perhaps; {} refused; losses and halves: {}",
        begun.elapsed().as_secs_f64(),
        ledger.answered,
        stored.rows(),
        stored.events.len(),
        stored.records.len(),
        ledger.whole + ledger.nothing + ledger.perhaps,
        ledger.whole,
        ledger.nothing,
        ledger.perhaps,
        ledger.refused,
        faults.len(),
    );
    assert!(faults.is_empty(), "{engine}:\n{}", faults.join("\n"));
    assert!(ledger.answered > u64::from(kills), "the writers wrote next to nothing");
}

fn send(orders: &watch::Sender<Orders>, address: Option<SocketAddr>) {
    orders.send_replace(Orders { address, stop: false });
}

async fn make_the_shared_purse(place: &Place) {
    let mut server = Child::spawn(place, &[]);
    let mut client = client::Client::connect(server.address().await).await;
    let purse = serde_json::json!({"id": SHARED, "owner": "all"});
    for _ in 0..100 {
        // PostgreSQL may still be connecting.
        let answer = client.post("/v1/purses", purse.clone()).await;
        if answer.status == 201 {
            return server.kill();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no purse could be made");
}
