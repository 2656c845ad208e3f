//! What has been applied, against what there is to apply.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::file::{self, Step};
use super::{Migration, State, Status, listed};
use crate::Error;
use crate::ddl::Engine;

/// A row of the table of migrations.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// Of the steps that are done.
    pub(crate) checksum: String,
    /// How many steps are done.
    pub(crate) steps: usize,
    /// When all of them were.
    pub(crate) applied_at: Option<DateTime<Utc>>,
}

/// A migration that is to be applied, or the rest of one.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    /// How many of them are done.
    pub(crate) done: usize,
}

impl Pending {
    /// What is noted once so many steps are done.
    pub(crate) fn checksum(&self, done: usize) -> String {
        file::checksum(self.steps.get(..done).unwrap_or(&self.steps))
    }
}

/// What is left to do, in order, or all that is wrong.
pub(crate) fn pending(
    migrations: &[Migration],
    records: &[Record],
    engine: Engine,
) -> Result<Vec<Pending>, Vec<String>> {
    let mut pending = Vec::new();
    let mut wrong = Vec::new();
    let by_name: BTreeMap<&str, &Record> =
        records.iter().map(|record| (record.name.as_str(), record)).collect();
    let mut sorted: Vec<&Migration> = migrations.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    for pair in sorted.windows(2) {
        if let [one, other] = pair
            && one.name == other.name
        {
            wrong.push(format!("there are two migrations `{}`", one.name));
        }
    }
    for migration in &sorted {
        match (steps(migration, engine), by_name.get(migration.name.as_ref())) {
            (Err(error), _) => wrong.push(format!("migration `{}`, {error}", migration.name)),
            (Ok(steps), None) => pending.push(Pending { name: migration.name.to_string(), steps, done: 0 }),
            (Ok(steps), Some(record)) if is_changed(&steps, record) => {
                wrong.push(changed(migration, record, &steps));
            }
            (Ok(steps), Some(record)) if record.applied_at.is_none() => {
                pending.push(Pending { name: migration.name.to_string(), steps, done: record.steps });
            }
            (Ok(_), Some(_)) => {}
        }
    }
    for record in records.iter().filter(|record| !migrations.iter().any(|it| it.name == record.name.as_str()))
    {
        wrong.push(format!(
            "migration `{}` has been applied to this database, and there is no such file here: is this an older release, or \
             was the file deleted or renamed?",
            record.name
        ));
    }
    if wrong.is_empty() { Ok(pending) } else { Err(wrong) }
}

/// Whether nothing is left to do; else what is.
pub(crate) fn complete(migrations: &[Migration], records: &[Record], engine: Engine) -> Result<(), Error> {
    let pending = pending(migrations, records, engine)
        .map_err(|wrong| listed("the database does not fit the migrations", &wrong))?;
    if pending.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = pending.into_iter().map(|pending| pending.name).collect();
    let what = "these migrations have not been applied; run `cargo fourfold migrate run`, or start with FOURFOLD_MIGRATE=on";
    Err(listed(what, &names))
}

fn steps(migration: &Migration, engine: Engine) -> Result<Vec<Step>, String> {
    file::steps(migration.text(engine))
}

fn is_changed(steps: &[Step], record: &Record) -> bool {
    let too_many = record.applied_at.is_some() && steps.len() != record.steps;
    too_many || steps.get(..record.steps).is_none_or(|done| file::checksum(done) != record.checksum)
}

fn changed(migration: &Migration, record: &Record, steps: &[Step]) -> String {
    let name = &migration.name;
    if record.applied_at.is_some() {
        return format!(
            "migration `{name}` has been applied to this database, and what it does was changed after that: put the file back as it \
             was, and write what you want in a new migration"
        );
    }
    format!(
        "migration `{name}` was interrupted after step {} of {}, and these steps were changed after that: put them back as they \
         were; what is still to come may be changed",
        record.steps,
        steps.len()
    )
}

/// Where each migration stands.
pub(crate) fn status(migrations: &[Migration], records: &[Record], engine: Engine) -> Vec<Status> {
    let mut states: BTreeMap<&str, State> =
        records.iter().map(|it| (it.name.as_str(), State::Unknown)).collect();
    for migration in migrations {
        let record = records.iter().find(|record| record.name == migration.name.as_ref());
        let state = match (steps(migration, engine), record) {
            (_, None) => State::Waiting,
            (Ok(steps), Some(record)) if !is_changed(&steps, record) => match record.applied_at {
                Some(at) => State::Applied { at },
                None => State::Begun { done: record.steps, steps: steps.len() },
            },
            (_, Some(_)) => State::Changed,
        };
        states.insert(migration.name.as_ref(), state);
    }
    let last = records.iter().map(|record| record.name.as_str()).max();
    states
        .into_iter()
        .map(|(name, state)| {
            let late = state == State::Waiting && last.is_some_and(|last| name < last);
            Status { name: name.to_owned(), state, late }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Migration =
        Migration::new("2_two", "-- step: in a transaction\nA;\n-- step: in a transaction\nB;", "");

    fn record(name: &str, of: &Migration, done: usize, applied: bool) -> Record {
        let steps = file::steps(&of.sqlite).expect("steps");
        Record {
            name: name.to_owned(),
            checksum: file::checksum(&steps[..done]),
            steps: done,
            applied_at: applied.then(Utc::now),
        }
    }

    fn left(migrations: &[Migration], records: &[Record]) -> Result<Vec<(String, usize)>, Vec<String>> {
        let pending = pending(migrations, records, Engine::Sqlite)?;
        Ok(pending.into_iter().map(|pending| (pending.name, pending.done)).collect())
    }

    #[test]
    fn what_was_interrupted_goes_on_where_it_was() {
        assert_eq!(left(&[TWO], &[]), Ok(vec![("2_two".to_owned(), 0)]));
        assert_eq!(left(&[TWO], &[record("2_two", &TWO, 1, false)]), Ok(vec![("2_two".to_owned(), 1)]));
        assert_eq!(left(&[TWO], &[record("2_two", &TWO, 2, true)]), Ok(vec![]));
    }

    #[test]
    fn a_step_that_has_not_run_may_be_changed_and_one_that_has_may_not() {
        let other = Migration { sqlite: TWO.sqlite.replace("B;", "C;").into(), ..TWO };
        assert_eq!(
            left(std::slice::from_ref(&other), &[record("2_two", &TWO, 1, false)]).map(|it| it.len()),
            Ok(1)
        );
        let wrong = left(&[other], &[record("2_two", &TWO, 2, true)]).expect_err("a change");
        assert!(wrong[0].contains("has been applied to this database"), "{wrong:?}");
        let other = Migration { sqlite: TWO.sqlite.replace("A;", "C;").into(), ..TWO };
        let wrong = left(&[other], &[record("2_two", &TWO, 1, false)]).expect_err("a change");
        assert!(wrong[0].contains("was interrupted after step 1 of 2"), "{wrong:?}");
    }

    #[test]
    fn what_comes_late_is_applied_and_named_and_what_is_not_here_is_refused() {
        let one = Migration::new("1_one", "X;", "");
        let records = [record("2_two", &TWO, 2, true)];
        assert_eq!(left(&[TWO, one.clone()], &records), Ok(vec![("1_one".to_owned(), 0)]));
        let status = status(&[one.clone(), TWO], &records, Engine::Sqlite);
        assert!(status[0].late && status[0].state == State::Waiting, "{status:?}");
        assert!(left(&[one], &records).expect_err("no file")[0].contains("there is no such file here"));
    }
}
