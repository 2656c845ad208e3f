//! What can be said after `events`.

use clap::{Args, Subcommand, ValueEnum};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo fourfold events groups                              who listens, how far behind, what was given up
  cargo fourfold events dead warehouse                      the dead letters of a group, with the reasons
  cargo fourfold events show warehouse 0198c0de-0000-7000-8000-000000000000
  cargo fourfold events replay warehouse --all              let them all begin anew
  cargo fourfold events seek warehouse --to 2026-01-02T00:00:00Z --yes
  cargo fourfold events groups --format json | jq '.[] | select(.dead > 0)'

The bus is that of --url, FOURFOLD_EVENTS_URL or DATABASE_URL, in this order, as a service reads them.

Exit codes:
  0  it is done
  2  the command line is wrong, there is no such group or dead letter, or the bus can't be reached";

/// `events`.
#[derive(Args, Debug)]
pub(crate) struct EventsCommand {
    #[command(subcommand)]
    pub(crate) command: EventCommand,

    /// The bus, as the service has it [default: the database]
    #[arg(long, global = true, value_name = "URL", env = "FOURFOLD_EVENTS_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,

    /// The service's database: the outbox is there, and the bus where none is said
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database: Option<String>,

    /// How to print
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON document
    Json,
}

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// List the groups: how far behind each is, what it works on, what it gave up
    Groups,
    /// Print how many events wait in the outbox of --database, and for how long
    Lag,
    /// List what a group gave up, the oldest first, with the reasons
    Dead {
        /// The group
        group: String,

        /// At most so many
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        limit: usize,
    },
    /// Print a dead letter: its attributes and why it was given up
    Show {
        /// The group
        group: String,

        /// The id of the event, as `dead` lists it
        id: String,

        /// Print what it says, too
        #[arg(long)]
        data: bool,
    },
    /// Let dead letters begin anew
    Replay {
        /// The group
        group: String,

        /// The ids of the events
        #[arg(required_unless_present = "all", value_name = "ID")]
        ids: Vec<String>,

        /// All that the group gave up
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Set a group back, or ahead: it gets everything from there on once more, and does it once more
    Seek {
        /// The group
        group: String,

        /// Where it begins: beginning, now, or a moment such as 2026-01-02T03:04:05Z
        #[arg(long, value_name = "PLACE", value_parser = place)]
        to: fourfold::events::Start,

        /// It is meant
        #[arg(long)]
        yes: bool,
    },
    /// Forget a group that nobody belongs to any more, with its dead letters, for good
    Forget {
        /// The group
        group: String,

        /// It is meant
        #[arg(long)]
        yes: bool,
    },
}

fn place(text: &str) -> Result<fourfold::events::Start, String> {
    use fourfold::events::Start;
    match text {
        "beginning" => Ok(Start::Beginning),
        "now" => Ok(Start::Now),
        moment => chrono::DateTime::parse_from_rfc3339(moment)
            .map(|moment| Start::At(moment.to_utc()))
            .map_err(|_| "say beginning, now, or a moment such as 2026-01-02T03:04:05Z".to_owned()),
    }
}
