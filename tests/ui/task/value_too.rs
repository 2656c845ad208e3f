use fourfold::prelude::*;

#[derive(Task, Value)]
#[task(name = "order.confirm")]
pub struct ConfirmOrder {
    pub order: Uuid,
}

impl Handler for ConfirmOrder {
    type Output = ();

    async fn run(self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}

fn main() {}
