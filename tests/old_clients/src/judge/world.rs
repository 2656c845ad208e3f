//! What old parties have left behind: rows, tasks that wait, events in the log.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fourfold::{Config, Decimal, Role, Running, Server, Uuid};
use prost_reflect::DescriptorPool;
use serde_json::Value;

use super::Pair;
use super::http::{self, Answer};
use super::tasks::payloads;
use crate::plan::{Body, Plan};

/// How long something may take that happens by itself.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);

/// The name of the database in a folder.
const DATABASE: &str = "things.db";

pub(super) struct World<'a> {
    pub(super) pair: Pair,
    pub(super) plan: &'a Plan,
    pub(super) pools: &'a [DescriptorPool; 2],
    folder: PathBuf,
    /// The ids of the rows, as they stand in URLs.
    pub(super) ids: Vec<String>,
    /// The tasks that wait, and what each is to do.
    pub(super) waiting: Vec<(String, Uuid)>,
}

/// A service that serves.
pub(super) struct Served {
    pub(super) running: Running,
    pub(super) address: SocketAddr,
}

impl<'a> World<'a> {
    /// Has the old service fill a database.
    pub(super) async fn new(
        pair: Pair,
        plan: &'a Plan,
        folder: &Path,
        pools: &'a [DescriptorPool; 2],
    ) -> Result<Self, String> {
        let _ = fs::remove_dir_all(folder);
        let mut world =
            Self { pair, plan, pools, folder: folder.to_owned(), ids: Vec::new(), waiting: Vec::new() };
        let seed = world.place("seed")?;
        let listening = |server| (pair.old_listens)((pair.before)(server), "seed");
        let served =
            start(&seed, Role::Server, listening).await.map_err(|why| format!("the old service: {why}"))?;
        let filled = world.fill(&served).await;
        served.running.stop().await;
        filled.map_err(|why| format!("the old service: {why}"))?;
        Ok(world)
    }

    async fn fill(&mut self, served: &Served) -> Result<(), String> {
        let (side, at) = (&self.plan.before, served.address);
        let mut path = String::new();
        for body in &side.seeds {
            let made = good(http::send(at, "POST", &side.path, ("", Some(&rest(body)))).await?)?;
            self.ids.push(key(&made.body["id"]));
        }
        for id in self.ids.iter().take(1) {
            path = format!("{}/{id}", side.path);
            for body in side.updates.iter().take(2) {
                good(http::send(at, "PATCH", &path, ("", Some(&rest(body)))).await?)?;
            }
        }
        for (operation, input) in &side.operations {
            let input = input.as_ref().map(rest);
            good(http::send(at, "POST", &format!("{path}/{operation}"), ("", input.as_ref())).await?)?;
        }
        // One that is gone, with its event.
        if let Some(id) = self.ids.pop() {
            good(http::send(at, "DELETE", &format!("{}/{id}", side.path), ("", None)).await?)?;
        }
        self.enqueue(served).await?;
        settled(served, &["seed", "seed-own"]).await
    }

    /// Enqueues what waits.
    async fn enqueue(&mut self, served: &Served) -> Result<(), String> {
        let side = &self.plan.before;
        let mut later: Vec<(&str, String, Option<Value>)> = Vec::new();
        later.extend(side.later.iter().map(|body| ("POST", side.path.clone(), Some(rest(body)))));
        if let [_, second, third, fourth, ..] = &self.ids[..] {
            let path = |id: &str| format!("{}/{id}", side.path);
            later.extend(side.updates.iter().map(|body| ("PATCH", path(second), Some(rest(body)))));
            let calls = side.operations.iter();
            later.extend(calls.map(|(operation, input)| {
                ("POST", format!("{}/{operation}", path(third)), input.as_ref().map(rest))
            }));
            later.push(("DELETE", path(fourth), None));
        }
        for (method, path, body) in later {
            let headers = "Prefer: respond-async\r\n";
            let answer = good(http::send(served.address, method, &path, (headers, body.as_ref())).await?)?;
            let id = answer.body["id"].as_str().and_then(|id| id.parse().ok());
            let id = id.ok_or_else(|| format!("{method} {path} later: no id in {}", answer.body))?;
            self.waiting.push((format!("{method} {path} {}", body.unwrap_or_default()), id));
        }
        let tasks = served.running.service();
        let tasks = tasks.tasks().map_err(|error| error.to_string())?;
        for (name, payload) in payloads(side, &side.sent, &self.ids) {
            let enqueued = tasks.send(&name, &payload).await.map_err(|error| format!("{name}: {error}"))?;
            self.waiting.push((format!("{name} {payload}"), enqueued.id));
        }
        Ok(())
    }

    fn place(&self, name: &str) -> Result<PathBuf, String> {
        let place = self.folder.join(name);
        fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        Ok(place.join(DATABASE))
    }

    /// A copy of what the old service left behind.
    pub(super) fn left_behind(&self, name: &str) -> Result<PathBuf, String> {
        let place = self.place(name)?;
        let seed = self.folder.join("seed");
        for end in ["", "-wal"] {
            let file = seed.join(format!("{DATABASE}{end}"));
            if file.exists() {
                let copy = place.with_file_name(format!("{DATABASE}{end}"));
                fs::copy(&file, copy).map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        Ok(place)
    }

    /// The same after the migration; where there can't be any, nothing.
    pub(super) fn migrated(&self, name: &str) -> Result<PathBuf, String> {
        let Ok(sql) = &self.plan.migration else { return self.place(name) };
        let place = self.left_behind(name)?;
        // What fails is seen by those who look at the database; to the others it is as if it were new.
        if migrate(&place, sql).is_err() { self.place(&format!("{name}-anew")) } else { Ok(place) }
    }

    /// The same with the log of events in any case: where rows can't be taken over, without these.
    pub(super) fn log(&self, name: &str) -> Result<PathBuf, String> {
        let place = self.left_behind(name)?;
        let is_migrated = self.plan.migration.as_ref().is_ok_and(|sql| migrate(&place, sql).is_ok());
        if !is_migrated {
            drop_rows(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        }
        Ok(place)
    }

    pub(super) async fn old(&self, database: &Path, role: Role) -> Result<Served, String> {
        start(database, role, self.pair.before).await.map_err(|why| format!("the old service: {why}"))
    }

    pub(super) async fn new_one(&self, database: &Path, role: Role) -> Result<Served, String> {
        start(database, role, self.pair.after).await.map_err(|why| format!("the new service: {why}"))
    }
}

/// Runs a migration.
pub(super) fn migrate(database: &Path, sql: &str) -> Result<(), String> {
    let run = || -> rusqlite::Result<()> {
        let connection = rusqlite::Connection::open(database)?;
        connection.busy_timeout(PATIENCE)?;
        let number = |text: &str| text.parse::<Decimal>().unwrap_or_default();
        connection.create_collation("fourfold_decimal", move |one, other| number(one).cmp(&number(other)))?;
        connection
            .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = OFF; BEGIN IMMEDIATE;")?;
        connection.execute_batch(sql)?;
        connection.execute_batch("COMMIT;")
    };
    run().map_err(|error| error.to_string())
}

/// Drops the tables of resources.
fn drop_rows(database: &Path) -> rusqlite::Result<()> {
    let connection = rusqlite::Connection::open(database)?;
    let theirs = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'things_*'";
    let mut tables = connection.prepare(theirs)?;
    let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names.iter().try_for_each(|name| connection.execute_batch(&format!("DROP TABLE \"{name}\"")))
}

/// Starts a service on a database.
pub(super) async fn start(
    database: &Path,
    role: Role,
    mounted: impl FnOnce(Server) -> Server,
) -> Result<Served, String> {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.database_url = format!("sqlite:{}", database.display()).into();
    config.role = role;
    config.shutdown_grace = Duration::from_secs(2);
    let running = mounted(Server::new(config)).start().await.map_err(|error| format!("{error:?}"))?;
    Ok(Served { address: running.address(), running })
}

/// Waits until groups have come to all events.
pub(super) async fn settled(served: &Served, groups: &[&str]) -> Result<(), String> {
    let service = served.running.service();
    let events = service.events().map_err(|error| error.to_string())?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let waiting = events.lag().await.map_err(|error| error.to_string())?.waiting;
        let all = events.groups().await.map_err(|error| error.to_string())?;
        let open =
            all.iter().any(|group| groups.contains(&group.name.as_str()) && group.behind + group.open > 0);
        if waiting == 0 && !open {
            return Ok(());
        }
        if tokio::time::Instant::now() > deadline {
            return Err(format!("events are not heard: {waiting} wait, {all:?}"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) fn rest(body: &Body) -> Value {
    Value::Object(body.rest.clone())
}

/// An id as it stands in URLs.
pub(super) fn key(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn good(answer: Answer) -> Result<Answer, String> {
    if answer.is_good() {
        Ok(answer)
    } else {
        Err(format!("what is right is refused: {} {}", answer.status, answer.body))
    }
}
