//! Giving out.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::schema::{BEHIND, OUT, READY};
use crate::events::bus::{Delivery, Received};
use crate::events::cloud::{CloudEvent, Unreadable};
use crate::events::order::{first_token, lease_id};
use crate::tasks::Lease;

/// How many events of the log one look goes past at most, of whatever type.
const PAGE: usize = 2048;

/// Whether a group may have something to do; `None` where there is no such group.
pub(super) fn waits(connection: &Connection, group: &str, now: i64) -> rusqlite::Result<Option<bool>> {
    let mut statement = connection.prepare_cached(
        "SELECT g.position < coalesce((SELECT max(seq) FROM fourfold_events), 0) \
         OR EXISTS (SELECT 1 FROM fourfold_event_open WHERE group_name = ?1 AND state = 0 AND due <= ?2) \
         OR EXISTS (SELECT 1 FROM fourfold_event_open WHERE group_name = ?1 AND state = 1 AND lease_until <= ?2) \
         FROM fourfold_event_groups AS g WHERE g.name = ?1",
    )?;
    statement.query_row((group, now), |row| row.get(0)).optional()
}

/// Takes what nobody holds any more, what is due, and then what comes next in the log.
pub(super) fn take(
    connection: &Connection,
    group: &str,
    limit: usize,
    lease: i64,
    now: i64,
) -> rusqlite::Result<Option<Vec<Delivery>>> {
    let mut known = connection
        .prepare_cached("SELECT position, round, types FROM fourfold_event_groups WHERE name = ?1")?;
    let known = known.query_row([group], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    });
    let Some((position, round, types)) = known.optional()? else { return Ok(None) };
    let mut taken = again(connection, group, limit, lease, now)?;
    if taken.len() < limit {
        let types: Vec<String> = serde_json::from_str(&types).unwrap_or_default();
        let first = first_token(round) + 1;
        let until = now.saturating_add(lease);
        let next = next(connection, group, position, &types, limit - taken.len(), (first, until, now))?;
        taken.extend(next.into_iter().map(|seq| (seq, first, 1)));
    }
    let mut body = connection.prepare_cached("SELECT event FROM fourfold_events WHERE seq = ?1")?;
    let mut deliveries = Vec::with_capacity(taken.len());
    for (seq, token, attempts) in taken {
        let text: Option<String> = body.query_row([seq], |row| row.get(0)).optional()?;
        let lost = || Unreadable("the bus does not remember it any more".to_owned());
        let event = text.ok_or_else(lost).and_then(|text| CloudEvent::from_json(&text));
        let event = event.map(Arc::new).map_err(|why| Received { why });
        deliveries.push(Delivery {
            lease: Lease { id: lease_id(seq), token },
            attempts,
            round,
            follows: false,
            event,
        });
    }
    Ok(Some(deliveries))
}

/// What was given out before, or waits to be: place, token, attempts.
fn again(
    connection: &Connection,
    group: &str,
    limit: usize,
    lease: i64,
    now: i64,
) -> rusqlite::Result<Vec<(i64, i64, u32)>> {
    let mut looks = connection.prepare_cached(
        "SELECT seq FROM (SELECT seq FROM fourfold_event_open WHERE group_name = ?1 AND state = 1 \
         AND lease_until <= ?2 ORDER BY lease_until LIMIT ?3) UNION ALL \
         SELECT seq FROM (SELECT seq FROM fourfold_event_open WHERE group_name = ?1 AND state = 0 AND due <= ?2 \
         ORDER BY due, seq LIMIT ?3) LIMIT ?3",
    )?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = looks.query_map((group, now, most), |row| row.get(0))?;
    let found: Vec<i64> = found.collect::<rusqlite::Result<_>>()?;
    let mut claim = connection.prepare_cached(
        "UPDATE fourfold_event_open SET state = 1, lease_until = ?3, attempts = attempts + 1, token = token + 1 \
         WHERE group_name = ?1 AND seq = ?2 RETURNING token, attempts",
    )?;
    let until = now.saturating_add(lease);
    let claim = |seq| claim.query_row((group, seq, until), |row| Ok((seq, row.get(0)?, row.get(1)?)));
    found.into_iter().map(claim).collect()
}

/// Comes to more events of the log, until so many can be given out.
fn next(
    connection: &Connection,
    group: &str,
    position: i64,
    types: &[String],
    limit: usize,
    (token, until, now): (i64, i64, i64),
) -> rusqlite::Result<Vec<i64>> {
    let mut log = connection
        .prepare_cached("SELECT seq, key, type FROM fourfold_events WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let mut waits = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM fourfold_event_open WHERE group_name = ?1 AND key = ?2)",
    )?;
    let mut open = connection.prepare_cached(
        "INSERT INTO fourfold_event_open (group_name, seq, key, state, due, lease_until, attempts, token) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let (mut given, mut last) = (Vec::new(), position);
    let mut rows = log.query((position, i64::try_from(PAGE).unwrap_or(i64::MAX)))?;
    while given.len() < limit
        && let Some(row) = rows.next()?
    {
        let (seq, key, kind): (i64, Option<String>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        last = seq;
        if !types.contains(&kind) {
            continue;
        }
        let behind = match &key {
            Some(key) => waits.query_row((group, key), |row| row.get::<_, bool>(0))?,
            None => false,
        };
        if behind {
            open.execute((group, seq, &key, BEHIND, now, None::<i64>, 0, token - 1))?;
        } else {
            open.execute((group, seq, &key, OUT, now, Some(until), 1, token))?;
            given.push(seq);
        }
    }
    if last != position {
        let mut moved =
            connection.prepare_cached("UPDATE fourfold_event_groups SET position = ?2 WHERE name = ?1")?;
        moved.execute((group, last))?;
    }
    Ok(given)
}

/// Makes the next of a key ready, where there is one.
pub(super) fn let_next(connection: &Connection, group: &str, key: &str, now: i64) -> rusqlite::Result<()> {
    let mut next = connection.prepare_cached(
        "UPDATE fourfold_event_open SET state = ?3, due = ?4 WHERE group_name = ?1 AND state = ?5 AND seq = \
         (SELECT seq FROM fourfold_event_open WHERE group_name = ?1 AND key = ?2 ORDER BY seq LIMIT 1)",
    )?;
    next.execute((group, key, READY, now, BEHIND)).map(|_| ())
}
