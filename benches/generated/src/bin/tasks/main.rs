//! Tasks: how fast they are enqueued and worked off, on SQLite, PostgreSQL, Redis and RabbitMQ, where the same is also
//! done with nothing but its client.
//!
//! `cargo run --release --bin tasks -- [count] [engine ..]`, all engines unless some are named. PostgreSQL is expected at
//! `postgres://root@127.0.0.1:5432`, or where `BENCH_POSTGRES_URL` says. RabbitMQ is left out unless `BENCH_AMQP_URL` names a
//! virtual host whose queues nobody needs, tasks by Celery's protocol unless `BENCH_CELERY_URL` does (`amqp://..` too), and Redis unless `BENCH_REDIS_URL` names one; what is left there begins with the
//! prefix `{bench}`. With `waiting` among the engines, `count` tasks wait for a moment far away on each of them, and what
//! that costs is shown instead.

mod bare;
mod pairs;
mod waiting;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use fourfold::prelude::*;
use fourfold::tasks::{Enqueue, TaskFilter, TaskState};
use fourfold::{Config, Role, Running, Server, Statement, Tasks};

/// Where effects are counted.
#[derive(Resource)]
#[resource(package = "bench.effect.v1", path = "effects")]
struct Effect {
    #[field(id)]
    id: String,
    done: i64,
}

static BEGUN: AtomicU64 = AtomicU64::new(0);
/// How many have run: nothing else is to be seen of those that are messages alone.
static DONE: AtomicU64 = AtomicU64::new(0);
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Does nothing.
#[derive(Task)]
#[task(name = "bench.nothing")]
struct Nothing {
    number: i64,
}

impl Handler for Nothing {
    type Output = ();

    async fn run(self, _ctx: &Context) -> Result<()> {
        BEGUN.store(micros(), Ordering::Relaxed);
        DONE.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Writes a row, once.
#[derive(Task)]
#[task(name = "bench.write")]
struct Write {
    sqlite: bool,
}

impl Handler for Write {
    type Output = ();

    async fn run(self, ctx: &Context) -> Result<()> {
        let id = ctx.attempt().map(|attempt| attempt.task.to_string()).unwrap_or_default();
        let place = if self.sqlite { "?1" } else { "$1" };
        let sql = format!("INSERT INTO effects (id, done, row_version) VALUES ({place}, 1, 1)");
        ctx.execute(Statement::new(sql).bind(id));
        DONE.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn micros() -> u64 {
    u64::try_from(ORIGIN.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(50_000);
    let engines: Vec<String> = std::env::args().skip(2).collect();
    let _ = *ORIGIN;
    let waiting = engines.iter().any(|it| it == "waiting");
    let wanted =
        |engine: &str| engines.iter().all(|it| it == "waiting") || engines.iter().any(|it| it == engine);
    if waiting {
        waiting::head();
    } else {
        println!(
            "| engine | enqueue /s | p50 ms | p99 ms | no-op worked off /s | with a row, once /s | start p50 ms | p99 ms |"
        );
        println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    }
    let folder = std::env::temp_dir().join(format!("fourfold-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let sqlite = |file: &str| format!("sqlite:{}", folder.join(file).display());
    let amqp = std::env::var("BENCH_AMQP_URL").ok();
    let celery = std::env::var("BENCH_CELERY_URL").ok().map(|server| format!("celery+{server}"));
    let redis = std::env::var("BENCH_REDIS_URL").ok().map(|redis| format!("{redis}?prefix=bench"));
    // Made and dropped by whoever runs it: `createdb fourfold_bench_tasks`.
    let server =
        std::env::var("BENCH_POSTGRES_URL").unwrap_or_else(|_| "postgres://root@127.0.0.1:5432".to_owned());
    let postgres = format!("{server}/fourfold_bench_tasks");
    let places = [
        ("sqlite", sqlite("bench.db"), Some(None)),
        ("rabbitmq", sqlite("amqp.db"), amqp.as_deref().map(Some)),
        ("celery", sqlite("celery.db"), celery.as_deref().map(Some)),
        ("redis", sqlite("redis.db"), redis.as_deref().map(Some)),
        ("postgres", postgres, Some(None)),
    ];
    for (name, database, broker) in places {
        let Some(broker) = broker.filter(|_| wanted(name)) else { continue };
        if waiting {
            waiting::measure(name, &database, broker, count).await?;
        } else {
            measure(name, &database, broker, count).await?;
        }
    }
    if !waiting
        && wanted("rabbitmq")
        && let Some(amqp) = &amqp
    {
        println!();
        pairs::measure(amqp, &sqlite("pairs.db"), count, 5).await?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

async fn start(url: &str, tasks: Option<&str>, role: Role) -> fourfold::Result<Running> {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = url.into();
    config.tasks_url = tasks.map(Into::into);
    config.migrate = true;
    config.role = role;
    config.task_concurrency = 512;
    Server::new(config).mount::<Effect>().task::<Nothing>().task::<Write>().start().await
}

async fn measure(name: &str, url: &str, broker: Option<&str>, count: usize) -> fourfold::Result<()> {
    let running = start(url, broker, Role::Server).await?;
    let tasks = running.service().tasks()?.clone();

    DONE.store(0, Ordering::Relaxed);
    let begun = Instant::now();
    let waits = enqueue(&tasks, count).await;
    let enqueued = count as f64 / begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    let worker = start(url, broker, Role::Worker).await?;
    drained(&tasks, count).await?;
    let worked = count as f64 / begun.elapsed().as_secs_f64();

    worker.stop().await;

    // As a service of one process has it.
    let whole = start(url, broker, Role::All).await?;
    let own = whole.service().tasks()?.clone();
    let starts = starts(&own).await?;
    whole.stop().await;

    let effects = (count / 5).next_multiple_of(1000);
    let sqlite = name != "postgres";
    DONE.store(0, Ordering::Relaxed);
    for _ in 0..effects.div_ceil(1000) {
        let group = (0..1000).map(|_| {
            let tasks = tasks.clone();
            tokio::spawn(async move { tasks.enqueue(Write { sqlite }).forget().await.map(|_| ()) })
        });
        for one in group.collect::<Vec<_>>() {
            one.await.expect("a caller")?;
        }
    }
    let begun = Instant::now();
    let worker = start(url, broker, Role::Worker).await?;
    drained(&tasks, effects).await?;
    let written = effects as f64 / begun.elapsed().as_secs_f64();
    worker.stop().await;
    running.stop().await;

    println!(
        "| {name} | {enqueued:.0} | {:.2} | {:.2} | {worked:.0} | {written:.0} | {:.2} | {:.2} |",
        part(&waits, 50),
        part(&waits, 99),
        part(&starts, 50),
        part(&starts, 99),
    );
    Ok(())
}

/// How long it takes from enqueuing a task to the first line of its handler.
async fn starts(tasks: &Tasks) -> fourfold::Result<Vec<Duration>> {
    let mut starts = Vec::new();
    for number in 0..200 {
        let before = micros();
        tasks.enqueue(Nothing { number }).forget().await?;
        while BEGUN.load(Ordering::Relaxed) < before {
            tokio::time::sleep(Duration::from_micros(50)).await;
        }
        starts.push(Duration::from_micros(BEGUN.load(Ordering::Relaxed) - before));
    }
    Ok(starts)
}

async fn enqueue(tasks: &Tasks, count: usize) -> Vec<Duration> {
    enqueue_with(tasks, count, |tasks| tasks.enqueue(Nothing { number: 1 }).forget()).await
}

/// By 256 callers, each of whom waits for its answer before the next; how long each waited.
async fn enqueue_with(
    tasks: &Tasks,
    count: usize,
    one: impl Fn(&Tasks) -> Enqueue<'_> + Copy + Send + 'static,
) -> Vec<Duration> {
    const CALLERS: usize = 256;
    let next = Arc::new(AtomicU64::new(0));
    let callers = (0..CALLERS).map(|_| {
        let (tasks, next) = (tasks.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while (next.fetch_add(1, Ordering::Relaxed) as usize) < count {
                let begun = Instant::now();
                one(&tasks).await.expect("taken");
                waits.push(begun.elapsed());
            }
            waits
        })
    });
    let mut all = Vec::with_capacity(count);
    for caller in callers.collect::<Vec<_>>() {
        all.extend(caller.await.expect("a caller"));
    }
    all
}

/// Nothing waits or runs.
async fn drained(tasks: &Tasks, count: usize) -> fourfold::Result<()> {
    while DONE.load(Ordering::Relaxed) < count as u64 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for state in [TaskState::Waiting, TaskState::Running] {
        let mut filter = TaskFilter::default();
        filter.state = Some(state);
        filter.limit = 1;
        while !tasks.list(&filter).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(())
}

fn part(waits: &[Duration], percent: usize) -> f64 {
    let mut waits = waits.to_vec();
    waits.sort_unstable();
    let index = (waits.len() * percent / 100).min(waits.len().saturating_sub(1));
    waits.get(index).map_or(0.0, |wait| wait.as_secs_f64() * 1000.0)
}
