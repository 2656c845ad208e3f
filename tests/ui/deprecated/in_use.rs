#![deny(deprecated)]

use fourfold::prelude::*;
use fourfold::tasks::Enqueued;

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(close, deprecated = "delete it"))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    #[field(deprecated = "say it in `remarks`")]
    pub note: Option<String>,
    #[field(sensitive)]
    pub remarks: Option<String>,
}

impl OrderOperations for Order {
    async fn close(&mut self, _ctx: &Context) -> Result<()> {
        self.note = None;
        Ok(())
    }
}

pub fn creates() -> OrderCreate {
    OrderCreate { note: None, remarks: None }
}

pub fn updates() -> OrderUpdate {
    OrderUpdate { remarks: None.into(), ..OrderUpdate::default() }
}

pub fn updates_what_is_deprecated() -> OrderUpdate {
    OrderUpdate { note: None.into(), ..OrderUpdate::default() }
}

pub fn hears(event: OrderCreated) -> Option<String> {
    event.order.note
}

pub async fn enqueues(tasks: &fourfold::Tasks, id: Uuid) -> Result<Enqueued> {
    Order::tasks(tasks).close(id).await
}

fn main() {}
