use fourfold::prelude::*;

#[derive(Task)]
#[task(name = "order.confirm")]
pub struct ConfirmOrder<T> {
    pub order: T,
}

impl Handler for ConfirmOrder<Uuid> {
    type Output = ();

    async fn run(self, _ctx: &Context) -> Result<()> {
        Ok(())
    }
}

fn main() {}
