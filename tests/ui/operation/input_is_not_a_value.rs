use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(cancel, input = CancelOrder))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}

pub struct CancelOrder {
    pub reason: String,
}

impl OrderOperations for Order {
    async fn cancel(&mut self, _ctx: &Context, _input: CancelOrder) -> Result<()> {
        Ok(())
    }
}

fn main() {}
