//! Redis is killed, and what was in its memory alone is gone.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::sound::Kept;
use super::{event, failure, listen, open, take};
use crate::events::bus::BusOptions;
use crate::events::conformance::kills::survive;
use crate::redis::testing::{DURABLE, Node};
use crate::tasks::conformance::kills::{goes_on_within, kills};
use crate::tasks::{Finish, Outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_that_it_acknowledged_and_work_goes_on_by_itself() {
    let Some(mut node) = Node::start(DURABLE).await else { return };
    let options = BusOptions { patience: Duration::from_secs(2), ..BusOptions::at(node.url()) };
    let buses = [open(&options).await, open(&options).await];
    let longest = survive(&mut node, buses, kills(3)).await;
    assert!(longest < goes_on_within(), "it goes on after {longest:?}");
    Kept::of(&mut node.connection().await, "fourfold").await.assert_sound();
}

/// Where the file of the commands ends, a command, or what a script wrote, may be there by half.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_breaks_off_anywhere_has_all_of_a_script_or_nothing() {
    let Some(mut node) = Node::start(DURABLE).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    listen(&bus, "mail", &["shop.made"]).await;
    bus.publish((0..12).map(|n| event("shop.made", &(n % 5).to_string())).collect())
        .await
        .expect("published");
    let taken = take(&bus, "mail", 5).await;
    assert_eq!(taken.len(), 5);
    let outcomes = [
        Outcome::Succeeded(None),
        Outcome::Failed(failure()),
        Outcome::Retry(Utc::now() + TimeDelta::hours(1), failure()),
        Outcome::Returned,
    ];
    let ends = taken.iter().zip(outcomes).map(|(it, outcome)| Finish { lease: it.lease, outcome });
    assert_eq!(bus.finish("mail", ends.collect()).await.expect("they end"), [true; 4]);
    assert_eq!(bus.revive("mail", None).await.expect("it begins anew"), 1);
    node.stop();
    let file = node.commands();
    let whole = std::fs::read(&file).expect("the file of the commands");
    // Every cut would take minutes; a step that is no multiple of anything in it comes everywhere.
    let step = if std::env::var_os("FOURFOLD_TEST_KILLS").is_some() { 37 } else { 397 };
    let (mut cuts, mut seen) = (0, BTreeSet::new());
    for end in (0..=whole.len()).rev().step_by(step) {
        std::fs::write(&file, &whole[..end]).expect("it is cut");
        node.begin();
        node.answers().await;
        let kept = Kept::of(&mut node.connection().await, "fourfold").await;
        kept.assert_sound();
        assert_eq!(kept.log, kept.known);
        seen.insert((kept.log, kept.open("mail"), kept.held("mail"), kept.dead("mail")));
        node.stop();
        cuts += 1;
    }
    println!("the file broke off in {cuts} places: log, open, held and dead were {seen:?}");
    let all = [(0, 0, 0, 0), (12, 0, 0, 0), (12, 5, 5, 0), (12, 3, 1, 1), (12, 4, 1, 0)];
    assert!(seen.iter().all(|it| all.contains(it)), "a script was done by half: {seen:?}");
    assert!(seen.len() > 2, "the cuts are in too few places: {seen:?}");
}
