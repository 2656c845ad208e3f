//! What a monitoring system reads: how far events are behind, in the text format of Prometheus (version 0.0.4).

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::core::Core;
use crate::error::Result;
use crate::events::{GroupStatus, Lag, lag};

/// The media type of the format.
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How long a text is good: to count costs the database something, however many ask.
const FRESH: Duration = Duration::from_secs(1);

/// What is told.
#[derive(Debug)]
pub(crate) struct Metrics {
    core: Arc<Core>,
    /// The groups of this service; others that the bus knows are theirs to tell.
    groups: Vec<String>,
    last: Mutex<Option<(Instant, Bytes)>>,
}

impl Metrics {
    pub(crate) fn new(core: &Arc<Core>, groups: Vec<String>) -> Self {
        Self { core: Arc::clone(core), groups, last: Mutex::new(None) }
    }

    /// The text. A bus that is away is told in it; a store that is away is an error.
    pub(crate) async fn text(&self) -> Result<Bytes> {
        let mut last = self.last.lock().await;
        if let Some((at, text)) = &*last
            && at.elapsed() < FRESH
        {
            return Ok(text.clone());
        }
        let outbox = if self.core.events { Some(lag(&self.core.store).await?) } else { None };
        let bus = match &self.core.bus {
            Some(events) => self.bus(events.groups().await),
            None => Bus::None,
        };
        let text = Bytes::from(write(outbox, &bus));
        *last = Some((Instant::now(), text.clone()));
        Ok(text)
    }

    fn bus(&self, said: Result<Vec<GroupStatus>>) -> Bus {
        match said {
            Ok(mut groups) => {
                groups.retain(|group| self.groups.contains(&group.name));
                Bus::Up(groups)
            }
            Err(error) => {
                tracing::warn!(?error, "the bus does not say how far its groups are");
                Bus::Away
            }
        }
    }
}

/// How the bus stands.
enum Bus {
    None,
    Away,
    Up(Vec<GroupStatus>),
}

fn write(outbox: Option<Lag>, bus: &Bus) -> String {
    let mut text = String::new();
    if let Some(Lag { waiting, oldest }) = outbox {
        gauge(&mut text, "fourfold_outbox_waiting", "Events that wait in the outbox, counted up to 100,000.");
        line(&mut text, "fourfold_outbox_waiting", None, waiting);
        gauge(&mut text, "fourfold_outbox_oldest_seconds", "How long the oldest of them has waited.");
        line(&mut text, "fourfold_outbox_oldest_seconds", None, oldest.unwrap_or_default().as_secs_f64());
    }
    let groups: &[GroupStatus] = match bus {
        Bus::None => return text,
        Bus::Away => &[],
        Bus::Up(groups) => groups,
    };
    gauge(&mut text, "fourfold_event_bus_up", "Whether the bus of events answers.");
    line(&mut text, "fourfold_event_bus_up", None, u8::from(matches!(bus, Bus::Up(_))));
    let mut of_groups = |name: &str, help: &str, number: fn(&GroupStatus) -> u64| {
        gauge(&mut text, name, help);
        for group in groups {
            line(&mut text, name, Some(&group.name), number(group));
        }
    };
    of_groups("fourfold_event_group_behind", "Events that the group has not come to.", |group| group.behind);
    of_groups("fourfold_event_group_open", "Events that it has come to and not ended.", |group| group.open);
    of_groups("fourfold_event_group_dead", "Events that it gave up.", |group| group.dead);
    text
}

fn gauge(text: &mut String, name: &str, help: &str) {
    // Writing to a string can't fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
}

/// The names of groups need no escapes: letters, digits, and `-_.` between them.
fn line(text: &mut String, name: &str, group: Option<&str>, value: impl std::fmt::Display) {
    let _ = match group {
        Some(group) => writeln!(text, "{name}{{group=\"{group}\"}} {value}"),
        None => writeln!(text, "{name} {value}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_to_tell_is_told() {
        let lag = Lag { waiting: 7, oldest: Some(Duration::from_millis(1500)) };
        let group =
            GroupStatus { name: "mail.v1".to_owned(), types: Vec::new(), behind: 3, open: 2, dead: 1 };
        let text = write(Some(lag), &Bus::Up(vec![group]));
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                "fourfold_outbox_waiting 7",
                "fourfold_outbox_oldest_seconds 1.5",
                "fourfold_event_bus_up 1",
                "fourfold_event_group_behind{group=\"mail.v1\"} 3",
                "fourfold_event_group_open{group=\"mail.v1\"} 2",
                "fourfold_event_group_dead{group=\"mail.v1\"} 1",
            ]
        );
        assert!(write(None, &Bus::Away).contains("fourfold_event_bus_up 0\n"));
        assert_eq!(write(None, &Bus::None), "");
    }
}
