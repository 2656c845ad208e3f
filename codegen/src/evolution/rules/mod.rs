//! What the table of rules is made of: who sees a change, what it does to them, and why.

mod kinds;
mod table;

pub use kinds::Kind;
pub use table::RULES;

/// Who sees a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Surface {
    /// Callers over REST, and JSON bodies.
    Rest,
    /// Callers over gRPC and protobuf bodies: the bytes.
    Proto,
    /// Protobuf's own JSON, which has names in it.
    ProtoJson,
    /// Tasks that wait, or are on their way, while the release changes.
    Tasks,
    /// Those who listen to events, and events that are in the log.
    Events,
    /// The rows that are there, and the release before on the same database.
    Sql,
}

/// What a change does to those who have the old definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    Safe,
    /// Something, to some of them.
    Risky,
    /// They fail, or lose something.
    Breaking,
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// What has changed.
    pub kind: Kind,
    /// Where.
    pub surface: Surface,
    /// What it does there.
    pub verdict: Verdict,
    /// Why.
    pub why: &'static str,
    /// How it is done without harm; empty where it does none.
    pub way: &'static str,
}

use Surface::{Events, Proto, ProtoJson, Rest, Sql, Tasks};
use Verdict::{Breaking, Risky, Safe};

impl Surface {
    /// All of them.
    pub const ALL: [Self; 6] = [Rest, Proto, ProtoJson, Tasks, Events, Sql];

    /// How it is written in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Rest => "rest",
            Proto => "proto",
            ProtoJson => "proto_json",
            Tasks => "tasks",
            Events => "events",
            Sql => "sql",
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Rest => "REST and JSON",
            Proto => "protobuf",
            ProtoJson => "protobuf's JSON",
            Tasks => "tasks that wait",
            Events => "events",
            Sql => "the database",
        }
    }
}

impl Verdict {
    /// How it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Safe => "safe",
            Risky => "risky",
            Breaking => "breaking",
        }
    }
}
