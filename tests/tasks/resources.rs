//! Tasks whose effects can be counted.

use std::time::Duration as Span;

use fourfold::prelude::*;
use fourfold::{Server, Statement};

/// What became of a task: a second effect of it would be seen.
#[derive(Resource)]
#[resource(package = "test.tally.v1", path = "tallies")]
pub(crate) struct Tally {
    /// The task's id.
    #[field(id)]
    pub id: String,
    pub effects: i64,
}

/// What enqueues a task when it is made.
#[derive(Resource)]
#[resource(package = "test.parcel.v1", path = "parcels", behavior)]
pub(crate) struct Parcel {
    #[field(id)]
    pub id: Uuid,
    #[field(unique)]
    pub label: String,
}

impl Behavior for Parcel {
    async fn create(self, ctx: &Context) -> Result<Self> {
        ctx.enqueue(Count { millis: 1 })
            .retries(1000)
            .backoff(Span::from_millis(5), Span::from_millis(50))
            .await?;
        Ok(self)
    }
}

/// Counts itself.
#[derive(Task)]
#[task(name = "tally.count_up", retries = 1000, backoff = "5ms", backoff_max = "50ms")]
pub(crate) struct Count {
    /// How long it takes.
    pub millis: u64,
}

impl Handler for Count {
    type Output = ();

    async fn run(self, ctx: &Context) -> Result<()> {
        let task = ctx.attempt().expect("a worker runs it").task.to_string();
        tokio::time::sleep(Span::from_millis(self.millis)).await;
        let sqlite = std::env::var("DATABASE_URL").is_ok_and(|url| url.starts_with("sqlite"));
        let place = if sqlite { "?1" } else { "$1" };
        let sql = format!(
            "INSERT INTO tallies (id, effects, row_version) VALUES ({place}, 1, 1) \
             ON CONFLICT (id) DO UPDATE SET effects = tallies.effects + 1"
        );
        ctx.execute(Statement::new(sql).bind(task));
        Ok(())
    }
}

pub(crate) fn all(server: Server) -> Server {
    server.mount::<Tally>().mount::<Parcel>().task::<Count>()
}
