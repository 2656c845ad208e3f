use fourfold::prelude::*;

#[derive(Resource)]
#[resource(package = "shop.order.v1", path = "orders", operation(cancel, input = Option<CancelOrder>))]
pub struct Order {
    #[field(id = true)]
    pub id: Uuid,
}

#[derive(Value)]
pub struct CancelOrder {
    pub reason: String,
}

impl OrderOperations for Order {
    async fn cancel(&mut self, _ctx: &Context, _input: Option<CancelOrder>) -> Result<()> {
        Ok(())
    }
}

fn serve<R: Resource>() {}

fn main() {
    serve::<Order>();
}
