//! Groups, dead letters, and what is forgotten.

use chrono::{DateTime, Utc};

#[cfg(feature = "amqp")]
use crate::events::bus::Standing;
use crate::events::bus::{BusError, Group, Start};
use crate::events::cloud::CloudEvent;
use crate::events::status::{DeadLetter, GroupStatus};
use crate::store::postgres::Line;
use crate::tasks::Failure;

/// How many events go at a time.
const PRUNED_AT_ONCE: i64 = 5_000;

/// Before the first event that a group which starts there gets. $2 is 0 for now, 1 for the beginning, 2 for the moment $3.
const BEGIN: &str = "CASE $2::int WHEN 1 THEN 0 ELSE coalesce((SELECT min(seq) - 1 FROM fourfold_events \
     WHERE $2::int = 2 AND published_at >= $3), (SELECT max(seq) FROM fourfold_events), 0) END";

const fn where_to(start: Start) -> (i32, Option<DateTime<Utc>>) {
    match start {
        Start::Now => (0, None),
        Start::Beginning => (1, None),
        Start::At(moment) => (2, Some(moment)),
    }
}

pub(super) async fn subscribe(line: &Line, group: Group) -> Result<(), BusError> {
    let (kind, moment) = where_to(group.start);
    let text = format!(
        "INSERT INTO fourfold_event_groups AS g (name, types, position) SELECT $1, $4, {BEGIN} \
         ON CONFLICT (name) DO UPDATE SET types = excluded.types WHERE g.types <> excluded.types"
    );
    line.query(&text, &[&group.name, &kind, &moment, &group.types]).await?;
    Ok(())
}

pub(super) async fn seek(line: &Line, group: &str, start: Start) -> Result<(), BusError> {
    let (kind, moment) = where_to(start);
    let transaction = line.begin(false).await?;
    let text = format!(
        "UPDATE fourfold_event_groups SET position = {BEGIN}, round = round + 1 WHERE name = $1 RETURNING 1"
    );
    let sought = transaction.query(&text, &[&group, &kind, &moment]).await?;
    transaction.query("DELETE FROM fourfold_event_open WHERE group_name = $1", &[&group]).await?;
    transaction.commit().await?;
    if sought.is_empty() { Err(BusError::NoGroup) } else { Ok(()) }
}

pub(super) async fn forget(line: &Line, group: &str) -> Result<bool, BusError> {
    let text = "WITH open AS (DELETE FROM fourfold_event_open WHERE group_name = $1), \
                dead AS (DELETE FROM fourfold_event_dead WHERE group_name = $1) \
                DELETE FROM fourfold_event_groups WHERE name = $1 RETURNING 1";
    Ok(!line.query(text, &[&group]).await?.is_empty())
}

pub(super) async fn prune(line: &Line, before: DateTime<Utc>) -> Result<u64, BusError> {
    let text = "WITH gone AS (DELETE FROM fourfold_events WHERE published_at < $1 AND seq IN (SELECT e.seq \
                FROM fourfold_events AS e WHERE NOT EXISTS (SELECT 1 FROM fourfold_event_groups AS g \
                JOIN fourfold_event_open AS o ON o.group_name = g.name AND o.seq = e.seq) ORDER BY e.seq LIMIT $2) \
                RETURNING 1) SELECT count(*) FROM gone";
    let rows = line.query(text, &[&before, &PRUNED_AT_ONCE]).await?;
    Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
}

#[cfg(feature = "amqp")]
pub(super) async fn standing(line: &Line, group: &str) -> Result<Option<Standing>, BusError> {
    let text = "SELECT types, round FROM fourfold_event_groups WHERE name = $1";
    let rows = line.query(text, &[&group]).await?;
    Ok(rows.first().map(|row| Standing { types: row.get(0), round: row.get(1) }))
}

pub(super) async fn groups(line: &Line) -> Result<Vec<GroupStatus>, BusError> {
    let text = "SELECT name, types, (SELECT count(*) FROM fourfold_events WHERE seq > g.position), \
                (SELECT count(*) FROM fourfold_event_open WHERE group_name = g.name), \
                (SELECT count(*) FROM fourfold_event_dead WHERE group_name = g.name) \
                FROM fourfold_event_groups AS g ORDER BY name";
    let rows = line.query(text, &[]).await?;
    let count = |row: &tokio_postgres::Row, index: usize| row.get::<_, i64>(index).unsigned_abs();
    let status = |row: &tokio_postgres::Row| GroupStatus {
        name: row.get(0),
        types: row.get(1),
        behind: count(row, 2),
        open: count(row, 3),
        dead: count(row, 4),
    };
    Ok(rows.iter().map(status).collect())
}

pub(super) async fn dead_letters(
    line: &Line,
    group: &str,
    limit: usize,
) -> Result<Vec<DeadLetter>, BusError> {
    let known = line.query("SELECT 1 FROM fourfold_event_groups WHERE name = $1", &[&group]).await?;
    if known.is_empty() {
        return Err(BusError::NoGroup);
    }
    let text = "SELECT id, event, error, attempts, died_at FROM fourfold_event_dead WHERE group_name = $1 \
                ORDER BY seq LIMIT $2";
    let rows = line.query(text, &[&group, &i64::try_from(limit).unwrap_or(i64::MAX)]).await?;
    let letter = |row: &tokio_postgres::Row| DeadLetter {
        id: row.get(0),
        event: row.get::<_, Option<&str>>(1).and_then(|text| CloudEvent::from_json(text).ok()),
        error: Failure::from_json(&serde_json::from_str(row.get(2)).unwrap_or_default()),
        attempts: u32::try_from(row.get::<_, i64>(3)).unwrap_or(u32::MAX),
        died_at: row.get(4),
    };
    Ok(rows.iter().map(letter).collect())
}
