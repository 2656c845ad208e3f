//! Large groups, large tasks, and many that wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use redis::aio::MultiplexedConnection;

use super::sound::Kept;
use super::{claim, message, open, options};
use crate::redis::testing::Node;
use crate::tasks::broker::{Broker, Claim, Finish, Outcome, Taken};
use crate::tasks::message::{Message, Priority};
use crate::tasks::status::{TaskFilter, TaskState};

#[tokio::test(flavor = "multi_thread")]
async fn large_groups_and_large_tasks_go_in_parts() {
    let Some(node) = Node::start(&[]).await else { return };
    let broker = open(options(node.url())).await;
    let mut all: Vec<Message> = (0..1_700).map(|_| message("large")).collect();
    for number in [3, 4, 700, 701, 702] {
        all[number].payload = format!("\"{}\"", "x".repeat(3 << 20));
    }
    let repeated = [all.clone(), vec![all[0].clone(), all[1600].clone()]].concat();
    let taken = broker.enqueue(repeated).await.expect("they are taken");
    assert!(taken[..1_700].iter().all(|taken| *taken == Taken::New));
    assert!(taken[1_700..].iter().all(|taken| *taken != Taken::New));
    let (mut came, mut groups) = (Vec::new(), 0);
    while came.len() < all.len() {
        let claimed = broker.claim(Claim { limit: 5_000, ..claim("large") }).await.expect("a claim");
        assert!(!claimed.is_empty());
        came.extend(claimed);
        groups += 1;
    }
    assert!(groups < 20, "{groups} groups");
    assert!(came.iter().map(|it| it.message.id).eq(all.iter().map(|it| it.id)), "in turn");
    assert!(came.iter().zip(&all).all(|(came, sent)| came.message.payload == sent.payload));
    let leases: Vec<_> = came.iter().map(|claimed| claimed.lease).collect();
    assert!(broker.extend(leases.clone(), Duration::from_mins(1)).await.expect("held").iter().all(|it| *it));
    let ends = leases.iter().map(|lease| Finish { lease: *lease, outcome: Outcome::Succeeded(None) });
    assert!(broker.finish(ends.collect()).await.expect("they end").iter().all(|it| *it));
    let everything = TaskFilter { limit: 10_000, ..TaskFilter::default() };
    let listed = broker.list(&everything).await.expect("a list");
    assert!(listed.iter().rev().map(|status| status.id).eq(all.iter().map(|it| it.id)), "the newest first");
    Kept::of(&mut node.connection().await, "fourfold").await.assert_sound();
    assert_eq!(broker.prune(Utc::now() + TimeDelta::hours(1)).await.expect("pruned"), 1_700);
}

/// More than one script may put away, before the first that can be given out.
#[tokio::test(flavor = "multi_thread")]
async fn many_that_are_too_late_or_gone_are_not_in_the_way() {
    let Some(node) = Node::start(&[]).await else { return };
    let broker = open(options(node.url())).await;
    let late = || Message { expires_at: Some(Utc::now() - TimeDelta::seconds(1)), ..message("late") };
    broker.enqueue((0..2_500).map(|_| late()).collect()).await.expect("they are taken");
    let gone: Vec<Message> = (0..2_500).map(|_| message("late")).collect();
    let good = message("late");
    broker.enqueue([gone.clone(), vec![good.clone()]].concat()).await.expect("they are taken");
    let keys: Vec<String> = gone.iter().map(|gone| format!("{{fourfold}}:task:{}", gone.id)).collect();
    redis::cmd("DEL").arg(keys).exec_async(&mut node.connection().await).await.expect("they are gone");
    let claimed = broker.claim(claim("late")).await.expect("a claim");
    assert!(claimed.iter().map(|claimed| claimed.message.id).eq([good.id]));
    let kept = Kept::of(&mut node.connection().await, "fourfold").await;
    kept.assert_sound();
    assert_eq!((kept.in_state("5"), kept.tasks.len()), (2_500, 2_501));
}

/// How often each command was called since the server was asked to forget it.
async fn calls(connection: &mut MultiplexedConnection) -> BTreeMap<String, u64> {
    let info: String =
        redis::cmd("INFO").arg("commandstats").query_async(connection).await.expect("what was called");
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        Some((name.to_owned(), rest.split(',').next()?.parse().ok()?))
    };
    let all = info.lines().filter_map(line);
    all.filter(|(name, _)| !name.starts_with("info") && !name.starts_with("config")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_claim_does_does_not_depend_on_how_many_wait() {
    let Some(node) = Node::start(&[]).await else { return };
    let broker = open(options(node.url())).await;
    let mut connection = node.connection().await;
    let later = Some(Utc::now() + TimeDelta::hours(1));
    // Both scripts, and what is done once on a connection.
    broker.enqueue(vec![message("many")]).await.expect("it is taken");
    broker.claim(claim("many")).await.expect("a claim");
    let mut seen = BTreeSet::new();
    for waiting in [20, 2_000] {
        for number in 0..waiting / 20 {
            let priority = Priority::ALL[number % 3];
            let group = (0..20).map(|nth| {
                let run_at = if nth % 2 == 0 { later } else { None };
                Message { priority, run_at, ..message("many") }
            });
            broker.enqueue(group.collect()).await.expect("they are taken");
        }
        redis::cmd("CONFIG").arg("RESETSTAT").exec_async(&mut connection).await.expect("forgotten");
        let claimed = broker.claim(Claim { limit: 5, ..claim("many") }).await.expect("a claim");
        assert_eq!(claimed.len(), 5);
        seen.insert(calls(&mut connection).await);
        broker.drain("many").await.expect("it is empty");
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

/// `FOURFOLD_TEST_WAITING=1000000` is the run in full; without it, a short one. It prints its figures.
#[tokio::test(flavor = "multi_thread")]
async fn figures_with_many_that_wait() {
    let Some(node) = Node::start(&[]).await else { return };
    let most: usize =
        std::env::var("FOURFOLD_TEST_WAITING").ok().and_then(|it| it.parse().ok()).unwrap_or(10_000);
    let broker = open(options(node.url())).await;
    let mut connection = node.connection().await;
    let later = Some(Utc::now() + TimeDelta::hours(1));
    let mut waiting = 0;
    for goal in [0, most / 10, most] {
        let begin = Instant::now();
        let more = goal - waiting;
        while waiting < goal {
            // Half of them wait for their moment.
            let group = (0..500)
                .map(|nth| Message { run_at: if nth % 2 == 0 { later } else { None }, ..message("q") });
            broker.enqueue(group.collect()).await.expect("they are taken");
            waiting += 500;
        }
        let filled = begin.elapsed();
        let (mut one, mut many, mut idle, mut list) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let failed = TaskFilter { state: Some(TaskState::Failed), ..TaskFilter::default() };
        for _ in 0..200 {
            broker
                .enqueue(vec![Message { priority: Priority::High, keep: false, ..message("q") }])
                .await
                .expect("taken");
            one.push(timed(&*broker, 1, "q", 1).await);
            broker
                .enqueue(
                    (0..100)
                        .map(|_| Message { priority: Priority::High, keep: false, ..message("q") })
                        .collect(),
                )
                .await
                .expect("taken");
            many.push(timed(&*broker, 100, "q", 100).await);
            idle.push(timed(&*broker, 100, "empty", 0).await);
            let begin = Instant::now();
            assert!(broker.list(&failed).await.expect("a list").is_empty());
            list.push(begin.elapsed());
        }
        let info: String =
            redis::cmd("INFO").arg("memory").query_async(&mut connection).await.expect("its memory");
        let memory = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap_or_default();
        println!(
            "{goal} waiting ({more} more in {filled:.1?}, {memory} bytes): claim and end of 1 {}, of 100 {}, look in vain {}, \
             list of what failed {} (median, 99 %)",
            spread(one),
            spread(many),
            spread(idle),
            spread(list)
        );
    }
    let begin = Instant::now();
    let mut done = 0;
    loop {
        let claimed =
            broker.claim(Claim { limit: 500, wait: Duration::ZERO, ..claim("q") }).await.expect("a claim");
        if claimed.is_empty() {
            break;
        }
        done += claimed.len();
        let ends = claimed.iter().map(|it| Finish { lease: it.lease, outcome: Outcome::Succeeded(None) });
        broker.finish(ends.collect()).await.expect("they end");
    }
    let worked = begin.elapsed();
    let begin = Instant::now();
    let drained = broker.drain("q").await.expect("it is empty");
    println!("{done} claimed and ended in {worked:.1?}, {drained} drained in {:.1?}", begin.elapsed());
    assert_eq!(done + usize::try_from(drained).expect("a number"), waiting);
}

async fn timed(broker: &dyn Broker, limit: usize, queue: &str, count: usize) -> Duration {
    let begin = Instant::now();
    let claimed = broker.claim(Claim { limit, wait: Duration::ZERO, ..claim(queue) }).await.expect("a claim");
    assert_eq!(claimed.len(), count);
    let ends = claimed.iter().map(|it| Finish { lease: it.lease, outcome: Outcome::Succeeded(None) });
    broker.finish(ends.collect()).await.expect("they end");
    begin.elapsed()
}

fn spread(mut spans: Vec<Duration>) -> String {
    spans.sort_unstable();
    format!("{:.2?} {:.2?}", spans[spans.len() / 2], spans[spans.len() * 99 / 100])
}
