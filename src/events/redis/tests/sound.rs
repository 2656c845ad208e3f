//! Whether what is kept fits together: whatever a script writes in one place it writes in the others too.

use std::collections::{BTreeMap, BTreeSet};

use redis::aio::MultiplexedConnection;

/// What is kept of a group.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Token, attempts and key of what is open.
    open: BTreeMap<String, (i64, u32, String)>,
    held: BTreeSet<String>,
    due: BTreeSet<String>,
    turns: BTreeSet<String>,
    dead: BTreeSet<String>,
    kept: BTreeSet<String>,
    letters: BTreeSet<String>,
    is_known: bool,
}

/// All of what is under a prefix.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) groups: BTreeMap<String, Group>,
    names: BTreeSet<String>,
    /// How many events the log has, and how many are known by source and id.
    pub(super) log: usize,
    pub(super) known: usize,
}

impl Kept {
    pub(super) async fn of(connection: &mut MultiplexedConnection, prefix: &str) -> Self {
        let tag = format!("{{{prefix}}}:events");
        let ask = |words: &[&str]| {
            let mut command = redis::cmd(words[0]);
            command.arg(&words[1..]);
            command
        };
        let found: Vec<String> =
            ask(&["KEYS", &format!("{tag}:*")]).query_async(connection).await.expect("the keys");
        let log = ask(&["XLEN", &tag]).query_async(connection).await.expect("a stream");
        let known =
            ask(&["ZCARD", &format!("{tag}:known")]).query_async(connection).await.expect("a sorted set");
        let names =
            ask(&["SMEMBERS", &format!("{tag}:groups")]).query_async(connection).await.expect("a set");
        let mut kept = Self { groups: BTreeMap::new(), names, log, known };
        for key in found {
            let name = key.strip_prefix(&format!("{tag}:")).expect("it begins so");
            let Some((kind, name)) = name.split_once(':') else { continue };
            let letter = name.split_once(':').filter(|_| kind == "letter");
            let group = kept.groups.entry(letter.map_or(name, |(group, _)| group).to_owned()).or_default();
            match kind {
                "group" => group.is_known = true,
                "open" => {
                    let fields: BTreeMap<String, String> =
                        ask(&["HGETALL", &key]).query_async(connection).await.expect("a hash");
                    for (place, open) in fields {
                        let parts: Vec<&str> = open.split(' ').collect();
                        let [token, attempts, key] = parts[..] else { panic!("{place}: {open}") };
                        let numbers = (token.parse().expect("a token"), attempts.parse().expect("a number"));
                        group.open.insert(place, (numbers.0, numbers.1, key.to_owned()));
                    }
                }
                "letter" => {
                    group.letters.insert(letter.expect("a place").1.to_owned());
                }
                "kept" => {
                    group.kept = ask(&["SMEMBERS", &key]).query_async(connection).await.expect("a set");
                }
                _ => {
                    let members = ask(&["ZRANGE", &key, "0", "-1"]);
                    let members = members.query_async(connection).await.expect("a sorted set");
                    match kind {
                        "held" => group.held = members,
                        "due" => group.due = members,
                        "turns" => group.turns = members,
                        "dead" => group.dead = members,
                        other => panic!("{other} is none of ours"),
                    }
                }
            }
        }
        kept
    }

    pub(super) fn open(&self, group: &str) -> usize {
        self.groups.get(group).map_or(0, |group| group.open.len())
    }

    pub(super) fn dead(&self, group: &str) -> usize {
        self.groups.get(group).map_or(0, |group| group.dead.len())
    }

    pub(super) fn first_dead(&self, group: &str) -> &str {
        self.groups[group].dead.first().expect("a letter")
    }

    pub(super) fn held(&self, group: &str) -> usize {
        self.groups.get(group).map_or(0, |group| group.held.len())
    }

    /// Of every key one event is given out or may be, and the others wait; what is a letter is given up, or begins anew from it.
    pub(super) fn assert_sound(&self) {
        for (name, group) in &self.groups {
            assert!(group.is_known && self.names.contains(name), "{name} is no group: {group:?}");
            assert!(group.held.is_disjoint(&group.due), "{name}: {group:?}");
            let active: BTreeSet<&String> = group.held.union(&group.due).collect();
            assert!(active.iter().all(|place| group.open.contains_key(*place)), "{name}: {group:?}");
            let mut turns = BTreeSet::new();
            let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
            for (place, (_, _, key)) in &group.open {
                if key.is_empty() {
                    assert!(active.contains(place), "{name}: {place} waits for nothing: {group:?}");
                    continue;
                }
                turns.insert(format!("{key}:{place}"));
                *keys.entry(key).or_default() += usize::from(active.contains(place));
            }
            assert_eq!(turns, group.turns, "{name}");
            assert!(keys.values().all(|count| *count == 1), "{name}: {keys:?}");
            let letters: BTreeSet<String> = group.dead.union(&group.kept).cloned().collect();
            assert_eq!(letters, group.letters, "{name}");
            assert!(group.kept.iter().all(|place| group.open.contains_key(place)), "{name}: {group:?}");
        }
    }
}
