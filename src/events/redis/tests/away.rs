//! A server that is away, full, a replica, throws keys away or lets in few.

use std::time::{Duration, Instant};

use super::{event, finish, listen, open, take};
use crate::events::bus::{BusError, BusOptions, Take};
use crate::redis::testing::{DURABLE, Node, run};
use crate::tasks::Outcome;
use crate::tasks::conformance::kills::free_port;

fn unavailable<T: std::fmt::Debug>(answer: Result<T, BusError>) -> String {
    match answer {
        Err(BusError::Unavailable(why)) => why,
        other => panic!("it is away, and this is {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_away_it_opens_and_calls_are_refused_and_afterwards_they_are_not() {
    let Some(mut node) = Node::start(DURABLE).await else { return };
    node.stop();
    let bus = open(&BusOptions { patience: Duration::from_millis(500), ..BusOptions::at(node.url()) }).await;
    unavailable(bus.publish(vec![event("shop.made", "a")]).await);
    unavailable(bus.groups().await);
    unavailable(bus.ready().await);
    node.begin();
    node.answers().await;
    let begin = Instant::now();
    while bus.ready().await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not come back by itself");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bus.publish(vec![event("shop.made", "a")]).await.expect("published");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_takes_nothing_and_what_is_there_is_worked_off_and_makes_room() {
    let Some(node) = Node::start(&["--maxmemory", "8mb", "--maxmemory-policy", "noeviction"]).await else {
        return;
    };
    let bus = open(&BusOptions::at(node.url())).await;
    listen(&bus, "mail", &["shop.made"]).await;
    let large =
        |n: usize| event("shop.made", &n.to_string()).with_json(format!("\"{}\"", "x".repeat(100_000)));
    let mut published = 0;
    let why = loop {
        match bus.publish(vec![large(published)]).await {
            Ok(()) => published += 1,
            Err(error) => break unavailable::<()>(Err(error)),
        }
        assert!(published < 1000, "it is never full");
    };
    assert!(why.contains("OOM"), "{why}");
    for _ in 0..published {
        let delivery = take(&bus, "mail", 1).await.remove(0);
        assert_eq!(
            bus.extend("mail", vec![delivery.lease], Duration::from_secs(9)).await.expect("held"),
            [true]
        );
        finish(&bus, "mail", &delivery, Outcome::Succeeded(None)).await;
    }
    while bus.prune(chrono::Utc::now()).await.expect("pruned") > 0 {}
    bus.ready().await.expect("there is room again");
    bus.publish(vec![large(0)]).await.expect("published");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_throws_keys_away_is_refused_and_a_wrong_url_is_explained() {
    let settings = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let Some(node) = Node::start(&settings).await else { return };
    let refused = super::super::open(&BusOptions::at(node.url())).await.expect_err("it would lose events");
    let refused = format!("{refused:?}");
    assert!(
        refused.contains("with it events") && refused.contains("maxmemory-policy noeviction"),
        "{refused}"
    );
    for url in ["redis://:s3cret@host?prefx=a", "rediss://:s3cret@host"] {
        let refused = crate::events::open::open(&BusOptions::at(url)).await.expect_err("it is wrong");
        let refused = format!("{refused:?}");
        assert!(refused.contains("FOURFOLD_EVENTS_URL") && !refused.contains("s3cret"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_takes_nothing_and_says_so() {
    let Some(node) = Node::start(&[]).await else { return };
    let bus = open(&BusOptions::at(node.url())).await;
    listen(&bus, "mail", &["shop.made"]).await;
    bus.publish(vec![event("shop.made", "a")]).await.expect("published");
    run(&mut node.connection().await, &["REPLICAOF", "127.0.0.1", &free_port().to_string()]).await;
    let (lease, wait) = (Duration::from_secs(5), Duration::ZERO);
    for why in [
        unavailable(bus.publish(vec![event("shop.made", "a")]).await),
        unavailable(bus.take(Take { group: "mail", limit: 1, lease, wait, ahead: 0, behind: 0 }).await),
        unavailable(bus.ready().await),
    ] {
        assert!(why.contains("READONLY"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_few_rights_is_enough_and_who_waits_is_woken() {
    let Some(node) = Node::start(&[]).await else { return };
    let mut user = vec!["ACL", "SETUSER", "worker", "on", ">s3cret", "~{fourfold}*", "&{fourfold}*", "-@all"];
    user.extend(["+@read", "+@write", "+@scripting", "+@connection", "+@pubsub", "+time", "-@dangerous"]);
    run(&mut node.connection().await, &user).await;
    let url = format!("redis://worker:s3cret@127.0.0.1:{}", node.port);
    let (bus, other) = (open(&BusOptions::at(url.clone())).await, open(&BusOptions::at(url)).await);
    listen(&bus, "mail", &["shop.made"]).await;
    let waits = tokio::spawn({
        let bus = bus.clone();
        async move { take(&bus, "mail", 1).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.publish(vec![event("shop.made", "a")]).await.expect("published");
    let taken = waits.await.expect("it waits");
    finish(&bus, "mail", &taken[0], Outcome::Succeeded(None)).await;
    bus.prune(chrono::Utc::now()).await.expect("pruned");
    assert!(bus.forget("mail").await.expect("forgotten"));
    bus.ready().await.expect("it is ready");
}
