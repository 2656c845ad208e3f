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
        let said = variables(other.as_deref().unwrap_or(path.as_ref()))?;
        let mut config = Self::default();
        // What is said last goes before what was said first.
        config.read(said.into_iter().chain(environment()))?;
        Ok(config)
    }
}

/// What a file says, as variables.
fn variables(path: &Path) -> Result<Vec<(String, String)>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::internal(format!(
            "the configuration `{shown}` can't be read: {error}; name another file with {FILE_VARIABLE}"
        ))
    })?;
    in_text(&text)
        .map_err(|wrong| Error::internal(format!("the configuration `{shown}` is not valid:\n  {wrong}")))
}

/// What a text says, as variables whose values are of the form that they should have.
fn in_text(text: &str) -> std::result::Result<Vec<(String, String)>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut tried = Config::default();
    let (mut said, mut wrong) = (Vec::new(), Vec::new());
    for (key, value) in &table {
        let value = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(switch) => switch.to_string(),
            _ => {
                wrong.push(format!("{key}: must be a text, a whole number, true or false"));
                continue;
            }
        };
        let name = variable(key);
        match tried.set(&name, &value) {
            Ok(()) => said.push((name, value)),
            // These are looked at once all of an endpoint is known.
            Err(why) if why == UNKNOWN && is_webhook(&name) => said.push((name, value)),
            Err(why) if why == UNKNOWN => wrong.push(format!("{key} {why}")),
            Err(why) => wrong.push(format!("{key}: {why}")),
        }
    }
    if wrong.is_empty() { Ok(said) } else { Err(wrong.join("\n  ")) }
}

/// Whether a variable is that of an endpoint of webhooks.
fn is_webhook(name: &str) -> bool {
    cfg!(feature = "webhooks")
        && name.starts_with("FOURFOLD_WEBHOOK_")
        && (name.ends_with("_URL") || name.ends_with("_SECRET"))
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

    fn config(text: &str, environment: &[(&str, &str)]) -> Config {
        let said = in_text(text).expect("a configuration").into_iter();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut config = Config::default();
        config.read(said.chain(environment)).expect("a configuration");
        config
    }

    #[test]
    fn a_file_says_what_the_environment_could_say() {
        let config = config(
            "listen = \"[::1]:9000\"\ndatabase_url = \"sqlite:a.db\"\nmigrate = true\npage_size = 7\nrole = \"worker\"",
            &[],
        );
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.database_url.0, "sqlite:a.db");
        assert_eq!((config.migrate, config.page_size, config.role), (true, 7, Role::Worker));
    }

    #[test]
    fn everything_that_is_wrong_in_a_file_is_said_at_once() {
        let wrong =
            in_text("listen = 80\npage_sise = 3\nrole = [\"server\"]\nmigrate = \"maybe\"").unwrap_err();
        for part in [
            "listen: must be an address",
            "page_sise is not a setting",
            "role: must be a text",
            "migrate: must be on or off",
        ] {
            assert!(wrong.contains(part), "{wrong}");
        }
        assert!(in_text("listen = ").is_err());
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let config = config("page_size = 7\nmax_page_size = 9", &[("FOURFOLD_PAGE_SIZE", "8")]);
        assert_eq!((config.page_size, config.max_page_size), (8, 9));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = variables(Path::new("/nowhere/config.toml")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/config.toml") && error.contains("FOURFOLD_CONFIG"), "{error}");
    }
}
