//! Tasks that wait for a moment far away: what they cost who works, and how soon others begin beside them.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fourfold::{Result, Role, Tasks};

use super::{Nothing, enqueue_with, part, start, starts};

/// One engine; the process's memory is that of a worker with its broker.
pub(crate) async fn measure(name: &str, url: &str, broker: Option<&str>, count: usize) -> Result<()> {
    let whole = start(url, broker, Role::All).await?;
    let tasks = whole.service().tasks()?.clone();
    let alone = starts(&tasks).await?;
    let before = resident();
    let begun = Instant::now();
    enqueue_with(&tasks, count, |tasks: &Tasks| {
        tasks.enqueue(Nothing { number: 1 }).after(Duration::from_secs(86_400))
    })
    .await;
    let took = begun.elapsed();
    whole.stop().await;

    // A process that has enqueued nothing.
    let whole = start(url, broker, Role::All).await?;
    let own = whole.service().tasks()?.clone();
    let beside = starts(&own).await?;
    let begun = Instant::now();
    super::DONE.store(0, Ordering::Relaxed);
    let others = 20_000;
    enqueue_with(&own, others, |tasks: &Tasks| tasks.enqueue(Nothing { number: 1 }).forget()).await;
    while super::DONE.load(Ordering::Relaxed) < others as u64 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let through = others as f64 / begun.elapsed().as_secs_f64();
    println!(
        "| {name} | {count} | {:.0} | {:.2} / {:.2} | {:.2} / {:.2} | {through:.0} | {before} / {} |",
        count as f64 / took.as_secs_f64(),
        part(&alone, 50),
        part(&alone, 99),
        part(&beside, 50),
        part(&beside, 99),
        resident(),
    );
    own.drain("default").await?;
    whole.stop().await;
    Ok(())
}

pub(crate) fn head() {
    println!(
        "| engine | waiting | enqueued /s | start with none, p50 / p99 ms | with all | through beside them /s | MiB with none / with all |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
}

/// Of this process, in MiB; 0 where it can't be told.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or_default() / 1024
}
