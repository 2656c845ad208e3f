use fourfold::Tasks;
use fourfold::prelude::*;

#[derive(Value)]
pub struct Address {
    pub street: String,
}

pub async fn enqueue(tasks: &Tasks, address: Address) -> Result<()> {
    tasks.enqueue(address).await?;
    Ok(())
}

fn main() {}
