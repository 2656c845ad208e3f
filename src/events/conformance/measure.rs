//! Figures of a bus beside its bare client, in turns, so that what else the machine does hits both.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::events::bus::{Bus, Take};
use crate::events::cloud::CloudEvent;
use crate::tasks::{Finish, Outcome};

/// How many are published at once.
pub(crate) const GROUP: usize = 1000;

/// How many events there are in a round.
pub(crate) fn count() -> usize {
    let said = std::env::var("FOURFOLD_TEST_EVENTS").ok().and_then(|n| n.parse().ok());
    usize::max(said.unwrap_or(20_000), GROUP) / GROUP * GROUP
}

/// Events a second.
pub(crate) async fn publish_by_bus(bus: &Arc<dyn Bus>, count: usize, keys: usize) -> f64 {
    let events: Vec<CloudEvent> = (0..count).map(|n| event(n % keys)).collect();
    let begun = Instant::now();
    for some in events.chunks(GROUP) {
        bus.publish(some.to_vec()).await.expect("published");
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Events a second, by the group `mail`.
pub(crate) async fn consume_by_bus(bus: &Arc<dyn Bus>, count: usize) -> f64 {
    let begun = Instant::now();
    let mut done = 0;
    while done < count {
        let (lease, wait) = (Duration::from_secs(15), Duration::from_secs(5));
        let taken = bus
            .take(Take { group: "mail", limit: 256, lease, wait, ahead: 0, behind: 0 })
            .await
            .expect("a take");
        let outcome = || Outcome::Succeeded(None);
        let finishes = taken.iter().map(|it| Finish { lease: it.lease, outcome: outcome() }).collect();
        done += bus.finish("mail", finishes).await.expect("an answer").len();
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Prints medians, and the ratios between the two.
pub(crate) fn row(what: &str, ours: &mut [f64], bare: &mut [f64]) {
    let mut ratios: Vec<f64> = ours.iter().zip(&*bare).map(|(ours, bare)| ours / bare).collect();
    for all in [&mut *ours, &mut *bare, &mut ratios] {
        all.sort_unstable_by(f64::total_cmp);
    }
    let (middle, most) = (ratios.len() / 2, ratios.len() - 1);
    println!(
        "| {what} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} |",
        ours[middle], bare[middle], ratios[middle], ratios[0], ratios[most]
    );
}

fn event(key: usize) -> CloudEvent {
    // As long as an event of a small resource.
    let text = format!("\"{}\"", "x".repeat(248));
    let mut event = CloudEvent::new(Uuid::now_v7().to_string(), "/test", "shop.made").with_json(text);
    event.subject = Some(key.to_string());
    event
}
