//! What keeps a command from what it should do, and the exit code of each.

use std::path::Path;

/// Items below each other, to follow what they are.
pub(crate) fn listed<'a>(items: impl IntoIterator<Item = &'a String>) -> String {
    items.into_iter().fold(String::new(), |list, item| list + "\n  - " + item)
}

/// Why a command did not do it. The exit codes are in `--help`.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The definitions have mistakes, or what is written is out of date: 1. All is said already where the text is empty.
    Mistakes(String),
    /// It can't be done here: wrong arguments, or files that can't be read or written: 2.
    Trouble(String),
}

impl Failure {
    /// A file or folder that can't be `what`: read, written, ..
    pub(crate) fn file(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::Trouble(format!("`{}` can't be {what}: {error}", path.display()))
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Mistakes(_) => 1,
            Self::Trouble(_) => 2,
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Mistakes(text) | Self::Trouble(text) => text,
        }
    }
}
