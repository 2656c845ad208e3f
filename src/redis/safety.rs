//! How safe the server keeps what it is given: looked at with every connection.

use std::sync::atomic::{AtomicBool, Ordering};

use redis::Value;
use redis::aio::{ConnectionLike, MultiplexedConnection};

use super::Mistake;
use super::line::refused;

/// What was said already is not said again.
#[derive(Debug, Default)]
pub(super) struct Safety {
    said: AtomicBool,
}

impl Safety {
    /// Refuses a server that would throw away what it is given, and warns of one that would lose it.
    pub(super) async fn look(
        &self,
        connection: &mut MultiplexedConnection,
        what: &str,
    ) -> Result<(), Mistake> {
        let info = match redis::cmd("INFO").query_async::<String>(connection).await {
            Ok(info) => info,
            // Who may not look has to know.
            Err(error) if error.code() == Some("NOPERM") => return Ok(()),
            Err(error) => return Err(refused(&error)),
        };
        if let Some(sentence) = throws_away(&info, what) {
            return Err(Mistake::Unsupported(sentence));
        }
        let syncs = syncs(connection).await;
        if let Some(sentence) = loses(&info, syncs.as_deref(), what)
            && !self.said.swap(true, Ordering::Relaxed)
        {
            tracing::warn!("{sentence}");
        }
        Ok(())
    }
}

async fn syncs(connection: &mut impl ConnectionLike) -> Option<String> {
    let mut command = redis::cmd("CONFIG");
    command.arg("GET").arg("appendfsync");
    // Where it may not be asked, it is not known.
    let answer = command.query_async::<Value>(connection).await.ok()?;
    let pairs: Vec<(String, String)> = redis::from_redis_value(answer).ok()?;
    pairs.into_iter().next().map(|(_, value)| value)
}

fn value<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn throws_away(info: &str, what: &str) -> Option<String> {
    let policy = value(info, "maxmemory_policy")?;
    let bounded = value(info, "maxmemory").is_some_and(|most| most != "0");
    // The others throw away only what was said to go away by itself, and nothing of ours is.
    (bounded && policy.starts_with("allkeys-")).then(|| {
        format!(
            "this Redis throws away any key when its memory is full (maxmemory-policy {policy}), and with it {what}: say \
             maxmemory-policy noeviction, or use another Redis for {what}"
        )
    })
}

fn loses(info: &str, syncs: Option<&str>, what: &str) -> Option<String> {
    match (value(info, "aof_enabled"), syncs) {
        (Some("0"), _) => Some(format!(
            "Redis keeps no append-only file: where it ends, {what} are lost that it held; say appendonly yes there"
        )),
        (Some("1"), Some("no")) => Some(format!(
            "Redis leaves it to its operating system when to write (appendfsync no): where the machine ends, {what} are \
             lost; say appendfsync everysec or always there"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_throw_tasks_away_is_refused() {
        let info = |most: &str, policy: &str| {
            format!("# Memory\r\nmaxmemory:{most}\r\nmaxmemory_policy:{policy}\r\n")
        };
        let refused = throws_away(&info("1000000", "allkeys-lru"), "events").unwrap();
        for word in ["allkeys-lru", "noeviction", "another Redis for events"] {
            assert!(refused.contains(word), "{refused}");
        }
        for (most, policy) in [("0", "allkeys-lru"), ("1000000", "noeviction"), ("1000000", "volatile-ttl")] {
            assert_eq!(throws_away(&info(most, policy), "tasks"), None);
        }
    }

    #[test]
    fn what_would_lose_tasks_is_warned_of() {
        let info = |on: &str| format!("# Persistence\r\naof_enabled:{on}\r\n");
        assert!(loses(&info("0"), Some("always"), "tasks").unwrap().contains("appendonly yes"));
        assert!(loses(&info("1"), Some("no"), "tasks").unwrap().contains("appendfsync everysec"));
        for syncs in [Some("everysec"), Some("always"), None] {
            assert_eq!(loses(&info("1"), syncs, "tasks"), None);
        }
        assert_eq!(loses("", None, "tasks"), None, "it is not known");
    }
}
