//! What is known of tasks that workers of another protocol have.

use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::schema::{EXPIRED, FAILED, SUCCEEDED};
use crate::tasks::broker::{Noted, Outcome};

/// They have it. A name of a worker says that they had it already.
const SENT: &str = "UPDATE fourfold_tasks SET attempts = max(attempts - state, 0), state = 0, due = :far, worker = :worker, \
                    lease_until = NULL WHERE id = :id AND state < 2 AND coalesce(worker, '') = ''";
const BEGAN: &str = "UPDATE fourfold_tasks SET attempts = attempts + 1 - state, state = 1, started_at = :now, \
                     lease_until = NULL WHERE id = :id AND state < 2";
const AGAIN: &str = "UPDATE fourfold_tasks SET attempts = attempts + 1 - state, state = 0, due = :far, error = :error, \
                     lease_until = NULL WHERE id = :id AND state < 2";
const FORGET: &str = "DELETE FROM fourfold_tasks WHERE id = :id AND state < 2 AND keep = 0";
const ENDED: &str = "UPDATE fourfold_tasks SET attempts = attempts + :begun * (1 - state), state = :state, \
                     finished_at = :now, result = :result, lease_until = NULL, \
                     error = CASE :state WHEN 2 THEN NULL ELSE coalesce(:error, error) END, \
                     payload = CASE :state WHEN 2 THEN '' ELSE payload END WHERE id = :id AND state < 2";

pub(super) fn note(connection: &Connection, id: Uuid, noted: &Noted, now: i64) -> rusqlite::Result<()> {
    let id = id.as_bytes();
    let run = |sql: &str, parameters: &[(&str, &dyn rusqlite::ToSql)]| {
        connection.prepare_cached(sql)?.execute(parameters)
    };
    match noted {
        Noted::Sent(worker) => run(SENT, named_params! {":id": id, ":far": i64::MAX, ":worker": worker})?,
        Noted::Began => run(BEGAN, named_params! {":id": id, ":now": now})?,
        Noted::Again(failure) => {
            let error = failure.to_json().to_string();
            run(AGAIN, named_params! {":id": id, ":far": i64::MAX, ":error": error})?
        }
        Noted::Ended(outcome) => {
            let (state, result, failure) = match outcome {
                Outcome::Succeeded(result) => (SUCCEEDED, result.as_deref(), None),
                Outcome::Failed(failure) | Outcome::Retry(_, failure) | Outcome::Postponed(_, failure) => {
                    (FAILED, None, Some(failure))
                }
                Outcome::Expired | Outcome::Returned => (EXPIRED, None, None),
            };
            if state == SUCCEEDED && run(FORGET, named_params! {":id": id})? == 1 {
                return Ok(());
            }
            let error = failure.map(|failure| failure.to_json().to_string());
            let begun = i64::from(state != EXPIRED);
            run(
                ENDED,
                named_params! {
                    ":id": id, ":state": state, ":now": now, ":result": result, ":error": error, ":begun": begun,
                },
            )?
        }
    };
    Ok(())
}
