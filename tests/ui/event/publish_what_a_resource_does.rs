use fourfold::prelude::*;

#[derive(Resource)]
pub struct Order {
    #[field(id)]
    pub id: Uuid,
}

pub fn publish(ctx: &Context, event: OrderDeleted) {
    ctx.publish(event);
}

fn main() {}
