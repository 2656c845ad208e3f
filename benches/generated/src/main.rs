//! The service of `../by-hand`, as fourfold makes it.

mod user;

use crate::user::User;

#[tokio::main]
async fn main() -> fourfold::Result<()> {
    fourfold::Server::from_env()?.mount::<User>().run().await
}
