//! What is watched.

use fourfold::prelude::*;
use fourfold::{OperationKind, Server};

/// What no watcher may ever see.
pub(crate) const CANARY: &str = "c4nary";

/// Something that changes all the time.
#[derive(Resource)]
#[resource(package = "test.boat.v1", path = "boats", operation(sail, input = Trip, event = "sailed"))]
pub(crate) struct Boat {
    #[field(id)]
    pub id: String,
    #[field(filter, default = "here")]
    pub harbour: String,
    #[field(filter, default = 0)]
    pub miles: i64,
    pub log: Option<String>,
    #[field(input_only)]
    pub key: String,
    #[field(sensitive, filter)]
    pub owner: Option<String>,
    pub papers: Papers,
    #[field(version)]
    pub version: i64,
}

/// What a boat has to have.
#[derive(Clone, PartialEq, Value)]
pub(crate) struct Papers {
    pub flag: String,
    #[field(sensitive)]
    pub insurance: String,
}

/// Where it goes.
#[derive(Value)]
pub(crate) struct Trip {
    pub to: String,
}

impl BoatOperations for Boat {
    async fn sail(&mut self, ctx: &Context, input: Trip) -> Result<()> {
        self.harbour = input.to;
        self.miles += 10;
        ctx.publish(Noise { boat_id: self.id.clone() });
        Ok(())
    }
}

/// An event about a boat that changes no row.
#[derive(Event)]
#[event(type = "test.boat.v1.boat.noise_heard", subject = "boat_id")]
pub(crate) struct Noise {
    pub boat_id: String,
}

/// Something else that happens meanwhile.
#[derive(Resource)]
#[resource(package = "test.gull.v1", path = "gulls")]
pub(crate) struct Gull {
    #[field(id)]
    pub id: i64,
    #[field(default = "grey")]
    pub color: String,
}

/// A resource whose rows are not shown as they are.
#[derive(Resource)]
#[resource(package = "test.mask.v1", path = "masks", behavior)]
pub(crate) struct Mask {
    #[field(id)]
    pub id: i64,
    pub face: String,
    #[field(sensitive)]
    pub behind: String,
}

impl Behavior for Mask {
    async fn get(mut self, _ctx: &Context) -> Result<Self> {
        self.face = format!("a mask of {} letters", self.face.len());
        Ok(self)
    }

    async fn before(&self, _ctx: &Context, _operation: OperationKind) -> Result<()> {
        Ok(())
    }
}

pub(crate) fn all(server: Server) -> Server {
    server.mount::<Boat>().mount::<Gull>().mount::<Mask>()
}

/// A boat with all that is secret.
pub(crate) fn boat(id: &str) -> serde_json::Value {
    serde_json::json!({
        "id": id, "key": format!("{CANARY} key"), "owner": format!("{CANARY} owner"),
        "papers": {"flag": "blue", "insurance": format!("{CANARY} insurance")},
    })
}
