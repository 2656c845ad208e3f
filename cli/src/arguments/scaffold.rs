//! What makes and extends services.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Format, Selection};
use crate::spec::GRAMMAR;

pub(super) const EXAMPLES_OF_NEW: &str = "\
Examples:
  cargo fourfold new shop --resource 'product: sku:string!unique name:string price:decimal stock:i32?'
  cargo fourfold new shop                        asks for the resources, on a terminal
  cargo fourfold new blog --resource 'author: name:string!unique' \\
      --resource 'post: author_id:references(author) title:string status:choice(draft|published)=draft'
  cargo fourfold new shop --fourfold-path ../fourfold --resource ..   with fourfold from a folder

`--help` has the grammar of resources. What is made: the package with its contracts, tests over the wire, a README, a commented
config.toml, a Dockerfile, compose.yaml with PostgreSQL, RabbitMQ and NATS, k8s/ and a CI file. In a workspace it becomes a
member. Everything is written, or nothing; a folder in which there is something is refused.

Exit codes:
  0  it is made
  1  a resource has mistakes, all of which are named
  2  the command line is wrong, or a file can't be written; nothing has changed then";

pub(super) const EXAMPLES_OF_INIT: &str = "\
Examples:
  cargo fourfold init --resource 'product: sku:string!unique name:string'
  cargo fourfold init -p shop --resource ..             a member of the workspace

Adds to Cargo.toml what is missing, and build.rs, src/lib.rs and src/main.rs, src/resources and contracts/. What is there stays
as it is: a file that would have to change in a way that is not clear is named, with what to write there.

Exit codes:
  0  it is done
  1  a resource has mistakes, all of which are named
  2  the command line is wrong, or something is in the way; nothing has changed then";

pub(super) const EXAMPLES_OF_EJECT: &str = "\
Examples:
  cargo fourfold eject product create        `create` of `impl Behavior for Product`, field by field
  cargo fourfold eject product create --accept    you have looked at what changed since; do not tell it again

The method says of what it was made. When the resource has changed since, `generate` says how.

Exit codes:
  0  it is done
  1  the definitions have mistakes, all of which are named
  2  the command line is wrong, or the file can't be edited; nothing has changed then";

pub(super) const EXAMPLES_OF_COMPLETIONS: &str = "\
Examples:
  cargo fourfold completions bash > ~/.local/share/bash-completion/completions/cargo-fourfold
  cargo fourfold completions zsh > ~/.zfunc/_cargo-fourfold
  cargo fourfold completions fish > ~/.config/fish/completions/cargo-fourfold.fish";

const EXAMPLES_OF_ADD: &str = "\
Nothing but what has to change is changed: formatting and comments stay. What is there already is left as it is. What can't be
done cleanly is refused, with what to write by hand.

Exit codes:
  0  it is done, or it is there already
  1  what was said has mistakes, all of which are named
  2  the command line is wrong, or a file can't be edited or written; nothing has changed then";

const EXAMPLES_OF_ADD_RESOURCE: &str = "\
Examples:
  cargo fourfold add resource 'review: product_id:references(product)!filter text:string rating:i32!range(1..=5)'";

const EXAMPLES_OF_ADD_OPERATION: &str = "\
Examples:
  cargo fourfold add operation product archive --set status=archived --event archived
  cargo fourfold add operation product rename --input 'name:string!length(1..=80)' --event renamed

A field of the input that the resource has too is stored in it, and --set gives a field a value. What an operation does
otherwise is for you to write; until then it is refused to callers.";

const EXAMPLES_OF_ADD_SUBSCRIBER: &str = "\
Examples:
  cargo fourfold add subscriber audit --on product               all that happens to products
  cargo fourfold add subscriber welcome --on customer.created    one thing";

const EXAMPLES_OF_ADD_TASK: &str = "\
Examples:
  cargo fourfold add task send-receipt 'order_id:references(order) to:string!email' --queue mail
  cargo fourfold add task tidy-up 'older_than:duration=30s' --cron '0 3 * * *'";

/// `new`.
#[derive(Args, Debug)]
#[command(after_long_help = long_help(EXAMPLES_OF_NEW))]
pub(crate) struct New {
    /// The folder to make; its last part is the name of the package
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,

    /// A resource with its fields; may be said again
    #[arg(short, long = "resource", value_name = "RESOURCE")]
    pub(crate) resources: Vec<String>,

    /// The name of the package, where it is not that of the folder
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// A folder with fourfold in it, instead of the version that this program has
    #[arg(long, value_name = "DIR")]
    pub(crate) fourfold_path: Option<PathBuf>,

    /// Write nothing; print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// How to say it: for people, or one JSON object for programs
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// `init`.
#[derive(Args, Debug)]
#[command(after_long_help = long_help(EXAMPLES_OF_INIT))]
pub(crate) struct Init {
    /// A resource with its fields; may be said again
    #[arg(short, long = "resource", value_name = "RESOURCE")]
    pub(crate) resources: Vec<String>,

    /// A folder with fourfold in it, instead of the version that this program has
    #[arg(long, value_name = "DIR")]
    pub(crate) fourfold_path: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// `add`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES_OF_ADD, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Add {
    #[command(subcommand)]
    pub(crate) what: Thing,
}

/// What is added.
#[derive(Debug, Subcommand)]
pub(crate) enum Thing {
    /// A resource: its file, its test, and where it is mounted
    #[command(after_help = EXAMPLES_OF_ADD_RESOURCE, after_long_help = long_help(EXAMPLES_OF_ADD_RESOURCE))]
    Resource(AddResource),
    /// A custom operation of a resource
    #[command(after_help = EXAMPLES_OF_ADD_OPERATION, after_long_help = long_help(EXAMPLES_OF_ADD_OPERATION))]
    Operation(AddOperation),
    /// A function that hears events
    #[command(after_help = EXAMPLES_OF_ADD_SUBSCRIBER)]
    Subscriber(AddSubscriber),
    /// A task of its own
    #[command(after_help = EXAMPLES_OF_ADD_TASK, after_long_help = long_help(EXAMPLES_OF_ADD_TASK))]
    Task(AddTask),
}

/// `add resource`.
#[derive(Args, Debug)]
pub(crate) struct AddResource {
    /// The resource with its fields
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: String,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// `add operation`.
#[derive(Args, Debug)]
pub(crate) struct AddOperation {
    /// The resource
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: String,

    /// The operation, a verb: `archive`
    #[arg(value_name = "OPERATION")]
    pub(crate) name: String,

    /// The fields of what a caller says
    #[arg(long, value_name = "FIELDS")]
    pub(crate) input: Option<String>,

    /// A field of the resource and the value that it gets; may be said again
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,

    /// The event that it publishes, in the past tense: `archived`
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// `add subscriber`.
#[derive(Args, Debug)]
pub(crate) struct AddSubscriber {
    /// What it is called, which is its group too
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// What it hears: `product`, or `product.created`
    #[arg(long, value_name = "EVENT")]
    pub(crate) on: String,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// `add task`.
#[derive(Args, Debug)]
pub(crate) struct AddTask {
    /// What it is called: `send-receipt`
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// Its fields
    #[arg(value_name = "FIELDS", default_value = "")]
    pub(crate) fields: String,

    /// The queue that it waits in
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<String>,

    /// When the clock enqueues it: minute, hour, day, month, weekday
    #[arg(long, value_name = "PATTERN")]
    pub(crate) cron: Option<String>,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// `eject`.
#[derive(Args, Debug)]
pub(crate) struct Eject {
    /// The resource
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: String,

    /// The operation: get, create, update, replace or delete
    #[arg(value_name = "OPERATION")]
    pub(crate) operation: String,

    /// Note that what changed since has been looked at
    #[arg(long)]
    pub(crate) accept: bool,

    #[command(flatten)]
    pub(crate) place: Place,
}

/// Which package, and whether anything is written.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The Cargo.toml of the package; by default the one of this folder or the nearest above
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// The package, where the manifest is that of a workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// Write nothing; print what would change
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// How to say it: for people, or one JSON object for programs
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
}

impl Place {
    /// The same as what reads a package.
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            manifest_path: self.manifest_path.clone(),
            package: self.package.clone(),
            ..Selection::default()
        }
    }
}

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

/// The examples with the grammar below.
fn long_help(examples: &str) -> String {
    format!("{examples}\n\n{GRAMMAR}")
}
