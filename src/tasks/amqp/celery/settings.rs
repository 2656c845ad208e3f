//! What the URL says beside the place of `RabbitMQ`.

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use crate::tasks::broker::{BrokerError, BrokerOptions};

/// What Celery's protocol needs to be told. It may hold a password.
#[derive(Clone, PartialEq)]
pub(crate) struct Settings {
    /// The queue where answers come in.
    pub(super) answers: String,
    /// Whether it outlives the process.
    pub(super) lasting: bool,
    /// The URL of the Redis where results are, where there is one.
    pub(super) results: Option<String>,
}

impl Settings {
    /// Takes its own words out of the URL. `None` where it is not Celery's.
    pub(crate) fn of(options: &BrokerOptions) -> Result<(BrokerOptions, Option<Self>), BrokerError> {
        let Some(url) = options.url.strip_prefix("celery+") else { return Ok((options.clone(), None)) };
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (answers, lasting) = answers(options.ledger.as_deref());
        let mut settings = Self { answers, lasting, results: None };
        let mut others = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            match name {
                "result_backend" => settings.results = results(value)?,
                "answers" if value.is_empty() || value.len() > 255 => {
                    return Err(refused("`answers` in FOURFOLD_TASKS_URL must be the name of a queue"));
                }
                "answers" => (settings.answers, settings.lasting) = (value, true),
                _ => others.push(part),
            }
        }
        let mut url = place.to_owned();
        if !others.is_empty() {
            url = format!("{url}?{}", others.join("&"));
        }
        Ok((BrokerOptions { url, ..options.clone() }, Some(settings)))
    }
}

fn refused(sentence: &str) -> BrokerError {
    BrokerError::Unsupported(sentence.to_owned())
}

fn results(url: String) -> Result<Option<String>, BrokerError> {
    match url.split_once(':').map_or(url.as_str(), |(scheme, _)| scheme) {
        "rpc" => Ok(None),
        "redis" if cfg!(feature = "redis") => Ok(Some(url)),
        "redis" => Err(refused("a result_backend in Redis needs the cargo feature `redis` of fourfold")),
        // Not the URL itself: it may hold a password.
        _ => Err(refused(
            "`result_backend` in FOURFOLD_TASKS_URL must be rpc:// or redis://host:6379/0, percent-encoded \
             (redis%3A%2F%2Fhost%3A6379%2F0); results elsewhere are not read or written here",
        )),
    }
}

/// The processes that share a database share the queue. What is in memory ends with the process, and so does its queue.
fn answers(ledger: Option<&str>) -> (String, bool) {
    match ledger {
        Some(url) if !url.starts_with("memory:") => {
            let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
            let rest = rest.split('?').next().unwrap_or_default();
            // Who may log in changes, the place does not.
            let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place).trim_start_matches('/');
            let place = if scheme == "sqlite" { absolute(place) } else { place.to_owned() };
            let hash = crate::text::fnv1a(format!("{scheme} {place}").as_bytes());
            (format!("fourfold.answers.{hash:016x}"), true)
        }
        _ => (format!("fourfold.answers.{}", Uuid::new_v4().simple()), false),
    }
}

fn absolute(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(url: &str, ledger: &str) -> Result<(String, Settings), BrokerError> {
        let ledger = Some(ledger.to_owned());
        let options =
            BrokerOptions { url: url.to_owned(), patience: Duration::from_secs(1), migrate: false, ledger };
        let (options, settings) = Settings::of(&options)?;
        Ok((options.url, settings.expect("it is Celery's")))
    }

    #[test]
    fn its_own_words_are_taken_out_of_the_url() {
        let url = "celery+amqp://u:p@host:5672/vhost?heartbeat=30&answers=mine&result_backend=rpc%3A%2F%2F";
        let (url, settings) = of(url, "sqlite:shop.db").unwrap();
        assert_eq!(url, "amqp://u:p@host:5672/vhost?heartbeat=30");
        assert_eq!((settings.answers.as_str(), settings.lasting, settings.results), ("mine", true, None));
        assert_eq!(of("celery+amqp://host", "sqlite:shop.db").unwrap().0, "amqp://host");
    }

    #[test]
    fn who_shares_a_database_shares_the_queue_of_answers() {
        let answers = |ledger| of("celery+amqp://host", ledger).unwrap().1;
        let one = answers("postgres://ada:secret@db:5432/shop");
        assert_eq!(one.answers, answers("postgres://bob@db:5432/shop").answers);
        assert_ne!(one.answers, answers("postgres://bob@db:5432/mail").answers);
        assert!(one.lasting && !one.answers.contains("secret"));
        assert_eq!(answers("sqlite:shop.db").answers, answers("sqlite:./shop.db").answers);
        assert_ne!(answers("memory:").answers, answers("memory:").answers, "each process has its own");
    }

    #[test]
    fn what_is_not_supported_is_refused_without_showing_the_url() {
        for url in
            ["celery+amqp://host?result_backend=db%2Bsqlite%3A%2F%2Fs3cret", "celery+amqp://host?answers="]
        {
            let error = format!("{:?}", of(url, "memory:").err().expect("refused"));
            assert!(error.contains("FOURFOLD_TASKS_URL must") || error.contains("must be"), "{error}");
            assert!(!error.contains("s3cret"));
        }
    }
}
