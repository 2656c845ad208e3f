//! A server that is away, does not answer, is full or refuses.

use std::time::{Duration, Instant};

use super::{claim, message, open, options};
use crate::redis::testing::{DURABLE, Node};
use crate::tasks::broker::{BrokerError, BrokerOptions, Claim, Finish, Lease, Outcome, Taken};
use crate::tasks::conformance::kills::free_port;
use crate::tasks::message::Message;

fn unavailable<T: std::fmt::Debug>(answer: Result<T, BrokerError>) -> String {
    match answer {
        Err(BrokerError::Unavailable(why)) => why,
        other => panic!("it is away, and this is {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_away_calls_are_refused_and_afterwards_they_are_not() {
    let Some(mut node) = Node::start(DURABLE).await else { return };
    node.stop();
    let broker = open(options(node.url())).await;
    unavailable(broker.enqueue(vec![message("q")]).await);
    unavailable(broker.claim(claim("q")).await);
    unavailable(broker.ready().await);
    node.begin();
    node.answers().await;
    let begin = Instant::now();
    while broker.ready().await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not come back by itself");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(broker.enqueue(vec![message("q")]).await.expect("it is taken"), [Taken::New]);
    // One that ends while nobody asks is found out without a refused call.
    node.stop();
    node.begin();
    node.answers().await;
    assert_eq!(broker.claim(claim("q")).await.expect("a claim").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_woken_also_after_the_connection_was_made_anew() {
    let Some(node) = Node::start(&[]).await else { return };
    let (one, other) = (open(options(node.url())).await, open(options(node.url())).await);
    assert!(one.claim(Claim { wait: Duration::ZERO, ..claim("q") }).await.expect("a claim").is_empty());
    let mut connection = node.connection().await;
    redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec_async(&mut connection).await.ok();
    redis::cmd("CLIENT")
        .arg("KILL")
        .arg("TYPE")
        .arg("pubsub")
        .exec_async(&mut node.connection().await)
        .await
        .ok();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let waits = tokio::spawn(async move { one.claim(claim("q")).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut connection = node.connection().await;
    let listen: Vec<(String, usize)> = redis::cmd("PUBSUB")
        .arg("NUMSUB")
        .arg("{fourfold}:wake")
        .query_async(&mut connection)
        .await
        .expect("who listens");
    assert_eq!(listen, [("{fourfold}:wake".to_owned(), 1)]);
    other.enqueue(vec![message("q")]).await.expect("it is taken");
    assert_eq!(waits.await.expect("it waits").expect("a claim").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_costs_no_more_than_the_patience() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let url = format!("redis://{}", silent.local_addr().expect("its address"));
    let patience = Duration::from_millis(300);
    let begin = Instant::now();
    let broker = open(BrokerOptions { patience, ..options(url) }).await;
    unavailable(broker.enqueue(vec![message("q")]).await);
    assert!(begin.elapsed() < patience * 2 + Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_given_up_within_the_patience_and_found_again() {
    let Some(node) = Node::start(&[]).await else { return };
    let patience = Duration::from_millis(300);
    let broker = open(BrokerOptions { patience, ..options(node.url()) }).await;
    let mut connection = node.connection().await;
    redis::cmd("CLIENT").arg("PAUSE").arg(1500).exec_async(&mut connection).await.expect("it hangs");
    unavailable(broker.enqueue(vec![message("q")]).await);
    tokio::time::sleep(Duration::from_millis(1600)).await;
    assert_eq!(broker.enqueue(vec![message("q")]).await.expect("it is taken"), [Taken::New]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_takes_nothing_and_says_so_and_what_is_there_is_worked_off() {
    let Some(node) = Node::start(&["--maxmemory", "8mb", "--maxmemory-policy", "noeviction"]).await else {
        return;
    };
    let broker = open(options(node.url())).await;
    let large =
        || Message { keep: false, payload: format!("\"{}\"", "x".repeat(100_000)), ..message("full") };
    let mut taken = 0;
    let why = loop {
        match broker.enqueue(vec![large()]).await {
            Ok(_) => taken += 1,
            Err(error) => break unavailable::<()>(Err(error)),
        }
        assert!(taken < 1000, "it is never full");
    };
    assert!(why.contains("OOM"), "{why}");
    let mut done = 0;
    while done < taken {
        let claimed = broker.claim(claim("full")).await.expect("a claim");
        assert!(!claimed.is_empty(), "{done} of {taken} came");
        let leases: Vec<_> = claimed.iter().map(|claimed| claimed.lease).collect();
        assert!(
            broker.extend(leases.clone(), Duration::from_secs(9)).await.expect("held").iter().all(|it| *it)
        );
        let ends = leases.iter().map(|lease| Finish { lease: *lease, outcome: Outcome::Succeeded(None) });
        let told = broker.finish(ends.collect()).await.expect("they end");
        done += told.iter().filter(|told| **told).count();
    }
    broker.ready().await.expect("there is room again");
    assert_eq!(broker.enqueue(vec![large()]).await.expect("it is taken"), [Taken::New]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_throws_keys_away_is_refused() {
    let settings = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let Some(node) = Node::start(&settings).await else { return };
    let refused = super::super::open(&options(node.url())).await.expect_err("it would lose tasks");
    assert!(
        matches!(&refused, BrokerError::Unsupported(why) if why.contains("maxmemory-policy noeviction")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_takes_nothing_and_says_so() {
    let Some(node) = Node::start(&[]).await else { return };
    let broker = open(options(node.url())).await;
    let mut connection = node.connection().await;
    let lease = Lease { id: uuid::Uuid::now_v7(), token: 1 };
    let finish = Finish { lease, outcome: Outcome::Succeeded(None) };
    let nobody = free_port().to_string();
    redis::cmd("REPLICAOF")
        .arg("127.0.0.1")
        .arg(nobody)
        .exec_async(&mut connection)
        .await
        .expect("a replica");
    for why in [
        unavailable(broker.enqueue(vec![message("q")]).await),
        unavailable(broker.finish(vec![finish]).await),
        unavailable(broker.ready().await),
    ] {
        assert!(why.contains("READONLY"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_few_rights_is_enough_and_a_wrong_password_is_not_shown() {
    let Some(node) = Node::start(&[]).await else { return };
    let mut connection = node.connection().await;
    let mut user = redis::cmd("ACL");
    user.arg("SETUSER").arg("worker").arg("on").arg(">s3cret").arg("~{fourfold}*").arg("&{fourfold}*");
    user.arg(&["-@all", "+@read", "+@write", "+@scripting", "+@connection", "+@pubsub", "+time"]);
    user.arg("-@dangerous");
    user.exec_async(&mut connection).await.expect("a user");
    let url = |password: &str| format!("redis://worker:{password}@127.0.0.1:{}", node.port);
    let broker = open(options(url("s3cret"))).await;
    assert_eq!(broker.enqueue(vec![message("q")]).await.expect("it is taken"), [Taken::New]);
    assert_eq!(broker.claim(claim("q")).await.expect("a claim").len(), 1);
    broker.ready().await.expect("it is ready");
    let refused = super::super::open(&options(url("wr0ng"))).await.expect_err("a wrong password");
    let refused = format!("{refused:?}");
    assert!(refused.starts_with("Internal") && !refused.contains("wr0ng"), "{refused}");
    redis::cmd("CONFIG")
        .arg("SET")
        .arg("requirepass")
        .arg("s3cret")
        .exec_async(&mut connection)
        .await
        .expect("it is set");
    let refused = super::super::open(&options(node.url())).await.expect_err("no password");
    assert!(matches!(&refused, BrokerError::Internal(why) if why.contains("NOAUTH")), "{refused:?}");
    let elsewhere = format!("{}?prefix=other", url("s3cret"));
    let broker = open(options(elsewhere)).await;
    let refused = broker.enqueue(vec![message("q")]).await.expect_err("keys of others");
    assert!(matches!(refused, BrokerError::Internal(_)), "{refused:?}");
}

#[tokio::test]
async fn tls_is_refused_with_a_reason() {
    let refused = crate::tasks::open(&options("rediss://:s3cret@127.0.0.1".to_owned())).await.unwrap_err();
    let refused = format!("{refused:?}");
    assert!(refused.contains("no TLS yet") && !refused.contains("s3cret"), "{refused}");
}
