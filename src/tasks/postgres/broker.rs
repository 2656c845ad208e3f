//! The broker over the table.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use tokio_postgres::Row;
use uuid::Uuid;

use super::schema::{EXPIRED, FAILED, RUNNING, SUCCEEDED};
use super::{PostgresTasks, refused, rows, unreadable};
use crate::descriptor::BoxFuture;
use crate::tasks::broker::{
    Answer, Broker, BrokerError, Called, Cancelled, Claim, Claimed, Finish, Lease, Noted, Outcome, Taken,
};
use crate::tasks::message::Message;
use crate::tasks::status::{TaskFilter, TaskStatus};

/// How often who waits looks by itself, give or take.
const POLL: Duration = Duration::from_millis(500);
/// The attempt ends, and the task waits again.
const WAITS: i16 = 0;
/// The same, and it does not count.
const POSTPONED: i16 = 8;
/// As if it had not begun.
const RETURNED: i16 = 9;

impl Broker for PostgresTasks {
    fn enqueue(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        Box::pin(async move {
            let taken = self.write_down(&messages).await?;
            let queues: HashSet<&str> = messages.iter().map(|message| message.queue.as_str()).collect();
            for queue in queues {
                self.wakes.wake(queue);
            }
            Ok(taken)
        })
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Answer<'a, Vec<Claimed>> {
        Box::pin(self.give(claim))
    }

    fn call<'a>(&'a self, ids: Vec<Uuid>, claim: Claim<'a>, early: bool) -> Answer<'a, Vec<Called>> {
        Box::pin(self.give_called(ids, claim, early))
    }

    fn note(&self, notes: Vec<(Uuid, Noted)>) -> Answer<'_, ()> {
        Box::pin(self.write_notes(notes))
    }

    fn extend(&self, leases: Vec<Lease>, lease: Duration) -> Answer<'_, Vec<bool>> {
        Box::pin(async move {
            let text = "UPDATE fourfold_tasks AS t SET lease_until = now() + $3::float8 * interval '1 second' \
                        FROM unnest($1::uuid[], $2::bigint[]) AS u(id, token) \
                        WHERE t.id = u.id AND t.token = u.token AND t.state = 1 RETURNING t.id, t.token";
            let (ids, tokens) = split(leases.iter().copied());
            let span = lease.as_secs_f64();
            let rows = self.line.query(text, &[&ids, &tokens, &span]).await.map_err(refused)?;
            Ok(held(&leases, &rows))
        })
    }

    fn finish(&self, finishes: Vec<Finish>) -> Answer<'_, Vec<bool>> {
        Box::pin(self.end(finishes))
    }

    fn status(&self, id: Uuid) -> Answer<'_, Option<TaskStatus>> {
        Box::pin(self.look(id))
    }

    fn list<'a>(&'a self, filter: &'a TaskFilter) -> Answer<'a, Vec<TaskStatus>> {
        Box::pin(self.look_at_all(filter))
    }

    fn cancel(&self, id: Uuid) -> Answer<'_, Cancelled> {
        Box::pin(self.take_back(id))
    }

    fn requeue(&self, id: Uuid) -> Answer<'_, bool> {
        Box::pin(async move {
            let revived = self.revive(id).await?;
            if let Some(queue) = &revived {
                self.wakes.wake(queue);
            }
            Ok(revived.is_some())
        })
    }

    fn drain<'a>(&'a self, queue: &'a str) -> Answer<'a, u64> {
        Box::pin(async move {
            let text = "WITH gone AS (DELETE FROM fourfold_tasks WHERE queue = $1 AND state = 0 \
                        RETURNING 1) SELECT count(*) FROM gone";
            let rows = self.line.query(text, &[&queue]).await.map_err(refused)?;
            Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
        })
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(self.forget_before(before))
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move { self.line.query("SELECT 1", &[]).await.map(|_| ()).map_err(refused) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.line.close() })
    }
}

/// What nobody holds any more, then what is due, the most urgent first. Each part is asked for only while there is room.
/// What is too late to begin is marked as that.
const CLAIM: &str = "WITH lost AS (SELECT id FROM fourfold_tasks WHERE state = 1 AND queue = $1 \
     AND lease_until <= now() ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED), \
     high AS (SELECT id FROM fourfold_tasks WHERE state = 0 AND queue = $1 AND rank = 2 AND due <= now() \
     ORDER BY due, seq LIMIT $2 FOR UPDATE SKIP LOCKED), \
     normal AS (SELECT id FROM fourfold_tasks WHERE state = 0 AND queue = $1 AND rank = 1 AND due <= now() \
     ORDER BY due, seq LIMIT $2 FOR UPDATE SKIP LOCKED), \
     low AS (SELECT id FROM fourfold_tasks WHERE state = 0 AND queue = $1 AND rank = 0 AND due <= now() \
     ORDER BY due, seq LIMIT $2 FOR UPDATE SKIP LOCKED), \
     picked AS MATERIALIZED (SELECT id FROM lost UNION ALL SELECT id FROM high UNION ALL SELECT id FROM normal \
     UNION ALL SELECT id FROM low LIMIT $2)";

/// Tasks by their ids; $5 is whether also before their moment.
#[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
const CALL: &str = "WITH picked AS MATERIALIZED (SELECT id FROM fourfold_tasks WHERE id = ANY($1) AND \
     ((state = 0 AND (due <= now() OR $5)) OR (state = 1 AND lease_until <= now())) LIMIT $2 FOR UPDATE SKIP LOCKED)";

const GIVE: &str = " UPDATE fourfold_tasks AS t SET \
     state = CASE WHEN t.expires_at <= now() THEN 5 ELSE 1 END, \
     finished_at = CASE WHEN t.expires_at <= now() THEN now() END, \
     attempts = t.attempts + CASE WHEN t.expires_at <= now() THEN 0 ELSE 1 END, \
     started_at = CASE WHEN t.expires_at <= now() THEN t.started_at ELSE now() END, \
     token = t.token + 1, lease_until = now() + $3::float8 * interval '1 second', worker = $4 \
     FROM picked WHERE t.id = picked.id RETURNING ";

const FINISH: &str = "WITH u AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::timestamptz[], \
     $5::text[], $6::text[]) AS u(id, token, kind, moment, error, result)), \
     gone AS (DELETE FROM fourfold_tasks AS t USING u WHERE t.id = u.id AND t.token = u.token AND t.state = 1  AND u.kind = 2 AND NOT t.keep RETURNING t.id, t.token), \
     done AS (UPDATE fourfold_tasks AS t SET \
     state = CASE WHEN u.kind IN (8, 9) THEN 0 ELSE u.kind END, \
     due = CASE WHEN u.kind IN (0, 8) THEN greatest(u.moment, now()) ELSE t.due END, \
     run_at = CASE WHEN u.kind IN (0, 8) THEN u.moment ELSE t.run_at END, \
     attempts = CASE WHEN u.kind IN (8, 9) THEN greatest(t.attempts - 1, 0) ELSE t.attempts END, \
     error = CASE u.kind WHEN 2 THEN NULL ELSE coalesce(u.error, t.error) END, \
     result = u.result, payload = CASE u.kind WHEN 2 THEN '' ELSE t.payload END, \
     finished_at = CASE WHEN u.kind IN (2, 3, 5) THEN now() END, lease_until = NULL \
     FROM u WHERE t.id = u.id AND t.token = u.token AND t.state = 1 AND NOT (u.kind = 2 AND NOT t.keep) \
     RETURNING t.id, t.token) SELECT id, token FROM gone UNION ALL SELECT id, token FROM done";

impl PostgresTasks {
    async fn give(&self, claim: Claim<'_>) -> Result<Vec<Claimed>, BrokerError> {
        let deadline = Instant::now() + claim.wait;
        let wake = self.wakes.of(claim.queue);
        let text = [CLAIM, GIVE, rows::MESSAGE].concat();
        let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
        let lease = claim.lease.as_secs_f64();
        loop {
            // Before looking, so that what comes between looking and waiting is noticed.
            let mut woken = pin!(wake.notified());
            woken.as_mut().enable();
            let taken = self.line.query(&text, &[&claim.queue, &limit, &lease, &claim.worker]).await;
            let taken = taken.map_err(refused)?;
            let claimed = in_turn(&taken)?;
            if !claimed.is_empty() {
                return Ok(claimed);
            }
            if Instant::now() >= deadline {
                return Ok(Vec::new());
            }
            if !taken.is_empty() {
                // All that was picked had expired; there may be more.
                continue;
            }
            let pause = self.pause(claim.queue).await?;
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep_until(deadline.min(Instant::now() + pause)) => {}
            }
        }
    }

    #[cfg_attr(not(feature = "amqp"), allow(dead_code, reason = "for engines that only carry"))]
    async fn give_called(
        &self,
        ids: Vec<Uuid>,
        claim: Claim<'_>,
        early: bool,
    ) -> Result<Vec<Called>, BrokerError> {
        let text = [CALL, GIVE, rows::MESSAGE].concat();
        let limit = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let lease = claim.lease.as_secs_f64();
        let taken = self.line.query(&text, &[&ids, &limit, &lease, &claim.worker, &early]).await;
        let taken = taken.map_err(refused)?;
        let mut claimed: HashMap<Uuid, Claimed> =
            in_turn(&taken)?.into_iter().map(|claimed| (claimed.lease.id, claimed)).collect();
        let others: Vec<Uuid> = ids.iter().filter(|id| !claimed.contains_key(*id)).copied().collect();
        let mut known = HashSet::new();
        if !others.is_empty() {
            let text = "SELECT id FROM fourfold_tasks WHERE id = ANY($1)";
            let rows = self.line.query(text, &[&others]).await.map_err(refused)?;
            known.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
        }
        let called = |id| match claimed.remove(&id) {
            Some(claimed) => Called::Claimed(claimed),
            None if known.contains(&id) => Called::NotNow,
            None => Called::Unknown,
        };
        Ok(ids.into_iter().map(called).collect())
    }

    /// How long until something happens in a queue by itself, but not longer than until the next look.
    async fn pause(&self, queue: &str) -> Result<Duration, BrokerError> {
        let text = "SELECT extract(epoch FROM least(\
                    (SELECT min(lease_until) FROM fourfold_tasks WHERE state = 1 AND queue = $1), \
                    (SELECT due FROM fourfold_tasks WHERE state = 0 AND queue = $1 AND rank = 2 \
                    ORDER BY due, seq LIMIT 1), \
                    (SELECT due FROM fourfold_tasks WHERE state = 0 AND queue = $1 AND rank = 1 \
                    ORDER BY due, seq LIMIT 1), \
                    (SELECT due FROM fourfold_tasks WHERE state = 0 AND queue = $1 AND rank = 0 \
                    ORDER BY due, seq LIMIT 1)) - now())::float8";
        let rows = self.line.query(text, &[&queue]).await.map_err(refused)?;
        let left = rows.first().and_then(|row| row.get::<_, Option<f64>>(0));
        let left = left.map_or(POLL, |left| Duration::try_from_secs_f64(left).unwrap_or_default());
        Ok(left.clamp(Duration::from_millis(1), POLL))
    }

    async fn end(&self, finishes: Vec<Finish>) -> Result<Vec<bool>, BrokerError> {
        let leases: Vec<Lease> = finishes.iter().map(|finish| finish.lease).collect();
        let (ids, tokens) = split(leases.iter().copied());
        let mut kinds = Vec::with_capacity(finishes.len());
        let mut moments: Vec<Option<DateTime<Utc>>> = Vec::with_capacity(finishes.len());
        let mut errors: Vec<Option<String>> = Vec::with_capacity(finishes.len());
        let mut results: Vec<Option<String>> = Vec::with_capacity(finishes.len());
        let mut again = false;
        for Finish { outcome, .. } in finishes {
            let (kind, moment, error, result) = match outcome {
                Outcome::Succeeded(result) => (SUCCEEDED, None, None, result),
                Outcome::Failed(failure) => (FAILED, None, Some(failure), None),
                Outcome::Expired => (EXPIRED, None, None, None),
                Outcome::Retry(moment, failure) => (WAITS, Some(moment), Some(failure), None),
                Outcome::Postponed(moment, failure) => (POSTPONED, Some(moment), Some(failure), None),
                Outcome::Returned => (RETURNED, None, None, None),
            };
            again |= matches!(kind, WAITS | POSTPONED | RETURNED);
            kinds.push(kind);
            moments.push(moment);
            errors.push(error.map(|failure| failure.to_json().to_string()));
            results.push(result);
        }
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&ids, &tokens, &kinds, &moments, &errors, &results];
        let rows = self.line.query(FINISH, &parameters).await.map_err(refused)?;
        if again {
            self.wakes.all();
        }
        // An attempt ends once, also where a group says it twice.
        let mut ended: HashSet<(Uuid, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(leases.iter().map(|lease| ended.remove(&(lease.id, lease.token))).collect())
    }
}

/// What was given out, the most urgent first and else in turn.
fn in_turn(taken: &[Row]) -> Result<Vec<Claimed>, BrokerError> {
    let mut claimed = Vec::with_capacity(taken.len());
    for row in taken {
        let read = || {
            let message = rows::message(row)?;
            let lease = Lease { id: message.id, token: row.try_get(17)? };
            let place: (DateTime<Utc>, i64) = (row.try_get(19)?, row.try_get(20)?);
            Ok((
                row.try_get::<_, i16>(18)?,
                (std::cmp::Reverse(message.priority), place),
                Claimed { message, lease },
            ))
        };
        let (state, place, task) = read().map_err(unreadable)?;
        if state == RUNNING {
            claimed.push((place, task));
        }
    }
    claimed.sort_by_key(|(place, _)| *place);
    Ok(claimed.into_iter().map(|(_, task)| task).collect())
}

fn split(leases: impl Iterator<Item = Lease>) -> (Vec<Uuid>, Vec<i64>) {
    leases.map(|lease| (lease.id, lease.token)).unzip()
}

/// Which of the leases are among the rows.
fn held(leases: &[Lease], rows: &[Row]) -> Vec<bool> {
    let held: HashSet<(Uuid, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    leases.iter().map(|lease| held.contains(&(lease.id, lease.token))).collect()
}
