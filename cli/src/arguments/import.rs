//! What can be said after `import`.

use std::path::PathBuf;

use clap::Args;
use fourfold_model::types::{Scalar, TYPES};

use super::Place;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo fourfold import sqlite:old.db                        a struct for every table
  cargo fourfold import postgres://me@localhost/shop --tables users,orders
  cargo fourfold import sqlite:old.db --dry-run              say what would be written, and what can't be said in a struct
  cargo fourfold import postgres://.. --type 'places.area=String' --add-id
  cargo fourfold import library.proto -I third_party         a struct for every message that is a resource
  cargo fourfold import library.proto --messages Book,Shelf

A database is read and not changed. With the structs comes a migration, to be read before `cargo fourfold migrate run`: it makes
of the tables that are there those which the structs want, with their rows, and makes them where they are not there. Where
nothing has to change, `cargo fourfold migrate adopt` is enough.

A .proto file keeps its numbers: they go to contracts/fourfold.lock, those that are reserved too.

What a struct can't say is told table by table and column by column, each with a way out. In a package without a service the
command makes one, as `init` does. Everything is written, or nothing.

Exit codes:
  0  it is done
  1  something can't be imported like this, all reasons are named; nothing has changed then
  2  the command line is wrong, a source can't be read, or a file is in the way; nothing has changed then";

/// `import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// A database, `sqlite:path` or `postgres://..`, or a .proto file
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,

    /// Only these tables, with commas between them
    #[arg(long, value_delimiter = ',', value_name = "TABLES")]
    pub(crate) tables: Vec<String>,

    /// The type of a column, where the one that it would get is not meant, or there is none; may be repeated
    #[arg(long = "type", value_name = "TABLE.COLUMN=TYPE", value_parser = typed)]
    pub(crate) types: Vec<(String, Scalar)>,

    /// Give tables whose key is no id (of several columns, or none) an id that the database counts
    #[arg(long)]
    pub(crate) add_id: bool,

    /// The folder of the migrations [default: `migrations` beside Cargo.toml]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,

    /// The messages that are resources, with commas between them
    #[arg(long, value_delimiter = ',', value_name = "MESSAGES")]
    pub(crate) messages: Vec<String>,

    /// A folder in which imports of a .proto file are found [default: that of the file]; may be repeated
    #[arg(short = 'I', long = "include", value_name = "FOLDER")]
    pub(crate) include: Vec<PathBuf>,

    /// Write over files of resources that are there
    #[arg(long)]
    pub(crate) force: bool,

    /// A folder with fourfold in it, instead of the version that this program has
    #[arg(long, value_name = "DIR")]
    pub(crate) fourfold_path: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) place: Place,
}

fn typed(text: &str) -> Result<(String, Scalar), String> {
    let form = || "write table.column=Type, such as places.area=String".to_owned();
    let (place, ty) = text.split_once('=').ok_or_else(form)?;
    if !place.contains('.') {
        return Err(form());
    }
    let scalar = TYPES.iter().find(|info| info.rust.eq_ignore_ascii_case(ty.trim())).map(|info| info.scalar);
    let names: Vec<&str> = TYPES.iter().map(|info| info.rust).collect();
    scalar
        .map(|scalar| (place.trim().to_owned(), scalar))
        .ok_or_else(|| format!("`{ty}` is no type of a field: types are {}", names.join(", ")))
}
