//! Runs a service's scenarios on every way in, each on a store of its own.

use std::collections::HashMap;
use std::pin::Pin;

use fourfold::{Config, Running, Server};
use serde_json::Value;

use crate::outcome::{self, Outcome};
use crate::step::{Call, Expected, Step};
use crate::ways::{self, Request, Target, Way, WayName};

/// A service with its scenario.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) descriptor: &'static fourfold::descriptor::Descriptor,
    /// Mounts what the service serves.
    pub(crate) mount: fn(Server) -> Server,
    /// Starts what else has to run.
    pub(crate) beside: fn() -> Pin<Box<dyn Future<Output = ()>>>,
    /// Calls through the typed client.
    pub(crate) typed: ways::typed::Typed,
    pub(crate) steps: Vec<Step>,
}

/// How many cases ran.
pub(crate) struct Ran {
    pub(crate) cases: usize,
    pub(crate) unsayable: usize,
    pub(crate) ways: usize,
}

/// What one way in made of all steps.
struct Transcript {
    way: WayName,
    outcomes: Vec<Outcome>,
}

pub(crate) async fn all(service: &Service) -> Ran {
    let mut transcripts = Vec::new();
    let mut wrong = Vec::new();
    (service.beside)().await;
    for name in WayName::ALL {
        transcripts.push(transcript(service, name, &mut wrong).await);
    }
    let (first, others) = transcripts.split_first().expect("there is more than one way in");
    let (mut cases, mut unsayable) = (0, 0);
    for (index, step) in service.steps.iter().enumerate() {
        for transcript in &transcripts {
            match &transcript.outcomes[index] {
                Outcome::Unsayable => unsayable += 1,
                _ => cases += 1,
            }
        }
        for other in others.iter().filter(|other| other.outcomes[index] != Outcome::Unsayable) {
            let (one, two) = (&first.outcomes[index], &other.outcomes[index]);
            if one != two {
                wrong.push(format!(
                    "{}, {}\n  {}: {}\n  {}: {}",
                    step.name,
                    step.words(),
                    first.way,
                    one.unlike(two),
                    other.way,
                    two.unlike(one)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", service.name, wrong.join("\n"));
    Ran { cases, unsayable, ways: transcripts.len() }
}

async fn start(service: &Service) -> Running {
    let mut config = Config::default();
    config.listen = ([127, 0, 0, 1], 0).into();
    config.database_url = "sqlite::memory:".into();
    (service.mount)(Server::new(config)).start().await.expect("the service starts")
}

async fn transcript(service: &Service, name: WayName, wrong: &mut Vec<String>) -> Transcript {
    let running = start(service).await;
    let target = Target { address: running.address(), descriptor: service.descriptor, typed: service.typed };
    let mut way = Way::open(name, target).await;
    let mut memory = Memory::default();
    let mut outcomes = Vec::new();
    for step in &service.steps {
        let request = memory.request(step);
        let outcome = way.send(&request).await;
        memory.learn(step, &outcome);
        let comparable = outcome::comparable(&outcome, &memory.labels());
        if let Err(what) = meets(step, &comparable) {
            wrong.push(format!("{}, {}\n  {name}: {what}", step.name, step.words()));
        }
        outcomes.push(comparable);
    }
    drop(way);
    running.stop().await;
    Transcript { way: name, outcomes }
}

/// What has been seen so far.
#[derive(Default)]
struct Memory {
    ids: HashMap<&'static str, Value>,
    versions: HashMap<&'static str, i64>,
    next_page_token: String,
}

impl Memory {
    fn request(&self, step: &Step) -> Request {
        let mut call = step.call.clone();
        if let Call::Create(_, body) | Call::Update(_, body) | Call::Replace(_, body) = &mut call {
            self.fill(body);
        }
        let label = match &call {
            Call::Get(label)
            | Call::Update(label, _)
            | Call::Replace(label, _)
            | Call::Delete(label)
            | Call::Custom(label, ..) => *label,
            Call::Create(..) | Call::List(_) => "",
        };
        // A label that nobody has is an id that nobody has.
        let id = self.ids.get(label).cloned().unwrap_or_else(|| Value::String(label.to_owned()));
        let version = self.versions.get(label).copied().unwrap_or_default();
        let etag = step.etag.map(|etag| etag.replace("$now", &version.to_string()));
        let page_token = match &call {
            Call::List(list) => list.page_token.replace("$next", &self.next_page_token),
            _ => String::new(),
        };
        Request { call, id, key: step.key.map(str::to_owned), etag, page_token }
    }

    /// `"$id a"` in a body stands for the id of the row that is known as `a`.
    fn fill(&self, body: &mut Value) {
        let Some(members) = body.as_object_mut() else { return };
        for value in members.values_mut() {
            if value == "$user"
                && let Some(user) = crate::cases::order::SOMEBODY_ID.get()
            {
                *value = user.as_str().into();
            }
            if let Some(label) = value.as_str().and_then(|text| text.strip_prefix("$id "))
                && let Some(id) = self.ids.get(label)
            {
                *value = id.clone();
            }
        }
    }

    fn learn(&mut self, step: &Step, outcome: &Outcome) {
        match (outcome, &step.call) {
            (
                Outcome::Row(row),
                Call::Create(label, _)
                | Call::Get(label)
                | Call::Update(label, _)
                | Call::Replace(label, _)
                | Call::Custom(label, ..),
            ) => {
                self.ids.entry(label).or_insert_with(|| row["id"].clone());
                let version = self.versions.entry(label).or_default();
                *version = row["version"].as_i64().unwrap_or(*version + 1);
            }
            (Outcome::Rows { next_page_token, .. }, _) => self.next_page_token.clone_from(next_page_token),
            _ => {}
        }
    }

    fn labels(&self) -> Vec<(String, String)> {
        let text = |id: &Value| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let mut labels: Vec<_> = self.ids.iter().map(|(label, id)| ((*label).to_owned(), text(id))).collect();
        // Two labels of one row, after a repeat under a key: the first in the alphabet speaks for both.
        labels.sort();
        labels
    }
}

/// Holds an outcome against what the scenario says.
fn meets(step: &Step, outcome: &Outcome) -> Result<(), String> {
    let holds = match (&step.expected, outcome) {
        (_, Outcome::Unsayable) | (Expected::Nothing, Outcome::Nothing) => true,
        (Expected::Row(members), Outcome::Row(row)) => {
            members.as_object().into_iter().flatten().all(|(name, value)| row[name] == *value)
        }
        (Expected::Rows(labels), Outcome::Rows { rows, .. }) => {
            let found: Vec<_> =
                rows.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect();
            found == labels.iter().map(|label| format!("the id of {label}")).collect::<Vec<_>>()
        }
        (Expected::Error(code, violations), Outcome::Error { code: got, violations: found }) => {
            let mut wanted: Vec<String> = violations.iter().map(|one| (*one).to_owned()).collect();
            wanted.sort();
            got == code && *found == wanted
        }
        _ => false,
    };
    if holds { Ok(()) } else { Err(format!("expected {:?}\n  got {}", step.expected, outcome.words())) }
}

/// Where nothing else has to run.
pub(crate) fn alone() -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {})
}
