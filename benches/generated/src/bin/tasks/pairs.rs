//! Ours and the bare client in turns, so that what else the machine does hits both: medians, and ratios round by round.

use std::sync::atomic::Ordering;
use std::time::Instant;

use fourfold::{Result, Role};

use super::bare::Bare;
use super::{DONE, drained, enqueue, start};

pub(crate) async fn measure(url: &str, database: &str, count: usize, rounds: usize) -> Result<()> {
    let mut all: [Vec<f64>; 5] = Default::default();
    let running = start(database, Some(url), Role::Server).await?;
    let tasks = running.service().tasks()?.clone();
    let bare = Bare::open(url).await?;
    for _ in 0..rounds {
        let begun = Instant::now();
        enqueue(&tasks, count).await;
        all[0].push(count as f64 / begun.elapsed().as_secs_f64());
        all[1].push(bare.enqueue_one_by_one(count).await?);

        DONE.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let worker = start(database, Some(url), Role::Worker).await?;
        drained(&tasks, count).await?;
        all[2].push(count as f64 / begun.elapsed().as_secs_f64());
        worker.stop().await;
        all[3].push(Bare::work(url).await?);

        all[4].push(bare.enqueue_in_groups(count).await?);
        Bare::work(url).await?;
    }
    bare.close().await?;
    running.stop().await;
    let [enqueued, by_callers, worked, by_loop, in_groups] = &all;
    println!("| RabbitMQ, medians of {rounds} rounds | ours /s | lapin /s | ratio | least | most |");
    println!("|---|---:|---:|---:|---:|---:|");
    row("enqueue, 256 callers", enqueued, by_callers);
    row("enqueue, lapin in one loop", enqueued, in_groups);
    row("no-op worked off", worked, by_loop);
    Ok(())
}

fn row(what: &str, ours: &[f64], theirs: &[f64]) {
    let ratios = sorted(&ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>());
    let middle = |all: &[f64]| sorted(all)[all.len() / 2];
    let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
    println!(
        "| {what} | {:.0} | {:.0} | {:.2} | {least:.2} | {most:.2} |",
        middle(ours),
        middle(theirs),
        middle(&ratios)
    );
}

fn sorted(all: &[f64]) -> Vec<f64> {
    let mut all = all.to_vec();
    all.sort_unstable_by(f64::total_cmp);
    all
}
