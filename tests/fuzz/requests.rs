//! Requests of every kind.

use crate::bodies::{self, Fields};
use crate::random::Random;

/// A request as it goes out.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(&'static str, Vec<u8>)>,
    pub body: Vec<u8>,
}

/// A resource as the generator knows it.
pub struct Resource {
    pub path: &'static str,
    pub element: &'static str,
    pub fields: Fields,
    /// Custom operations with their inputs.
    pub operations: &'static [(&'static str, Fields)],
    /// Names that filters and orders may use, and values for them.
    pub columns: &'static [&'static str],
}

pub const RESOURCES: [Resource; 4] = [
    Resource {
        path: "samples",
        element: "sample",
        fields: bodies::SAMPLE,
        operations: &[],
        columns: &[
            "small",
            "big",
            "big_count",
            "number",
            "moment",
            "day",
            "span",
            "price",
            "color",
            "maybe_text",
            "maybe_big",
            "maybe_moment",
            "maybe_color",
            "id",
            "text",
            "json",
            "point",
        ],
    },
    Resource {
        path: "accounts",
        element: "account",
        fields: bodies::ACCOUNT,
        operations: &[("deposit", bodies::DEPOSIT), ("close", &[]), ("nothing", &[])],
        columns: &["email", "balance", "country", "state", "id", "pin", "gone"],
    },
    Resource {
        path: "cards",
        element: "card",
        fields: bodies::CARD,
        operations: &[],
        columns: &["account_id", "rank", "id", "revision"],
    },
    Resource {
        path: "traps",
        element: "trap",
        fields: bodies::TRAP,
        operations: &[("spring", bodies::SPRING)],
        columns: &["id", "name"],
    },
];

/// What a caller has seen so far of one resource.
#[derive(Default)]
pub struct Seen {
    /// Which of the callers it is: what they make, and their keys, are their own.
    pub caller: usize,
    pub places: Vec<String>,
    pub tags: Vec<String>,
    pub tokens: Vec<String>,
}

const ODD_IDS: [&str; 14] = [
    "0",
    "-1",
    "99999999999999999999",
    "abc",
    "%00",
    "%FF",
    "%2F",
    "..",
    "%2e%2e",
    "a%20b",
    "00000000-0000-0000-0000-000000000000",
    "01932C07-209C-7A4B-8D1E-5F6A7B8C9D0E",
    "%",
    "~",
];
const METHODS: [&str; 12] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "get", "M-SEARCH", "X"];
const ODD_PATHS: [&str; 12] = [
    "/",
    "//",
    "/v1",
    "/v1/",
    "/v1//cards",
    "/v1/cards/",
    "/V1/cards",
    "/v1/cards/x/y/z",
    "/healthz",
    "/readyz",
    "/%76%31/cards",
    "/v1/cards;x=1",
];
const TYPES: [&str; 9] = [
    "application/json",
    "application/json; charset=utf-8",
    "application/merge-patch+json",
    "application/xml",
    "text/xml",
    "text/plain",
    "application/json; charset=utf-16",
    "",
    ";;;",
];
const ACCEPTS: [&str; 12] = [
    "*/*",
    "application/json",
    "application/xml",
    "text/html",
    "application/*;q=0.5",
    "a/b;q=nan, */*;q=inf",
    ",,,",
    "*",
    "",
    "application/problem+json",
    "text/xml;q=1.0001",
    "application/json;q=0",
];

impl Seen {
    fn place(&self, random: &mut Random, resource: &Resource) -> String {
        if self.places.is_empty() || random.once_in(8) {
            return format!("/v1/{}/{}", resource.path, random.one_of(&ODD_IDS));
        }
        self.places[random.below(self.places.len())].clone()
    }
}

pub fn request(random: &mut Random, resource: &Resource, seen: &Seen) -> Request {
    let mut request = match random.below(16) {
        0..=4 => {
            body(random, "POST", format!("/v1/{}", resource.path), resource.element, resource.fields, false)
        }
        5..=6 => {
            let place = seen.place(random, resource);
            body(random, "PATCH", place, resource.element, resource.fields, true)
        }
        7 => {
            let place = seen.place(random, resource);
            body(random, "PUT", place, resource.element, resource.fields, false)
        }
        8 => {
            let place = seen.place(random, resource);
            if resource.operations.is_empty() {
                body(random, "POST", format!("{place}/nothing"), "input", &[], false)
            } else {
                let (name, input) = resource.operations[random.below(resource.operations.len())];
                body(random, "POST", format!("{place}/{name}"), "input", input, false)
            }
        }
        9 => plain("GET", seen.place(random, resource)),
        10 if random.once_in(3) => plain("DELETE", seen.place(random, resource)),
        10..=13 => plain("GET", format!("/v1/{}?{}", resource.path, query(random, resource, seen))),
        14 => plain(random.one_of(&METHODS), seen.place(random, resource)),
        _ => plain(random.one_of(&METHODS), random.one_of(&ODD_PATHS).to_owned()),
    };
    headers(random, &mut request, seen);
    request
}

fn plain(method: &str, path: String) -> Request {
    Request { method: method.to_owned(), path, ..Request::default() }
}

fn body(
    random: &mut Random,
    method: &str,
    path: String,
    element: &str,
    fields: Fields,
    partly: bool,
) -> Request {
    let json = bodies::object(random, fields, partly);
    let (media_type, body) = if random.once_in(5) {
        ("application/xml", bodies::xml(random, element, &json, fields))
    } else {
        ("application/json", json)
    };
    let media_type = if random.once_in(25) { random.one_of(&TYPES) } else { media_type };
    let mut request = plain(method, path);
    request.headers.push(("content-type", media_type.as_bytes().to_vec()));
    request.body = bodies::mangled(random, body);
    request
}

fn headers(random: &mut Random, request: &mut Request, seen: &Seen) {
    if random.once_in(6) {
        request.headers.push(("accept", random.one_of(&ACCEPTS).as_bytes().to_vec()));
    }
    for name in ["if-match", "if-none-match"] {
        if random.once_in(10) {
            let tag = match random.below(10) {
                0 => "*".to_owned(),
                1 => format!("\"{}\"", i64::MAX),
                2 => "\"1\", W/\"2\",,\"x\"".to_owned(),
                3 => "\"1".to_owned(),
                4 => "\"1\",".repeat(random.below(300)),
                5 => "\"\"".to_owned(),
                6 => "W/*".to_owned(),
                _ if seen.tags.is_empty() => "\"1\"".to_owned(),
                _ => seen.tags[random.below(seen.tags.len())].clone(),
            };
            request.headers.push((name, tag.into_bytes()));
        }
    }
    if random.once_in(8) {
        let key = match random.below(6) {
            0 => random.one_of(&["", "\"\"", "a b", "\"a", "\\", "ü", "\"a\\\"b\""]).to_owned(),
            1 => "k".repeat(random.below(400)),
            _ => format!("key-{}-{}", seen.caller, random.below(50)),
        };
        request.headers.push(("idempotency-key", key.into_bytes()));
    }
    if random.once_in(20) {
        let odd: [(&'static str, &[u8]); 9] = [
            ("x-request-id", b"a b\"<c>"),
            ("x-request-id", b"\xff\xfe"),
            ("traceparent", b"00-00000000000000000000000000000000-0000000000000000-00"),
            ("traceparent", b"-"),
            ("authorization", b"Bearer \xe9"),
            ("content-encoding", b"gzip"),
            ("expect", b"100-continue"),
            ("prefer", b"respond-async"),
            ("range", b"bytes=0-1"),
        ];
        let (name, value) = odd[random.below(odd.len())];
        request.headers.push((name, value.to_vec()));
    }
}

fn query(random: &mut Random, resource: &Resource, seen: &Seen) -> String {
    let mut parts = Vec::new();
    for _ in 0..random.below(4) {
        let column = random.one_of(resource.columns);
        parts.push(match random.below(9) {
            0 => format!(
                "page_size={}",
                random.one_of(&["0", "1", "2", "-1", "x", "9223372036854775808", "1e2", "%31", "1000"])
            ),
            1 if !seen.tokens.is_empty() => {
                format!("page_token={}", seen.tokens[random.below(seen.tokens.len())])
            }
            1 => {
                format!("page_token={}", random.one_of(&["x", "AA", "====", "%00", "AQAAAAAAAAAA", "a%20b"]))
            }
            2 | 3 => format!("filter={}", encoded(&filter(random, resource))),
            4 | 5 => {
                let other = random.one_of(resource.columns);
                let order = format!(
                    "{column}{},{other}",
                    random.one_of(&["", " desc", " asc", " x", " desc desc", ","])
                );
                format!("order_by={}", encoded(&order))
            }
            6 => format!("{column}={}", encoded(&literal(random))),
            7 => random
                .one_of(&["x=1", "%FF=1", "=", "&&&", "%", "%zz=1", "a=%FF", "/~x=1", "filter", "page_size"])
                .to_owned(),
            _ => format!("{column}={}", random.one_of(&["1", "+1", "%2B1", "null", "*", ""])),
        });
    }
    parts.join("&")
}

fn filter(random: &mut Random, resource: &Resource) -> String {
    const SOUP: [&str; 20] = [
        "AND", "OR", "NOT", "-", "(", ")", "=", "!=", "<", ">=", ":", "*", "\"", "null", "and", "f(x)",
        "a.b", "\\", ",", "\u{0}",
    ];
    let mut out = String::new();
    for index in 0..=random.below(4) {
        if index > 0 {
            out.push_str(random.one_of(&[" AND ", " OR ", " ", " AND NOT ", " AND -"]));
        }
        let column = random.one_of(resource.columns);
        let sign = random.one_of(&["=", "!=", "<", "<=", ">", ">=", ":", " = "]);
        out += &[column, sign, &literal(random)].concat();
    }
    if random.once_in(4) {
        for _ in 0..random.below(6) {
            let mut at = random.below(out.len() + 1);
            while !out.is_char_boundary(at) {
                at -= 1;
            }
            out.insert_str(at, random.one_of(&SOUP));
        }
    }
    out
}

fn literal(random: &mut Random) -> String {
    random
        .one_of(&[
            "1",
            "-1",
            "0",
            "1.5",
            "-0",
            "1e400",
            "1e308",
            "5e-324",
            "18446744073709551615",
            "18446744073709551616",
            "9223372036854775807",
            "-9223372036854775808",
            "2147483648",
            "red",
            "deep_blue",
            "open",
            "null",
            "*",
            "a*",
            "\"*\"",
            "\"a b\"",
            "\"\u{1F600}\"",
            "\"%_\\\\\"",
            "\"2026-11-22T08:30:00Z\"",
            "\"0001-01-01\"",
            "3.5s",
            "315576000000s",
            "19.90",
            "79228162514264337593543950335",
            "00000000-0000-0000-0000-000000000000",
            "\"\"",
            "\"\u{1}\u{0}\"",
            "true",
            "\"2026-11-22T08:30:00+14:00\"",
            "\"a\\*b*c\"",
        ])
        .to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }
            },
        )
        .collect()
}
