//! What a URL says, and what everything is called in `RabbitMQ`.

use crate::events::bus::BusError;

/// The exchange, where the URL names none.
const USUAL: &str = "fourfold.events";
/// What else may stand after `?`, for the connection.
const OF_CONNECTION: [&str; 5] =
    ["heartbeat", "frame_max", "channel_max", "connection_timeout", "auth_mechanism"];

/// Where the events of one bus are.
#[derive(Clone)]
pub(super) struct Place {
    /// For the connection alone. It may hold a password.
    pub(super) url: String,
    /// The topic exchange.
    pub(super) exchange: String,
}

fn refused<T>(why: &str) -> Result<T, BusError> {
    // Not the URL itself: it may hold a password.
    Err(BusError::Unsupported(format!(
        "FOURFOLD_EVENTS_URL must be as amqp://user:password@host:5672/vhost?exchange={USUAL} ({why})"
    )))
}

impl Place {
    pub(super) fn read(url: &str) -> Result<Self, BusError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut exchange, mut others) = (USUAL, Vec::new());
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("exchange", name)) => exchange = name,
                Some((name, _)) if OF_CONNECTION.contains(&name) => others.push(part),
                _ => {
                    let why = format!("after `?` it knows `exchange` and {}", OF_CONNECTION.join(", "));
                    return refused(&why);
                }
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if exchange.is_empty() || exchange.len() > 64 || !exchange.chars().all(plain) {
            return refused("an exchange has letters, digits and - _ . in its name, 64 at most");
        }
        if exchange.starts_with("amq.") {
            return refused("exchanges whose names begin with `amq.` are those of RabbitMQ itself");
        }
        let url = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
        Ok(Self { url, exchange: exchange.to_owned() })
    }

    /// The stream of all events.
    pub(super) fn log(&self) -> String {
        format!("{}.log", self.exchange)
    }

    /// What the ledger calls a group.
    pub(super) fn group(&self, group: &str) -> String {
        format!("{}/{group}", self.exchange)
    }

    /// The group of such a name.
    pub(super) fn group_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(&self.exchange)?.strip_prefix('/')
    }

    /// The queue of a group since it began, or was set back.
    pub(super) fn queue(&self, group: &str, epoch: &str, round: i64) -> String {
        format!("{}.{group}.{epoch}-{round}", self.exchange)
    }

    /// Whoever has this queue may begin, set back or forget the group.
    pub(super) fn turn(&self, group: &str) -> String {
        format!("{}.{group}.turn", self.exchange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_under_which_name() {
        let place = Place::read("amqp://u:s@h/v?heartbeat=5&exchange=shop").expect("it is one");
        assert_eq!((place.url.as_str(), place.exchange.as_str()), ("amqp://u:s@h/v?heartbeat=5", "shop"));
        let bare = Place::read("amqp://h").expect("it is one");
        assert_eq!((bare.url.as_str(), bare.log().as_str()), ("amqp://h", "fourfold.events.log"));
        assert_eq!(bare.group_of(&bare.group("a/b")), Some("a/b"));
        assert_eq!(bare.group_of("fourfold.events2/a"), None);
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_its_password() {
        for query in ["exchange=", "exchange=a%20b", "exchange=amq.topic", "exchang=x", "replicas"] {
            let refused = Place::read(&format!("amqp://u:s3cret@h/v?{query}")).err();
            let refused = refused.map(|error| format!("{error:?}")).expect("it is refused");
            assert!(refused.contains("amqp://user:password@host:5672") && !refused.contains("s3cret"));
        }
    }
}
