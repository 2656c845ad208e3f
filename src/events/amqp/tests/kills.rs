//! `RabbitMQ` is killed while events are published and taken.

use std::time::Duration;

use super::{memory, open};
use crate::amqp::node::Node;
use crate::events::bus::BusOptions;
use crate::events::conformance::kills::survive;
use crate::tasks::conformance::kills::{goes_on_within, kills};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_that_it_confirmed_and_work_goes_on_by_itself() {
    let Some(mut node) = Node::new().await else { return };
    let options = BusOptions {
        patience: Duration::from_secs(2),
        ledger: Some(memory()),
        ..BusOptions::at(format!("amqp://guest:guest@127.0.0.1:{}", node.port))
    };
    let buses = [open(&options).await, open(&options).await];
    let longest = survive(&mut node, buses, kills(1)).await;
    assert!(longest < goes_on_within(), "it goes on after {longest:?}");
}
