//! Events: how fast they are relayed and heard on each bus, on NATS in turns with nothing but its client, and what the outbox
//! costs a write.
//!
//! `cargo run --release --bin events -- [count] [part ..]`; the parts are `nats`, `logs` and `outbox`, all of them unless some
//! are named. NATS with `JetStream` is expected at `nats://127.0.0.1:4222`, or where `BENCH_NATS_URL` says; streams that begin
//! with `fourfold-bench` are made and deleted there. PostgreSQL is expected at `postgres://root@127.0.0.1:5432`, or where
//! `BENCH_POSTGRES_URL` says, with an empty database `fourfold_bench_events`.

mod bare;
mod by_hand;
mod logs;
mod nats;
mod outbox;
#[path = "../../user.rs"]
mod user;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fourfold::events::Start;
use fourfold::prelude::*;
use fourfold::{Config, Principal, Role, Running, Server, Subscription};

/// Something that happened.
#[derive(Event)]
#[event(type = "bench.note.v1.note.made", subject = "key")]
struct Made {
    key: String,
    text: String,
}

/// What an event says: with its key 300 bytes of JSON.
const TEXT: usize = 240;
const GROUP: &str = "readers";

static HEARD: AtomicU64 = AtomicU64::new(0);

/// Does nothing.
async fn hear(_event: Made, _ctx: &Context) -> Result<()> {
    HEARD.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(50_000);
    let parts: Vec<String> = std::env::args().skip(2).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|it| it == part);
    let folder = std::env::temp_dir().join(format!("fourfold-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let postgres =
        std::env::var("BENCH_POSTGRES_URL").unwrap_or_else(|_| "postgres://root@127.0.0.1:5432".to_owned());
    let place = Place { folder: folder.clone(), postgres: format!("{postgres}/fourfold_bench_events") };
    if wanted("nats") {
        nats::measure(&place, count, 5).await?;
    }
    if wanted("logs") {
        logs::measure(&place, count).await?;
    }
    if wanted("outbox") {
        outbox::measure(&place, 5).await?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Where databases are.
struct Place {
    folder: PathBuf,
    postgres: String,
}

impl Place {
    fn sqlite(&self, file: &str) -> String {
        format!("sqlite:{}", self.folder.join(file).display())
    }
}

/// A service on a database, with or without a bus; it listens where its role says so.
async fn start(database: &str, bus: Option<&str>, role: Role) -> fourfold::Result<Running> {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = database.into();
    config.events_url = bus.map(Into::into);
    config.migrate = true;
    config.role = role;
    config.event_concurrency = 512;
    let mut server = Server::new(config);
    if bus.is_some() {
        server = server.subscription(Subscription::new(GROUP, hear).from(Start::Beginning));
    }
    server.start().await
}

/// Publishes by 256 callers, each of whom waits until the event is committed.
async fn publish(running: &Running, count: usize, keys: usize) {
    const CALLERS: usize = 256;
    let next = Arc::new(AtomicU64::new(0));
    let callers = (0..CALLERS).map(|_| {
        let (service, next) = (running.service(), Arc::clone(&next));
        tokio::spawn(async move {
            let ctx = service.context(Principal::anonymous());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed) as usize;
                if number >= count {
                    return;
                }
                let event = Made { key: key(number, keys), text: "x".repeat(TEXT) };
                service.publish(&ctx, event).await.expect("committed");
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("a caller");
    }
}

fn key(number: usize, keys: usize) -> String {
    format!("{:032x}", number % keys)
}

/// Fills the outbox of a database: nobody relays.
async fn fill(database: &str, count: usize, keys: usize) -> fourfold::Result<()> {
    let running = start(database, None, Role::Server).await?;
    publish(&running, count, keys).await;
    running.stop().await;
    Ok(())
}

/// Events a second from the outbox to the bus, with the start of the service that does it.
async fn relay(database: &str, bus: &str, count: usize) -> fourfold::Result<f64> {
    let begun = Instant::now();
    let running = start(database, Some(bus), Role::Server).await?;
    let events = running.service().events()?.clone();
    // To look costs the database something, and more where there is much to count.
    loop {
        let asked = Instant::now();
        if events.lag().await?.waiting == 0 {
            break;
        }
        tokio::time::sleep((asked.elapsed() * 20).clamp(Duration::from_millis(2), Duration::from_millis(200))).await;
    }
    let rate = per_second(count, begun);
    running.stop().await;
    Ok(rate)
}

/// Events a second from the bus to a function, until the bus knows that they have ended, with the start of the service.
async fn consume(database: &str, bus: &str, count: usize) -> fourfold::Result<f64> {
    HEARD.store(0, Ordering::Relaxed);
    let begun = Instant::now();
    let running = start(database, Some(bus), Role::Worker).await?;
    let events = running.service().events()?.clone();
    heard(count).await;
    while events.groups().await?.iter().any(|group| group.behind + group.open > 0) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let rate = per_second(count, begun);
    running.stop().await;
    Ok(rate)
}

async fn heard(count: usize) {
    while HEARD.load(Ordering::Relaxed) < count as u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn per_second(count: usize, begun: Instant) -> f64 {
    count as f64 / begun.elapsed().as_secs_f64()
}

/// The processor time that this process has taken, in seconds; 0 where that can't be told.
fn spent() -> f64 {
    /// As Linux says it, to everybody.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}

fn sorted(all: &[f64]) -> Vec<f64> {
    let mut all = all.to_vec();
    all.sort_unstable_by(f64::total_cmp);
    all
}

fn middle(all: &[f64]) -> f64 {
    sorted(all)[all.len() / 2]
}

/// Medians, and ratios round by round.
fn row(what: &str, ours: &[f64], theirs: &[f64]) {
    let ratios = sorted(&ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>());
    let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
    println!(
        "| {what} | {:.0} | {:.0} | {:.2} | {least:.2} | {most:.2} |",
        middle(ours),
        middle(theirs),
        middle(&ratios)
    );
}
