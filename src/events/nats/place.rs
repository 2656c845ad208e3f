//! Where `JetStream` is, and what the streams of one bus are called there.

use async_nats::ServerAddr;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::events::bus::BusError;

/// What the names of streams and subjects begin with, where the URL says nothing.
const USUAL: &str = "fourfold";
/// What may not stand in a token of a subject; `-` and `_` may.
const TOKEN: &AsciiSet = &CONTROLS.add(b' ').add(b'*').add(b'>').add(b'%').add(b'.').add(b'$');

/// What a URL says.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) servers: Vec<ServerAddr>,
    pub(super) login: Option<Login>,
    pub(super) replicas: usize,
    prefix: String,
}

/// Who connects. Never shown.
#[derive(Clone)]
pub(super) enum Login {
    Password(String, String),
    Token(String),
}

fn refused<T>(why: &str) -> Result<T, BusError> {
    // Not the URL itself: it may hold a password.
    Err(BusError::Unsupported(format!(
        "FOURFOLD_EVENTS_URL must be as nats://user:password@host:4222/prefix?replicas=3 ({why})"
    )))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Place {
    /// `nats://user:password@host:4222,other:4222/prefix?replicas=3`; all but the host may be left out.
    pub(super) fn read(url: &str) -> Result<Self, BusError> {
        let Some(rest) = url.strip_prefix("nats://") else { return refused("it has no `//`") };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) =
            authority.rsplit_once('@').map_or((None, authority), |(login, hosts)| (Some(login), hosts));
        let login = login.map(|login| match login.split_once(':') {
            Some((user, password)) => Login::Password(decoded(user), decoded(password)),
            None => Login::Token(decoded(login)),
        });
        let mut servers = Vec::new();
        for host in hosts.split(',') {
            match format!("nats://{host}").parse::<ServerAddr>() {
                Ok(server) if !host.is_empty() => servers.push(server),
                _ => return refused("a host in it can't be read"),
            }
        }
        let prefix = if path.is_empty() { USUAL } else { path };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if prefix.len() > 64 || !prefix.chars().all(plain) {
            return refused("the prefix has letters, digits, `-` and `_`, 64 at most");
        }
        let mut replicas = 1;
        for part in query.split('&').filter(|part| !part.is_empty()) {
            replicas = match part.split_once('=') {
                Some(("replicas", "1")) => 1,
                Some(("replicas", "3")) => 3,
                Some(("replicas", "5")) => 5,
                Some(("replicas", _)) => return refused("`replicas` is 1, 3 or 5"),
                _ => return refused("after `?` it knows `replicas` alone"),
            };
        }
        Ok(Self { servers, login, replicas, prefix: prefix.to_owned() })
    }

    /// The stream of events, that of what groups have done, and that of dead letters.
    pub(super) fn stream(&self, of: &str) -> String {
        format!("{}-{of}", self.prefix)
    }

    /// All subjects of a stream.
    pub(super) fn subjects(&self, of: &str) -> String {
        format!("{}.{of}.>", self.prefix)
    }

    /// The subject of events of a type: its words are the tokens, so that wildcards of others fit.
    pub(super) fn events(&self, kind: &str) -> String {
        let plain = !kind.is_empty() && kind.split('.').all(|word| !word.is_empty());
        let words: Vec<String> = if plain { kind.split('.').map(token).collect() } else { vec![token(kind)] };
        format!("{}.events.{}", self.prefix, words.join("."))
    }

    /// The subject of what a group has done.
    pub(super) fn group(&self, group: &str) -> String {
        format!("{}.groups.{}", self.prefix, token(group))
    }

    /// The group of such a subject.
    pub(super) fn group_of(&self, subject: &str) -> Option<String> {
        let token = subject.strip_prefix(&self.prefix)?.strip_prefix(".groups.")?;
        Some(if token == EMPTY { String::new() } else { decoded(token) })
    }

    /// The subject of a dead letter; `*` for all of a group.
    pub(super) fn dead(&self, group: &str, seq: Option<u64>) -> String {
        let seq = seq.map_or_else(|| "*".to_owned(), |seq| seq.to_string());
        format!("{}.dead.{}.{seq}", self.prefix, token(group))
    }
}

/// What stands for a token without a character.
const EMPTY: &str = "%";

fn token(text: &str) -> String {
    if text.is_empty() {
        return EMPTY.to_owned();
    }
    utf8_percent_encode(text, TOKEN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_under_which_names() {
        let place = Place::read("nats://zo%C3%AB:p%40ss@one:4222,two/shop?replicas=3").expect("it is one");
        assert_eq!(place.servers.iter().map(ServerAddr::host).collect::<Vec<_>>(), ["one", "two"]);
        assert!(
            matches!(&place.login, Some(Login::Password(user, password)) if user == "zoë" && password == "p@ss")
        );
        assert_eq!((place.replicas, place.stream("events").as_str()), (3, "shop-events"));
        let bare = Place::read("nats://127.0.0.1").expect("it is one");
        assert_eq!((bare.replicas, bare.subjects("dead").as_str()), (1, "fourfold.dead.>"));
        assert!(matches!(Place::read("nats://s3cret@one").expect("it is one").login, Some(Login::Token(_))));
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_its_password() {
        for url in [
            "nats:one",
            "nats://",
            "nats://u:s3cret@one/a.b",
            "nats://u:s3cret@one?replicas=2",
            "nats://u:s3cret@one?tls=1",
        ] {
            let refused = Place::read(url).err().map(|error| format!("{error:?}")).expect("it is refused");
            assert!(
                refused.contains("nats://user:password@host:4222") && !refused.contains("s3cret"),
                "{refused}"
            );
        }
    }

    #[test]
    fn any_type_and_any_group_has_a_subject() {
        let place = Place::read("nats://one/p").expect("it is one");
        assert_eq!(place.events("shop.order.v1.order.created"), "p.events.shop.order.v1.order.created");
        assert_eq!(place.events("a b.*.>"), "p.events.a%20b.%2A.%3E");
        assert_eq!(place.events(".a..b"), "p.events.%2Ea%2E%2Eb");
        for group in ["mail", "a.b", "Zoë *", "%", ""] {
            assert_eq!(place.group_of(&place.group(group)).as_deref(), Some(group));
        }
    }
}
