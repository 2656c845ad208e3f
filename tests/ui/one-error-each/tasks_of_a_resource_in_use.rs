use fourfold::prelude::*;
use fourfold::tasks::Enqueued;

#[derive(Resource)]
#[resource(
    package = "shop.order.v1",
    path = "orders",
    operation(cancel, input = CancelOrder),
    operation(close),
    task(queue = "Orders", create(timeout = "0s"))
)]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    pub number: String,
}

#[derive(Value)]
pub struct CancelOrder {
    pub reason: String,
}

impl OrderOperations for Order {
    async fn cancel(&mut self, ctx: &Context, input: CancelOrder) -> Result<()> {
        self.number = input.reason;
        Self::tasks(ctx).close(self.id).retries(3).await?;
        Ok(())
    }

    async fn close(&mut self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}

pub fn producer(tasks: &fourfold::Tasks) -> OrderTasks<'_> {
    Order::tasks(tasks)
}

pub async fn enqueue(tasks: &fourfold::Tasks, id: Uuid) -> Result<Enqueued> {
    let orders = producer(tasks);
    orders.create(OrderCreate { number: "A1".to_owned() }).await?;
    orders.update(id, OrderUpdate { number: "A2".to_owned().into() }).await?;
    orders.cancel(id, CancelOrder { reason: "late".to_owned() }).forget().await?;
    orders.delete(id).await
}

fn main() {}
