//! Giving out tasks: what nobody holds any more, then what is due, the most urgent first and else in turn.

use rusqlite::{Connection, OptionalExtension as _, Row};
use uuid::Uuid;

use super::rows;
use super::schema::EXPIRED;
use crate::tasks::broker::{Called, Claimed, Lease};
use crate::tasks::message::Priority;

/// What a worker asks for.
pub(super) struct Wanted {
    pub(super) queue: String,
    pub(super) limit: usize,
    pub(super) lease: i64,
    pub(super) worker: String,
}

/// Whether there is anything to give out: reading alone finds out.
pub(super) fn waits(connection: &Connection, queue: &str, now: i64) -> rusqlite::Result<bool> {
    let mut overdue = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM fourfold_tasks WHERE state = 1 AND queue = ?1 \
         AND lease_until <= ?2)",
    )?;
    if overdue.query_row((queue, now), |row| row.get(0))? {
        return Ok(true);
    }
    let mut due = connection.prepare_cached(READY)?;
    for priority in Priority::ALL {
        if due.query_row((queue, priority.rank(), now, 1), |_| Ok(())).optional()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is looked for, for a test of how it is found.
#[cfg(test)]
pub(super) const LOOKS: [&str; 2] = [READY, OVERDUE];

const OVERDUE: &str = "SELECT seq, expires_at FROM fourfold_tasks WHERE state = 1 AND queue = ?1 \
                       AND lease_until <= ?2 ORDER BY lease_until LIMIT ?3";

const READY: &str = "SELECT seq, expires_at FROM fourfold_tasks WHERE state = 0 AND queue = ?1 \
                     AND rank = ?2 AND due <= ?3 ORDER BY due, seq LIMIT ?4";

/// When the next thing happens in a queue by itself: a moment comes, or a lease runs out.
pub(super) fn next_moment(connection: &Connection, queue: &str) -> rusqlite::Result<Option<i64>> {
    let mut lease = connection
        .prepare_cached("SELECT min(lease_until) FROM fourfold_tasks WHERE state = 1 AND queue = ?1")?;
    let mut next: Option<i64> = lease.query_row([queue], |row| row.get(0))?;
    let mut due = connection.prepare_cached(
        "SELECT due FROM fourfold_tasks WHERE state = 0 AND queue = ?1 AND rank = ?2 \
         ORDER BY due, seq LIMIT 1",
    )?;
    for priority in Priority::ALL {
        let moment: Option<i64> = due.query_row((queue, priority.rank()), |row| row.get(0)).optional()?;
        next = [next, moment].into_iter().flatten().min();
    }
    Ok(next)
}

pub(super) fn claim(connection: &Connection, wanted: &Wanted) -> rusqlite::Result<Vec<Claimed>> {
    let now = rows::now();
    let mut claimed = Vec::new();
    for seq in overdue(connection, wanted, now)? {
        claimed.extend(take(connection, wanted, seq, now)?);
    }
    for priority in Priority::ALL {
        while claimed.len() < wanted.limit {
            let room = wanted.limit - claimed.len();
            let found = ready(connection, wanted, priority, room, now)?;
            let all = found.len() < room;
            for (seq, expires_at) in found {
                if expires_at.is_some_and(|end| end <= now) {
                    expire(connection, seq, now)?;
                } else {
                    claimed.extend(take(connection, wanted, seq, now)?);
                }
            }
            if all {
                break;
            }
        }
    }
    Ok(claimed)
}

/// Gives out a task by its id.
#[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
pub(super) fn call(
    connection: &Connection,
    wanted: &Wanted,
    id: Uuid,
    early: bool,
) -> rusqlite::Result<Called> {
    let now = rows::now();
    let mut statement = connection.prepare_cached(
        "SELECT seq, expires_at, (state = 0 AND (due <= ?2 OR ?3)) OR (state = 1 AND lease_until <= ?2) \
         FROM fourfold_tasks WHERE id = ?1",
    )?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: Option<(i64, Option<i64>, bool)> =
        statement.query_row((id.as_bytes(), now, early), read).optional()?;
    let Some((seq, expires_at, due)) = found else { return Ok(Called::Unknown) };
    if !due {
        return Ok(Called::NotNow);
    }
    if expires_at.is_some_and(|end| end <= now) {
        expire(connection, seq, now)?;
        return Ok(Called::NotNow);
    }
    Ok(take(connection, wanted, seq, now)?.map_or(Called::Unknown, Called::Claimed))
}

/// Those whose worker gave no sign of life.
fn overdue(connection: &Connection, wanted: &Wanted, now: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(OVERDUE)?;
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    let found = statement.query_map((&wanted.queue, now, limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut over = Vec::new();
    for found in found {
        let (seq, expires_at): (i64, Option<i64>) = found?;
        if expires_at.is_some_and(|end| end <= now) {
            expire(connection, seq, now)?;
        } else {
            over.push(seq);
        }
    }
    Ok(over)
}

fn ready(
    connection: &Connection,
    wanted: &Wanted,
    priority: Priority,
    limit: usize,
    now: i64,
) -> rusqlite::Result<Vec<(i64, Option<i64>)>> {
    let mut statement = connection.prepare_cached(READY)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = statement
        .query_map((&wanted.queue, priority.rank(), now, limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
    found.collect()
}

fn take(connection: &Connection, wanted: &Wanted, seq: i64, now: i64) -> rusqlite::Result<Option<Claimed>> {
    const TAKE: &str = "UPDATE fourfold_tasks SET state = 1, token = token + 1, attempts = attempts + 1, \
                        lease_until = ?2, worker = ?3, started_at = ?4 WHERE seq = ?1 RETURNING ";
    let mut statement = connection.prepare_cached(&[TAKE, rows::MESSAGE].concat())?;
    let until = now.saturating_add(wanted.lease);
    let taken = statement
        .query_row((seq, until, &wanted.worker, now), |row| {
            let (message, token) = rows::message(row)?;
            let lease = Lease { id: message.id, token };
            Ok(Claimed { message, lease })
        })
        .optional()?;
    Ok(taken)
}

fn expire(connection: &Connection, seq: i64, now: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE fourfold_tasks SET state = ?2, finished_at = ?3, lease_until = NULL WHERE seq = ?1",
    )?;
    statement.execute((seq, EXPIRED, now)).map(|_| ())
}
