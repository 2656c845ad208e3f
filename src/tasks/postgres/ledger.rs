//! The ledger over the table: rows of tasks whose messages another engine carries are never claimed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::schema::{EXPIRED, FAILED, SUCCEEDED};
use super::{PostgresTasks, refused};
use crate::tasks::broker::{Answer, BrokerError, Cancelled, Ledger, Outcome, Taken};
use crate::tasks::message::Message;
use crate::tasks::status::{TaskFilter, TaskStatus};

/// Noted, and not sent.
const UNSENT: i16 = 1;
const SENT: i16 = 2;

impl Ledger for PostgresTasks {
    fn note(&self, messages: Vec<Message>) -> Answer<'_, Vec<Taken>> {
        Box::pin(async move {
            self.give_up(&messages).await?;
            let mut taken = self.write_down(&messages, UNSENT).await?;
            // What was noted and never sent is to be sent.
            let ids: Vec<Uuid> = messages.iter().map(|message| message.id).collect();
            let text = "SELECT id FROM fourfold_tasks WHERE id = ANY($1) AND travels = 1";
            let rows = self.line.query(text, &[&ids]).await.map_err(refused)?;
            for (taken, message) in taken.iter_mut().zip(&messages) {
                if matches!(taken, Taken::Known { id, .. } if *id == message.id)
                    && rows.iter().any(|row| row.get::<_, Uuid>(0) == message.id)
                {
                    *taken = Taken::New;
                }
            }
            Ok(taken)
        })
    }

    fn sent(&self, ids: Vec<Uuid>) -> Answer<'_, ()> {
        Box::pin(async move {
            let text = "UPDATE fourfold_tasks SET travels = 2 WHERE id = ANY($1) AND travels = 1";
            self.line.query(text, &[&ids]).await.map(|_| ()).map_err(refused)
        })
    }

    fn begin(&self, ids: Vec<(Uuid, u32)>, worker: String) -> Answer<'_, Vec<bool>> {
        Box::pin(async move {
            let (which, attempts): (Vec<Uuid>, Vec<i64>) =
                ids.iter().map(|(id, attempts)| (*id, i64::from(*attempts))).unzip();
            let text = "WITH begun AS (UPDATE fourfold_tasks AS t SET state = 1, attempts = u.attempts, worker = $3, \
                        started_at = now(), travels = 2 FROM unnest($1::uuid[], $2::bigint[]) AS u(id, attempts) \
                        WHERE t.id = u.id AND t.state < 2 AND t.travels > 0) \
                        SELECT id FROM fourfold_tasks WHERE id = ANY($1) AND state > 1";
            let ended = self.line.query(text, &[&which, &attempts, &worker]).await.map_err(refused)?;
            let ended: Vec<Uuid> = ended.iter().map(|row| row.get(0)).collect();
            Ok(which.iter().map(|id| !ended.contains(id)).collect())
        })
    }

    fn end(&self, ends: Vec<(Message, Outcome)>) -> Answer<'_, ()> {
        Box::pin(self.note_ends(ends))
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

    fn requeue(&self, id: Uuid) -> Answer<'_, Option<Message>> {
        Box::pin(self.revive(id, true))
    }

    fn prune(&self, before: DateTime<Utc>) -> Answer<'_, u64> {
        Box::pin(self.forget_before(before))
    }
}

impl PostgresTasks {
    /// Takes unique keys from tasks that were never sent: whoever was to send them is gone.
    async fn give_up(&self, messages: &[Message]) -> Result<(), BrokerError> {
        let keys: Vec<&str> = messages.iter().filter_map(|message| message.unique_key.as_deref()).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = messages.iter().map(|message| message.id).collect();
        let text = "DELETE FROM fourfold_tasks WHERE unique_key = ANY($1) AND unique_key IS NOT NULL AND state < 2 \
                    AND travels = 1 AND id <> ALL($2) AND created_at < now() - interval '1 minute'";
        self.line.query(text, &[&keys, &ids]).await.map(|_| ()).map_err(refused)
    }

    async fn note_ends(&self, ends: Vec<(Message, Outcome)>) -> Result<(), BrokerError> {
        let (forgotten, kept): (Vec<_>, Vec<_>) = ends
            .into_iter()
            .partition(|(message, outcome)| !message.keep && matches!(outcome, Outcome::Succeeded(_)));
        if !forgotten.is_empty() {
            let ids: Vec<Uuid> = forgotten.iter().map(|(message, _)| message.id).collect();
            let text = "DELETE FROM fourfold_tasks WHERE id = ANY($1) AND state < 2 AND travels > 0";
            self.line.query(text, &[&ids]).await.map_err(refused)?;
        }
        if kept.is_empty() {
            return Ok(());
        }
        let messages: Vec<&Message> = kept.iter().map(|(message, _)| message).collect();
        // What was never noted is noted now.
        let columns = super::rows::Columns::of(&messages);
        self.line.query(super::rows::INSERT, &columns.parameters(&SENT)).await.map_err(refused)?;
        let text = "UPDATE fourfold_tasks AS t SET state = u.state, \
                    finished_at = CASE WHEN u.state > 1 THEN now() END, run_at = coalesce(u.moment, t.run_at), \
                    error = CASE WHEN u.state = 2 THEN NULL ELSE coalesce(u.error, t.error) END, result = u.result, \
                    payload = CASE WHEN u.state = 2 THEN '' ELSE t.payload END, attempts = u.attempts, \
                    started_at = coalesce(t.started_at, CASE WHEN u.began THEN now() END) \
                    FROM unnest($1::uuid[], $2::smallint[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[], \
                    $7::boolean[]) AS u(id, state, moment, error, result, attempts, began) \
                    WHERE t.id = u.id AND t.state < 2 AND t.travels > 0";
        let mut columns = Ends::default();
        for (message, outcome) in kept {
            columns.push(&message, outcome);
        }
        let Ends { ids, states, moments, errors, results, attempts, began } = &columns;
        self.line
            .query(text, &[ids, states, moments, errors, results, attempts, began])
            .await
            .map(|_| ())
            .map_err(refused)
    }
}

/// Ends of attempts, by column.
#[derive(Default)]
struct Ends {
    ids: Vec<Uuid>,
    states: Vec<i16>,
    moments: Vec<Option<DateTime<Utc>>>,
    errors: Vec<Option<String>>,
    results: Vec<Option<String>>,
    attempts: Vec<i64>,
    began: Vec<bool>,
}

impl Ends {
    fn push(&mut self, message: &Message, outcome: Outcome) {
        let returned = i64::from(matches!(outcome, Outcome::Returned));
        self.began.push(!matches!(outcome, Outcome::Returned | Outcome::Expired));
        self.ids.push(message.id);
        self.attempts.push((i64::from(message.attempts) - returned).max(0));
        let (state, moment, error, result) = match outcome {
            Outcome::Succeeded(result) => (SUCCEEDED, None, None, result),
            Outcome::Failed(failure) => (FAILED, None, Some(failure), None),
            Outcome::Expired => (EXPIRED, None, None, None),
            Outcome::Retry(moment, failure) => (0, Some(moment), Some(failure), None),
            Outcome::Returned => (0, None, None, None),
        };
        self.states.push(state);
        self.moments.push(moment);
        self.errors.push(error.map(|failure| failure.to_json().to_string()));
        self.results.push(result);
    }
}
