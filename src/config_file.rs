//! A configuration in a file, for what a team wants to see in one place and review.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::config::{Config, FILE_VARIABLE, UNKNOWN, environment};
use crate::error::{Error, Result};

impl Config {
    /// Reads a TOML file, and then the environment, which goes before it. `FOURFOLD_CONFIG` names another file.
    ///
    /// A setting is called as its variable is, in lower case and without `FOURFOLD_`:
    ///
    /// ```toml
    /// listen = "127.0.0.1:8080"
    /// database_url = "sqlite:shop.db"
    /// request_timeout = "10s"
    /// task_concurrency = 8
    /// migrate = true
    /// ```
    ///
    /// What is not known, or is not of the form that it should have, is an error; all of them are in one. A secret, such as
    /// a URL with a password, is better in the environment.
    ///
    /// ```
    /// let path = std::env::temp_dir().join("fourfold-doc-config.toml");
    /// std::fs::write(&path, "page_size = 20").expect("a file");
    /// let config = fourfold::Config::from_file(&path).expect("a configuration");
    /// assert_eq!(config.page_size, 20);
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let other = std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let mut config = Self::in_file(other.as_deref().unwrap_or(path.as_ref()))?;
        config.read(environment())?;
        Ok(config)
    }

    fn in_file(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::internal(format!(
                "the configuration `{shown}` can't be read: {error}; name another file with {FILE_VARIABLE}"
            ))
        })?;
        Self::in_text(&text)
            .map_err(|wrong| Error::internal(format!("the configuration `{shown}` is not valid:\n  {wrong}")))
    }

    fn in_text(text: &str) -> std::result::Result<Self, String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let mut config = Self::default();
        let mut wrong = Vec::new();
        for (key, value) in &table {
            let said = match value {
                Value::String(text) => config.set(&variable(key), text.trim()),
                Value::Integer(number) => config.set(&variable(key), &number.to_string()),
                Value::Boolean(switch) => config.set(&variable(key), &switch.to_string()),
                _ => Err("must be a text, a whole number, true or false".to_owned()),
            };
            match said {
                Ok(()) => {}
                Err(why) if why == UNKNOWN => wrong.push(format!("{key} {why}")),
                Err(why) => wrong.push(format!("{key}: {why}")),
            }
        }
        if wrong.is_empty() { Ok(config) } else { Err(wrong.join("\n  ")) }
    }
}

/// The variable of a key.
fn variable(key: &str) -> String {
    let upper = key.to_ascii_uppercase();
    if key == "database_url" { upper } else { format!("FOURFOLD_{upper}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Role;

    #[test]
    fn a_file_says_what_the_environment_could_say() {
        let config = Config::in_text(
            "listen = \"[::1]:9000\"\ndatabase_url = \"sqlite:a.db\"\nmigrate = true\npage_size = 7\nrole = \"worker\"",
        )
        .expect("a configuration");
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.database_url.0, "sqlite:a.db");
        assert_eq!((config.migrate, config.page_size, config.role), (true, 7, Role::Worker));
    }

    #[test]
    fn everything_that_is_wrong_in_a_file_is_said_at_once() {
        let wrong = Config::in_text("listen = 80\npage_sise = 3\nrole = [\"server\"]\nmigrate = \"maybe\"")
            .unwrap_err();
        for part in [
            "listen: must be an address",
            "page_sise is not a setting",
            "role: must be a text",
            "migrate: must be on or off",
        ] {
            assert!(wrong.contains(part), "{wrong}");
        }
        assert!(Config::in_text("listen = ").is_err());
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let mut config = Config::in_text("page_size = 7\nmax_page_size = 9").expect("a configuration");
        config.read([("FOURFOLD_PAGE_SIZE".to_owned(), "8".to_owned())].into_iter()).expect("an environment");
        assert_eq!((config.page_size, config.max_page_size), (8, 9));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Config::in_file(Path::new("/nowhere/config.toml")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/config.toml") && error.contains("FOURFOLD_CONFIG"), "{error}");
    }
}
