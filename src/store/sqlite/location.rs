//! Where a store lives, read from its URL.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Where a store lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// In memory, gone with the store.
    Memory,
    /// In a file.
    File(PathBuf),
}

const EXAMPLES: &str = "write `sqlite:data/shop.db`, `sqlite:///var/lib/shop.db` or `memory:`";

impl Location {
    /// Reads `sqlite:path`, `sqlite://path`, `sqlite::memory:` or `memory:`.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let wrong = |what: &str| Err(Error::internal(format!("DATABASE_URL `{url}` {what}; {EXAMPLES}")));
        let path = match url.split_once(':') {
            Some(("memory", "")) => return Ok(Self::Memory),
            Some(("memory", _)) => return wrong("says more than `memory:`"),
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            _ => return wrong("does not begin with `sqlite:` or `memory:`"),
        };
        match path {
            ":memory:" => Ok(Self::Memory),
            "" | "/" => wrong("names no file"),
            path if path.contains('\0') => wrong("contains a zero byte"),
            path if path.contains('?') => wrong("contains `?`, but SQLite's URL takes no options"),
            // SQLite would read it as a URI of its own.
            path if path.starts_with("file:") => Ok(Self::File(Path::new(".").join(path))),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }

    /// The location for people.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Memory => "memory:".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_url_is_understood() {
        let file = |path: &str| Location::File(PathBuf::from(path));
        for (url, location) in [
            ("memory:", Location::Memory),
            ("sqlite::memory:", Location::Memory),
            ("sqlite://:memory:", Location::Memory),
            ("sqlite:a.db", file("a.db")),
            ("sqlite:dir/a.db", file("dir/a.db")),
            ("sqlite:/tmp/a.db", file("/tmp/a.db")),
            ("sqlite://a.db", file("a.db")),
            ("sqlite:///tmp/a.db", file("/tmp/a.db")),
            ("sqlite:file:a", file("./file:a")),
        ] {
            assert_eq!(Location::parse(url).ok(), Some(location), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_not_understood_says_what_to_write() {
        for url in ["memory:x", "sqlite:", "sqlite://", "sqlite:a.db?mode=rw", "sqlite", "sqlite:a\0"] {
            let text = Location::parse(url).expect_err(url).to_string();
            assert!(text.contains(url) && text.contains("`sqlite:data/shop.db`"), "{text}");
        }
    }
}
