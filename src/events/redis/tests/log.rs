//! The stream: large events, many of them, those of others, and what is forgotten.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use super::sound::Kept;
use super::{event, events, finish, listen, open, take};
use crate::events::bus::{BusOptions, Take};
use crate::redis::testing::{Node, run};
use crate::tasks::Outcome;

#[tokio::test(flavor = "multi_thread")]
async fn large_groups_and_large_events_go_in_parts() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    listen(&bus, "mail", &["shop.made"]).await;
    let mut all: Vec<_> = (0..1_700).map(|n| event("shop.made", &n.to_string())).collect();
    for number in [3, 4, 700, 701, 702] {
        all[number] = all[number].clone().with_json(format!("\"{}\"", "x".repeat(3 << 20)));
    }
    bus.publish(all.clone()).await.expect("published");
    bus.publish(all.clone()).await.expect("published again");
    let kept = Kept::of(&mut node.connection().await, "fourfold").await;
    assert_eq!((kept.log, kept.known), (1_700, 1_700));
    assert_eq!(bus.groups().await.expect("groups")[0].behind, 1_700);
    assert!(events(take(&bus, "mail", 5_000).await) == all, "all of them, in their order");
    assert_eq!(bus.groups().await.expect("groups")[0].behind, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_others_is_gone_past_however_much_it_is() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    listen(&bus, "mail", &["shop.made"]).await;
    listen(&bus, "other", &["shop.other"]).await;
    bus.publish((0..9_000).map(|n| event("shop.other", &n.to_string())).collect()).await.expect("published");
    let wanted = event("shop.made", "a");
    bus.publish(vec![wanted.clone()]).await.expect("published");
    // One call is enough: it does not come back with nothing while there is more to go past.
    let ask = Take {
        group: "mail",
        limit: 1,
        lease: Duration::from_mins(1),
        wait: Duration::from_secs(10),
        ahead: 0,
        behind: 0,
    };
    assert_eq!(events(bus.take(ask).await.expect("a take")), [wanted]);
    take(&bus, "other", 500).await;
    let status = bus.groups().await.expect("groups");
    let behind: Vec<_> = status.iter().map(|it| (it.name.as_str(), it.behind, it.open)).collect();
    assert_eq!(behind, [("mail", 0, 1), ("other", 8_501, 500)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_goes_on_where_the_stream_was_made_anew() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    // As a clock that was ahead leaves it.
    let entry =
        "XADD {fourfold}:events 99999999999999-5 ce-specversion 1.0 ce-id 1 ce-source /x ce-type shop.made";
    run(&mut connection, &entry.split(' ').collect::<Vec<_>>()).await;
    let first = take(&bus, "mail", 1).await.remove(0);
    finish(&bus, "mail", &first, Outcome::Succeeded(None)).await;
    run(&mut connection, &["DEL", "{fourfold}:events"]).await;
    let after = event("shop.made", "a");
    bus.publish(vec![after.clone()]).await.expect("published");
    assert_eq!(events(take(&bus, "mail", 1).await), [after]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_goes_and_what_is_open_stays_wherever_it_is() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    let mut connection = node.connection().await;
    listen(&bus, "mail", &["shop.made"]).await;
    listen(&bus, "late", &["shop.made"]).await;
    // The first 1,500 are held: more than one script looks at stands before what may go.
    let all: Vec<_> = (0..8_000).map(|n| event("shop.made", &n.to_string())).collect();
    bus.publish(all.clone()).await.expect("published");
    let held = take(&bus, "mail", 1_500).await;
    let soon = || Utc::now() + TimeDelta::seconds(1);
    let (mut gone, mut calls) = (0, 0);
    while gone < 6_500 {
        let more = bus.prune(soon()).await.expect("pruned");
        assert!(more > 0, "{gone} are gone");
        gone += more;
        calls += 1;
    }
    assert!(calls > 1, "a bounded number at a time");
    assert_eq!((gone, bus.prune(soon()).await.expect("pruned")), (6_500, 0));
    let kept = Kept::of(&mut connection, "fourfold").await;
    assert_eq!((kept.log, kept.known), (1_500, 0));
    assert_eq!(bus.prune("1960-01-01T00:00:00Z".parse().expect("a time")).await.expect("pruned"), 0);
    for delivery in &held {
        finish(&bus, "mail", delivery, Outcome::Returned).await;
    }
    assert!(events(take(&bus, "mail", 1_500).await) == all[..1_500]);
    assert_eq!(take(&bus, "late", 2_000).await.len(), 1_500, "what is left");
}
