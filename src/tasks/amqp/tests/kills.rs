//! `RabbitMQ` is killed while tasks are enqueued and worked off: what was confirmed is not lost, and work goes on by itself.
//! `FOURFOLD_TEST_KILLS=20` is the run in full.

use uuid::Uuid;

use super::{message, options};
use crate::amqp::node::Node;
use crate::tasks::conformance::kills::{self, Way};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_confirmed_is_lost_where_rabbitmq_is_killed() {
    let kills = kills::kills(2);
    let Some(mut node) = Node::new().await else { return };
    let url = format!("amqp://guest:guest@127.0.0.1:{}", node.port);
    let ledger = format!("memory:{}", Uuid::new_v4());
    let open =
        async || super::super::open(&options(url.clone(), Some(ledger.clone()))).await.expect("it opens");
    let mut ways = Vec::new();
    // Messages alone, and tasks with rows.
    for (queue, message) in [
        ("killed-false", (|queue| message(queue, false)) as fn(&str) -> _),
        ("killed-true", |queue| message(queue, true)),
    ] {
        let queue = queue.to_owned();
        ways.push(Way { enqueues: open().await, works: open().await, queue, message });
    }
    let seen = kills::survive(&mut node, ways, kills).await;
    println!(
        "RabbitMQ killed {kills} times: {} confirmed, {} attempts, {} lost; work went on after {:.1?} at most",
        seen.confirmed, seen.attempts, seen.lost, seen.longest
    );
    assert_eq!(seen.lost, 0, "confirmed and lost");
    assert!(seen.longest < kills::goes_on_within(), "work went on after {:?}", seen.longest);
}
