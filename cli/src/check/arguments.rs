//! What can be said to `check`.

use clap::{Args, ValueEnum};

use crate::arguments::Selection;

const EXAMPLES: &str = "\
Examples:
  cargo fourfold check --against main                 what this branch does to those who use what is on main
  cargo fourfold check --against v1.4.0 --format markdown
  cargo fourfold check --against ../released          a folder with the package as it was

The definitions of before are read out of git; nothing is checked out. A break that is meant is written down with its
reason in fourfold.accepted.toml beside Cargo.toml:

  [[accepted]]
  change = \"field_removed\"
  subject = \"shop.order.v1.Order.note\"
  surface = \"rest\"                  # all of them where it is left out
  reason = \"nobody has sent it since March\"

Exit codes:
  0  nothing breaks that was not accepted
  1  something does; with --deny risky, or is risky; or the definitions have mistakes
  2  the command line is wrong, or what is to be compared can't be read";

/// `check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// What is out there: a commit, branch or tag, or a folder with the package
    #[arg(long, value_name = "REF|FOLDER")]
    pub(crate) against: String,

    /// How it is said
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// What ends with the exit code 1
    #[arg(long, value_enum, default_value_t = Deny::Breaking, value_name = "VERDICT")]
    pub(crate) deny: Deny,

    /// Say what is safe as well
    #[arg(long)]
    pub(crate) all: bool,
}

/// How findings are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For a program
    Json,
    /// For a pull request
    Markdown,
}

/// What may not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// What breaks those who have the old definitions
    Breaking,
    /// What may break some of them, too
    Risky,
}
