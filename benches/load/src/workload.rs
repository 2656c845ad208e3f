//! What clients send, and what they expect.

use std::cell::Cell;

use crate::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Rows by id.
    Read,
    /// Pages of 20 from anywhere.
    List,
    /// New rows.
    Create,
    /// New rows under an `Idempotency-Key`.
    Keyed,
    /// Changes of two fields of a row.
    Patch,
    /// Of ten requests, seven reads, a list, a create and a patch.
    Mixed,
}

impl Workload {
    pub(crate) const ALL: [Self; 6] =
        [Self::Read, Self::List, Self::Create, Self::Keyed, Self::Patch, Self::Mixed];

    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.name() == word)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::Keyed => "keyed",
            Self::Patch => "patch",
            Self::Mixed => "mixed",
        }
    }

    fn one(self, random: u64) -> Self {
        match self {
            Self::Mixed => match random % 10 {
                0 => Self::List,
                1 => Self::Create,
                2 => Self::Patch,
                _ => Self::Read,
            },
            other => other,
        }
    }

    /// The status of an answer as it should be.
    const fn status(self) -> &'static [u8; 3] {
        match self {
            Self::Create | Self::Keyed => b"201",
            _ => b"200",
        }
    }
}

/// The text of an id.
pub(crate) type Id = [u8; 36];

/// What is in a database.
pub(crate) struct Known {
    pub(crate) ids: Vec<Id>,
    /// Requests for pages.
    pub(crate) pages: Vec<Vec<u8>>,
}

thread_local! {
    /// Makes every address and key another one, over the whole run.
    static SERIAL: Cell<u64> = const { Cell::new(0) };
}

fn serial() -> [u8; 12] {
    let mut number = SERIAL.get();
    SERIAL.set(number + 1);
    let mut digits = [b'0'; 12];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
    digits
}

/// A request with places to write an id or a serial number to.
struct Template {
    bytes: Vec<u8>,
    ids: Vec<usize>,
    serials: Vec<usize>,
}

impl Template {
    fn new(text: &str) -> Self {
        let (id, serial) = ("{id}--------------------------------", "{serial}----");
        let bytes = text.replace("{id}", id).replace("{serial}", serial);
        let places = |word: &str| bytes.match_indices(word).map(|(at, _)| at).collect();
        Self { ids: places(id), serials: places(serial), bytes: bytes.into_bytes() }
    }

    fn fill(&mut self, id: Option<&Id>) {
        for (&at, id) in self.ids.iter().zip(id.into_iter().cycle()) {
            self.bytes[at..at + 36].copy_from_slice(id);
        }
        let number = serial();
        for &at in &self.serials {
            self.bytes[at..at + 12].copy_from_slice(&number);
        }
    }
}

const HEADERS: &str = "host: localhost\r\naccept: application/json\r\nuser-agent: bench\r\n";

/// The bytes of a GET.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n{HEADERS}\r\n")
}

fn post(key: &str) -> String {
    let body = "{\"email\":\"user.{serial}@example.com\",\"name\":\"User {serial}\",\"role\":\"editor\",\"age\":41,\
                \"balance_cents\":1234567,\"tags\":[\"early\",\"newsletter\",\"beta\"],\"active\":true,\
                \"note\":\"Met at the conference; prefers to be called in the morning.\"}";
    // Each of the two serial numbers is four characters longer than its place.
    let length = body.len() + 2 * 4;
    format!(
        "POST /v1/users HTTP/1.1\r\n{HEADERS}content-type: application/json\r\n{key}content-length: {length}\r\n\r\n{body}"
    )
}

fn patch() -> String {
    let body = "{\"name\":\"User {serial}\",\"age\":42}";
    let length = body.len() + 4;
    format!(
        "PATCH /v1/users/{{id}} HTTP/1.1\r\n{HEADERS}content-type: application/merge-patch+json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// One connection's requests.
pub(crate) struct Requests<'a> {
    workload: Workload,
    known: &'a Known,
    random: u64,
    read: Template,
    create: Template,
    keyed: Template,
    patch: Template,
    /// What was sent last: what it was, its id, and its page.
    last: Workload,
    id: usize,
    page: usize,
}

impl<'a> Requests<'a> {
    pub(crate) fn new(workload: Workload, known: &'a Known, seed: usize) -> Self {
        Self {
            workload,
            known,
            random: 0x9e37_79b9_7f4a_7c15 ^ ((seed as u64 + 1) << 17),
            read: Template::new(&get("/v1/users/{id}")),
            create: Template::new(&post("")),
            keyed: Template::new(&post("idempotency-key: key-{serial}\r\n")),
            patch: Template::new(&patch()),
            last: workload,
            id: 0,
            page: 0,
        }
    }

    /// The next request.
    pub(crate) fn next(&mut self) -> &[u8] {
        self.last = self.workload.one(self.random());
        if !self.known.ids.is_empty() {
            self.id = self.pick(self.known.ids.len());
            self.page = self.pick(self.known.pages.len());
        }
        let template = match self.last {
            Workload::List => return &self.known.pages[self.page],
            Workload::Create => &mut self.create,
            Workload::Keyed => &mut self.keyed,
            Workload::Patch => &mut self.patch,
            Workload::Read | Workload::Mixed => &mut self.read,
        };
        template.fill(self.known.ids.get(self.id));
        &template.bytes
    }

    /// Whether the status is the one that the last request should have.
    pub(crate) fn is_expected(&self, status: &[u8]) -> bool {
        status == self.last.status()
    }

    /// Whether the body answers the last request. It costs more than looking at the status, so it is asked rarely.
    pub(crate) fn check(&self, body: &[u8]) -> Result<()> {
        let body = std::str::from_utf8(body)?;
        let id = self.known.ids.get(self.id).map(|id| format!("\"id\":\"{}\"", String::from_utf8_lossy(id)));
        let holds = match self.last {
            Workload::List => body.matches("\"email\":").count() == 20,
            Workload::Create => body.contains(&sent(&self.create, "\"email\":\"")),
            Workload::Keyed => body.contains(&sent(&self.keyed, "\"email\":\"")),
            Workload::Patch => {
                body.contains(&sent(&self.patch, "\"name\":\"")) && id.is_some_and(|id| body.contains(&id))
            }
            Workload::Read | Workload::Mixed => id.is_some_and(|id| body.contains(&id)),
        };
        if holds { Ok(()) } else { Err(format!("{}: not the answer: {body}", self.last.name()).into()) }
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
    fn pick(&mut self, count: usize) -> usize {
        (self.random() >> 11) as usize % count
    }
}

/// A member of the body as it was sent: from `start` to the next quote.
fn sent(template: &Template, start: &str) -> String {
    let text = String::from_utf8_lossy(&template.bytes);
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    format!("{start}{}\"", rest.split('"').next().unwrap_or_default())
}
