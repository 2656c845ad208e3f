//! What carries events is away for a while, and is killed again and again, while a service writes, relays and listens.
//! `FOURFOLD_TEST_BUS=rabbitmq` tries that one alone.

use std::time::{Duration, Instant};

use fourfold::Events;

use crate::child::Place;
use crate::node::{Kind, Node};
use crate::{House, LANES, STEPS, TURN, happened, kills, listener, seconds, settled, some_time};

const KINDS: &[Kind] = &[
    #[cfg(feature = "nats")]
    Kind::Nats,
    #[cfg(feature = "redis")]
    Kind::Redis,
    #[cfg(feature = "amqp")]
    Kind::RabbitMq,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_a_killed_bus_arrive_once_and_in_order() {
    let _turn = TURN.lock().await;
    let alone = std::env::var("FOURFOLD_TEST_BUS").ok();
    let is_tried =
        |kind: &Kind| alone.as_ref().is_none_or(|name| format!("{kind:?}").eq_ignore_ascii_case(name));
    for kind in KINDS.iter().copied().filter(is_tried) {
        let Some(mut node) = Node::start(kind).await else { continue };
        let place = Place::sqlite().with_events(node.url());
        let house = House::open(&place).await;
        let listeners = [listener(&place), listener(&place)];
        settled(&house, &place).await;
        let lanes = house.create().await;
        house.all_arrived(happened(0)).await;
        // RabbitMQ forgets a stream that was made in the second before it was killed (docs/events.md).
        tokio::time::sleep(Duration::from_secs(3)).await;
        let mut steps = 0;

        node.kill();
        let (away, gone) = (seconds(3), Instant::now());
        while gone.elapsed() < away {
            house.advance(&lanes, LANES).await;
            steps += LANES;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let lag = Events::connect("memory:", Some(&place.url)).await.expect("it opens").lag().await;
        let lag = lag.expect("a lag");
        assert!(lag.waiting > 0 && lag.oldest.is_some_and(|oldest| oldest > away / 2), "{lag:?}");
        node.start_again().await;
        let back = Instant::now();
        house.all_arrived(happened(steps)).await;
        let (waited, after) = (lag.waiting, back.elapsed());
        println!(
            "{kind:?}: away for {away:.0?}, {waited} waited; all had arrived {after:.1?} after it was back"
        );

        let kills = kills();
        for _ in 0..kills {
            house.advance(&lanes, STEPS).await;
            tokio::time::sleep(some_time(1000)).await;
            house.advance(&lanes, STEPS).await;
            node.kill();
            steps += 2 * STEPS;
            tokio::time::sleep(some_time(300)).await;
            node.start_again().await;
        }
        house.all_arrived(happened(steps)).await;
        let count = happened(steps);
        println!("{kind:?}: {kills} kills, {count} events; lost 0, twice 0, out of order 0");
        drop(listeners);
        house.running.stop().await;
        place.clear().await;
    }
}
