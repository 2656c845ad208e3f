//! What is known of tasks that workers of another protocol have.

use std::collections::HashSet;

use uuid::Uuid;

use super::schema::{EXPIRED, FAILED, SUCCEEDED};
use super::{PostgresTasks, refused};
use crate::tasks::broker::{BrokerError, Noted, Outcome};

const AGAIN: i16 = 0;
const SENT: i16 = 10;
const BEGAN: i16 = 11;

/// The name of a worker says that they have it already.
const NOTE: &str = "WITH u AS (SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[]) \
     AS u(id, kind, error, result, worker)), \
     gone AS (DELETE FROM fourfold_tasks AS t USING u WHERE t.id = u.id AND t.state < 2 AND u.kind = 2 AND NOT t.keep) \
     UPDATE fourfold_tasks AS t SET \
     attempts = CASE u.kind WHEN 10 THEN greatest(t.attempts - t.state, 0) WHEN 5 THEN t.attempts \
     ELSE t.attempts + 1 - t.state END, \
     state = CASE u.kind WHEN 10 THEN 0 WHEN 11 THEN 1 ELSE u.kind END, \
     due = CASE WHEN u.kind IN (0, 10) THEN timestamptz '9999-01-01 00:00:00+00' ELSE t.due END, \
     worker = CASE u.kind WHEN 10 THEN u.worker ELSE t.worker END, \
     started_at = CASE u.kind WHEN 11 THEN now() ELSE t.started_at END, \
     error = CASE u.kind WHEN 2 THEN NULL ELSE coalesce(u.error, t.error) END, \
     result = u.result, payload = CASE u.kind WHEN 2 THEN '' ELSE t.payload END, \
     finished_at = CASE WHEN u.kind IN (2, 3, 5) THEN now() END, lease_until = NULL \
     FROM u WHERE t.id = u.id AND t.state < 2 AND NOT (u.kind = 2 AND NOT t.keep) \
     AND (u.kind <> 10 OR coalesce(t.worker, '') = '')";

impl PostgresTasks {
    pub(super) async fn write_notes(&self, mut notes: Vec<(Uuid, Noted)>) -> Result<(), BrokerError> {
        while !notes.is_empty() {
            // A statement changes a row once: what comes later of the same task waits for the next.
            let mut met = HashSet::new();
            let (now, later) = notes.into_iter().partition(|(id, _)| met.insert(*id));
            self.write_once(now).await?;
            notes = later;
        }
        Ok(())
    }

    async fn write_once(&self, notes: Vec<(Uuid, Noted)>) -> Result<(), BrokerError> {
        let mut ids = Vec::with_capacity(notes.len());
        let mut kinds = Vec::with_capacity(notes.len());
        let mut errors: Vec<Option<String>> = Vec::with_capacity(notes.len());
        let mut results: Vec<Option<String>> = Vec::with_capacity(notes.len());
        let mut workers: Vec<Option<&str>> = Vec::with_capacity(notes.len());
        for (id, noted) in notes {
            let (kind, failure, result, worker) = match noted {
                Noted::Sent(worker) => (SENT, None, None, Some(worker)),
                Noted::Began => (BEGAN, None, None, None),
                Noted::Again(failure) => (AGAIN, Some(failure), None, None),
                Noted::Ended(Outcome::Succeeded(result)) => (SUCCEEDED, None, result, None),
                Noted::Ended(
                    Outcome::Failed(failure) | Outcome::Retry(_, failure) | Outcome::Postponed(_, failure),
                ) => (FAILED, Some(failure), None, None),
                Noted::Ended(Outcome::Expired | Outcome::Returned) => (EXPIRED, None, None, None),
            };
            ids.push(id);
            kinds.push(kind);
            errors.push(failure.map(|failure| failure.to_json().to_string()));
            results.push(result);
            workers.push(worker);
        }
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&ids, &kinds, &errors, &results, &workers];
        self.line.query(NOTE, &parameters).await.map_err(refused)?;
        Ok(())
    }
}
