//! What Python's producers may call.

use std::time::Duration as Span;

use fourfold::prelude::*;
use fourfold::{Server, Statement};

/// What became of a number: a second effect would be seen.
#[derive(Resource)]
#[resource(package = "fleet.tally.v1", path = "tallies", task(queue = "rust"))]
pub(crate) struct Tally {
    #[field(id)]
    pub(crate) id: String,
    #[field(validate(range(0..)))]
    pub(crate) effects: i64,
    pub(crate) price: Option<Decimal>,
    pub(crate) at: Option<Timestamp>,
}

/// Adds.
#[derive(Task)]
#[task(name = "rust.add", queue = "rust")]
pub(crate) struct Add {
    pub(crate) x: i64,
    pub(crate) y: i64,
}

impl Handler for Add {
    type Output = i64;

    async fn run(self, _ctx: &Context) -> Result<i64> {
        Ok(self.x + self.y)
    }
}

/// Has one effect for each number, and answers twice the number.
#[derive(Task)]
#[task(name = "rust.count", queue = "rust", retries = 100)]
pub(crate) struct Count {
    pub(crate) number: i64,
}

impl Handler for Count {
    type Output = i64;

    async fn run(self, ctx: &Context) -> Result<i64> {
        let sql = "INSERT INTO tallies (id, effects, row_version) VALUES (?1, 1, 1) \
                   ON CONFLICT (id) DO UPDATE SET effects = tallies.effects + 1";
        ctx.execute(Statement::new(sql).bind(self.number.to_string()));
        Ok(self.number * 2)
    }
}

/// Fails.
#[derive(Task)]
#[task(name = "rust.fail", queue = "rust")]
pub(crate) struct Fail {
    #[field(validate(length(1..=20)))]
    pub(crate) reason: String,
}

impl Handler for Fail {
    type Output = ();

    async fn run(self, _ctx: &Context) -> Result<()> {
        Err(Error::failed_precondition(self.reason))
    }
}

/// Is away some times, and then says which attempt it was.
#[derive(Task)]
#[task(name = "rust.flaky", queue = "rust", retries = 5, backoff = "20ms")]
pub(crate) struct Flaky {
    pub(crate) times: u32,
}

impl Handler for Flaky {
    type Output = u32;

    async fn run(self, ctx: &Context) -> Result<u32> {
        let number = ctx.attempt().map(|attempt| attempt.number).unwrap_or_default();
        if number <= self.times { Err(Error::unavailable("away for a moment")) } else { Ok(number) }
    }
}

/// Takes long.
#[derive(Task)]
#[task(name = "rust.sleep", queue = "rust", retries = 0)]
pub(crate) struct Sleep {
    pub(crate) millis: u64,
}

impl Handler for Sleep {
    type Output = ();

    async fn run(self, _ctx: &Context) -> Result<()> {
        tokio::time::sleep(Span::from_millis(self.millis)).await;
        Ok(())
    }
}

pub(crate) fn all(server: Server) -> Server {
    server.mount::<Tally>().task::<Add>().task::<Count>().task::<Fail>().task::<Flaky>().task::<Sleep>()
}
