//! What must hold of every answer, whatever was asked.

use hyper::HeaderMap;
use serde_json::Value;

use crate::requests::Request;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header is text"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(2000)]).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// What is wrong with it, if anything.
    pub fn fault(&self, request: &Request) -> Option<String> {
        let healthy =
            |holds: bool, what: &str| if holds { None } else { Some(format!("{what}: {}", self.text())) };
        let status = self.status;
        if !(200..500).contains(&status) {
            return Some(format!("status {status}: {}", self.text()));
        }
        if request.method == "HEAD" || matches!(status, 204 | 304) {
            return healthy(self.body.is_empty(), "a body where there can be none");
        }
        let faults = [
            healthy(!self.header("x-request-id").is_empty(), "no request id"),
            healthy(!self.header("cache-control").is_empty(), "nothing said about caching"),
            healthy(status != 405 || !self.header("allow").is_empty(), "405 without Allow"),
            healthy(status != 201 || self.header("location").starts_with("/v1/"), "201 without Location"),
            healthy(status != 201 || self.header("etag").starts_with('"'), "201 without ETag"),
            self.document(status),
        ];
        faults.into_iter().flatten().next()
    }

    fn document(&self, status: u16) -> Option<String> {
        let problem = status >= 400;
        match (self.header("content-type"), problem) {
            ("application/json", false) => {
                serde_json::from_slice::<Value>(&self.body).err().map(|error| error.to_string())
            }
            ("application/problem+json", true) => self.problem(),
            ("application/xml", false) | ("application/problem+xml", true) => self.well_formed(),
            (other, _) => Some(format!("{status} as {other:?}")),
        }
    }

    fn problem(&self) -> Option<String> {
        let Ok(problem) = serde_json::from_slice::<Value>(&self.body) else {
            return Some("a problem is not JSON".to_owned());
        };
        for name in ["type", "title", "detail", "code", "request_id"] {
            if problem[name].as_str().is_none_or(str::is_empty) {
                return Some(format!("a problem without {name}: {problem}"));
            }
        }
        if problem["status"] != self.status || problem["request_id"] != self.header("x-request-id") {
            return Some(format!("a problem that is not this answer's: {problem}"));
        }
        for violation in problem["errors"].as_array().into_iter().flatten() {
            let places: Vec<_> = ["pointer", "parameter", "header"]
                .iter()
                .filter_map(|name| violation[*name].as_str())
                .collect();
            let pointer = violation["pointer"].as_str();
            if places.len() != 1 || pointer.is_some_and(|pointer| !is_pointer(pointer)) {
                return Some(format!("a violation of no place: {violation}"));
            }
        }
        None
    }

    #[cfg(feature = "xml")]
    fn well_formed(&self) -> Option<String> {
        let text = match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => return Some(error.to_string()),
        };
        let mut reader = quick_xml::Reader::from_str(text);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => return None,
                Ok(_) => {}
                Err(error) => return Some(error.to_string()),
            }
        }
    }

    #[cfg(not(feature = "xml"))]
    fn well_formed(&self) -> Option<String> {
        Some("XML without the feature".to_owned())
    }
}

/// RFC 6901.
fn is_pointer(text: &str) -> bool {
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if character == '~' && !matches!(rest.peek(), Some('0' | '1')) {
            return false;
        }
    }
    text.is_empty() || text.starts_with('/')
}
