//! A client that writes, remembers what it was answered, and finds out what became of the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::client::{Answer, Client};
use crate::random::Random;
use crate::snapshot::Purse;

/// The purse that all writers pay into.
pub(crate) const SHARED: &str = "shared";
/// How many purses of its own a writer uses at a time.
const PURSES: usize = 4;

/// What the writers are told.
#[derive(Clone, Copy, Default)]
pub(crate) struct Orders {
    /// Where the servers are, while they are.
    pub addresses: [Option<SocketAddr>; 2],
    /// Finish what is open and end.
    pub stop: bool,
}

/// What must be stored, and what may be.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Every purse that ever was, and what it must be; `None` where it was deleted.
    pub purses: BTreeMap<String, Option<Purse>>,
    /// Labels and numbers.
    pub tickets: BTreeMap<String, i64>,
    pub perhaps_tickets: BTreeSet<String>,
    pub paid: i64,
    pub perhaps_paid: i64,
    /// The idempotency keys of all requests that were answered in the end.
    pub keys: BTreeSet<String>,
    pub answered: u64,
    pub refused: u64,
    /// Without an answer, and found stored, not stored, or neither found out.
    pub whole: u64,
    pub nothing: u64,
    pub perhaps: u64,
}

impl Ledger {
    pub(crate) fn merge(&mut self, other: Self) {
        self.purses.extend(other.purses);
        self.tickets.extend(other.tickets);
        self.perhaps_tickets.extend(other.perhaps_tickets);
        self.keys.extend(other.keys);
        self.paid += other.paid;
        self.perhaps_paid += other.perhaps_paid;
        self.answered += other.answered;
        self.refused += other.refused;
        self.whole += other.whole;
        self.nothing += other.nothing;
        self.perhaps += other.perhaps;
    }
}

/// A write.
struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    key: Option<String>,
}

/// How a write ended.
enum Ended {
    Answered(Answer),
    /// No answer came, or one that says that it may have been carried out.
    Open,
}

pub(crate) struct Writer {
    name: String,
    /// Which server it writes to.
    server: usize,
    /// Whether each request has a key.
    careful: bool,
    orders: watch::Receiver<Orders>,
    client: Option<Client>,
    random: Random,
    serial: u64,
    /// The purses in use.
    current: Vec<String>,
    ledger: Ledger,
}

impl Writer {
    pub(crate) fn new(number: usize, careful: bool, orders: watch::Receiver<Orders>) -> Self {
        Self {
            name: format!("w{number}"),
            server: number % 2,
            careful,
            orders,
            client: None,
            random: Random::new(),
            serial: 0,
            current: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    pub(crate) async fn work(mut self) -> Ledger {
        while !self.orders.borrow().stop {
            match self.random.below(8) {
                0 => self.pay_together().await,
                1 => self.ticket().await,
                _ => self.purse().await,
            }
        }
        let ids: Vec<String> = self.ledger.purses.keys().cloned().collect();
        for id in ids {
            let found = self.look(&id).await;
            assert_eq!(found, self.ledger.purses[&id], "purse {id}: answered, and now read again");
        }
        self.ledger
    }

    /// Makes a purse, changes one, pays into one or deletes one.
    async fn purse(&mut self) {
        let chosen = usize::try_from(self.random.below(PURSES as u64)).expect("small");
        let Some(id) = self.current.get(chosen).cloned() else { return self.make().await };
        let known = self.ledger.purses[&id].clone().expect("one in use is there");
        let owner = self.unique();
        let version = known.version + 1;
        let (request, after) = match self.random.below(16) {
            0 => (self.request("DELETE", format!("/v1/purses/{id}"), Value::Null), None),
            1..8 => {
                let body = json!({"owner": owner});
                let after = Purse { owner, version, ..known.clone() };
                (self.request("PATCH", format!("/v1/purses/{id}"), body), Some(after))
            }
            _ => {
                let body = json!({"amount": 3});
                let after = Purse { balance: known.balance + 3, version, ..known.clone() };
                (self.request("POST", format!("/v1/purses/{id}/deposit"), body), Some(after))
            }
        };
        let named = request.method != "POST" || self.random.below(2) == 0;
        let request = if named { request.of_version(known.version) } else { request };
        self.settle(&id, request, Some(known), after).await;
    }

    async fn make(&mut self) {
        let (id, owner) = (self.unique(), self.unique());
        let request = self.request("POST", "/v1/purses".to_owned(), json!({"id": id, "owner": owner}));
        let after = Purse { owner, balance: 0, version: 1 };
        self.settle(&id, request, None, Some(after)).await;
    }

    /// Sends a write to a purse of its own. What it becomes is known beforehand, so that nothing else will do.
    async fn settle(&mut self, id: &str, request: Request, before: Option<Purse>, after: Option<Purse>) {
        let first = self.send(&request).await;
        let state = match first {
            Ended::Answered(answer) => {
                self.ledger.answered += 1;
                shown(&request, &answer, after.as_ref());
                after
            }
            Ended::Open if request.key.is_some() => {
                let answer = self.repeat(&request).await;
                shown(&request, &answer, after.as_ref());
                after
            }
            Ended::Open => {
                let found = self.look(id).await;
                assert!(
                    found == before || found == after,
                    "half: {before:?} became {found:?}, not {after:?}"
                );
                let whole = found == after;
                self.count(whole);
                found
            }
        };
        self.ledger.keys.extend(request.key);
        self.current.retain(|current| current != id);
        if state.is_some() {
            self.current.push(id.to_owned());
        }
        if state.is_some() || before.is_some() {
            self.ledger.purses.insert(id.to_owned(), state);
        }
    }

    async fn pay_together(&mut self) {
        let request = self.request("POST", format!("/v1/purses/{SHARED}/deposit"), json!({"amount": 1}));
        match self.send(&request).await {
            // The purse kept changing.
            Ended::Answered(answer) if answer.status == 409 => return,
            Ended::Answered(_) => {
                self.ledger.answered += 1;
                self.ledger.paid += 1;
            }
            Ended::Open if request.key.is_some() => {
                self.repeat(&request).await;
                self.ledger.paid += 1;
            }
            Ended::Open => {
                self.ledger.perhaps += 1;
                self.ledger.perhaps_paid += 1;
            }
        }
        self.ledger.keys.extend(request.key);
    }

    async fn ticket(&mut self) {
        let label = self.unique();
        let request = self.request("POST", "/v1/tickets".to_owned(), json!({"label": label}));
        let answer = match self.send(&request).await {
            Ended::Answered(answer) => {
                self.ledger.answered += 1;
                answer
            }
            Ended::Open if request.key.is_some() => self.repeat(&request).await,
            Ended::Open => {
                self.ledger.perhaps += 1;
                self.ledger.perhaps_tickets.insert(label);
                return;
            }
        };
        self.ledger.keys.extend(request.key);
        self.ledger.tickets.insert(label, answer.json()["id"].as_i64().expect("a number"));
    }

    /// Sends a request with a key until it is answered.
    async fn repeat(&mut self, request: &Request) -> Answer {
        loop {
            match self.send(request).await {
                Ended::Answered(answer) if answer.status == 409 => {}
                Ended::Answered(answer) => {
                    self.count(answer.header("idempotency-replayed") == "true");
                    return answer;
                }
                Ended::Open => {}
            }
        }
    }

    fn count(&mut self, whole: bool) {
        if whole {
            self.ledger.whole += 1;
        } else {
            self.ledger.nothing += 1;
        }
    }

    /// What the server says that a purse is.
    async fn look(&mut self, id: &str) -> Option<Purse> {
        let path = format!("/v1/purses/{id}");
        let request = Request { method: "GET", path, headers: Vec::new(), body: String::new(), key: None };
        loop {
            match self.send(&request).await {
                Ended::Answered(answer) if answer.status == 404 => return None,
                Ended::Answered(answer) => return Some(read(&answer)),
                Ended::Open => {}
            }
        }
    }

    async fn send(&mut self, request: &Request) -> Ended {
        let answer = self.try_send(request).await;
        let answer = match answer {
            Some(answer) => answer,
            None => {
                self.client = None;
                return Ended::Open;
            }
        };
        match answer.status {
            200 | 201 | 204 => Ended::Answered(answer),
            404 if request.method == "GET" => Ended::Answered(answer),
            409 if request.path.contains(SHARED) => Ended::Answered(answer),
            503 => {
                assert!(!answer.header("retry-after").is_empty(), "a 503 says when to try again");
                self.ledger.refused += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ended::Open
            }
            other => {
                panic!("{} {} {:?}: {other} {}", request.method, request.path, request.headers, answer.text())
            }
        }
    }

    async fn try_send(&mut self, request: &Request) -> Option<Answer> {
        if self.client.is_none() {
            let server = self.server;
            let there = |orders: &Orders| orders.addresses[server].is_some();
            let orders = *self.orders.wait_for(there).await.expect("orders");
            self.client = match Client::try_connect(orders.addresses[server].expect("waited for")).await {
                Ok(client) => Some(client),
                Err(_) => {
                    // It has just been killed.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    return None;
                }
            };
        }
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(request.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let client = self.client.as_mut().expect("just made");
        client.try_send(request.method, &request.path, &headers, request.body.clone()).await.ok()
    }

    fn request(&mut self, method: &'static str, path: String, body: Value) -> Request {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let key = (self.careful || self.random.below(2) == 0).then(|| self.unique());
        let headers = key.iter().map(|key| ("idempotency-key", key.clone())).collect();
        Request { method, path, headers, body, key }
    }

    /// A name that nobody used before.
    fn unique(&mut self) -> String {
        self.serial += 1;
        format!("{}-{}", self.name, self.serial)
    }
}

impl Request {
    fn of_version(mut self, version: i64) -> Self {
        self.headers.push(("if-match", format!("\"{version}\"")));
        self
    }
}

fn read(answer: &Answer) -> Purse {
    let json = answer.json();
    let number = |name: &str| json[name].as_i64().expect("a number");
    let owner = json["owner"].as_str().expect("a text").to_owned();
    Purse { owner, balance: number("balance"), version: number("version") }
}

/// The answer shows what the purse must have become.
fn shown(request: &Request, answer: &Answer, after: Option<&Purse>) {
    match after {
        Some(after) => assert_eq!(read(answer), *after, "{} {}", request.method, request.path),
        None => assert_eq!(answer.status, 204),
    }
}
