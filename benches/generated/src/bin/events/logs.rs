//! The buses that need no server of their own.

use fourfold::{Result, Role};

use super::{Place, consume, fill, relay, start};

pub(crate) async fn measure(place: &Place, count: usize) -> Result<()> {
    println!("| bus, {count} events, a key each | outbox to bus /s | bus to a function /s |");
    println!("|---|---:|---:|");
    let database = place.sqlite("logs.db");
    let buses = [
        ("sqlite, a file of its own", database.clone(), place.sqlite("log.db")),
        ("sqlite, the database", place.sqlite("own.db"), place.sqlite("own.db")),
        ("postgres, rows too", place.postgres.clone(), place.postgres.clone()),
        ("memory", database, format!("memory:bench-{}", std::process::id())),
    ];
    for (name, database, bus) in buses {
        fill(&database, count, count).await?;
        // What is in memory is there for as long as somebody has it open.
        let holder = start(&place.sqlite("holder.db"), Some(&bus), Role::Server).await?;
        let relayed = relay(&database, &bus, count).await?;
        let heard = consume(&database, &bus, count).await?;
        println!("| {name} | {relayed:.0} | {heard:.0} |");
        holder.service().events()?.forget(super::GROUP).await?;
        holder.stop().await;
    }
    Ok(())
}
