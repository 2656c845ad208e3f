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

#[allow(dead_code, reason = "the tests of failures need more of it")]
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
    Trial { name: "sqlite", servers: 1, careful: false }.run(&place).await;
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_beside_another_keeps_what_both_answered_on_sqlite() {
    let _turn = TURN.lock().await;
    let place = Place::sqlite();
    Trial { name: "sqlite, one of two processes", servers: 2, careful: false }.run(&place).await;
    place.clear().await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_keeps_what_it_answered_on_postgresql() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    Trial { name: "postgresql", servers: 1, careful: false }.run(&place).await;
    place.clear().await;
}

/// A killed process leaves statements that still run; a repeat may meet the first of its kind.
#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_with_a_key_happen_once_beside_what_a_killed_server_left_running_on_postgresql() {
    let _turn = TURN.lock().await;
    let Some(place) = Place::postgres().await else { return };
    Trial { name: "postgresql, one of two processes, keys", servers: 2, careful: true }.run(&place).await;
    place.clear().await;
}

struct Trial {
    name: &'static str,
    /// One, or two of which one at a time is killed.
    servers: usize,
    /// Each request has a key, and nobody waits for what a killed server left behind.
    careful: bool,
}

impl Trial {
    async fn run(&self, place: &Place) {
        let kills =
            std::env::var("FOURFOLD_TEST_KILLS").map_or(USUAL_KILLS, |it| it.parse().expect("a number"));
        make_the_shared_purse(place).await;
        let (orders, watched) = watch::channel(Orders::default());
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| tokio::spawn(Writer::new(number, self.careful, watched.clone()).work()))
            .collect();

        let begun = std::time::Instant::now();
        let mut servers: Vec<Option<Child>> = (0..self.servers).map(|_| None).collect();
        let mut random = Random::new();
        for kill in 0..kills {
            self.start(place, &mut servers, &orders).await;
            tokio::time::sleep(Duration::from_millis(40 + random.below(400))).await;
            let chosen = usize::try_from(random.below(self.servers as u64)).expect("small");
            self.kill(chosen, place, &mut servers, &orders).await;
            if kill % 5 == 4 {
                // Once more, in the middle of its start.
                servers[chosen] = Some(Child::spawn(place, &[]));
                tokio::time::sleep(Duration::from_millis(random.below(100))).await;
                self.kill(chosen, place, &mut servers, &orders).await;
            }
        }
        self.start(place, &mut servers, &orders).await;
        orders.send_modify(|orders| orders.stop = true);
        let mut ledger = Ledger::default();
        for writer in writers {
            ledger.merge(writer.await.expect("a writer found nothing wrong"));
        }
        servers.into_iter().flatten().for_each(|mut server| server.kill());
        place.quiet().await;

        let stored = place.snapshot().await;
        let faults = verify::faults(&ledger, &stored);
        println!(
            "{}: {} kills in {:.1} s, {} answered writes, {} rows, {} events, {} records; {} writes without an \
             answer: {} stored whole, {} not at all, {} perhaps; {} refused; losses and halves: {}",
            self.name,
            kills + kills / 5,
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
        assert!(faults.is_empty(), "{}:\n{}", self.name, faults.join("\n"));
        assert!(ledger.answered > u64::from(kills), "the writers wrote next to nothing");
    }

    /// Starts what does not run.
    async fn start(&self, place: &Place, servers: &mut [Option<Child>], orders: &watch::Sender<Orders>) {
        for (index, server) in servers.iter_mut().enumerate() {
            if server.is_none() {
                let address = server.insert(Child::spawn(place, &[])).address().await;
                orders.send_modify(|orders| self.each(index, |it| orders.addresses[it] = Some(address)));
            }
        }
    }

    async fn kill(
        &self,
        chosen: usize,
        place: &Place,
        servers: &mut [Option<Child>],
        orders: &watch::Sender<Orders>,
    ) {
        if let Some(mut server) = servers[chosen].take() {
            server.kill();
        }
        orders.send_modify(|orders| self.each(chosen, |it| orders.addresses[it] = None));
        if !self.careful {
            place.quiet().await;
        }
    }

    /// The places in the orders of a server: all where there is one.
    fn each(&self, server: usize, mut change: impl FnMut(usize)) {
        if self.servers == 1 {
            (0..2).for_each(change);
        } else {
            change(server);
        }
    }
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
