//! Giving out.

use std::collections::HashMap;
use std::sync::Arc;

use crate::events::bus::{BusError, Delivery, Received, Take};
use crate::events::cloud::{CloudEvent, Unreadable};
use crate::events::order::{first_token, lease_id};
use crate::store::postgres::{Line, Transaction};
use crate::tasks::Lease;

/// How many events of the log one look goes past at most, of whatever type.
const PAGE: i64 = 1024;
/// How many looks there are before others have their turn with the group.
const LOOKS: usize = 8;

/// Whether a group may have something to do.
pub(super) async fn waits(line: &Line, group: &str) -> Result<bool, BusError> {
    let text = "SELECT g.position < coalesce((SELECT max(seq) FROM fourfold_events), 0) \
         OR EXISTS (SELECT 1 FROM fourfold_event_open WHERE group_name = $1 AND state = 0 AND due <= now()) \
         OR EXISTS (SELECT 1 FROM fourfold_event_open WHERE group_name = $1 AND state = 1 AND lease_until <= now()) \
         FROM fourfold_event_groups AS g WHERE g.name = $1";
    let rows = line.query(text, &[&group]).await?;
    rows.first().map(|row| row.get(0)).ok_or(BusError::NoGroup)
}

/// What was given out before and nobody holds any more, then what is due.
const AGAIN: &str = "WITH lost AS (SELECT seq FROM fourfold_event_open WHERE group_name = $1 AND state = 1 \
     AND lease_until <= clock_timestamp() ORDER BY lease_until LIMIT $2), \
     ready AS (SELECT seq FROM fourfold_event_open WHERE group_name = $1 AND state = 0 \
     AND due <= clock_timestamp() ORDER BY due, seq LIMIT $2), \
     picked AS MATERIALIZED (SELECT seq FROM lost UNION ALL SELECT seq FROM ready LIMIT $2) \
     UPDATE fourfold_event_open AS o SET state = 1, attempts = o.attempts + 1, token = o.token + 1, \
     lease_until = clock_timestamp() + $3::float8 * interval '1 second' \
     WHERE o.group_name = $1 AND o.seq = ANY(ARRAY(SELECT seq FROM picked)) RETURNING o.seq, o.token, o.attempts";

/// Comes to more events of the log: the first $5 that nothing holds up are given out, the others wait for their turn.
const NEXT: &str = "WITH page AS MATERIALIZED (SELECT seq, key, type FROM fourfold_events WHERE seq > $2 ORDER BY seq \
     LIMIT $3), \
     mine AS (SELECT p.seq, p.key, p.key IS NOT NULL AND (row_number() OVER (PARTITION BY p.key ORDER BY p.seq) > 1 \
     OR EXISTS (SELECT 1 FROM fourfold_event_open AS o WHERE o.group_name = $1 AND o.key = p.key)) AS behind \
     FROM page AS p WHERE p.type = ANY($4)), \
     placed AS (SELECT m.*, NOT m.behind AND count(*) FILTER (WHERE NOT m.behind) OVER (ORDER BY m.seq) <= $5 AS out \
     FROM mine AS m), \
     opened AS (INSERT INTO fourfold_event_open (group_name, seq, key, state, due, lease_until, attempts, token) \
     SELECT $1, seq, key, CASE WHEN out THEN 1 WHEN behind THEN 2 ELSE 0 END, clock_timestamp(), \
     CASE WHEN out THEN clock_timestamp() + $7::float8 * interval '1 second' END, \
     CASE WHEN out THEN 1 ELSE 0 END, CASE WHEN out THEN $6::bigint + 1 ELSE $6::bigint END FROM placed RETURNING seq, state, token) \
     SELECT p.last, o.seq, o.token FROM (SELECT max(seq) AS last FROM page) AS p LEFT JOIN opened AS o ON o.state = 1";

pub(super) async fn take(line: &Line, take: &Take<'_>) -> Result<Vec<Delivery>, BusError> {
    // What is lost of it in a crash is lost with all that was done to the group since.
    let transaction = line.begin(true).await?;
    let text = "SELECT position, round, types FROM fourfold_event_groups WHERE name = $1 FOR UPDATE";
    let rows = transaction.query(text, &[&take.group]).await?;
    let Some(row) = rows.first() else { return Err(BusError::NoGroup) };
    let (mut position, round): (i64, i64) = (row.get(0), row.get(1));
    let types: Vec<String> = row.get(2);
    let (limit, lease) = (i64::try_from(take.limit).unwrap_or(i64::MAX), take.lease.as_secs_f64());
    let rows = transaction.query(AGAIN, &[&take.group, &limit, &lease]).await?;
    let mut taken: Vec<(i64, i64, u32)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), u32::try_from(row.get::<_, i64>(2)).unwrap_or(u32::MAX)))
        .collect();
    let (first, begun) = (first_token(round), position);
    for _ in 0..LOOKS {
        let rest = limit.saturating_sub(i64::try_from(taken.len()).unwrap_or(i64::MAX));
        if rest == 0 {
            break;
        }
        let page = rest.saturating_mul(2).clamp(64, PAGE);
        let rows =
            transaction.query(NEXT, &[&take.group, &position, &page, &types, &rest, &first, &lease]).await?;
        let Some(last) = rows.first().and_then(|row| row.get::<_, Option<i64>>(0)) else { break };
        position = last;
        let given = rows.iter().filter_map(|row| Some((row.get::<_, Option<i64>>(1)?, row.get(2), 1)));
        taken.extend(given);
    }
    if position != begun {
        let text = "UPDATE fourfold_event_groups SET position = $2 WHERE name = $1";
        transaction.query(text, &[&take.group, &position]).await?;
    }
    taken.sort_unstable();
    let mut events = events(&transaction, &taken).await?;
    transaction.commit().await?;
    let deliver = |(seq, token, attempts)| {
        let lost = || Unreadable("the bus does not remember it any more".to_owned());
        let event = events.remove(&seq).ok_or_else(lost).and_then(|text| CloudEvent::from_json(&text));
        let event = event.map(Arc::new).map_err(|why| Received { why });
        Delivery { lease: Lease { id: lease_id(seq), token }, attempts, round, follows: false, event }
    };
    Ok(taken.into_iter().map(deliver).collect())
}

async fn events(
    transaction: &Transaction,
    taken: &[(i64, i64, u32)],
) -> Result<HashMap<i64, String>, BusError> {
    if taken.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<i64> = taken.iter().map(|(seq, ..)| *seq).collect();
    let text = "SELECT seq, event FROM fourfold_events WHERE seq = ANY($1)";
    let rows = transaction.query(text, &[&places]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
