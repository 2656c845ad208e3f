use fourfold::Subscription;
use fourfold::prelude::*;

#[derive(Value)]
pub struct Address {
    pub street: String,
}

async fn listen(_: Address, _: &Context) -> Result<()> {
    Ok(())
}

pub fn subscription() -> Subscription {
    Subscription::new("addresses", listen)
}

fn main() {}
