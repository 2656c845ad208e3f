//! Groups, dead letters, and what is forgotten.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};

use super::micros;
#[cfg(feature = "amqp")]
use crate::events::bus::Standing;
use crate::events::bus::{Group, Start};
use crate::events::cloud::CloudEvent;
use crate::events::status::{DeadLetter, GroupStatus};
use crate::tasks::Failure;

/// How many events go at a time, so that writes do not wait long.
const PRUNED_AT_ONCE: i64 = 5_000;

pub(super) fn is_known(connection: &Connection, group: &str) -> rusqlite::Result<bool> {
    let mut known =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM fourfold_event_groups WHERE name = ?1)")?;
    known.query_row([group], |row| row.get(0))
}

pub(super) fn subscribe(connection: &Connection, group: &Group) -> rusqlite::Result<()> {
    let types = serde_json::Value::from(group.types.clone()).to_string();
    let position = begin(connection, group.start)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO fourfold_event_groups (name, types, position) VALUES (?1, ?2, ?3) \
         ON CONFLICT (name) DO UPDATE SET types = excluded.types WHERE types <> excluded.types",
    )?;
    statement.execute((&group.name, types, position)).map(|_| ())
}

/// Before the first event that a group which starts there gets.
fn begin(connection: &Connection, start: Start) -> rusqlite::Result<i64> {
    let from = match start {
        Start::Beginning => return Ok(0),
        Start::Now => i64::MAX,
        Start::At(moment) => micros(moment),
    };
    let mut statement = connection.prepare_cached(
        "SELECT coalesce((SELECT min(seq) - 1 FROM fourfold_events WHERE published_at >= ?1), \
         (SELECT max(seq) FROM fourfold_events), 0)",
    )?;
    if from < i64::MAX {
        return statement.query_row([from], |row| row.get(0));
    }
    connection.query_row("SELECT coalesce(max(seq), 0) FROM fourfold_events", [], |row| row.get(0))
}

pub(super) fn seek(connection: &Connection, group: &str, start: Start) -> rusqlite::Result<bool> {
    let position = begin(connection, start)?;
    connection.execute("DELETE FROM fourfold_event_open WHERE group_name = ?1", [group])?;
    let set = "UPDATE fourfold_event_groups SET position = ?2, round = round + 1 WHERE name = ?1";
    Ok(connection.execute(set, (group, position))? == 1)
}

pub(super) fn forget(connection: &Connection, group: &str) -> rusqlite::Result<bool> {
    connection.execute("DELETE FROM fourfold_event_open WHERE group_name = ?1", [group])?;
    connection.execute("DELETE FROM fourfold_event_dead WHERE group_name = ?1", [group])?;
    Ok(connection.execute("DELETE FROM fourfold_event_groups WHERE name = ?1", [group])? == 1)
}

pub(super) fn prune(connection: &Connection, before: i64) -> rusqlite::Result<u64> {
    let gone = connection.execute(
        "DELETE FROM fourfold_events WHERE published_at < ?1 AND seq IN (SELECT e.seq FROM fourfold_events AS e \
         WHERE NOT EXISTS (SELECT 1 FROM fourfold_event_groups AS g JOIN fourfold_event_open AS o \
         ON o.group_name = g.name AND o.seq = e.seq) ORDER BY e.seq LIMIT ?2)",
        (before, PRUNED_AT_ONCE),
    )?;
    Ok(gone as u64)
}

#[cfg(feature = "amqp")]
pub(super) fn standing(connection: &Connection, group: &str) -> rusqlite::Result<Option<Standing>> {
    let mut statement =
        connection.prepare_cached("SELECT types, round FROM fourfold_event_groups WHERE name = ?1")?;
    let standing = statement.query_row([group], |row| {
        let types = serde_json::from_str(&row.get::<_, String>(0)?).unwrap_or_default();
        Ok(Standing { types, round: row.get(1)? })
    });
    standing.optional()
}

pub(super) fn groups(connection: &Connection) -> rusqlite::Result<Vec<GroupStatus>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, types, (SELECT count(*) FROM fourfold_events WHERE seq > g.position), \
         (SELECT count(*) FROM fourfold_event_open WHERE group_name = g.name), \
         (SELECT count(*) FROM fourfold_event_dead WHERE group_name = g.name) \
         FROM fourfold_event_groups AS g ORDER BY name",
    )?;
    let count = |row: &rusqlite::Row<'_>, index| row.get::<_, i64>(index).map(i64::unsigned_abs);
    let groups = statement.query_map([], |row| {
        Ok(GroupStatus {
            name: row.get(0)?,
            types: serde_json::from_str(&row.get::<_, String>(1)?).unwrap_or_default(),
            behind: count(row, 2)?,
            open: count(row, 3)?,
            dead: count(row, 4)?,
        })
    })?;
    groups.collect()
}

/// What a group gave up; `None` where there is no such group.
pub(super) fn dead_letters(
    connection: &Connection,
    group: &str,
    limit: usize,
) -> rusqlite::Result<Option<Vec<DeadLetter>>> {
    if !is_known(connection, group)? {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(
        "SELECT id, event, error, attempts, died_at FROM fourfold_event_dead WHERE group_name = ?1 ORDER BY seq LIMIT ?2",
    )?;
    let letters = statement.query_map((group, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
        let event: Option<String> = row.get(1)?;
        let error = serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default();
        Ok(DeadLetter {
            id: row.get(0)?,
            event: event.and_then(|text| CloudEvent::from_json(&text).ok()),
            error: Failure::from_json(&error),
            attempts: row.get(3)?,
            died_at: DateTime::<Utc>::from_timestamp_micros(row.get(4)?).unwrap_or_default(),
        })
    })?;
    letters.collect::<rusqlite::Result<_>>().optional()
}
