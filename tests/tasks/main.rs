//! What tasks survive: workers that are killed, stopped for a while, or told to end, and operations that fail. Every task
//! runs, and every effect that is committed with it happens once.
//!
//! `FOURFOLD_TEST_KILLS` says how often workers are killed on each engine; the number of tasks goes with it.

#![cfg(unix)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a test binary, whose tests say what they mean by their names"
)]

#[path = "../crash/child.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod child;
#[path = "../wire/client.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod client;
#[path = "../wire/engines.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod engines;
mod resources;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use fourfold::tasks::{TaskFilter, TaskState};
use fourfold::{Config, Principal, Role, Running, Server, Service, Uuid};
use tokio::sync::Mutex;

use child::{Child, Place};
use resources::{Count, Parcel, ParcelCreate, Tally};

const USUAL_KILLS: u32 = 5;
/// For each kill.
const TASKS: u32 = 100;
/// Longer than anything here takes, unless it hangs.
const HANGS: Duration = Duration::from_mins(5);

/// The engines are tried one after the other: each should have the machine for itself.
static TURN: Mutex<()> = Mutex::const_new(());

fn kills() -> u32 {
    std::env::var("FOURFOLD_TEST_KILLS").map_or(USUAL_KILLS, |it| it.parse().expect("a number"))
}

/// The places to try, one at a time.
async fn places() -> Vec<(&'static str, Place)> {
    #[allow(unused_mut, reason = "there may be one engine alone")]
    let mut places = vec![("sqlite", Place::sqlite())];
    #[cfg(feature = "postgres")]
    places.extend(Place::postgres().await.map(|place| ("postgresql", place)));
    #[cfg(feature = "redis")]
    places.extend(Place::redis().await.map(|place| ("redis", place)));
    // A virtual host of its own: its queues are left behind.
    if let Ok(url) = std::env::var("FOURFOLD_TEST_AMQP_TASKS_URL") {
        let mut place = Place::sqlite();
        place.tasks = Some(url);
        places.push(("rabbitmq", place));
    }
    places
}

/// What enqueues, and looks at what came of it.
struct House {
    running: Running,
    service: Service,
}

impl House {
    async fn open(place: &Place) -> Self {
        let mut config = Config::default();
        config.listen.set_port(0);
        config.database_url = place.url.as_str().into();
        config.tasks_url = place.tasks.as_deref().map(Into::into);
        config.migrate = true;
        config.role = Role::Server;
        let running = resources::all(Server::new(config)).start().await.expect("the server starts");
        let service = running.service();
        if place.tasks.is_some() {
            // Messages of tasks of another place.
            service.tasks().expect("there are tasks").drain("default").await.expect("it is empty");
        }
        Self { running, service }
    }

    async fn enqueue(&self, count: u32, millis: u64) {
        let tasks = self.service.tasks().expect("there are tasks");
        let taken = (0..count).map(|_| async move { tasks.enqueue(Count { millis }).await });
        let taken = futures_util::future::join_all(taken).await;
        assert!(taken.iter().all(Result::is_ok), "all are taken");
    }

    /// By an operation that may fail; says whether it did not.
    async fn parcel(&self, label: &str) -> bool {
        let ctx = self.service.context(Principal::anonymous());
        self.service.create::<Parcel>(&ctx, ParcelCreate { label: label.to_owned() }).await.is_ok()
    }

    /// How often what has happened happened, by task.
    async fn effects(&self) -> BTreeMap<String, i64> {
        let ctx = self.service.context(Principal::anonymous());
        let mut effects = BTreeMap::new();
        let mut token = String::new();
        loop {
            let page = self.service.list::<Tally>(&ctx, "", "", 1000, &token).await.expect("a page");
            effects.extend(page.items.into_iter().map(|tally| (tally.id, tally.effects)));
            token = page.next_page_token;
            if token.is_empty() {
                return effects;
            }
        }
    }

    /// Waits until nothing waits or runs, and says how many attempts there were.
    async fn all_done(&self, count: usize) -> u64 {
        let tasks = self.service.tasks().expect("there are tasks");
        let end = Instant::now() + HANGS;
        loop {
            let mut filter = TaskFilter::default();
            filter.limit = 1_000_000;
            let found = tasks.list(&filter).await.expect("a list");
            let done = found.iter().filter(|task| task.state == TaskState::Succeeded).count();
            let failed =
                found.iter().find(|task| task.state.is_final() && task.state != TaskState::Succeeded);
            assert!(failed.is_none(), "{failed:?}");
            if done >= count {
                assert_eq!(found.len(), count, "there are tasks that nobody enqueued");
                return found.iter().map(|task| u64::from(task.attempts)).sum();
            }
            assert!(Instant::now() < end, "{done} of {count} are done, and it goes no further");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn each_once(&self, count: usize) {
        let effects = self.effects().await;
        let twice: Vec<_> = effects.iter().filter(|(_, effects)| **effects != 1).collect();
        assert_eq!((effects.len(), twice.len()), (count, 0), "lost or doubled: {twice:?}");
    }
}

fn worker(place: &Place) -> Child {
    let settings =
        [("FOURFOLD_ROLE", "worker"), ("FOURFOLD_TASK_LEASE", "1s"), ("FOURFOLD_SHUTDOWN_GRACE", "2s")];
    let mut all = vec![("FOURFOLD_TEST_ROLE", "run")];
    all.extend(settings);
    Child::spawn(place, &all)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("kill").success(), "the worker is there to be told");
}

fn some_time(most: u64) -> Duration {
    Duration::from_millis(u64::from(Uuid::new_v4().as_bytes()[0]) * most / 255)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_killed_workers_are_neither_lost_nor_done_twice() {
    let _turn = TURN.lock().await;
    for (name, place) in places().await {
        let kills = kills();
        let count = kills * TASKS;
        let house = House::open(&place).await;
        let begun = Instant::now();
        let mut workers = [worker(&place), worker(&place)];
        for kill in 0..kills {
            // Half of them with what an operation writes.
            house.enqueue(TASKS / 2, 5).await;
            for number in 0..TASKS / 2 {
                assert!(house.parcel(&format!("{kill}-{number}")).await);
            }
            tokio::time::sleep(some_time(150)).await;
            let chosen = (kill % 2) as usize;
            workers[chosen].kill();
            workers[chosen] = worker(&place);
        }
        let attempts = house.all_done(count as usize).await;
        house.each_once(count as usize).await;
        let seconds = begun.elapsed().as_secs_f64();
        let repeated = attempts - u64::from(count);
        println!(
            "{name}: {kills} kills, {count} tasks in {seconds:.1} s, {repeated} attempts repeated; lost 0, twice 0"
        );
        drop(workers);
        house.running.stop().await;
        place.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_comes_back_from_a_pause_finishes_nothing_of_others() {
    let _turn = TURN.lock().await;
    for (name, place) in places().await {
        let house = House::open(&place).await;
        let paused = worker(&place);
        // Each takes longer than it is until the pause, so that the worker holds some.
        house.enqueue(60, 400).await;
        let held = async {
            let mut filter = TaskFilter::default();
            filter.state = Some(TaskState::Running);
            while house.service.tasks().expect("tasks").list(&filter).await.expect("a list").is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(HANGS, held).await.expect("the worker begins");
        signal(&paused, "-STOP");
        let other = worker(&place);
        tokio::time::sleep(Duration::from_secs(3)).await;
        signal(&paused, "-CONT");
        let attempts = house.all_done(60).await;
        house.each_once(60).await;
        assert!(attempts > 60, "nothing was taken from the one that was paused");
        println!("{name}: {} attempts were taken from a paused worker; twice 0", attempts - 60);
        drop((paused, other));
        house.running.stop().await;
        place.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_told_to_end_is_out_in_time_and_loses_nothing() {
    let _turn = TURN.lock().await;
    for (name, place) in places().await {
        let stops = (kills() / 2).max(3);
        let count = stops * 40;
        let house = House::open(&place).await;
        let mut longest = Duration::ZERO;
        for _ in 0..stops {
            let mut worker = worker(&place);
            house.enqueue(40, 30).await;
            tokio::time::sleep(Duration::from_millis(100) + some_time(200)).await;
            let told = Instant::now();
            worker.terminate();
            let status = worker.ended(HANGS).await;
            longest = longest.max(told.elapsed());
            // Before it knows how to end it is ended by the signal.
            assert!(status.success() || status.code().is_none(), "{status}");
        }
        let last = worker(&place);
        house.all_done(count as usize).await;
        house.each_once(count as usize).await;
        println!(
            "{name}: {stops} SIGTERMs under load, out after {longest:.1?} at most (grace 2 s); lost 0, twice 0"
        );
        drop(last);
        house.running.stop().await;
        place.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_fails_leaves_no_task_behind() {
    let _turn = TURN.lock().await;
    for (name, place) in places().await {
        let rounds = kills() * TASKS;
        let house = House::open(&place).await;
        assert!(house.parcel("first").await);
        for _ in 0..rounds {
            assert!(!house.parcel("first").await, "the label is taken");
        }
        let last = worker(&place);
        house.all_done(1).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        house.all_done(1).await;
        house.each_once(1).await;
        println!("{name}: {rounds} operations enqueued and failed; ghosts 0");
        drop(last);
        house.running.stop().await;
        place.clear().await;
    }
}

/// With the lease that workers have where nothing is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_a_worker_that_died_are_begun_by_another_within_thirty_seconds() {
    let _turn = TURN.lock().await;
    let rescued = places().await.into_iter().map(|(name, place)| async move {
        let house = House::open(&place).await;
        let usual = [("FOURFOLD_TEST_ROLE", "run"), ("FOURFOLD_ROLE", "worker")];
        let mut dies = Child::spawn(&place, &usual);
        house.enqueue(8, 2000).await;
        let all_begun = async {
            let mut filter = TaskFilter::default();
            filter.state = Some(TaskState::Running);
            while house.service.tasks().expect("tasks").list(&filter).await.expect("a list").len() < 8 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(HANGS, all_begun).await.expect("the worker begins them");
        let other = Child::spawn(&place, &usual);
        let killed = Instant::now();
        dies.kill();
        assert_eq!(house.all_done(8).await, 16, "each was begun twice");
        let begun = killed.elapsed().saturating_sub(Duration::from_secs(2));
        house.each_once(8).await;
        println!("{name}: what a killed worker had begun was begun again after {begun:.1?}");
        drop(other);
        house.running.stop().await;
        place.clear().await;
        (name, begun)
    });
    for (name, begun) in futures_util::future::join_all(rescued).await {
        assert!(begun < Duration::from_secs(30), "{name}: {begun:?}");
    }
}
