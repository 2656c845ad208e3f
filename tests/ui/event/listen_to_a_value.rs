use fourfold::Server;
use fourfold::prelude::*;

#[derive(Value)]
pub struct Address {
    pub street: String,
}

async fn listen(_: Address, _: &Context) -> Result<()> {
    Ok(())
}

pub fn server(server: Server) -> Server {
    server.subscribe("addresses", listen)
}

fn main() {}
