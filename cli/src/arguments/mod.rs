//! What can be said on the command line.

#[cfg(feature = "events")]
pub(crate) mod events;
#[cfg(any(feature = "migrate", feature = "protos"))]
mod import;
mod scaffold;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::check::arguments::Check;
use crate::migrate::arguments::MigrateCommand;

#[cfg(any(feature = "migrate", feature = "protos"))]
pub(crate) use import::Import;
pub(crate) use scaffold::{
    Add, AddOperation, AddResource, AddSubscriber, AddTask, Eject, Init, New, Place, Shell, Thing,
};

/// Services out of annotated structs, and the contracts of them.
///
/// Reads the resources of a package as text, as its build script does, and compiles nothing.
#[derive(Debug, Parser)]
#[command(
    name = "cargo fourfold",
    bin_name = "cargo fourfold",
    version,
    max_term_width = 100,
    after_help = EXIT_CODES,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colours; `NO_COLOR` and `CARGO_TERM_COLOR` are heeded as well
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

/// How it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One object: `code`, `files`, `mistakes`, `warnings`, `error`, and `text` for what has no form of its own
    Json,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  it is done; with --check: all is up to date
  1  the definitions have mistakes, all of which are named; with --check: something is out of date
  2  the command line is wrong, or a file can't be read or written; nothing has changed then";

const EXAMPLES_OF_GENERATE: &str = "\
Examples:
  cargo fourfold generate                   write contracts/ of the package here
  cargo fourfold generate -p order          .. of a member of the workspace
  cargo fourfold generate --check           for CI: fail, with a diff, where contracts/ is out of date
  cargo fourfold generate --dry-run         say what would be written

What is written, below contracts/ (--out):
  fourfold.lock     the proto numbers, which never move; commit it
  proto/            a .proto file a package, and Google's files that they import
  openapi.json      OpenAPI 3.1 of the REST routes
  asyncapi.json     AsyncAPI 3.0 of the events
  schemas/          a JSON Schema a type of events that is published
  buf.yaml          settings for buf; without its first line it is yours and stays as it is
  .gitattributes    has git merge the lock line by line

Everything is written, or nothing. Only files whose content changed are touched; those that a former run wrote and
that are not needed any more are removed. Files without the first line of ours are never removed.

Where the resources are: what Cargo.toml says,

  [package.metadata.fourfold]
  resources = [\"src/resources\"]

or what build.rs hands to fourfold_codegen::build(\"..\"), or src/resources, or src.

Exit codes:
  0  it is done; with --check: all is up to date
  1  the definitions have mistakes, all of which are named; with --check: something is out of date
  2  the command line is wrong, or a file can't be read or written; nothing has changed then";

const EXAMPLES_OF_SHOW: &str = "\
Examples:
  cargo fourfold show Order                         what the attributes of Order produced
  cargo fourfold show shop.order.v1.Order           .. by its full name
  cargo fourfold show --only routes,rpcs            the routes and rpcs of all resources
  cargo fourfold show Order --only expansion        the Rust that the derive writes

Nothing is written. Fields that have no number in the lock yet are shown with the one they would get.

Exit codes:
  0  it is shown
  1  the definitions have mistakes, all of which are named
  2  the command line is wrong, there is no such resource, or a file can't be read";

#[cfg(feature = "tasks")]
const EXAMPLES_OF_TASKS: &str = "\
Examples:
  cargo fourfold tasks list --state failed                  the dead letters
  cargo fourfold tasks show 0198c0de-0000-7000-8000-000000000000
  cargo fourfold tasks requeue --failed --queue mail        try them all again
  cargo fourfold tasks drain mail --yes

The broker is that of --url, FOURFOLD_TASKS_URL or DATABASE_URL, in this order, as a service reads them.

Exit codes:
  0  it is done
  2  the command line is wrong, there is no such task, it is too late for it, or the broker can't be reached";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a service: one that builds, runs, and passes its tests
    #[command(after_help = scaffold::EXAMPLES_OF_NEW)]
    New(New),
    /// Add a resource, an operation, a subscriber or a task to a service, in place
    Add(Add),
    /// Make a service out of a package that is there
    #[command(after_help = scaffold::EXAMPLES_OF_INIT)]
    Init(Init),
    /// Write the structs of a database or of a .proto file that is there already
    #[cfg(any(feature = "migrate", feature = "protos"))]
    #[command(after_help = import::EXAMPLES)]
    Import(Import),
    /// Write what an operation does by itself into your own `Behavior`, to be changed there
    #[command(after_help = scaffold::EXAMPLES_OF_EJECT)]
    Eject(Eject),
    /// Write the contracts of a package: proto files, OpenAPI, the lock
    #[command(after_help = EXAMPLES_OF_GENERATE)]
    Generate(Generate),
    /// Print what the attributes of a resource produced
    #[command(after_help = EXAMPLES_OF_SHOW)]
    Show(Show),
    /// Look at who listens to events, and replay, set back or forget
    #[cfg(feature = "events")]
    #[command(after_help = events::EXAMPLES)]
    Events(events::EventsCommand),
    /// Say what has changed since a commit, and whom it hurts: callers, tasks, subscribers, rows
    Check(Check),
    /// Write and apply SQL migrations
    Migrate(MigrateCommand),
    /// Look at the tasks of a service, and requeue, cancel or drain them
    #[cfg(feature = "tasks")]
    #[command(after_help = EXAMPLES_OF_TASKS)]
    Tasks(TasksCommand),
    /// Print what a shell needs to complete the words of this program
    #[command(after_help = scaffold::EXAMPLES_OF_COMPLETIONS)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// `tasks`.
#[cfg(feature = "tasks")]
#[derive(Args, Debug)]
pub(crate) struct TasksCommand {
    #[command(subcommand)]
    pub(crate) command: TaskCommand,

    /// How to say it: for people, or one JSON object for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// The broker, as the service has it [default: the database]
    #[arg(long, global = true, value_name = "URL", env = "FOURFOLD_TASKS_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,

    /// The service's database: its tasks are there where no broker is said
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
}

/// What to do with tasks.
#[cfg(feature = "tasks")]
#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    /// List tasks, the newest first
    List(TaskList),
    /// Print all that can be seen of a task; its payload can't, as it may hold secrets
    Show {
        /// The task
        id: uuid::Uuid,
    },
    /// Let tasks that failed, expired or were cancelled begin anew
    #[command(arg_required_else_help = true)]
    Requeue {
        /// The tasks
        ids: Vec<uuid::Uuid>,

        /// All that have failed
        #[arg(long, conflicts_with = "ids")]
        failed: bool,

        /// Of this queue alone
        #[arg(long, requires = "failed", value_name = "QUEUE")]
        queue: Option<String>,
    },
    /// Take back tasks that have not begun
    Cancel {
        /// The tasks
        #[arg(required = true)]
        ids: Vec<uuid::Uuid>,
    },
    /// Take away everything that waits in a queue, for good
    Drain {
        /// The queue
        queue: String,

        /// It is meant
        #[arg(long)]
        yes: bool,
    },
}

/// `tasks list`.
#[cfg(feature = "tasks")]
#[derive(Args, Debug)]
pub(crate) struct TaskList {
    /// Only of this queue
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<String>,

    /// Only of this name, such as order.create
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Only in this state
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Option<State>,

    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    pub(crate) limit: usize,
}

/// Where a task stands.
#[cfg(feature = "tasks")]
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum State {
    /// Not begun, or to be tried again
    Waiting,
    /// A worker has it
    Running,
    /// Done
    Succeeded,
    /// Given up
    Failed,
    /// Taken back before it began
    Cancelled,
    /// Its time had passed before it could begin
    Expired,
}

#[cfg(feature = "tasks")]
impl State {
    /// As the runtime calls it.
    pub(crate) const fn state(self) -> fourfold::tasks::TaskState {
        use fourfold::tasks::TaskState;
        match self {
            Self::Waiting => TaskState::Waiting,
            Self::Running => TaskState::Running,
            Self::Succeeded => TaskState::Succeeded,
            Self::Failed => TaskState::Failed,
            Self::Cancelled => TaskState::Cancelled,
            Self::Expired => TaskState::Expired,
        }
    }
}

/// `generate`.
#[derive(Args, Debug)]
pub(crate) struct Generate {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// How to say it: for people, or one JSON object for programs
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// Write nothing; exit with 1 and print the differences where something is out of date
    #[arg(long)]
    pub(crate) check: bool,

    /// Write nothing; print what would be written
    #[arg(long, conflicts_with = "check")]
    pub(crate) dry_run: bool,
}

/// `show`.
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// How to say it: for people, or one JSON object for programs
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// The resource, `Order` or `shop.order.v1.Order`; all of them if left out
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,

    /// Only these parts, with commas between them
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    pub(crate) only: Vec<Section>,

    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// Which package, and how it is read.
#[derive(Args, Debug, Default)]
pub(crate) struct Selection {
    /// The Cargo.toml of the package; by default the one of this folder or the nearest above
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// The package, where the manifest is that of a workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The folder of the contracts [default: `contracts` beside Cargo.toml]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    /// Features of the package that `cfg` sees besides the default ones, with commas between them
    #[arg(short = 'F', long, value_delimiter = ',', value_name = "FEATURES")]
    pub(crate) features: Vec<String>,

    /// `cfg` sees all features
    #[arg(long)]
    pub(crate) all_features: bool,

    /// `cfg` does not see the default features
    #[arg(long)]
    pub(crate) no_default_features: bool,
}

/// A part of what `show` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Section {
    /// Methods and paths of REST
    Routes,
    /// Methods and messages of gRPC
    Rpcs,
    /// Types, numbers, columns, rules and behaviour
    Fields,
    /// The statements on both databases
    Sql,
    /// What can go wrong: HTTP statuses and gRPC codes
    Errors,
    /// The .proto file of the package
    Proto,
    /// The OpenAPI document of the resource
    Openapi,
    /// The Rust that the derive writes
    Expansion,
}

impl Section {
    /// Those that are printed where nothing else is said: the rest is long.
    pub(crate) const USUAL: [Self; 6] =
        [Self::Routes, Self::Rpcs, Self::Fields, Self::Sql, Self::Errors, Self::Proto];
}

/// When there are colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Command {
    /// How it is said; `check` and `migrate` have forms of their own.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::New(new) => new.format,
            Self::Init(init) => init.place.format,
            #[cfg(any(feature = "migrate", feature = "protos"))]
            Self::Import(import) => import.place.format,
            Self::Eject(eject) => eject.place.format,
            Self::Add(add) => match &add.what {
                Thing::Resource(resource) => resource.place.format,
                Thing::Operation(operation) => operation.place.format,
                Thing::Subscriber(subscriber) => subscriber.place.format,
                Thing::Task(task) => task.place.format,
            },
            Self::Generate(generate) => generate.format,
            Self::Show(show) => show.format,
            Self::Migrate(migrate) => migrate.format,
            #[cfg(feature = "tasks")]
            Self::Tasks(tasks) => tasks.format,
            _ => Format::Text,
        }
    }
}

impl Arguments {
    /// Reads the words. Cargo passes its own name for this program as the first of them.
    pub(crate) fn read(words: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut words: Vec<OsString> = words.collect();
        if words.get(1).is_some_and(|word| word == "fourfold") {
            words.remove(1);
        }
        let usual = usual_color();
        let clap_color = match usual {
            Color::Auto => clap::ColorChoice::Auto,
            Color::Always => clap::ColorChoice::Always,
            Color::Never => clap::ColorChoice::Never,
        };
        let mut matches = Self::command().color(clap_color).try_get_matches_from(words)?;
        let mut arguments = Self::from_arg_matches_mut(&mut matches)?;
        if matches!(arguments.color, Color::Auto) {
            arguments.color = usual;
        }
        Ok(arguments)
    }
}

/// What the environment says about colours.
fn usual_color() -> Color {
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return Color::Never;
    }
    match std::env::var("CARGO_TERM_COLOR").as_deref() {
        Ok("always") => Color::Always,
        Ok("never") => Color::Never,
        _ => Color::Auto,
    }
}
