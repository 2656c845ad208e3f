//! A service and the bare client in turns, so that what else the machine does hits both.

use std::sync::atomic::Ordering;
use std::time::Instant;

use fourfold::{Result, Role};

use super::bare::{Bare, UNDERWAY, forget};
use super::{
    HEARD, Place, by_hand, consume, fill, heard, middle, per_second, publish, relay, row, spent, start,
};

/// How many keys there are where events share them.
const KEYS: usize = 100;

pub(crate) async fn measure(place: &Place, count: usize, rounds: usize) -> Result<()> {
    let server = std::env::var("BENCH_NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let database = place.sqlite("nats.db");
    let mut turns: [Vec<[Turn; TURNS]>; 2] = Default::default();
    let mut through = Vec::new();
    for round in 0..rounds {
        for (turns, keys) in turns.iter_mut().zip([count, KEYS]) {
            let prefix = format!("fourfold-bench-{}-{round}-{keys}", std::process::id());
            let bus = format!("{server}/{prefix}");
            fill(&database, count, keys).await?;
            let bare = Bare::open(&server, &format!("{prefix}-bare")).await?;
            // One event of a key is underway at a time: a peer that has as many underway as we may.
            let few = Bare::open(&server, &format!("{prefix}-few")).await?;
            let mut turn = [Turn::default(); TURNS];
            // Who is first changes.
            for which in order(round, [OURS, THEIRS, AS_MANY]) {
                turn[which] = match which {
                    OURS => timed(count, relay(&database, &bus, count)).await?,
                    THEIRS => timed(count, bare.publish(count, keys, UNDERWAY)).await?,
                    _ => timed(count, few.publish(count, keys, UNDERWAY.min(keys))).await?,
                };
            }
            for which in order(round, [OURS_HEARD, THEIRS_HEARD, BY_HAND]) {
                turn[which] = match which {
                    OURS_HEARD => timed(count, consume(&database, &bus, count)).await?,
                    THEIRS_HEARD => timed(count, bare.consume(count)).await?,
                    _ => timed(count, by_hand::consume(&bare, count)).await?,
                };
            }
            eprintln!("round {round}, {keys} keys: {turn:.0?}");
            turns.push(turn);
            if keys == count {
                through.push(end_to_end(&database, &bus, count).await?);
            }
            bare.delete().await?;
            few.delete().await?;
            forget(&server, &prefix).await?;
        }
    }
    println!("| NATS, medians of {rounds} rounds of {count} | ours /s | theirs /s | ratio | least | most |");
    println!("|---|---:|---:|---:|---:|---:|");
    let pairs = [
        ("outbox to NATS", "async-nats", OURS, THEIRS),
        ("outbox to NATS", "async-nats, one of a key underway", OURS, AS_MANY),
        ("NATS to a function", "async-nats", OURS_HEARD, THEIRS_HEARD),
        ("NATS to a function", "by hand", OURS_HEARD, BY_HAND),
    ];
    let of = |turns: &[[Turn; TURNS]], which: usize, get: fn(&Turn) -> f64| -> Vec<f64> {
        turns.iter().map(|turn| get(&turn[which])).collect()
    };
    let names = ["a key each".to_owned(), format!("{KEYS} keys")];
    for (what, peer, ours, theirs) in pairs {
        for (turns, keys) in turns.iter().zip(&names) {
            let rate = |turn: &Turn| turn.rate;
            row(&format!("{what}, {keys}, {peer}"), &of(turns, ours, rate), &of(turns, theirs, rate));
        }
    }
    println!();
    println!(
        "| microseconds of this process's processor time an event | ours | theirs | ratio | least | most |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for (what, peer, ours, theirs) in pairs {
        for (turns, keys) in turns.iter().zip(&names) {
            let spent = |turn: &Turn| turn.spent;
            row(&format!("{what}, {keys}, {peer}"), &of(turns, ours, spent), &of(turns, theirs, spent));
        }
    }
    println!();
    println!("From 256 callers through outbox, relay and NATS to a function: {:.0}/s", middle(&through));
    Ok(())
}

/// Who has a turn in a round.
const OURS: usize = 0;
const THEIRS: usize = 1;
const OURS_HEARD: usize = 2;
const THEIRS_HEARD: usize = 3;
const BY_HAND: usize = 4;
const AS_MANY: usize = 5;
const TURNS: usize = 6;

fn order<const N: usize>(round: usize, mut all: [usize; N]) -> [usize; N] {
    all.rotate_left(round % N);
    all
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// Events a second.
    rate: f64,
    /// Microseconds of processor time for each.
    spent: f64,
}

async fn timed(count: usize, turn: impl Future<Output = Result<f64>>) -> Result<Turn> {
    let before = spent();
    let rate = turn.await?;
    Ok(Turn { rate, spent: (spent() - before) * 1e6 / count as f64 })
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
