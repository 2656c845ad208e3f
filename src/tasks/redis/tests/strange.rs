//! What others have written under our keys, or taken away.

use std::time::Duration;

use super::sound::Kept;
use super::{claim, message, open, options};
use crate::redis::testing::{DURABLE, Node, dump, run};
use crate::tasks::broker::{BrokerError, Cancelled, Claim, Finish, Outcome, Taken};
use crate::tasks::conformance;
use crate::tasks::status::{TaskFilter, TaskState};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_task_is_dropped_or_parked_with_a_reason_and_the_worker_lives() {
    let Some(node) = Node::start(&[]).await else { return };
    let broker = open(options(node.url())).await;
    let mut connection = node.connection().await;
    let spoiled: Vec<_> = (0..6).map(|_| message("strange")).collect();
    let good = message("strange");
    broker.enqueue(spoiled.iter().cloned().chain([good.clone()]).collect()).await.expect("they are taken");
    let key = |number: usize| format!("{{fourfold}}:task:{}", spoiled[number].id);
    run(&mut connection, &["DEL", &key(0)]).await;
    run(&mut connection, &["DEL", &key(1)]).await;
    run(&mut connection, &["SET", &key(1), "a string"]).await;
    run(&mut connection, &["HDEL", &key(2), "payload"]).await;
    run(&mut connection, &["HSET", &key(3), "caller", "{no JSON"]).await;
    run(&mut connection, &["HSET", &key(4), "about", "1 1 yesterday", "attempt", "many"]).await;
    run(&mut connection, &["HSET", &key(5), "state", "succeeded?"]).await;
    run(&mut connection, &["ZADD", "{fourfold}:ready:2:strange", "0", "nobody"]).await;
    run(&mut connection, &["ZADD", "{fourfold}:later:1:strange", "0", ""]).await;
    run(&mut connection, &["ZADD", "{fourfold}:held:strange", "0", "nobody either"]).await;
    run(&mut connection, &["HSET", "{fourfold}:task:no-id", "state", "0", "queue", "strange"]).await;
    run(&mut connection, &["ZADD", "{fourfold}:ready:1:strange", "0", "no-id"]).await;

    let mut came = Vec::new();
    for _ in 0..3 {
        let wait = Duration::from_millis(100);
        let claimed = broker.claim(Claim { wait, limit: 20, ..claim("strange") }).await.expect("a claim");
        came.extend(claimed.into_iter().map(|claimed| claimed.message.id));
    }
    assert_eq!(came, [good.id], "the others are not in its way");
    // Others' keys stay as they are.
    let other: String =
        redis::cmd("GETDEL").arg(key(1)).query_async(&mut connection).await.expect("a string");
    assert_eq!(other, "a string");
    let failed = TaskFilter { state: Some(TaskState::Failed), ..TaskFilter::default() };
    let parked = Kept::of(&mut connection, "fourfold").await;
    for (number, why) in [(2, "`payload` is missing"), (3, "`caller` is not JSON"), (4, "`about` is not")] {
        let fields = &parked.tasks[&spoiled[number].id.to_string()];
        assert_eq!(fields["state"], "3");
        assert!(fields["error"].contains(why) && fields["error"].contains("unreadable"), "{fields:?}");
    }
    assert_eq!(parked.tasks["no-id"]["state"], "3");
    assert_eq!(parked.in_state("0"), 0, "what is no task waits no more: {:?}", parked.sets);
    // What can be read is listed; it can all be taken away.
    let listed = broker.list(&failed).await.expect("a list");
    assert_eq!(listed.len(), 3, "the one without an id is left out");
    for status in listed {
        assert_eq!(broker.status(status.id).await.expect("an answer").as_ref(), Some(&status));
        assert_eq!(status.error.expect("a reason").code, "unreadable");
    }
    assert_eq!(broker.cancel(spoiled[5].id).await.expect("an answer"), Cancelled::TooLate);
    assert_eq!(broker.prune(chrono::Utc::now() + chrono::TimeDelta::hours(1)).await.expect("pruned"), 4);
    assert_eq!(broker.enqueue(vec![spoiled[1].clone()]).await.expect("an answer").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_key_of_ours_is_something_else_it_is_named_and_nothing_is_done_by_half() {
    let Some(node) = Node::start(&[]).await else { return };
    let mut connection = node.connection().await;
    for name in ["ready:1:q", "later:0:q", "held:q", "live", "ended", "succeeded", "keys", "queues", "last"] {
        run(&mut connection, &["FLUSHALL"]).await;
        let broker = open(options(node.url())).await;
        broker.enqueue(vec![message("q"), message("q"), message("q")]).await.expect("they are taken");
        let claimed = broker.claim(Claim { limit: 2, ..claim("q") }).await.expect("a claim");
        let lease = claimed[0].lease;
        let key = format!("{{fourfold}}:{name}");
        run(&mut connection, &["DEL", &key]).await;
        // No kind that any of ours is.
        run(&mut connection, &["LPUSH", &key, "x"]).await;
        let finish = |outcome| broker.finish(vec![Finish { lease, outcome }]);
        let mut named = 0;
        for number in 0..7 {
            let before = dump(connection.clone()).await;
            let answer = match number {
                0 => broker.enqueue(vec![message("q")]).await.map(|_| ()),
                1 => broker.extend(vec![lease], Duration::from_secs(5)).await.map(|_| ()),
                2 => finish(Outcome::Retry(chrono::Utc::now(), conformance::failure())).await.map(|_| ()),
                3 => finish(Outcome::Succeeded(None)).await.map(|_| ()),
                4 => broker.claim(Claim { wait: Duration::ZERO, ..claim("q") }).await.map(|_| ()),
                5 => broker.cancel(lease.id).await.map(|_| ()),
                _ => broker.drain("q").await.map(|_| ()),
            };
            if let Err(error) = answer {
                assert!(matches!(&error, BrokerError::Internal(why) if why.contains(&key)), "{error:?}");
                assert_eq!(dump(connection.clone()).await, before, "{name}, {number}: something was done");
                named += 1;
            }
        }
        assert!(named > 0, "{name} was not missed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgot_the_scripts_is_sent_them_again() {
    let Some(node) = Node::start(DURABLE).await else { return };
    let broker = open(options(node.url())).await;
    let mut connection = node.connection().await;
    for _ in 0..2 {
        run(&mut connection, &["SCRIPT", "FLUSH"]).await;
        assert_eq!(broker.enqueue(vec![message("q")]).await.expect("it is taken"), [Taken::New]);
        run(&mut connection, &["SCRIPT", "FLUSH"]).await;
        assert_eq!(broker.claim(claim("q")).await.expect("a claim").len(), 1);
    }
}
