use fourfold::prelude::*;

#[derive(Event, Value)]
#[event(type = "shop.order.v1.order.delayed")]
pub struct OrderDelayed {
    pub order: Uuid,
}

fn main() {}
