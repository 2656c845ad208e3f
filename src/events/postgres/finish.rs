//! Ending, and beginning anew.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::split;
use crate::events::bus::BusError;
use crate::events::order::place;
use crate::store::postgres::{Line, Transaction};
use crate::tasks::{Finish, Lease, Outcome};

const DONE: i16 = 0;
const DEAD: i16 = 1;
const AGAIN: i16 = 2;
/// As if it had not been given out.
const RETURNED: i16 = 3;

pub(super) async fn extend(
    line: &Line,
    group: &str,
    leases: Vec<Lease>,
    lease: Duration,
) -> Result<Vec<bool>, BusError> {
    let text = "UPDATE fourfold_event_open AS o SET lease_until = now() + $4::float8 * interval '1 second' \
                FROM unnest($2::bigint[], $3::bigint[]) AS u(seq, token) WHERE o.group_name = $1 AND o.seq = u.seq \
                AND o.token = u.token AND o.state = 1 RETURNING o.seq, o.token";
    let (places, tokens) = split(leases.iter().copied());
    let rows = line.query(text, &[&group, &places, &tokens, &lease.as_secs_f64()]).await?;
    let held: HashSet<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    Ok(leases.iter().map(|lease| held.contains(&(place(lease.id), lease.token))).collect())
}

/// What ended well, of one token: no list is joined to the table, because PostgreSQL takes a table that was empty when it was
/// last counted for empty, and goes through all of one for each of the other.
const DONE_WITH: &str = "DELETE FROM fourfold_event_open WHERE group_name = $1 AND seq = ANY($2) AND token = $3 AND state = 1 \
     RETURNING seq, token, key";

/// What ended otherwise.
const FINISH: &str = "WITH u AS (SELECT DISTINCT ON (seq, token) * FROM unnest($2::bigint[], $3::bigint[], \
     $4::smallint[], $5::timestamptz[], $6::text[]) AS u(seq, token, kind, moment, error)), \
     gone AS (DELETE FROM fourfold_event_open AS o USING u WHERE o.group_name = $1 AND o.seq = u.seq \
     AND o.token = u.token AND o.state = 1 AND u.kind <= 1 \
     RETURNING o.seq, o.token, o.key, o.attempts, u.kind, u.error), \
     dead AS (INSERT INTO fourfold_event_dead (group_name, seq, id, key, event, error, attempts, token, died_at) \
     SELECT $1, g.seq, coalesce(e.id, g.seq::text), g.key, e.event, g.error, g.attempts, g.token, clock_timestamp() \
     FROM gone AS g LEFT JOIN fourfold_events AS e ON e.seq = g.seq WHERE g.kind = 1 \
     ON CONFLICT (group_name, seq) DO UPDATE SET error = excluded.error, attempts = excluded.attempts, \
     token = excluded.token, died_at = excluded.died_at), \
     again AS (UPDATE fourfold_event_open AS o SET state = 0, lease_until = NULL, \
     due = greatest(coalesce(u.moment, clock_timestamp()), clock_timestamp()), \
     attempts = CASE u.kind WHEN 3 THEN greatest(o.attempts - 1, 0) ELSE o.attempts END FROM u \
     WHERE o.group_name = $1 AND o.seq = u.seq AND o.token = u.token AND o.state = 1 AND u.kind >= 2 \
     RETURNING o.seq, o.token) \
     SELECT seq, token, key FROM gone UNION ALL SELECT seq, token, NULL FROM again";

/// The next of each key is ready, where there is one.
const LET_NEXT: &str = "UPDATE fourfold_event_open AS o SET state = 0, due = clock_timestamp() WHERE o.group_name = $1 \
     AND o.seq = ANY(ARRAY(SELECT n.seq FROM unnest($2::text[]) AS k(key) CROSS JOIN LATERAL (SELECT b.seq, b.state \
     FROM fourfold_event_open AS b WHERE b.group_name = $1 AND b.key = k.key ORDER BY b.seq LIMIT 1) AS n \
     WHERE n.state = 2))";

/// Begins what is done to a group, under its lock.
async fn begin(line: &Line, group: &str) -> Result<Transaction, BusError> {
    let transaction = line.begin(false).await?;
    let text = "SELECT 1 FROM fourfold_event_groups WHERE name = $1 FOR UPDATE";
    if transaction.query(text, &[&group]).await?.is_empty() {
        transaction.roll_back().await?;
        return Err(BusError::NoGroup);
    }
    Ok(transaction)
}

pub(super) async fn finish(line: &Line, group: &str, finishes: Vec<Finish>) -> Result<Vec<bool>, BusError> {
    let leases: Vec<Lease> = finishes.iter().map(|finish| finish.lease).collect();
    let (done, others): (Vec<Finish>, Vec<Finish>) = finishes
        .into_iter()
        .partition(|finish| matches!(finish.outcome, Outcome::Succeeded(_) | Outcome::Expired));
    let mut by_token: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for Finish { lease, .. } in done {
        by_token.entry(lease.token).or_default().push(place(lease.id));
    }
    let transaction = begin(line, group).await?;
    let mut rows = Vec::new();
    for (token, places) in by_token {
        rows.extend(transaction.query(DONE_WITH, &[&group, &places, &token]).await?);
    }
    if !others.is_empty() {
        rows.extend(end(&transaction, group, others).await?);
    }
    let keys: Vec<&str> = rows.iter().filter_map(|row| row.get(2)).collect();
    if !keys.is_empty() {
        transaction.query(LET_NEXT, &[&group, &keys]).await?;
    }
    transaction.commit().await?;
    // A delivery ends once, also where a group says it twice.
    let mut ended: HashSet<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    Ok(leases.iter().map(|lease| ended.remove(&(place(lease.id), lease.token))).collect())
}

/// Ends what did not end well.
async fn end(
    transaction: &Transaction,
    group: &str,
    finishes: Vec<Finish>,
) -> Result<Vec<tokio_postgres::Row>, BusError> {
    let (places, tokens) = split(finishes.iter().map(|finish| finish.lease));
    let mut kinds = Vec::with_capacity(finishes.len());
    let mut moments: Vec<Option<DateTime<Utc>>> = Vec::with_capacity(finishes.len());
    let mut errors: Vec<Option<String>> = Vec::with_capacity(finishes.len());
    for finish in finishes {
        let (kind, moment, error) = match finish.outcome {
            Outcome::Succeeded(_) | Outcome::Expired => (DONE, None, None),
            Outcome::Failed(error) => (DEAD, None, Some(error.to_json().to_string())),
            Outcome::Retry(moment, _) | Outcome::Postponed(moment, _) => (AGAIN, Some(moment), None),
            Outcome::Returned => (RETURNED, None, None),
        };
        kinds.push(kind);
        moments.push(moment);
        errors.push(error);
    }
    Ok(transaction.query(FINISH, &[&group, &places, &tokens, &kinds, &moments, &errors]).await?)
}

/// Another one of its key may be underway; then it comes next. The log may have forgotten it by now.
const REVIVE: &str = "WITH gone AS (DELETE FROM fourfold_event_dead WHERE group_name = $1 AND ($2::text[] IS NULL \
     OR id = ANY($2)) RETURNING seq, key, event, token), \
     remembered AS (INSERT INTO fourfold_events (seq, source, id, type, key, event) OVERRIDING SYSTEM VALUE \
     SELECT g.seq, g.event::json ->> 'source', g.event::json ->> 'id', g.event::json ->> 'type', g.key, g.event \
     FROM gone AS g WHERE g.event IS NOT NULL ON CONFLICT DO NOTHING), \
     opened AS (INSERT INTO fourfold_event_open (group_name, seq, key, state, due, attempts, token) \
     SELECT $1, g.seq, g.key, CASE WHEN g.key IS NOT NULL AND (row_number() OVER (PARTITION BY g.key ORDER BY g.seq) > 1 \
     OR EXISTS (SELECT 1 FROM fourfold_event_open AS o WHERE o.group_name = $1 AND o.key = g.key)) THEN 2 ELSE 0 END, \
     clock_timestamp(), 0, g.token FROM gone AS g ON CONFLICT DO NOTHING) \
     SELECT count(*) FROM gone";

pub(super) async fn revive(line: &Line, group: &str, ids: Option<Vec<String>>) -> Result<u64, BusError> {
    let transaction = begin(line, group).await?;
    let rows = transaction.query(REVIVE, &[&group, &ids]).await?;
    transaction.commit().await?;
    Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
}
