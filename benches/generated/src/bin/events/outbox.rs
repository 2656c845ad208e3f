//! What the outbox costs a write: the same service with it and without it, in turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fourfold::{Config, Principal, Result, Running, Server, Uuid};

use super::user::{User, UserCreate, UserRole};
use super::{Place, row};

/// How long a turn lasts.
const TURN: Duration = Duration::from_millis(1500);

pub(crate) async fn measure(place: &Place, rounds: usize) -> Result<()> {
    println!("| writes/s, medians of {rounds} turns | outbox on | outbox off | ratio | least | most |");
    println!("|---|---:|---:|---:|---:|---:|");
    for (name, database) in [("SQLite", place.sqlite("outbox.db")), ("PostgreSQL", place.postgres.clone())] {
        for writers in [1, 64] {
            let mut all: [Vec<f64>; 2] = Default::default();
            for round in 0..rounds {
                // Who is first changes.
                for with in [round % 2 == 0, round % 2 != 0] {
                    all[usize::from(!with)].push(turn(&database, with, writers).await?);
                }
            }
            row(&format!("{name}, writers: {writers}"), &all[0], &all[1]);
        }
    }
    Ok(())
}

async fn turn(database: &str, outbox: bool, writers: usize) -> Result<f64> {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = database.into();
    config.migrate = true;
    config.outbox = outbox;
    let running = Server::new(config).mount::<User>().start().await?;
    // Connections and statements are made before it counts.
    write(&running, writers, Duration::from_millis(200)).await;
    let begun = Instant::now();
    let written = write(&running, writers, TURN).await;
    let rate = written as f64 / begun.elapsed().as_secs_f64();
    running.stop().await;
    Ok(rate)
}

async fn write(running: &Running, writers: usize, span: Duration) -> u64 {
    let written = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + span;
    let writers = (0..writers).map(|_| {
        let (service, written) = (running.service(), Arc::clone(&written));
        tokio::spawn(async move {
            let ctx = service.context(Principal::anonymous());
            while Instant::now() < end {
                let email = format!("{}@example.com", Uuid::now_v7().simple());
                service.create::<User>(&ctx, user(email)).await.expect("created");
                written.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    written.load(Ordering::Relaxed)
}

fn user(email: String) -> UserCreate {
    UserCreate {
        email,
        name: "Zoë Example".to_owned(),
        role: UserRole::Editor,
        age: Some(41),
        balance_cents: 12_345,
        tags: vec!["early".to_owned(), "paying".to_owned()],
        active: true,
        note: Some("Called twice; prefers letters.".to_owned()),
    }
}
