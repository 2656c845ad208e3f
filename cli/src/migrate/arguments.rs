//! What can be said to `migrate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fourfold_codegen::migrations::Engine;

use crate::arguments::{Format, Selection};

const EXAMPLES: &str = "\
Examples:
  cargo fourfold migrate new                        write what the structs have changed, for both engines
  cargo fourfold migrate new add_notes --dry-run    show it
  cargo fourfold migrate new --using 'orders.total=0'
  DATABASE_URL=sqlite:shop.db cargo fourfold migrate run
  cargo fourfold migrate check                      for CI: the migrations lead to what the structs want
  cargo fourfold migrate status --format json | jq '.migrations[] | select(.state != \"applied\").name'

What is in migrations/ (--folder):
  fourfold.schema     the tables that the migrations lead to; commit it with them
  sqlite/*.sql        what has to be done on SQLite
  postgres/*.sql      .. and on PostgreSQL
  .gitattributes      has git merge fourfold.schema line by line

A field that is gone keeps its column, which may be null from then on; with --allow-destructive it is dropped, and so are
those that were kept before. A rename is said in the struct, #[field(was = \"..\")].

Exit codes:
  0  it is done; with check: all is as it should be
  1  it can't be done like this, all reasons are named; with check: something is out of date
  2  the command line is wrong, a file can't be read or written, or the database can't be reached";

/// `migrate`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MigrateCommand {
    #[command(subcommand)]
    pub(crate) command: Migrate,

    /// How to say it: for people, or one JSON object for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// Whose migrations, and where they are.
#[derive(Args, Debug)]
pub(crate) struct Place {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// The folder of the migrations [default: `migrations` beside Cargo.toml]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

/// What to do about migrations.
#[derive(Debug, Subcommand)]
pub(crate) enum Migrate {
    /// Write a migration from the tables that there are to those that the structs want
    New(New),
    /// Apply what has not been applied yet
    #[cfg(feature = "migrate")]
    Run(Database),
    /// Say what has been applied
    #[cfg(feature = "migrate")]
    Status(Database),
    /// Make sure that the migrations lead to what the structs want, and that the database, if one is named, is so
    Check(Database),
    /// Note that all migrations have been applied to a database whose tables a service made at start
    #[cfg(feature = "migrate")]
    Adopt(Database),
}

/// `migrate new`.
#[derive(Args, Debug)]
pub(crate) struct New {
    #[command(flatten)]
    pub(crate) place: Place,

    /// What the file is called after its number; without it, what it does
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Drop what no field and no resource has any more, with its data
    #[arg(long)]
    pub(crate) allow_destructive: bool,

    /// What a column holds from now on: `orders.total=0`, an SQL expression over the row as it was; of one engine alone with
    /// `sqlite:` or `postgres:` before it; may be repeated
    #[arg(long, value_name = "TABLE.COLUMN=SQL", value_parser = using)]
    pub(crate) using: Vec<(Option<Engine>, String, String)>,

    /// Write files without statements, for those of your own
    #[arg(long)]
    pub(crate) empty: bool,

    /// Write nothing; print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which database.
#[derive(Args, Debug)]
pub(crate) struct Database {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The database, as the service has it
    #[arg(long = "database", value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
}

fn using(text: &str) -> Result<(Option<Engine>, String, String), String> {
    let (engine, rest) = match text.split_once(':') {
        Some(("sqlite", rest)) => (Some(Engine::Sqlite), rest),
        Some(("postgres", rest)) => (Some(Engine::Postgres), rest),
        _ => (None, text),
    };
    let (place, expression) =
        rest.split_once('=').ok_or("write table.column=expression, such as orders.total=0")?;
    let (place, expression) = (place.trim(), expression.trim());
    if place.split('.').filter(|part| !part.is_empty()).count() != 2 || expression.is_empty() {
        return Err("write table.column=expression, such as orders.total=0".to_owned());
    }
    Ok((engine, place.to_owned(), expression.to_owned()))
}
