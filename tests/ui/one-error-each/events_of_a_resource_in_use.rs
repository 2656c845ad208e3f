use fourfold::prelude::*;

#[derive(Resource)]
#[resource(operation(ship, event = "shipped"))]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
    #[field(uniqe)]
    pub number: String,
}

impl OrderOperations for Order {
    async fn ship(&mut self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}

pub async fn listen(event: OrderEvent, _ctx: &Context) -> Result<()> {
    match event {
        OrderEvent::Created(created) => drop(created.order.number),
        OrderEvent::Shipped(shipped) => drop(shipped.before),
        _ => {}
    }
    Ok(())
}

pub fn shipped(event: OrderShipped) -> String {
    event.order.number
}

fn main() {}
