//! What the URL says: the server, and the prefix of all keys.

use percent_encoding::percent_decode_str;
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _, ProtocolVersion};

use super::{Mistake, Use};

/// Unless the URL says another.
const PREFIX: &str = "fourfold";

/// A server, and where on it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) client: Client,
    /// With a hash tag: all keys are in one slot, as scripts need it.
    pub(super) prefix: String,
}

impl Place {
    /// Of `redis://user:password@host:6379/0?prefix=name`.
    pub(super) fn of(url: &str, used: Use) -> Result<Self, Mistake> {
        let wrong = |why: &str| wrong(used, why);
        let (server, query) = url.split_once('?').unwrap_or((url, ""));
        let mut prefix = PREFIX.to_owned();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("prefix", name)) => prefix = tag(name).ok_or_else(|| wrong(UNFIT))?,
                // Neither names nor values: whoever mistypes may have put a password here.
                _ => return Err(wrong("after the `?` it takes `prefix=name` and nothing else")),
            }
        }
        let info = server.into_connection_info().map_err(|error| match error.category() {
            "invalid client config" => wrong(&error.to_string()),
            other => wrong(other),
        })?;
        let client = Client::open(settings(info)).map_err(|error| wrong(error.category()))?;
        Ok(Self { client, prefix: format!("{{{prefix}}}") })
    }
}

fn settings(info: ConnectionInfo) -> ConnectionInfo {
    // In version 3 of the protocol a hint may come at any time, on the connection that is there.
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    info.set_redis_settings(redis).set_tcp_settings(tcp)
}

const UNFIT: &str = "`prefix` is a name of at least one character, without braces";

fn tag(name: &str) -> Option<String> {
    let name = percent_decode_str(name).decode_utf8().ok()?;
    (!name.is_empty() && !name.contains(['{', '}'])).then(|| name.into_owned())
}

/// Not the URL itself: it may hold a password.
fn wrong(used: Use, why: &str) -> Mistake {
    let variable = used.variable;
    Mistake::Unsupported(format!(
        "{variable} must be as redis://user:password@host:6379/0?prefix=name ({why})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVES: Use = Use { what: "tasks", variable: "FOURFOLD_TASKS_URL", channel: "wake" };

    #[test]
    fn the_prefix_is_a_hash_tag() {
        for (url, prefix) in [
            ("redis://127.0.0.1", "{fourfold}"),
            ("redis://127.0.0.1:6380/2?prefix=shop", "{shop}"),
            ("redis://u:p%3F@host/?prefix=a%20b", "{a b}"),
        ] {
            assert_eq!(Place::of(url, SERVES).unwrap().prefix, prefix);
        }
    }

    #[test]
    fn what_it_can_not_be_is_refused_with_a_reason_and_without_the_password() {
        for (url, why) in [
            ("redis://:secret@host?prefix=", "without braces"),
            ("redis://:secret@host?prefix={x}", "without braces"),
            ("redis://:secret@host?pefix=x", "prefix=name"),
            ("redis://:secret@host/notes", "Invalid database number"),
            ("redis://:secret@host:port", "did not parse"),
            ("redis://", "ost"),
        ] {
            let error = format!("{:?}", Place::of(url, SERVES).unwrap_err());
            assert!(
                error.contains(why) && error.contains("FOURFOLD_TASKS_URL") && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_password_is_not_in_debug() {
        assert!(!format!("{:?}", Place::of("redis://:secret@host", SERVES).unwrap()).contains("secret"));
    }
}
