use fourfold::prelude::*;

#[derive(Task)]
#[task(queue = "mail")]
pub struct ConfirmOrder {
    pub order: Uuid,
}

fn main() {}
