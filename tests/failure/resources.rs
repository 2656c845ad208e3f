//! What the servers of these tests serve.

use fourfold::prelude::*;

#[path = "../crash/resources.rs"]
mod plain;

/// Takes its time to be made.
#[derive(Resource)]
#[resource(package = "test.nap.v1", path = "naps", behavior)]
pub(crate) struct Nap {
    #[field(id)]
    pub id: Uuid,
    pub milliseconds: u32,
}

impl Behavior for Nap {
    async fn create(self, _ctx: &Context) -> Result<Self> {
        tokio::time::sleep(Duration::from_millis(u64::from(self.milliseconds))).await;
        Ok(self)
    }
}

pub(crate) fn all(server: fourfold::Server) -> fourfold::Server {
    plain::all(server).mount::<Nap>()
}
