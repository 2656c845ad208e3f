use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(cancel))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}

impl OrderOperations for Order {
    async fn cancel(&self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}

fn main() {}
