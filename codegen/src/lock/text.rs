//! The lock as text: a line for each number, in the order of the names.

use std::fmt::{self, Display, Write as _};

use super::{Entry, Lock, State};

/// The first line.
const HEADER: &str = "# The proto numbers of this service, which never move; `cargo fourfold generate` writes this file, and it is committed.\n";

impl Lock {
    /// The text, which [`Lock::parse`] reads.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = HEADER.to_owned();
        for (message, numbers) in &self.messages {
            for (name, entry) in &numbers.entries {
                // Writing to a `String` can't fail.
                let _ = writeln!(out, "{message}.{name} = {entry}");
            }
        }
        out
    }
}

/// What stands after the `=`.
impl Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        if !self.ty.is_empty() {
            write!(f, " {}", self.ty)?;
        }
        match self.state {
            State::Live => Ok(()),
            State::Reserved => f.write_str(" reserved"),
            State::Renamed => f.write_str(" renamed"),
        }
    }
}
