//! What events survive: relays and subscribers that are killed, writers that commit in any order, a transaction that is held
//! open. Every event arrives, in the order of what it happened to, and every effect that is committed with it happens once.
//!
//! `FOURFOLD_TEST_KILLS` says how often processes are killed on each engine; the number of events goes with it. `RabbitMQ`
//! carries them, too, where `FOURFOLD_TEST_AMQP_EVENTS_URL` names a virtual host for it: what is there of a group is left behind.
//! `FOURFOLD_TEST_SECONDS` says how long there are writers, a transaction is held open, and a bus is away.

#![cfg(unix)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a test binary, whose tests say what they mean by their names"
)]

#[cfg(any(feature = "nats", feature = "redis", feature = "amqp"))]
mod away;
#[path = "../crash/child.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod child;
#[path = "../wire/client.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod client;
#[cfg(feature = "postgres")]
mod commits;
#[path = "../wire/engines.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod engines;
#[cfg(any(feature = "nats", feature = "redis", feature = "amqp"))]
mod node;
mod resources;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fourfold::{Config, Events, Principal, Role, Running, Server, Service, Uuid};
use tokio::sync::Mutex;

use child::{Child, Place};
use resources::{Effect, Lane, LaneCreate, LaneUpdate};

const USUAL_KILLS: u32 = 3;
/// For each kill.
const STEPS: u32 = 200;
const LANES: u32 = 20;
/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_mins(2);

/// The engines are tried one after the other: each should have the machine for itself.
static TURN: Mutex<()> = Mutex::const_new(());

fn kills() -> u32 {
    std::env::var("FOURFOLD_TEST_KILLS").map_or(USUAL_KILLS, |it| it.parse().expect("a number"))
}

/// How long something lasts, unless it is said.
fn seconds(usual: u64) -> Duration {
    let said = std::env::var("FOURFOLD_TEST_SECONDS").map(|it| it.parse().expect("a number"));
    Duration::from_secs(said.unwrap_or(usual))
}

/// The places to try, one at a time.
async fn places() -> Vec<(&'static str, Place)> {
    #[allow(unused_mut, reason = "there may be one engine alone")]
    let mut places = vec![("sqlite", Place::sqlite())];
    #[cfg(feature = "postgres")]
    places.extend(Place::postgres().await.map(|place| ("postgresql", place)));
    #[cfg(feature = "amqp")]
    if let Ok(url) = std::env::var("FOURFOLD_TEST_AMQP_EVENTS_URL") {
        let by = |place: Place| place.with_events(format!("{url}?exchange={}", Uuid::now_v7()));
        places.push(("rabbitmq and sqlite", by(Place::sqlite())));
        #[cfg(feature = "postgres")]
        places.extend(Place::postgres().await.map(|place| ("rabbitmq and postgresql", by(place))));
    }
    #[cfg(feature = "redis")]
    places.extend(Place::on_redis().await.map(|url| ("redis and sqlite", Place::sqlite().with_events(url))));
    places
}

/// What writes, and looks at what came of it. It relays nothing and listens to nothing.
struct House {
    running: Running,
    service: Service,
}

impl House {
    async fn open(place: &Place) -> Self {
        let mut config = Config::default();
        config.listen.set_port(0);
        config.database_url = place.url.as_str().into();
        config.migrate = true;
        config.role = Role::Server;
        let running = resources::mounted(Server::new(config)).start().await.expect("the server starts");
        let service = running.service();
        Self { running, service }
    }

    async fn create(&self) -> Vec<String> {
        let ctx = self.service.context(Principal::anonymous());
        let mut lanes = Vec::new();
        for _ in 0..LANES {
            let id = Uuid::now_v7().to_string();
            let create = LaneCreate { id: id.clone(), secret: None, steps: None };
            self.service.create::<Lane>(&ctx, create).await.expect("made");
            lanes.push(id);
        }
        lanes
    }

    async fn advance(&self, lanes: &[String], steps: u32) {
        let each = steps / LANES;
        let walks = lanes.iter().map(|lane| async move {
            let ctx = self.service.context(Principal::anonymous());
            for _ in 0..each {
                let steps = self.service.get::<Lane>(&ctx, lane.clone()).await.expect("there").steps + 1;
                let update = LaneUpdate { steps: steps.into(), ..LaneUpdate::default() };
                self.service.update::<Lane>(&ctx, lane.clone(), update).await.expect("done");
            }
        });
        futures_util::future::join_all(walks).await;
    }

    /// What has happened, by lane.
    async fn effects(&self) -> BTreeMap<String, Vec<Effect>> {
        let ctx = self.service.context(Principal::anonymous());
        let mut effects: BTreeMap<String, Vec<Effect>> = BTreeMap::new();
        let mut token = String::new();
        loop {
            let page = self.service.list::<Effect>(&ctx, "", "", 1000, &token).await.expect("a page");
            for effect in page.items {
                effects.entry(effect.lane.clone()).or_default().push(effect);
            }
            token = page.next_page_token;
            if token.is_empty() {
                return effects;
            }
        }
    }

    /// Waits until so many have arrived, or it has taken so long; says whether they have.
    async fn arrive(&self, count: usize, longest: Duration) -> bool {
        let end = Instant::now() + longest;
        loop {
            let arrived: usize = self.effects().await.values().map(Vec::len).sum();
            if arrived >= count || Instant::now() > end {
                return arrived >= count;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until so many have arrived, and looks at whether each did once and in its turn.
    async fn all_arrived(&self, count: usize) {
        let (mut before, mut end) = (0, Instant::now() + HANGS);
        let effects = loop {
            let effects = self.effects().await;
            let arrived: usize = effects.values().map(Vec::len).sum();
            if arrived >= count {
                break effects;
            }
            if arrived > before {
                (before, end) = (arrived, Instant::now() + HANGS);
            }
            assert!(Instant::now() < end, "{arrived} of {count} have arrived, and it goes no further");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(effects.values().map(Vec::len).sum::<usize>(), count, "there are more than happened");
        for (lane, effects) in effects {
            let mut all: Vec<(i64, i64, i64)> =
                effects.iter().map(|effect| (effect.of, effect.arrived, effect.effects)).collect();
            all.sort_unstable();
            let expected: Vec<(i64, i64, i64)> =
                (1..).take(all.len()).map(|version| (version, version, 1)).collect();
            assert_eq!(all, expected, "{lane}: (version, when it arrived, how often)");
        }
    }
}

/// How many events there are after so many steps, creations and milestones with them.
fn happened(steps: u32) -> usize {
    (LANES + steps + steps / LANES / 10 * LANES) as usize
}

fn listener(place: &Place) -> Child {
    let settings = [
        ("FOURFOLD_TEST_ROLE", "run"),
        ("FOURFOLD_ROLE", "worker"),
        ("FOURFOLD_EVENT_LEASE", "1s"),
        ("FOURFOLD_SHUTDOWN_GRACE", "2s"),
    ];
    Child::spawn(place, &settings)
}

fn some_time(most: u64) -> Duration {
    Duration::from_millis(u64::from(Uuid::new_v4().as_bytes()[0]) * most / 255)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_killed_relays_and_subscribers_arrive_once_and_in_order() {
    let _turn = TURN.lock().await;
    for (name, place) in places().await {
        let kills = kills();
        let house = House::open(&place).await;
        let begun = Instant::now();
        let mut listeners = [listener(&place), listener(&place)];
        // A group begins with what happens from then on.
        settled(&house, &place).await;
        let lanes = house.create().await;
        for kill in 0..kills {
            house.advance(&lanes, STEPS).await;
            tokio::time::sleep(some_time(300)).await;
            let chosen = (kill % 2) as usize;
            listeners[chosen].kill();
            listeners[chosen] = listener(&place);
        }
        let count = happened(kills * STEPS);
        house.all_arrived(count).await;
        let seconds = begun.elapsed().as_secs_f64();
        println!("{name}: {kills} kills, {count} events in {seconds:.1} s; lost 0, twice 0, out of order 0");
        drop(listeners);
        house.running.stop().await;
        place.clear().await;
    }
}

/// Waits until the groups are known.
async fn settled(house: &House, place: &Place) {
    let end = Instant::now() + HANGS;
    let url = place.events.as_ref().unwrap_or(&place.url);
    // Until a listener has made its tables, they can't be read.
    while groups(url, &place.url).await.unwrap_or_default() < 2 {
        assert!(Instant::now() < end, "nobody listens");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(house.effects().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_relay_is_killed_another_takes_over() {
    let _turn = TURN.lock().await;
    for (name, place) in places().await {
        let house = House::open(&place).await;
        let mut first = listener(&place);
        settled(&house, &place).await;
        let lanes = house.create().await;
        house.all_arrived(LANES as usize).await;
        let second = listener(&place);
        tokio::time::sleep(Duration::from_secs(2)).await;
        first.kill();
        let killed = Instant::now();
        house.advance(&lanes, LANES).await;
        house.all_arrived(2 * LANES as usize).await;
        println!("{name}: the leader was killed; all had arrived after {:.1?}", killed.elapsed());
        drop(second);
        house.running.stop().await;
        place.clear().await;
    }
}

/// How many groups the bus knows.
async fn groups(url: &str, database: &str) -> fourfold::Result<usize> {
    Ok(Events::connect(url, Some(database)).await?.groups().await?.len())
}
