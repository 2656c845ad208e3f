use fourfold::prelude::*;

/// Tells the customer that the order is on its way.
#[derive(Task)]
#[task(name = "order.confirm")]
pub struct ConfirmOrder {
    pub order: Uuid,
}

fn main() {}
