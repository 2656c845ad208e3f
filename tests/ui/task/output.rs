use fourfold::prelude::*;

#[derive(Task)]
#[task(name = "order.confirm")]
pub struct ConfirmOrder {
    pub order: Uuid,
}

pub struct Sent;

impl Handler for ConfirmOrder {
    type Output = Sent;

    async fn run(self, _ctx: &Context) -> Result<Sent> {
        Ok(Sent)
    }
}

fn main() {}
