//! What clients send, and what they expect.

use std::cell::Cell;

use crate::Result;
use crate::grpc;

/// How clients and services talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Rest,
    Grpc,
}

impl Protocol {
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "rest" => Some(Self::Rest),
            "grpc" => Some(Self::Grpc),
            _ => None,
        }
    }
}

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
    const fn status(self, protocol: Protocol) -> &'static [u8] {
        match (self, protocol) {
            (_, Protocol::Grpc) => b"OK",
            (Self::Create | Self::Keyed, _) => b"201",
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
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

fn serial() -> [u8; 12] {
    let mut number = COUNT.get();
    COUNT.set(number + 1);
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

/// Where the 36 characters of an id go, and the 12 digits of a serial number.
const ID: &str = "{id}--------------------------------";
const SERIAL: &str = "{serial}----";

impl Template {
    fn new(text: &str) -> Self {
        Self::of(text.replace("{id}", ID).replace("{serial}", SERIAL).into_bytes())
    }

    fn of(bytes: Vec<u8>) -> Self {
        let places = |word: &str| {
            let windows = bytes.windows(word.len()).enumerate();
            windows.filter(|(_, window)| *window == word.as_bytes()).map(|(at, _)| at).collect()
        };
        Self { ids: places(ID), serials: places(SERIAL), bytes }
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

/// The first request for a list, or one for a page, by its token.
pub(crate) fn page(protocol: Protocol, size: u8, token: &str) -> Vec<u8> {
    match (protocol, token) {
        (Protocol::Rest, "") => get(&format!("/v1/users?page_size={size}")).into_bytes(),
        (Protocol::Rest, _) => get(&format!("/v1/users?page_size={size}&page_token={token}")).into_bytes(),
        (Protocol::Grpc, _) => {
            let mut message = Vec::new();
            grpc::number(&mut message, 1, size.into());
            grpc::bytes(&mut message, 2, token.as_bytes());
            grpc::call("ListUsers", &message)
        }
    }
}

/// The messages that say what the JSON above says.
fn grpc_create(key: &str) -> Vec<u8> {
    let mut user = Vec::new();
    grpc::bytes(&mut user, 2, format!("user.{SERIAL}@example.com").as_bytes());
    grpc::bytes(&mut user, 3, format!("User {SERIAL}").as_bytes());
    grpc::number(&mut user, 4, 2);
    grpc::number(&mut user, 5, 41);
    grpc::number(&mut user, 6, 1_234_567);
    for tag in ["early", "newsletter", "beta"] {
        grpc::bytes(&mut user, 7, tag.as_bytes());
    }
    grpc::number(&mut user, 8, 1);
    grpc::bytes(&mut user, 9, b"Met at the conference; prefers to be called in the morning.");
    let mut request = Vec::new();
    grpc::bytes(&mut request, 1, &user);
    if !key.is_empty() {
        grpc::bytes(&mut request, 2, key.as_bytes());
    }
    grpc::call("CreateUser", &request)
}

fn grpc_patch() -> Vec<u8> {
    let (mut user, mut mask, mut request) = (Vec::new(), Vec::new(), Vec::new());
    grpc::bytes(&mut user, 1, ID.as_bytes());
    grpc::bytes(&mut user, 3, format!("User {SERIAL}").as_bytes());
    grpc::number(&mut user, 5, 42);
    grpc::bytes(&mut mask, 1, b"name");
    grpc::bytes(&mut mask, 1, b"age");
    grpc::bytes(&mut request, 1, &user);
    grpc::bytes(&mut request, 2, &mask);
    grpc::call("UpdateUser", &request)
}

fn grpc_read() -> Vec<u8> {
    let mut request = Vec::new();
    grpc::bytes(&mut request, 1, ID.as_bytes());
    grpc::call("GetUser", &request)
}

/// One connection's requests.
pub(crate) struct Requests<'a> {
    protocol: Protocol,
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
    pub(crate) fn new(protocol: Protocol, workload: Workload, known: &'a Known, seed: usize) -> Self {
        let [read, create, keyed, patch] = match protocol {
            Protocol::Rest => [
                Template::new(&get("/v1/users/{id}")),
                Template::new(&post("")),
                Template::new(&post("idempotency-key: key-{serial}\r\n")),
                Template::new(&patch()),
            ],
            Protocol::Grpc => [
                Template::of(grpc_read()),
                Template::of(grpc_create("")),
                Template::of(grpc_create(&format!("key-{SERIAL}"))),
                Template::of(grpc_patch()),
            ],
        };
        Self {
            protocol,
            workload,
            known,
            random: 0x9e37_79b9_7f4a_7c15 ^ ((seed as u64 + 1) << 17),
            read,
            create,
            keyed,
            patch,
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
        status == self.last.status(self.protocol)
    }

    /// Whether the body answers the last request. It costs more than looking at the status, so it is asked rarely.
    pub(crate) fn check(&self, body: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(body);
        let id = self.known.ids.get(self.id).map(|id| String::from_utf8_lossy(id));
        let id = id.is_some_and(|id| text.contains(&*id));
        let holds = match self.last {
            Workload::List => text.matches("@example.com").count() == 20,
            Workload::Create => text.contains(&serial_of(&self.create)),
            Workload::Keyed => text.contains(&serial_of(&self.keyed)),
            Workload::Patch => text.contains(&serial_of(&self.patch)) && id,
            Workload::Read | Workload::Mixed => id,
        };
        if holds { Ok(()) } else { Err(format!("{}: not the answer: {text}", self.last.name()).into()) }
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

/// The serial number that was sent.
fn serial_of(template: &Template) -> String {
    let at = template.serials.first().copied().unwrap_or_default();
    String::from_utf8_lossy(&template.bytes[at..at + SERIAL.len()]).into_owned()
}
