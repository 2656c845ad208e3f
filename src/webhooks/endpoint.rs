//! Where events go: a URL, and what the requests to it are signed with.

use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::{PathAndQuery, Scheme, Uri};
use uuid::Uuid;

use super::key::SigningKey;
use crate::config::Secret;
use crate::error::{Error, Result, Violation};

/// What an id may have at most: it is part of the payload of each delivery.
const LONGEST_ID: usize = 200;
/// What a URL may have at most.
const LONGEST_URL: usize = 2048;
/// How many secrets a request may be signed with.
const MOST_SECRETS: usize = 8;
/// What goes out under names of fourfold's own, or belongs to the connection.
const TAKEN: [&str; 12] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    super::ID,
    super::TIMESTAMP,
    super::SIGNATURE,
];
/// Below this, ports belong to other protocols.
const FIRST_FREE_PORT: u16 = 1024;

/// Somewhere that events go to.
///
/// ```
/// use fourfold::webhooks::Endpoint;
///
/// let endpoint = Endpoint::new("https://partner.example/orders", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
///     .id("42")
///     .also_signed_with("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
/// assert!(endpoint.check().is_ok());
/// assert!(Endpoint::new("http://10.0.0.1/orders", "secret").check().is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "it is told of nothing until it is given to webhooks"]
pub struct Endpoint {
    id: Option<String>,
    url: String,
    secrets: Vec<Secret>,
    headers: Vec<(String, Secret)>,
}

/// Neither secrets nor what comes after the host, which is often one.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field("origin", &origin(&self.url))
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// An `https` URL and the secret that both sides have: `whsec_..` ([`generate_secret`](super::generate_secret) makes
    /// one), or a private Ed25519 key, `whsk_..`, of which the other side has the public half.
    ///
    /// Whether they are what they should be is said by [`check`](Self::check), and by the delivery: one endpoint that is wrong
    /// is no error of the others.
    pub fn new(url: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self { id: None, url: url.into(), secrets: vec![secret.into()], headers: Vec::new() }
    }

    /// What it is known by, such as the id of its row. What waits for an endpoint goes to where it is by then, so an
    /// endpoint with an id may move and change its secrets; without one it is another endpoint once its URL is another.
    pub fn id(mut self, id: impl fmt::Display) -> Self {
        self.id = Some(id.to_string());
        self
    }

    /// Signs with another secret as well, for as long as the other side goes over from one to the other.
    pub fn also_signed_with(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Sends a header with each request, such as `authorization`. Its value is shown nowhere.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Everything that is wrong with it, for who lets callers say endpoints: the pointers are `/id`, `/url`, `/secret` and
    /// `/headers`. What its host resolves to is looked at with each delivery.
    pub fn check(&self) -> Result<()> {
        self.target(false).map(drop)
    }

    /// What it is known by.
    #[must_use]
    pub fn known_by(&self) -> String {
        // Of the URL a hash: what comes after the host is often a secret, and this is stored.
        self.id.clone().unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, self.url.as_bytes()).to_string())
    }

    /// The scheme, the host and the port of its URL: what may be shown of it.
    #[must_use]
    pub fn origin(&self) -> String {
        origin(&self.url)
    }

    /// What a request goes to and is made of. `private`: whether it may be of one's own network.
    pub(super) fn target(&self, private: bool) -> Result<Target> {
        let mut wrong = Vec::new();
        let mut violation = |pointer: &str, message: String| {
            wrong.push(Violation { pointer: pointer.to_owned(), code: "endpoint", message: message.into() });
        };
        let long = |id: &String| id.is_empty() || id.len() > LONGEST_ID;
        if self.id.as_ref().is_some_and(long) {
            violation("/id", format!("must have 1 to {LONGEST_ID} bytes"));
        }
        let url = read(&self.url, private).map_err(|sentence| violation("/url", sentence)).ok();
        let mut keys = Vec::new();
        for secret in &self.secrets {
            match SigningKey::parse(&secret.0) {
                Ok(key) => keys.push(key),
                Err(sentence) => violation("/secret", sentence.to_owned()),
            }
        }
        if self.secrets.len() > MOST_SECRETS {
            violation("/secret", format!("may be {MOST_SECRETS} at most"));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            match header(name, value) {
                Ok((name, value)) => drop(headers.append(name, value)),
                Err(sentence) => violation("/headers", sentence),
            }
        }
        match url {
            Some(url) if wrong.is_empty() => Ok(Target { url, keys, headers }),
            _ => Err(Error::invalid(wrong)),
        }
    }
}

/// What a request goes to and is made of.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: Uri,
    pub(super) keys: Vec<SigningKey>,
    pub(super) headers: HeaderMap,
}

/// The URL; else what is wrong with it, without what comes after the host.
fn read(text: &str, private: bool) -> Result<Uri, String> {
    if text.len() > LONGEST_URL {
        return Err(format!("must have {LONGEST_URL} bytes at most"));
    }
    let example = "must be a URL such as https://partner.example/orders, in ASCII (a host in its xn-- form)";
    let url: Uri = text.parse().map_err(|_| example.to_owned())?;
    let (Some(scheme), Some(authority)) = (url.scheme(), url.authority()) else {
        return Err(example.to_owned());
    };
    if *scheme != Scheme::HTTPS && !(private && *scheme == Scheme::HTTP) {
        return Err("must begin with https:, so that nobody on the way reads what is sent".to_owned());
    }
    if authority.as_str().contains('@') {
        return Err("must be without a user and a password: a header says such things".to_owned());
    }
    if url.host().is_none_or(str::is_empty) {
        return Err(example.to_owned());
    }
    // What is no number after the colon is no port to the parser, and may be anything to others.
    let said = authority.as_str().len() > authority.host().len();
    match url.port_u16() {
        None if !said => {}
        Some(port) if private || port == 443 || port >= FIRST_FREE_PORT => {}
        _ => return Err(format!("must have the port 443, or one from {FIRST_FREE_PORT} on")),
    }
    let mut parts = url.into_parts();
    parts.path_and_query.get_or_insert_with(|| PathAndQuery::from_static("/"));
    Uri::from_parts(parts).map_err(|_| example.to_owned())
}

fn header(name: &str, value: &Secret) -> Result<(HeaderName, HeaderValue), String> {
    let parsed: HeaderName = name.parse().map_err(|_| "have a name that no header may have".to_owned())?;
    if TAKEN.contains(&parsed.as_str()) {
        return Err(format!("may not say {parsed}: that is set with each request"));
    }
    let value = HeaderValue::from_str(&value.0);
    let mut value = value.map_err(|_| format!("have a value for {parsed} that is no text of one line"))?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

fn origin(url: &str) -> String {
    let url = url.parse::<Uri>().ok().filter(|url| url.scheme().is_some());
    url.and_then(|url| {
        let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}://{}{port}", url.scheme_str()?, url.host()?))
    })
    .unwrap_or_else(|| "an endpoint without a URL".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn wrong(endpoint: &Endpoint) -> Vec<String> {
        let error = endpoint.check().expect_err("refused");
        error
            .violations()
            .iter()
            .map(|violation| format!("{} {}", violation.pointer, violation.message))
            .collect()
    }

    #[test]
    fn a_url_is_https_to_a_host_and_no_more_than_that() {
        for url in [
            "https://partner.example",
            "https://partner.example/",
            "https://partner.example/a/b?c=d#e",
            "https://partner.example:443/x",
            "https://partner.example:8443/x",
            "https://[2606:4700::1111]:8443/x",
            "https://1.1.1.1",
        ] {
            Endpoint::new(url, SECRET).check().unwrap_or_else(|error| panic!("{url}: {error}"));
        }
        let long = format!("https://partner.example/{}", "x".repeat(LONGEST_URL));
        for url in [
            "",
            "/",
            "partner.example",
            "http://partner.example/",
            "ftp://partner.example/",
            "file:///etc/passwd",
            "gopher://partner.example:70/",
            "https://",
            "https://:443/",
            "https:///x",
            "https://user@partner.example/",
            "https://user:t0ken@partner.example/",
            "https://partner.example:22/",
            "https://partner.example:0/",
            "https://partner.example:/",
            "https://partner.example:65536/",
            "https://partner.example:x/",
            "https://b\u{fc}cher.example/",
            "https://partner.example/\r\nx: y",
            &long,
        ] {
            let wrong = wrong(&Endpoint::new(url, SECRET));
            assert!(wrong.len() == 1 && wrong[0].starts_with("/url must "), "{url}: {wrong:?}");
            assert!(!wrong[0].contains("t0ken"), "{wrong:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let endpoint = Endpoint::new("http://partner.example", "secret")
            .id("")
            .also_signed_with("whsec_short")
            .header("Host", "elsewhere")
            .header("webhook-id", "mine")
            .header("x y", "z")
            .header("authorization", "Bearer\nt0ken");
        let wrong = wrong(&endpoint);
        let places: Vec<_> = wrong.iter().map(|it| it.split(' ').next().unwrap_or_default()).collect();
        assert_eq!(
            places,
            ["/id", "/url", "/secret", "/secret", "/headers", "/headers", "/headers", "/headers"]
        );
        assert!(wrong.iter().all(|it| !it.contains("t0ken") && !it.contains("short")), "{wrong:?}");
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let endpoint = Endpoint::new("https://user:pass@partner.example:8443/t0ken?k=t0ken", SECRET)
            .header("authorization", "Bearer t0ken");
        let shown = format!("{endpoint:?} {} {}", endpoint.origin(), endpoint.known_by());
        assert!(shown.contains("https://partner.example:8443"), "{shown}");
        for secret in ["t0ken", "pass", "whsec"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(endpoint.clone().id(7).known_by(), "7");
        let elsewhere = Endpoint::new("https://partner.example/other", SECRET);
        assert_ne!(endpoint.known_by(), elsewhere.known_by());
    }
}
