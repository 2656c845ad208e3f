use fourfold::prelude::*;

#[derive(Task)]
#[task(name = "confirm", cron = "@daily", timeout = "3 minutes")]
pub struct ConfirmOrder {
    pub order: Uuid,
    #[field(was = "text")]
    pub note: Option<String>,
}

impl Handler for ConfirmOrder {
    type Output = ();

    async fn run(self, _ctx: &Context) -> Result<()> {
        let _ = self.note;
        Ok(())
    }
}

pub async fn enqueue(ctx: &Context) -> Result<()> {
    ctx.enqueue(ConfirmOrder { order: Uuid::now_v7(), note: None }).await?;
    Ok(())
}

fn main() {}
