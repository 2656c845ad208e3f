//! Those who listen: old types to new events, new types to the old events in the log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourfold::Role;
use serde_json::Value;

use super::http;
use super::same::kind;
use super::verdict::Observed;
use super::world::{self, Served, World, key, rest};
use crate::plan::Side;

pub(super) async fn look(world: &World<'_>, observed: &mut Vec<Observed>) -> Result<(), String> {
    let old_log = usual(world).await?;
    let database = world.log("events")?;
    let count = log(&database).map_or(0, |there| there.len());
    let pair = world.pair;
    let mounted = |server| (pair.old_listens)((pair.new_listens)((pair.after)(server), "new"), "old");
    let served = match world::start(&database, Role::All, mounted).await {
        Ok(served) => served,
        Err(why) => {
            observed.push(Observed::broken("events", why));
            return Ok(());
        }
    };
    let heard = hear(world, &served, observed).await;
    served.running.stop().await;
    heard?;
    let new_log = log(&database)?;
    read(&old_log, new_log.get(count..).unwrap_or_default(), observed);
    Ok(())
}

/// What those who listen are used to: what is in the log, and all that the old service says when it writes all that it can.
/// Less would take for new what the old one only had no occasion to say.
async fn usual(world: &World<'_>) -> Result<Vec<(String, Value)>, String> {
    let database = world.left_behind("events-old")?;
    let served = world.old(&database, Role::Server).await?;
    let published = publish(&world.plan.before, &served).await;
    served.running.stop().await;
    published?;
    log(&database)
}

/// Has a service write all that it can.
async fn publish(side: &Side, served: &Served) -> Result<(), String> {
    let at = served.address;
    let mut ids = Vec::new();
    for body in &side.creates {
        let made = http::send(at, "POST", &side.path, ("", Some(&rest(body)))).await?;
        if made.is_good() {
            ids.push(key(&made.body["id"]));
        }
    }
    let path = |nth: usize| format!("{}/{}", side.path, ids.get(nth).map_or("", String::as_str));
    // Back and forth, so that each value is once the one before another, whatever the order of the fields is.
    for body in side.updates.iter().chain(side.updates.iter().rev()) {
        http::send(at, "PATCH", &path(0), ("", Some(&rest(body)))).await?;
    }
    for (operation, input) in &side.operations {
        let input = input.as_ref().map(rest);
        http::send(at, "POST", &format!("{}/{operation}", path(1)), ("", input.as_ref())).await?;
    }
    http::send(at, "DELETE", &path(2), ("", None)).await?;
    Ok(())
}

/// Has the new service write all that it can, and looks at what those who listen could not read.
async fn hear(world: &World<'_>, served: &Served, observed: &mut Vec<Observed>) -> Result<(), String> {
    publish(&world.plan.after, served).await?;
    let groups = ["new", "new-own", "old", "old-own"];
    world::settled(served, &groups).await?;
    let service = served.running.service();
    let events = service.events().map_err(|error| error.to_string())?;
    let known = events.groups().await.map_err(|error| error.to_string())?;
    // Where a definition has no event of its own, nobody listens to it.
    let is_known = |group: &&str| known.iter().any(|one| one.name == **group);
    if let Some(deaf) = ["new", "old"].iter().find(|group| !is_known(group)) {
        return Err(format!("the group {deaf} does not listen"));
    }
    for group in groups.into_iter().filter(is_known) {
        let dead = events.dead_letters(group, 5).await.map_err(|error| error.to_string())?;
        for letter in dead {
            let what =
                letter.event.map(|event| format!("{} {:?}", event.kind, event.data)).unwrap_or_default();
            observed.push(Observed::broken("events", format!("{group} types: {what}: {:?}", letter.error)));
        }
    }
    Ok(())
}

/// The types and the data of the events in the outbox.
fn log(database: &Path) -> Result<Vec<(String, Value)>, String> {
    let read = || -> rusqlite::Result<Vec<(String, String)>> {
        let connection = rusqlite::Connection::open(database)?;
        let mut rows = connection.prepare("SELECT type, payload FROM fourfold_outbox ORDER BY seq")?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let rows = read().map_err(|error| format!("the outbox: {error}"))?;
    let parsed = rows.into_iter().map(|(kind, data)| {
        Ok((kind, serde_json::from_str(&data).map_err(|error: serde_json::Error| error.to_string())?))
    });
    parsed.collect()
}

/// What stood at each place in events of a type.
#[derive(Default)]
struct Shape {
    kinds: BTreeMap<String, BTreeSet<&'static str>>,
    /// The members that every object at a place had.
    always: BTreeMap<String, BTreeSet<String>>,
}

/// Whether new events of each type are such as old ones were, without regard to any type of Rust.
fn read(old: &[(String, Value)], new: &[(String, Value)], observed: &mut Vec<Observed>) {
    let mut shapes: BTreeMap<&str, Shape> = BTreeMap::new();
    let mut row = Shape::default();
    for (name, data) in old {
        let shape = shapes.entry(name).or_default();
        shape.learn("", &outline(data));
        rows(data).for_each(|there| row.learn("row", there));
    }
    for (name, shape) in &shapes {
        let mut told = new.iter().filter(|(there, _)| there == name).peekable();
        if told.peek().is_none() {
            observed.push(Observed::broken("events", format!("no {name} any more")));
        }
        let differs = |data| {
            shape.differs("", &outline(data)).or_else(|| rows(data).find_map(|it| row.differs("row", it)))
        };
        if let Some(why) = told.find_map(|(_, data)| differs(data)) {
            observed.push(Observed::broken("events", format!("{name}: {why}")));
        }
    }
}

/// The rows that an event tells. What one event has said of them, another may say.
fn rows(data: &Value) -> impl Iterator<Item = &Value> {
    let members = data.as_object().into_iter().flat_map(serde_json::Map::values);
    members.filter(|value| value.is_object())
}

/// An event without what its rows hold.
fn outline(data: &Value) -> Value {
    let mut outline = data.clone();
    let members = outline.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut);
    members.filter_map(Value::as_object_mut).for_each(serde_json::Map::clear);
    outline
}

impl Shape {
    fn learn(&mut self, place: &str, value: &Value) {
        self.kinds.entry(place.to_owned()).or_default().insert(kind(value));
        match value {
            Value::Object(members) => {
                let always = self.always.entry(place.to_owned());
                let always = always.or_insert_with(|| members.keys().cloned().collect());
                always.retain(|name| members.contains_key(name));
                members.iter().for_each(|(name, value)| self.learn(&format!("{place}.{name}"), value));
            }
            Value::Array(values) => values.iter().for_each(|value| self.learn(&format!("{place}[]"), value)),
            _ => {}
        }
    }

    fn differs(&self, place: &str, value: &Value) -> Option<String> {
        let kinds = self.kinds.get(place)?;
        // Of a field that the old service alone could set it has said nothing, and it may be of any type.
        if kinds.iter().eq(&["null"]) {
            return None;
        }
        if !kinds.contains(kind(value)) {
            return Some(format!("{place} is {}, and was {kinds:?}", kind(value)));
        }
        match value {
            Value::Object(members) => {
                let gone = self.always.get(place)?.iter().find(|name| !members.contains_key(*name));
                gone.map(|name| format!("{place}.{name} is gone")).or_else(|| {
                    members.iter().find_map(|(name, value)| self.differs(&format!("{place}.{name}"), value))
                })
            }
            Value::Array(values) => {
                values.iter().find_map(|value| self.differs(&format!("{place}[]"), value))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(old: &[Value], new: &Value) -> Option<String> {
        let mut shape = Shape::default();
        for data in old {
            shape.learn("", data);
        }
        shape.differs("", new)
    }

    #[test]
    fn what_never_was_so_is_seen() {
        let old = [json!({ "thing": { "note": "a", "list": [{ "first": 1 }] } })];
        let is_null = seen(&old, &json!({ "thing": { "note": null, "list": [] } })).unwrap_or_default();
        assert!(is_null.contains(".thing.note is null"), "{is_null}");
        let gone = seen(&old, &json!({ "thing": { "list": [] } })).unwrap_or_default();
        assert!(gone.contains(".thing.note is gone"), "{gone}");
        let within = seen(&old, &json!({ "thing": { "note": "b", "list": [{}] } })).unwrap_or_default();
        assert!(within.contains(".thing.list[].first is gone"), "{within}");
    }

    #[test]
    fn what_never_was_but_null_may_be_anything() {
        let old = [json!({ "thing": { "code": null } })];
        assert_eq!(seen(&old, &json!({ "thing": { "code": 1 } })), None);
        assert!(seen(&old, &json!({ "thing": {} })).is_some());
    }

    #[test]
    fn what_was_so_at_times_is_usual() {
        let old = [json!({ "before": { "note": "a" } }), json!({ "before": { "note": null, "more": 1 } })];
        assert_eq!(seen(&old, &json!({ "before": { "note": null } })), None);
        assert_eq!(seen(&old, &json!({ "before": { "note": "b", "more": 2, "new": [] } })), None);
    }
}
