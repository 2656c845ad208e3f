use fourfold::prelude::*;

#[derive(Event)]
#[event(type = "shop.order.v1.order.delayed")]
pub struct OrderDelayed<T> {
    pub order: T,
}

fn main() {}
