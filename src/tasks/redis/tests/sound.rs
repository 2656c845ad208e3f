//! Whether what is kept fits together: whatever a script writes in one place it writes in the others too.

use std::collections::{BTreeMap, BTreeSet};

use redis::aio::MultiplexedConnection;

/// All of what is under a prefix.
#[derive(Debug, PartialEq)]
pub(super) struct Kept {
    /// The fields of the tasks.
    pub(super) tasks: BTreeMap<String, BTreeMap<String, String>>,
    /// The members of the sorted sets, with their scores.
    pub(super) sets: BTreeMap<String, BTreeMap<String, f64>>,
    pub(super) keys: BTreeMap<String, String>,
}

const STATES: [&str; 6] = ["live", "live", "succeeded", "failed", "cancelled", "expired"];

impl Kept {
    pub(super) async fn of(connection: &mut MultiplexedConnection, prefix: &str) -> Self {
        let tag = format!("{{{prefix}}}:");
        let found: Vec<String> =
            redis::cmd("KEYS").arg(format!("{tag}*")).query_async(connection).await.expect("the keys");
        let mut kept = Self { tasks: BTreeMap::new(), sets: BTreeMap::new(), keys: BTreeMap::new() };
        for key in found {
            let name = key.strip_prefix(&tag).expect("it begins so");
            if let Some(id) = name.strip_prefix("task:") {
                let fields = redis::cmd("HGETALL").arg(&key).query_async(connection).await.expect("a hash");
                kept.tasks.insert(id.to_owned(), fields);
            } else if name == "keys" {
                kept.keys = redis::cmd("HGETALL").arg(&key).query_async(connection).await.expect("a hash");
            } else if !matches!(name, "last" | "ready" | "queues") {
                let mut all = redis::cmd("ZRANGE");
                all.arg(&key).arg(0).arg(-1).arg("WITHSCORES");
                let members: Vec<(String, f64)> = all.query_async(connection).await.expect("a sorted set");
                kept.sets.insert(name.to_owned(), members.into_iter().collect());
            }
        }
        kept
    }

    fn places(&self, id: &str) -> BTreeSet<&str> {
        let has = self.sets.iter().filter(|(_, members)| members.contains_key(id));
        has.map(|(name, _)| name.as_str()).collect()
    }

    /// How many are in a state, by its number.
    pub(super) fn in_state(&self, state: &str) -> usize {
        self.tasks.values().filter(|fields| fields.get("state").is_some_and(|it| it == state)).count()
    }

    /// Every task is where its state says, and nowhere else; nothing is anywhere that is no task.
    pub(super) fn assert_sound(&self) {
        for (id, fields) in &self.tasks {
            let state: usize = fields["state"].parse().expect("a state");
            let queue = &fields["queue"];
            let (rank, number) = fields["turn"].split_once(' ').expect("a turn");
            let own = match state {
                0 => [format!("ready:{rank}:{queue}"), format!("later:{rank}:{queue}")],
                1 => [format!("held:{queue}"), String::new()],
                _ => ["ended".to_owned(), String::new()],
            };
            let mut places = self.places(id);
            assert!(places.remove(STATES[state]), "{id} {fields:?} is not in {}", STATES[state]);
            let place = places.pop_first().unwrap_or_default().to_owned();
            assert!(own.contains(&place) && places.is_empty(), "{id} {fields:?}: {place} {places:?}");
            let number: f64 = number.parse().expect("a number");
            assert!((self.sets[STATES[state]][id] - number).abs() < 0.5, "its number is {number}");
            if let Some(key) = fields.get("unique_key").filter(|_| state < 2) {
                assert_eq!(self.keys.get(key), Some(id), "its key is its own");
            }
        }
        for (name, members) in &self.sets {
            let stray: Vec<_> = members.keys().filter(|id| !self.tasks.contains_key(*id)).collect();
            assert!(stray.is_empty(), "{name} has what is no task: {stray:?}");
        }
        for (key, id) in &self.keys {
            let state = self.tasks.get(id).map(|fields| fields["state"].as_str());
            assert!(matches!(state, Some("0" | "1")), "the key {key} is held by {id}, which is {state:?}");
        }
    }
}
