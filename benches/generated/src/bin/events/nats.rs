//! A service and the bare client in turns, so that what else the machine does hits both.

use std::sync::atomic::Ordering;
use std::time::Instant;

use fourfold::{Result, Role};

use super::bare::{Bare, forget};
use super::{HEARD, Place, consume, fill, heard, middle, per_second, publish, relay, row, start};

/// How many keys there are where events share them.
const KEYS: usize = 100;

pub(crate) async fn measure(place: &Place, count: usize, rounds: usize) -> Result<()> {
    let server = std::env::var("BENCH_NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let database = place.sqlite("nats.db");
    let mut all: [Vec<f64>; 8] = Default::default();
    let mut through = Vec::new();
    for round in 0..rounds {
        for (index, keys) in [(0, count), (4, KEYS)] {
            let prefix = format!("fourfold-bench-{}-{round}-{index}", std::process::id());
            let bus = format!("{server}/{prefix}");
            fill(&database, count, keys).await?;
            let bare = Bare::open(&server, &format!("{prefix}-bare")).await?;
            let bare_first = round % 2 != 0;
            let mut rates = [0.0; 4];
            for bare_turn in [bare_first, !bare_first] {
                if bare_turn {
                    rates[1] = bare.publish(count, keys).await?;
                } else {
                    rates[0] = relay(&database, &bus, count).await?;
                }
            }
            for bare_turn in [bare_first, !bare_first] {
                if bare_turn {
                    rates[3] = bare.consume(count).await?;
                } else {
                    rates[2] = consume(&database, &bus, count).await?;
                }
            }
            eprintln!("round {round}, {keys} keys: {rates:.0?}");
            all[index..].iter_mut().zip(rates).for_each(|(all, rate)| all.push(rate));
            if index == 0 {
                through.push(end_to_end(&database, &bus, count).await?);
            }
            bare.delete().await?;
            forget(&server, &prefix).await?;
        }
    }
    println!(
        "| NATS, medians of {rounds} rounds of {count} | ours /s | async-nats /s | ratio | least | most |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    row("outbox to NATS, a key each", &all[0], &all[1]);
    row(&format!("outbox to NATS, {KEYS} keys"), &all[4], &all[5]);
    row("NATS to a function, a key each", &all[2], &all[3]);
    row(&format!("NATS to a function, {KEYS} keys"), &all[6], &all[7]);
    println!();
    println!("From 256 callers through outbox, relay and NATS to a function: {:.0}/s", middle(&through));
    Ok(())
}

/// One process that writes, relays and listens.
async fn end_to_end(database: &str, bus: &str, count: usize) -> Result<f64> {
    let running = start(database, Some(bus), Role::All).await?;
    HEARD.store(0, Ordering::Relaxed);
    let begun = Instant::now();
    publish(&running, count, count).await;
    heard(count).await;
    let rate = per_second(count, begun);
    running.stop().await;
    Ok(rate)
}
