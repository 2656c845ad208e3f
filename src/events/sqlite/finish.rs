//! Ending, and beginning anew.

use rusqlite::{Connection, OptionalExtension};

use super::micros;
use super::schema::{BEHIND, READY};
use super::take::let_next;
use crate::events::order::place;
use crate::tasks::{Failure, Finish, Lease, Outcome};

pub(super) fn extend(
    connection: &Connection,
    group: &str,
    leases: &[Lease],
    until: i64,
) -> rusqlite::Result<Vec<bool>> {
    let mut statement = connection.prepare_cached(
        "UPDATE fourfold_event_open SET lease_until = ?4 \
         WHERE group_name = ?1 AND seq = ?2 AND token = ?3 AND state = 1",
    )?;
    let mut extend =
        |lease: &Lease| Ok(statement.execute((group, place(lease.id), lease.token, until))? == 1);
    leases.iter().map(&mut extend).collect()
}

/// Whether the lease held.
pub(super) fn finish(
    connection: &Connection,
    group: &str,
    finish: &Finish,
    now: i64,
) -> rusqlite::Result<bool> {
    let (seq, token) = (place(finish.lease.id), finish.lease.token);
    let wait = |due: i64, counts: bool| {
        let mut again = connection.prepare_cached(
            "UPDATE fourfold_event_open SET state = 0, due = ?4, lease_until = NULL, attempts = max(attempts - ?5, 0) \
             WHERE group_name = ?1 AND seq = ?2 AND token = ?3 AND state = 1",
        )?;
        Ok(again.execute((group, seq, token, due, i64::from(!counts)))? == 1)
    };
    let error = match &finish.outcome {
        Outcome::Retry(moment, _) | Outcome::Postponed(moment, _) => {
            return wait(micros(*moment).max(now), true);
        }
        Outcome::Returned => return wait(now, false),
        Outcome::Succeeded(_) | Outcome::Expired => None,
        Outcome::Failed(error) => Some(error),
    };
    let mut gone = connection.prepare_cached(
        "DELETE FROM fourfold_event_open WHERE group_name = ?1 AND seq = ?2 AND token = ?3 AND state = 1 \
         RETURNING key, attempts",
    )?;
    let gone = gone
        .query_row((group, seq, token), |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, u32>(1)?)));
    let Some((key, attempts)) = gone.optional()? else { return Ok(false) };
    if let Some(error) = error {
        bury(connection, group, seq, key.as_deref(), (attempts, token, now), error)?;
    }
    if let Some(key) = key {
        let_next(connection, group, &key, now)?;
    }
    Ok(true)
}

fn bury(
    connection: &Connection,
    group: &str,
    seq: i64,
    key: Option<&str>,
    (attempts, token, now): (u32, i64, i64),
    error: &Failure,
) -> rusqlite::Result<()> {
    let mut bury = connection.prepare_cached(
        "INSERT OR REPLACE INTO fourfold_event_dead (group_name, seq, id, key, event, error, attempts, token, died_at) \
         VALUES (?1, ?2, coalesce((SELECT id FROM fourfold_events WHERE seq = ?2), ?2), ?3, \
         (SELECT event FROM fourfold_events WHERE seq = ?2), ?4, ?5, ?6, ?7)",
    )?;
    bury.execute((group, seq, key, error.to_json().to_string(), attempts, token, now)).map(|_| ())
}

/// Place, id, key, event and token of a dead letter.
type Dead = (i64, String, Option<String>, Option<String>, i64);

/// Lets dead letters begin anew; `None` where there is no such group.
pub(super) fn revive(
    connection: &Connection,
    group: &str,
    ids: Option<&[String]>,
    now: i64,
) -> rusqlite::Result<Option<u64>> {
    if !super::look::is_known(connection, group)? {
        return Ok(None);
    }
    let mut dead = connection.prepare_cached(
        "SELECT seq, id, key, event, token FROM fourfold_event_dead WHERE group_name = ?1 ORDER BY seq",
    )?;
    let dead =
        dead.query_map([group], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
    let dead: Vec<Dead> = dead.collect::<rusqlite::Result<_>>()?;
    let mut forget =
        connection.prepare_cached("DELETE FROM fourfold_event_dead WHERE group_name = ?1 AND seq = ?2")?;
    let mut remember = connection.prepare_cached(
        "INSERT OR IGNORE INTO fourfold_events (seq, source, id, type, key, published_at, event) \
         SELECT ?1, ?2 ->> 'source', ?2 ->> 'id', ?2 ->> 'type', ?3, ?4, ?2 WHERE ?2 IS NOT NULL",
    )?;
    // Another one of its key may be underway; then it comes next.
    let mut open = connection.prepare_cached(
        "INSERT OR IGNORE INTO fourfold_event_open (group_name, seq, key, state, due, lease_until, attempts, token) \
         VALUES (?1, ?2, ?3, CASE WHEN EXISTS (SELECT 1 FROM fourfold_event_open WHERE group_name = ?1 AND key = ?3) \
         THEN ?4 ELSE ?5 END, ?6, NULL, 0, ?7)",
    )?;
    let mut revived = 0;
    for (seq, id, key, event, token) in dead {
        if ids.is_none_or(|ids| ids.contains(&id)) {
            // The log may have forgotten it by now.
            remember.execute((seq, event, &key, now))?;
            open.execute((group, seq, &key, BEHIND, READY, now, token))?;
            forget.execute((group, seq))?;
            revived += 1;
        }
    }
    Ok(Some(revived))
}
