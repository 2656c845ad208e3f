//! What is particular to the engine in memory; what all engines promise is in the suite.

use std::sync::Arc;

use super::Memory;
use crate::descriptor::BoxFuture;
use crate::tasks::broker::Broker;
use crate::tasks::conformance::{self, Abilities};

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_what_every_broker_promises() {
    let memory = Arc::new(Memory::new());
    let make = |_| {
        let memory: Arc<dyn Broker> = memory.clone();
        Box::pin(std::future::ready(memory)) as BoxFuture<'static, _>
    };
    conformance::all(make, Abilities::ALL).await;
}
