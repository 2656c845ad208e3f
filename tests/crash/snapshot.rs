//! What a database holds, looked at without the server.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::child::Place;

/// Everything that is stored.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub purses: BTreeMap<String, Purse>,
    pub tickets: Vec<Ticket>,
    /// In the order of the outbox.
    pub events: Vec<Event>,
    pub records: Vec<Record>,
    /// What the engine itself finds wrong with its file.
    pub damage: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purse {
    pub owner: String,
    pub balance: i64,
    pub version: i64,
}

pub(crate) struct Ticket {
    pub id: i64,
    pub label: String,
}

pub(crate) struct Event {
    pub resource: String,
    pub id: String,
    pub kind: String,
    pub payload: Value,
}

pub(crate) struct Record {
    pub key: String,
    pub operation: String,
    pub answer: Value,
}

const PURSES: &str = "SELECT id, owner, balance, version FROM purses";
const TICKETS: &str = "SELECT id, label FROM tickets";
const EVENTS: &str =
    "SELECT aggregatetype, aggregateid, type, CAST(payload AS TEXT) FROM fourfold_outbox ORDER BY seq";
const RECORDS: &str = "SELECT key, operation, answer FROM fourfold_idempotency";

impl Snapshot {
    pub(crate) fn rows(&self) -> usize {
        self.purses.len() + self.tickets.len()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

impl Place {
    pub(crate) async fn snapshot(&self) -> Snapshot {
        #[cfg(feature = "postgres")]
        if self.url.starts_with("postgres") {
            return postgres(&self.url).await;
        }
        sqlite(self).expect("the database can be read")
    }
}

fn sqlite(place: &Place) -> rusqlite::Result<Snapshot> {
    let connection = rusqlite::Connection::open(place.file())?;
    let damage: Vec<String> = connection
        .prepare("PRAGMA integrity_check")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let purses = connection
        .prepare(PURSES)?
        .query_map([], |row| {
            Ok((row.get(0)?, Purse { owner: row.get(1)?, balance: row.get(2)?, version: row.get(3)? }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let tickets = connection
        .prepare(TICKETS)?
        .query_map([], |row| Ok(Ticket { id: row.get(0)?, label: row.get(1)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let events = connection
        .prepare(EVENTS)?
        .query_map([], |row| {
            let payload = json(&row.get::<_, String>(3)?);
            Ok(Event { resource: row.get(0)?, id: row.get(1)?, kind: row.get(2)?, payload })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let records = connection
        .prepare(RECORDS)?
        .query_map([], |row| {
            let answer = json(&row.get::<_, String>(2)?);
            Ok(Record { key: row.get(0)?, operation: row.get(1)?, answer })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let damage = damage.into_iter().filter(|line| line != "ok").collect();
    Ok(Snapshot { purses, tickets, events, records, damage })
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str) -> Snapshot {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
    let connection = tokio::spawn(connection);
    let mut stored = Snapshot::default();
    for row in client.query(PURSES, &[]).await.expect("purses") {
        let purse = Purse { owner: row.get(1), balance: row.get(2), version: row.get(3) };
        stored.purses.insert(row.get(0), purse);
    }
    for row in client.query(TICKETS, &[]).await.expect("tickets") {
        stored.tickets.push(Ticket { id: row.get(0), label: row.get(1) });
    }
    for row in client.query(EVENTS, &[]).await.expect("events") {
        let payload = json(row.get(3));
        stored.events.push(Event { resource: row.get(0), id: row.get(1), kind: row.get(2), payload });
    }
    for row in client.query(RECORDS, &[]).await.expect("records") {
        stored.records.push(Record { key: row.get(0), operation: row.get(1), answer: json(row.get(2)) });
    }
    drop(client);
    let _ = connection.await;
    stored
}
