//! What was promised against what is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::snapshot::{Event, Purse, Snapshot};
use crate::writer::{Ledger, SHARED};

const PURSE: &str = "test.purse.v1.Purse";
const DELETED: &str = "test.purse.v1.purse.deleted";
const TICKET: &str = "test.ticket.v1.Ticket";

/// Everything that is lost, half, or twice.
pub(crate) fn faults(ledger: &Ledger, stored: &Snapshot) -> Vec<String> {
    let mut faults = stored.damage.clone();
    purses(ledger, stored, &mut faults);
    tickets(ledger, stored, &mut faults);
    let versions = events(stored, &mut faults);
    records(ledger, stored, &versions, &mut faults);
    faults
}

/// A purse is as it was last answered, and the one that all share holds what all paid.
fn purses(ledger: &Ledger, stored: &Snapshot, faults: &mut Vec<String>) {
    for (id, known) in &ledger.purses {
        let found = stored.purses.get(id);
        if found != known.as_ref() {
            faults.push(format!("purse {id} was answered as {known:?} and is {found:?}"));
        }
    }
    for id in stored.purses.keys().filter(|id| *id != SHARED && !ledger.purses.contains_key(*id)) {
        faults.push(format!("purse {id} is there and nobody made it"));
    }
    let most = ledger.paid + ledger.perhaps_paid;
    match stored.purses.get(SHARED) {
        Some(shared) if (ledger.paid..=most).contains(&shared.balance) => {}
        other => faults.push(format!("{} to {most} were paid, and the purse is {other:?}", ledger.paid)),
    }
}

/// A ticket that was answered is there once, under the number that was answered; any other at most once.
fn tickets(ledger: &Ledger, stored: &Snapshot, faults: &mut Vec<String>) {
    let mut found: HashMap<&str, Vec<i64>> = HashMap::new();
    for ticket in &stored.tickets {
        found.entry(&ticket.label).or_default().push(ticket.id);
    }
    for (label, id) in &ledger.tickets {
        let ids = found.remove(label.as_str()).unwrap_or_default();
        if ids != [*id] {
            faults.push(format!("ticket {label} was answered as {id} and is {ids:?}"));
        }
    }
    for (label, ids) in found {
        if !ledger.perhaps_tickets.contains(label) || ids.len() > 1 {
            faults.push(format!("ticket {label} is there as {ids:?}"));
        }
    }
}

type Versions = BTreeSet<(String, String, i64)>;

/// Each version of each row has its one event, in order, and the last says what the row is.
fn events(stored: &Snapshot, faults: &mut Vec<String>) -> Versions {
    let mut histories: BTreeMap<(&str, &str), Vec<&Event>> = BTreeMap::new();
    for event in &stored.events {
        histories.entry((&event.resource, &event.id)).or_default().push(event);
    }
    let mut versions = Versions::new();
    for ((resource, id), history) in &histories {
        for version in 1..=history.len() {
            versions.insert(((*resource).to_owned(), (*id).to_owned(), i64::try_from(version).expect("few")));
        }
        if *resource == PURSE {
            let numbers: Vec<_> =
                history.iter().map(|event| event.payload["purse"]["version"].as_i64()).collect();
            let wanted: Vec<_> = (1..).map(Some).take(history.len()).collect();
            if numbers != wanted {
                faults.push(format!("the events of purse {id} are of versions {numbers:?}"));
            }
            let (last, row) = (history.last(), stored.purses.get(*id));
            let right = match (last, row) {
                (Some(last), Some(row)) => last.kind != DELETED && purse(&last.payload["purse"]) == *row,
                (Some(last), None) => last.kind == DELETED,
                (None, _) => false,
            };
            if !right {
                let last = last.map(|event| (&event.kind, &event.payload));
                faults.push(format!("the last event of purse {id} is {last:?}, and the row {row:?}"));
            }
        } else if history.len() != 1 {
            faults.push(format!("ticket {id} has {} events", history.len()));
        }
    }
    let without = |resource: &str, id: &str| !histories.contains_key(&(resource, id));
    let purses = stored.purses.keys().filter(|id| without(PURSE, id)).cloned();
    let tickets = stored.tickets.iter().map(|ticket| ticket.id.to_string()).filter(|id| without(TICKET, id));
    faults.extend(purses.chain(tickets).map(|id| format!("{id} has no event")));
    let rows: BTreeSet<_> = stored.tickets.iter().map(|ticket| ticket.id.to_string()).collect();
    let orphans = histories.keys().filter(|(resource, id)| *resource == TICKET && !rows.contains(*id));
    faults.extend(orphans.map(|(_, id)| format!("ticket {id} has an event and no row")));
    versions
}

fn purse(payload: &Value) -> Purse {
    let number = |name: &str| payload[name].as_i64().unwrap_or(-1);
    let owner = payload["owner"].as_str().unwrap_or_default().to_owned();
    Purse { owner, balance: number("balance"), version: number("version") }
}

/// There is a record for each key that was used, and each is of a write that took place.
fn records(ledger: &Ledger, stored: &Snapshot, versions: &Versions, faults: &mut Vec<String>) {
    let mut keys = BTreeSet::new();
    for record in &stored.records {
        let key = record.key.rsplit(' ').next().unwrap_or_default();
        keys.insert(key);
        let resource = record.operation.split('/').next().unwrap_or_default();
        let id = match &record.answer["row"]["id"] {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        };
        let version = record.answer["version"].as_i64().unwrap_or(-1);
        if !versions.contains(&(resource.to_owned(), id.clone(), version)) {
            faults.push(format!(
                "the record {key} is of version {version} of {resource} {id}, which never was"
            ));
        }
        if !ledger.keys.contains(key) {
            faults.push(format!("the record {key} is of a request that nobody made"));
        }
    }
    let missing = ledger.keys.iter().filter(|key| !keys.contains(key.as_str()));
    faults.extend(missing.map(|key| format!("the request {key} was answered and has no record")));
}
