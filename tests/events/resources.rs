//! What happens to lanes, and who counts it.

use fourfold::prelude::*;
use fourfold::{Server, Statement, Subscription};

/// Something that happens again and again.
#[derive(Resource)]
#[resource(package = "test.lane.v1", path = "lanes", behavior)]
pub(crate) struct Lane {
    #[field(id)]
    pub id: String,
    #[field(sensitive, default = "s3cret")]
    pub secret: String,
    #[field(default = 0)]
    pub steps: i64,
    #[field(version)]
    pub version: i64,
}

impl Behavior for Lane {
    async fn update(self, ctx: &Context, _: Self) -> Result<Self> {
        if self.steps % 10 == 0 {
            ctx.publish(Milestone { steps: self.steps });
        }
        Ok(self)
    }
}

/// Ten more steps.
#[derive(Event)]
#[event(type = "test.lane.v1.lane.milestone_reached")]
pub(crate) struct Milestone {
    pub steps: i64,
}

/// What became of an event: a second effect of it would be seen, and one that came too early.
#[derive(Resource)]
#[resource(package = "test.effect.v1", path = "effects")]
pub(crate) struct Effect {
    /// The group and the event's id.
    #[field(id)]
    pub id: String,
    #[field(filter)]
    pub lane: String,
    /// The version of the lane that the event is about.
    pub of: i64,
    /// The how manieth of its lane it was to arrive.
    pub arrived: i64,
    pub effects: i64,
}

pub(crate) fn is_sqlite() -> bool {
    std::env::var("DATABASE_URL").is_ok_and(|url| url.starts_with("sqlite"))
}

fn effect(ctx: &Context, lane: &str, of: i64) {
    let delivered = ctx.delivered().expect("a subscriber runs");
    let id = format!("{}-{}", delivered.group, delivered.event.id);
    let [first, second, third] = if is_sqlite() { ["?1", "?2", "?3"] } else { ["$1", "$2", "$3"] };
    let sql = format!(
        "INSERT INTO effects (id, lane, \"of\", arrived, effects, row_version) VALUES ({first}, {second}, {third}, \
         (SELECT count(*) + 1 FROM effects WHERE lane = {second}), 1, 1) \
         ON CONFLICT (id) DO UPDATE SET effects = effects.effects + 1"
    );
    ctx.execute(Statement::new(sql).bind(id).bind(lane.to_owned()).bind(of));
}

async fn count(event: LaneEvent, ctx: &Context) -> Result<()> {
    let (lane, changed) = match event {
        LaneEvent::Created(event) => (event.lane, None),
        LaneEvent::Updated(event) => (event.lane, Some((event.before, event.changed))),
        LaneEvent::Deleted(event) => (event.lane, None),
    };
    if let Some((before, changed)) = changed {
        assert!(before.version + 1 == lane.version && changed.has("steps"), "{changed:?}");
    }
    let chance = Uuid::new_v4().as_bytes()[0];
    if chance < 8 {
        return Err(Error::unavailable("as it is meant to"));
    }
    tokio::time::sleep(Duration::from_millis(u64::from(chance) / 64)).await;
    effect(ctx, &lane.id, lane.version);
    Ok(())
}

async fn celebrate(event: Milestone, ctx: &Context) -> Result<()> {
    let delivered = ctx.delivered().expect("a subscriber runs");
    let lane = delivered.event.subject.clone().unwrap_or_default();
    effect(ctx, &format!("milestones of {lane}"), event.steps / 10);
    Ok(())
}

/// What is served, without anybody who listens.
pub(crate) fn mounted(server: Server) -> Server {
    server.mount::<Lane>().mount::<Effect>()
}

pub(crate) fn all(server: Server) -> Server {
    let quick = Duration::from_millis(5);
    let counting = Subscription::new("counting", count).retries(1000).backoff(quick, quick * 10);
    mounted(server).subscription(counting).subscribe("celebrating", celebrate)
}
